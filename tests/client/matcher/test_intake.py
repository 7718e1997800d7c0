"""What gets into the book and what doesn't, with a coded reason each."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

import pytest

from workbond.accounts.keys import signer_of
from workbond.chain import anvil, rules
from workbond.chain.types import State, address, encoded
from workbond.errors import BookRefused
from workbond.matcher.entry import Verdict
from workbond.orders import (
    MachineDetails,
    OfferDetails,
    RequestDetails,
    SignedOrder,
    sign_details,
    sign_withdrawal,
)
from workbond.orders.envelope import Withdrawal

from .conftest import WORK, House, Open, Side

# Says yes (ERC-1271) if the signature's first word is the digest: PUSH1 4 CALLDATALOAD, PUSH1 0x64
# CALLDATALOAD, EQ, PUSH1 0x0e JUMPI, PUSH1 0 DUP1 REVERT, JUMPDEST, return 0x1626ba7e << 224.
WALLET_CODE = "0x60043560643514600e57600080fd5b631626ba7e60e01b60005260206000f3"
NEVER_CODE = "0xfe"
# The same, which says yes to calls (GASPRICE ISZERO JUMPI), but in a block says no, takes all the
# gas that it is given, or says yes after it took nearly all.
YES = WALLET_CODE[2:]
FICKLE_CODE = "0x3a156008575f5ffd5b" + YES.replace("600e", "6017")
BURNING_CODE = "0x3a15600857fe00005b" + YES.replace("600e", "6017")
SLOW_CODE = "0x3a15600e57" + "5b5a6103e810600557" + "5b" + YES.replace("600e", "601d")
WALLET = address("0x" + "1d" * 20)


def refused(house: House, order: SignedOrder) -> str:
    with pytest.raises(BookRefused) as refusal:
        house.client.send(order)
    assert "\n" not in str(refusal.value)
    return refusal.value.code


def test_sending_twice_changes_nothing(house: House, side: Side) -> None:
    order = side.request()
    first, second = house.send(order, order)
    assert first.id == second.id
    assert len(house.matcher.book) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"chain_id": 1}, "other-chain"),
        ({"market": "0x" + "11" * 20}, "other-market"),
        ({"signature": b"\x01" * 65}, "signature"),
        ({"signature": b"\x01"}, "signature"),
        ({"details_signature": b"\x01" * 65}, "details-signature"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_not_signed_for_here_is_refused(
    house: House, side: Side, change: dict[str, Any], code: str
) -> None:
    for order in (side.request(), side.offer()):
        assert refused(house, dataclasses.replace(order, **change)) == code


def test_a_tampered_order_is_refused(house: House, side: Side) -> None:
    request, offer = side.request(), side.offer()
    for order, change in ((request, {"tip": 0}), (offer, {"max_jobs": 9})):
        struct = dataclasses.replace(order.order, **change)  # type: ignore[arg-type]
        assert refused(house, dataclasses.replace(order, order=struct)) == "signature"


def test_details_made_up_by_another_are_refused(house: House, side: Side, world: Any) -> None:
    order = side.offer()
    said = OfferDetails(issued=world.now(), machine=MachineDetails(cores=1_000))
    forged = dataclasses.replace(order, details=said)
    assert refused(house, forged) == "details-signature"
    assert refused(house, sign_details(world.stranger, order, said)) == "details-signature"


def test_later_details_replace_earlier_ones_but_not_the_other_way(
    house: House, side: Side, world: Any
) -> None:
    order = side.offer()
    later = sign_details(
        world.provider,
        order,
        OfferDetails(issued=world.now() + 60, machine=MachineDetails(cores=16)),
    )
    house.send(order, later)
    kept = house.client.status(order.id).order
    assert kept is not None
    assert kept.details == later.details
    assert refused(house, order) == "stale-details"
    far = sign_details(world.provider, order, OfferDetails(issued=world.now() + 10**6))
    assert refused(house, far) == "stale-details"


def test_a_delegate_may_describe_the_machine_but_not_sign_the_offer(
    house: House, side: Side, world: Any
) -> None:
    order = side.offer()
    said = OfferDetails(issued=world.now() + 1, machine=MachineDetails(cores=4))
    by_operator = sign_details(world.pauper, order, said)
    assert refused(house, by_operator) == "details-signature"
    world.market.set_delegate(world.provider, world.pauper.address)
    assert house.client.send(by_operator).state.value == "open"
    signed_by_operator = dataclasses.replace(
        side.offer(signer=world.pauper), order=side.offer().order
    )
    assert refused(house, signed_by_operator) == "signature"


def test_a_delegate_is_heard_when_strangers_used_up_what_contracts_are_asked(
    house: House, side: Side, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any bad signature of an unknown author has a possible contract asked."""
    order = side.offer()
    world.market.set_delegate(world.provider, world.pauper.address)
    monkeypatch.setattr(house.matcher.intake._verifier, "_checks_per_minute", 0)
    assert refused(house, dataclasses.replace(order, signature=b"\x01" * 65)) == "later"
    said = OfferDetails(issued=world.now() + 1)
    assert house.client.send(sign_details(world.pauper, order, said)).state.value == "open"


