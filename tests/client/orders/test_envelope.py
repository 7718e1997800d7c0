"""Signed orders as JSON: what is written is read again, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workbond import accounts
from workbond.accounts.verify import Signed, Verifier
from workbond.chain.types import domain_separator
from workbond.errors import UsageError
from workbond.orders import (
    MachineDetails,
    OfferDetails,
    RequestDetails,
    Requirements,
    SignedOrder,
    Withdrawal,
    allowlist,
    sign_details,
    sign_offer,
    sign_request,
    sign_withdrawal,
)
from workbond.orders.envelope import ORDER_BYTES_MAX

from .conftest import CHAIN, MARKET

MACHINE = MachineDetails(
    cores=8,
    memory=1 << 34,
    gpus=1,
    region="de",
    units_per_second=2 * 10**9,
    bytes_per_second=10**7,
    round_trips_ms={"https://data.example.org": 12},
)


@pytest.fixture
def signed_request(request_of: Any, requester: Any) -> SignedOrder:
    details = RequestDetails(
        issued=1_800_000_000,
        gateway="https://data.example.org",
        requirements=Requirements(cores=2, region="eu"),
        input_bytes=12_345,
    )
    return sign_request(requester, request_of(), CHAIN, MARKET, details)


@pytest.fixture
def signed_offer(offer_of: Any, provider: Any) -> SignedOrder:
    details = OfferDetails(issued=1_800_000_000, machine=MACHINE)
    return sign_offer(provider, offer_of(), CHAIN, MARKET, details)


class _NoChain:
    chain_id = CHAIN


def test_an_order_survives_the_way_through_json(
    signed_request: SignedOrder, signed_offer: SignedOrder
) -> None:
    for order in (signed_request, signed_offer):
        again = SignedOrder.from_bytes(order.to_bytes())
        assert again == order
        assert again.id == order.id
        assert again.to_bytes() == order.to_bytes()


def test_both_signatures_are_the_authors(
    signed_request: SignedOrder, signed_offer: SignedOrder
) -> None:
    verifier: Any = Verifier(_NoChain(), MARKET)  # type: ignore[arg-type]
    for order in (signed_request, signed_offer):
        for hashed, signature in (
            (order.struct_hash, order.signature),
            (order.details_hash, order.details_signature),
        ):
            assert verifier.check(order.author, hashed, signature) is Signed.BY_KEY


def test_other_details_need_another_signature(signed_offer: SignedOrder, provider: Any) -> None:
    said = OfferDetails(issued=1_800_000_001, machine=MachineDetails(cores=1_000))
    other = sign_details(provider, signed_offer, said)
    assert other.id == signed_offer.id
    separator = domain_separator(CHAIN, MARKET)
    assert (
        accounts.recover_struct(separator, other.details_hash, other.details_signature)
        == provider.address
    )
    stolen = signed_offer.details_signature
    assert accounts.recover_struct(separator, other.details_hash, stolen) != provider.address


def test_a_withdrawal_is_for_one_order_of_one_market(
    signed_request: SignedOrder, requester: Any
) -> None:
    written = sign_withdrawal(requester, signed_request.id, CHAIN, MARKET)
    withdrawal = Withdrawal.from_header(signed_request.id, written.to_headers()["Authorization"])
    assert withdrawal == written

    def by(chain: int, market: str) -> str:
        separator = domain_separator(chain, market)
        return accounts.recover_struct(separator, withdrawal.struct_hash, withdrawal.signature)

    assert by(CHAIN, MARKET) == requester.address
    assert by(CHAIN + 1, MARKET) != requester.address
    assert by(CHAIN, "0x" + "22" * 20) != requester.address


def test_only_the_author_signs(request_of: Any, provider: Any) -> None:
    with pytest.raises(UsageError, match="can't sign for it"):
        sign_request(provider, request_of(), CHAIN, MARKET)


LONG = "0x" + "ab" * 2_049
ODD_REQUESTS = [
    (("kind", "bid"), "kind"),
    (("chain", "31337"), "chain"),
    (("chain", True), "chain"),
    (("market", "0x12"), "market"),
    (("signature", "0x"), "signature"),
    (("signature", LONG), "signature"),
    (("signature", "0xAB"), "lower"),
    (("surprise", 1), "unknown member 'surprise'"),
    (("order.flat", 5), "flat"),
    (("order.flat", "05"), "flat"),
    (("order.flat", "-5"), "flat"),
    (("order.flat", "٣"), "flat"),
    (("order.flat", str(2**96)), r"2\^96"),
    (("order.tasks", str(2**32)), r"2\^32"),
    (("order.spec", "0x01"), "spec"),
    (("order.requester", "0x" + "zz" * 20), "requester"),
    (("order.extra", "1"), "unknown member 'extra'"),
    (("details.gateway", "x" * 513), "gateway"),
    (("details.gateway", "a\nb"), "gateway"),
    (("details.inputBytes", -1), "inputBytes"),
    (("details.inputBytes", "1"), "inputBytes"),
    (("details.requirements.region", "Germany"), "region"),
    (("details.nothing", 0), "unknown field nothing"),
    (("details.admitted", ["0x" + "11" * 20]), "admitted"),
]


@pytest.mark.parametrize(("change", "said"), ODD_REQUESTS, ids=lambda value: str(value)[:40])
def test_what_is_odd_is_refused_in_one_line(
    signed_request: SignedOrder, change: tuple[str, Any], said: str
) -> None:
    value = signed_request.to_json()
    *path, last = change[0].split(".")
    place = value
    for name in path:
        place = place[name]
    place[last] = change[1]
    with pytest.raises(UsageError, match=said) as refused:
        SignedOrder.from_bytes(json.dumps(value).encode())
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("path", ["order", "details", "order.salt", "details.issued", "kind"])
def test_nothing_may_be_missing(signed_request: SignedOrder, path: str) -> None:
    value = signed_request.to_json()
    *inner, last = path.split(".")
    place = value
    for name in inner:
        place = place[name]
    del place[last]
    with pytest.raises(UsageError, match="lack"):
        SignedOrder.from_json(value)


def test_size_is_bounded(signed_request: SignedOrder) -> None:
    with pytest.raises(UsageError, match="allowed"):
        SignedOrder.from_bytes(signed_request.to_bytes() + b" " * ORDER_BYTES_MAX)
    for nonsense in (b"", b"[]", b"null", b"\xff", b"[" * 10_000):
        with pytest.raises(UsageError):
            SignedOrder.from_bytes(nonsense)


def test_the_largest_order_fits(request_of: Any, requester: Any) -> None:
    admitted = tuple(accounts.dev_signer(i % 10).address for i in range(1)) + tuple(
        _address(i) for i in range(255)
    )
    request = request_of(providers=allowlist.root_of(admitted))
    details = RequestDetails(gateway="g" * 512, admitted=admitted)
    order = sign_request(requester, request, CHAIN, MARKET, details)
    assert SignedOrder.from_bytes(order.to_bytes()) == order
    assert len(order.to_bytes()) + 4 * 2_048 < ORDER_BYTES_MAX


def test_a_list_that_is_not_the_signed_one_is_refused(request_of: Any, requester: Any) -> None:
    admitted = tuple(_address(i) for i in range(3))
    request = request_of(providers=allowlist.root_of(admitted))
    for other in ((), admitted[:2]):
        order = sign_request(requester, request, CHAIN, MARKET, RequestDetails(admitted=other))
        with pytest.raises(UsageError, match="send all of them"):
            SignedOrder.from_bytes(order.to_bytes())


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13])
def test_every_admitted_address_has_a_proof(count: int) -> None:
    from eth_hash.auto import keccak

    admitted = [_address(i) for i in range(count)]
    root = allowlist.root_of(admitted)
    assert allowlist.root_of(reversed(admitted)) == root
    for one in admitted:
        node = keccak(keccak(bytes(12) + bytes.fromhex(one[2:])))
        for beside in allowlist.proof_of(admitted, one):  # as OpenZeppelin's MerkleProof walks
            node = keccak(min(node, beside) + max(node, beside))
        assert node == root
    with pytest.raises(UsageError, match="not among"):
        allowlist.proof_of(admitted, _address(99))


def _address(number: int) -> str:
    from workbond.chain.types import address

    return address("0x" + f"{number + 1:040x}")