@pytest.mark.parametrize(
    "change",
    [
        {"tasks": 0},
        {"max_units": 2**63},
        {"min_unit_price": 4 * WORK},
        {"bond": 9_999, "tip": 0},
        {"tip": WORK},
        {"run_for": 0},
        {"run_for": 31 * 86_400},
        {"challenge_for": 31 * 86_400},
        {"case_fee": 1},
        {"policy": b"\x01" * 32},
    ],
    ids=str,
)
def test_what_the_market_would_refuse_is_refused(
    house: House, side: Side, change: dict[str, Any]
) -> None:
    assert refused(house, side.request(**change)) == "out-of-bounds"


def test_times_counters_and_other_matchers(house: House, side: Side, world: Any) -> None:
    now = world.now()
    assert refused(house, side.offer(valid_until=now)) == "expired"
    over = {"ramp_start": now - 9, "ramp_end": now - 5, "open_until": now - 1}
    assert refused(house, side.request(**over)) == "expired"
    assert refused(house, side.offer(matcher=world.pauper.address)) == "other-matcher"
    assert refused(house, side.request(matcher=world.pauper.address)) == "other-matcher"
    assert refused(house, side.offer(max_jobs=0)) == "out-of-bounds"
    ahead = side.offer(counter=1)
    assert house.send(ahead)[0].code == "COUNTER_AHEAD"
    world.market.raise_counter(world.provider)
    assert refused(house, side.offer(salt=b"\x01" * 32)) == "counter"
    house.turn()
    assert house.state(ahead) == ("open", "")


def test_what_was_used_or_cancelled_before_is_refused(house: House, side: Side, world: Any) -> None:
    filled, cancelled, revoked = side.request(), side.request(), side.offer()
    world.market.fill(world.provider, filled.order, filled.signature)
    world.market.cancel(world.requester, cancelled.order)
    world.market.cancel_offer(world.provider, revoked.order)
    assert refused(house, filled) == "used"
    assert refused(house, cancelled) == refused(house, revoked) == "cancelled"


def test_a_book_may_ask_for_a_tip(open_house: Open, side: Side) -> None:
    house = open_house(min_tip=WORK // 5)
    assert refused(house, side.request()) == "tip-too-low"
    house.send(side.request(tip=WORK // 5), side.offer())


def test_one_author_sends_so_much_a_minute(open_house: Open, side: Side, world: Any) -> None:
    house = open_house(orders_per_minute=3)
    house.send(*(side.offer() for _ in range(3)))
    assert refused(house, side.offer()) == "too-many-requests"
    house.send(side.request())


def test_strangers_do_not_use_up_an_authors_rate(open_house: Open, side: Side, world: Any) -> None:
    house = open_house(orders_per_minute=2)
    for _ in range(5):
        forged = dataclasses.replace(side.offer(), signature=b"\x01" * 65)
        assert refused(house, forged) == "signature"
    house.send(side.offer(), side.offer())


def test_keys_that_have_nothing_push_out_no_order_of_those_who_have(
    open_house: Open, side: Side, world: Any
) -> None:
    """A key costs nothing, and neither does an offer without bonds."""
    house = open_house(orders=6)
    worthless = [
        side.offer(signer=signer_of(f"{number:064x}"), max_bond=0) for number in range(1, 8)
    ]
    house.send(*worthless)
    honest = [side.offer(), side.request()]
    house.send(*honest)
    more = [side.offer(signer=signer_of(f"{n:064x}"), max_bond=0) for n in range(8, 12)]
    house.send(*more)
    assert [house.state(order)[0] for order in honest] == ["open", "open"]
    assert len(house.matcher.book) == 6


def test_spam_from_one_key_pushes_out_only_its_own(
    open_house: Open, side: Side, world: Any
) -> None:
    house = open_house(orders=10, per_author=6)
    honest = [side.offer() for _ in range(4)]
    house.send(*honest)
    spam = [side.request(signer=world.stranger) for _ in range(20)]
    house.send(*spam)
    assert len(house.matcher.book) == 10
    assert [house.state(order)[0] for order in honest] == ["open"] * 4
    assert [house.state(order) for order in spam[:14]] == [("ended", "PUSHED_OUT")] * 14
    assert [house.state(order)[0] for order in spam[14:]] == ["open"] * 6


def test_what_was_pushed_out_may_come_back(open_house: Open, side: Side, world: Any) -> None:
    house = open_house(orders=2, per_author=1)
    first, second = side.offer(), side.offer()
    house.send(first, second)
    assert house.state(first) == ("ended", "PUSHED_OUT")
    house.client.withdraw(_withdrawal(world.provider, second, world))
    house.send(first)
    assert house.state(first) == ("open", "")


def test_what_comes_back_has_its_latest_details(open_house: Open, side: Side, world: Any) -> None:
    """Whoever has an old copy of it may be the one who sends it again."""
    house = open_house(orders=2, per_author=1)
    old, second = side.offer(), side.offer()
    place = MachineDetails(region="ch")
    new = sign_details(
        world.provider, old, OfferDetails(issued=old.details.issued + 1, machine=place)
    )
    house.send(old, new, second)
    assert house.state(old) == ("ended", "PUSHED_OUT")
    house.client.withdraw(_withdrawal(world.provider, second, world))
    house.send(old)
    kept = house.client.status(old.id).order
    assert kept is not None
    assert kept.details == new.details


def test_an_order_that_comes_twice_at_once_is_there_once(house: House, side: Side) -> None:
    order, book = side.request(), house.matcher.book
    first = book.add(order, 1, Verdict(), 1)
    assert book.add(order, 1, Verdict(), 1) == first
    assert len(book) == 1


def test_a_withdrawn_order_does_not_come_back_because_it_was_pushed_out_before(
    open_house: Open, side: Side, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its withdrawal overtakes a copy that is sent again at the same time."""
    house = open_house(orders=2, per_author=1)
    order, second = side.offer(), side.offer()
    house.send(order, second)
    intake = house.matcher.intake
    judge = intake._verdict

    def verdict(*args: Any) -> Any:
        intake.withdraw(_withdrawal(world.provider, order, world))
        return judge(*args)

    monkeypatch.setattr(intake, "_verdict", verdict)
    house.send(order)
    assert house.state(order) == ("ended", "WITHDRAWN")


@pytest.mark.parametrize("part", ["signature", "details_signature"])
def test_a_signature_that_the_market_would_refuse_for_its_last_byte_is_refused(
    house: House, side: Side, part: str
) -> None:
    """Else a stranger's copy would keep the good one out."""
    order = side.request()
    signature = getattr(order, part)
    spoilt = signature[:64] + bytes([signature[64] - 27])
    code = part.replace("_", "-")
    assert refused(house, dataclasses.replace(order, **{part: spoilt})) == code
    house.send(order)


def _withdrawal(signer: Any, order: SignedOrder, world: Any) -> Withdrawal:
    return sign_withdrawal(signer, order.id, world.connection.chain_id, world.market.address)


def test_only_its_author_withdraws_an_order(house: House, side: Side, world: Any) -> None:
    request = side.request()
    house.send(request)
    for signer in (world.provider, world.stranger):
        with pytest.raises(BookRefused) as refusal:
            house.client.withdraw(_withdrawal(signer, request, world))
        assert refusal.value.status == 403
    assert house.client.withdraw(_withdrawal(world.requester, request, world)).code == "WITHDRAWN"
    assert refused(house, request) == "withdrawn"
    house.turn()
    assert house.state(request) == ("ended", "WITHDRAWN")
    other = side.request()
    with pytest.raises(BookRefused) as unknown:
        house.client.withdraw(_withdrawal(world.requester, other, world))
    assert unknown.value.code == "unknown-order"


def test_a_withdrawn_order_does_not_come_back_by_a_reorganisation(
    house: House, side: Side, world: Any
) -> None:
    taken = anvil.snapshot(world.connection)
    request = side.request()
    house.send(request)
    world.advance(1)
    house.turn()
    house.client.withdraw(_withdrawal(world.requester, request, world))
    anvil.revert(world.connection, taken)
    for _ in range(5):
        world.advance(1)
    house.turn()
    assert house.state(request) == ("ended", "WITHDRAWN")


# ─────────────────────────────── contract wallets ─────────────────────────────


@pytest.fixture
def wallet(world: Any) -> str:
    """A contract wallet with a balance in the market."""
    connection = world.connection
    connection.rpc("anvil_setCode", WALLET, WALLET_CODE)
    connection.rpc("anvil_impersonateAccount", WALLET)
    anvil.set_balance(connection, WALLET, 10**18)
    world.token.transfer(world.requester, WALLET, 100 * WORK)
    market = world.market
    calls = (
        (world.token.address, world.token.abi.call_data("approve", [market.address, 100 * WORK])),
        (market.address, market.abi.call_data("deposit", [100 * WORK])),
    )
    for to, data in calls:
        tx = {"from": WALLET, "to": to, "data": "0x" + data.hex()}
        connection.rpc("eth_sendTransaction", tx)
        anvil.mine(connection)
    assert market.account_of(WALLET).free == 100 * WORK
    return WALLET


def by_wallet(side: Side, world: Any) -> SignedOrder:
    from eth_hash.auto import keccak

    from workbond.chain.types import domain_separator

    request = dataclasses.replace(side.request().order, requester=WALLET, salt=os.urandom(32))
    separator = domain_separator(world.connection.chain_id, world.market.address)
    order = SignedOrder(
        world.connection.chain_id,
        world.market.address,
        request,
        b"",
        RequestDetails(issued=world.now()),
        b"",
    )
    said = keccak(b"\x19\x01" + separator + order.details_hash)
    return dataclasses.replace(order, signature=order.id, details_signature=bytes(said))


def test_a_contract_wallets_order_is_matched(
    house: House, side: Side, world: Any, wallet: str
) -> None:
    order = by_wallet(side, world)
    house.send(order, side.offer())
    house.turn()
    assert world.market.state_of(order.id) is State.RUNNING
    forged = dataclasses.replace(by_wallet(side, world), signature=encoded(7))
    assert refused(house, forged) == "signature"


def test_a_wallet_that_burns_more_gas_than_estimated_starves_nobody(
    house: House, side: Side, world: Any, wallet: str
) -> None:
    house.send(by_wallet(side, world), side.request(), side.offer(max_jobs=2))
    house.turn()
    block = world.connection.rpc("eth_getBlockByNumber", "latest", True)
    sent = next(tx for tx in block["transactions"] if tx["from"] == world.stranger.address.lower())
    receipt = world.connection.receipt(bytes.fromhex(sent["hash"][2:]))
    assert int(sent["gas"], 16) - receipt.gas_used > rules.ERC1271_GAS


def test_a_wallet_that_changes_its_mind_rests_and_costs_no_gas(
    house: House, side: Side, world: Any, wallet: str
) -> None:
    order, good = by_wallet(side, world), side.request()
    house.send(order, good)
    world.connection.rpc("anvil_setCode", WALLET, NEVER_CODE)
    house.send(side.offer())
    house.turn()
    assert world.market.state_of(good.id) is State.RUNNING
    assert house.client.status(order.id).reasons[0].code == "REFUSED"
    assert not house.said("SKIPPED")
    nonce = world.connection.nonce(world.stranger.address)
    house.turn()
    assert world.connection.nonce(world.stranger.address) == nonce


def test_a_wallet_that_says_no_in_the_block_has_all_its_orders_rest(
    house: House, side: Side, world: Any, wallet: str
) -> None:
    """Each new one would cost it nothing, and us the gas."""
    world.connection.rpc("anvil_setCode", WALLET, FICKLE_CODE)
    house.send(by_wallet(side, world), side.offer())
    house.turn()
    assert house.said("SKIPPED") or house.said("SignatureRefused")
    nonce = world.connection.nonce(world.stranger.address)
    again = by_wallet(side, world)
    house.send(again)
    house.turn()
    assert world.connection.nonce(world.stranger.address) == nonce
    assert house.client.status(again.id).reasons[0].code == "REFUSED"
    good = side.request()
    house.send(good)
    house.turn()
    assert world.market.state_of(good.id) is State.RUNNING


@pytest.mark.parametrize("code", [BURNING_CODE, SLOW_CODE], ids=["burning", "slow"])
def test_wallets_that_burn_gas_in_the_block_harm_no_other_match(
    house: House, side: Side, world: Any, wallet: str, code: str
) -> None:
    """In the estimate they take little: in one batch with others they would make all of it fail."""
    world.connection.rpc("anvil_setCode", WALLET, code)
    hostile = [by_wallet(side, world) for _ in range(3)]
    good = [side.request() for _ in range(3)]
    house.send(*hostile, *good, side.offer(max_jobs=10))
    before = world.connection.nonce(world.stranger.address)
    house.turn()
    assert all(world.market.state_of(order.id) is State.RUNNING for order in good)
    house.turn()
    sent = world.connection.nonce(world.stranger.address) - before
    states = [world.market.state_of(order.id) for order in hostile]
    assert states == [State.RUNNING] * 3 or sent == 2  # one that fails is tried once
    nonce = world.connection.nonce(world.stranger.address)
    house.turn()
    assert world.connection.nonce(world.stranger.address) == nonce
    assert not house.said("OUTAGE")


def test_a_wallets_order_may_be_signed_anew(
    house: House, side: Side, world: Any, wallet: str
) -> None:
    """Of two signatures it took when they came, it may take one no more; a stranger sent that."""
    order = by_wallet(side, world)
    stale = dataclasses.replace(order, signature=order.signature + b"\x01")
    house.send(stale)
    house.send(dataclasses.replace(order, signature=encoded(7)))  # one that never held
    kept = house.client.status(order.id).order
    assert kept is not None
    assert kept.signature == stale.signature
    house.send(order)
    kept = house.client.status(order.id).order
    assert kept is not None
    assert kept.signature == order.signature
