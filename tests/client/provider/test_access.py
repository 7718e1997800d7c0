"""Who is handed a result: nobody before the claim, its requester until the end, then everybody.

A real gateway with the node's own guard; signatures by real accounts and contract wallets.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from eth_hash.auto import keccak

from workbond.accounts import verify
from workbond.accounts.verify import CONTRACT_CHECKS_PER_MINUTE, Verifier
from workbond.blobs.access import (
    HEADER_MAX,
    LIFETIME_MAX_S,
    SCHEME,
    SLACK_S,
    BlobAccess,
    Role,
    SignedAccess,
    read_header,
)
from workbond.blobs.gateway import Gateway
from workbond.blobs.grants import Grants
from workbond.blobs.http import origin_of
from workbond.blobs.store import BlobStore
from workbond.chain.types import address, domain_separator
from workbond.cid import cid_of, digest_of_cid
from workbond.errors import UsageError
from workbond.judges import Judges
from workbond.manifest import make_manifest
from workbond.provider.guard import Guard
from workbond.provider.run import _origins
from workbond.provider.shelf import Shelf, Stage
from workbond.tree import Leaf, ResultTree, output_digest

from .conftest import signed

JOB, OTHER = b"\x11" * 32, b"\x22" * 32
WALLET = "0x" + "c0de" * 10


@dataclass
class Counter:
    """A provider's gateway with results on its shelf, and a clock to set."""

    world: Any
    store: BlobStore
    shelf: Shelf
    gateway: Gateway
    ahead_s: float = 0.0

    def put(self, job: bytes, requester: str, stage: Stage, *outputs: bytes) -> list[str]:
        """Results of a job; their CIDs, the manifest's first."""
        leaves = [Leaf(i, 0, 0, 1, len(o), output_digest(o)) for i, o in enumerate(outputs)]
        cids = [self.store.put(output) for output in outputs]
        log = self.store.put(b"log of " + job)
        logs = [log] * len(cids)
        manifest = make_manifest(job, self.world.provider.address, ResultTree(leaves), cids, logs)
        named = self.store.put(manifest.to_bytes())
        self.shelf.note(job, requester, digest_of_cid(named), stage, self.store)
        return [named, *cids, log]

    def get(self, cid: str, header: str | None = None) -> requests.Response:
        headers = {} if header is None else {"Authorization": header}
        return requests.get(
            f"{self.gateway.url}/ipfs/{cid}?format=raw", headers=headers, timeout=30
        )

    def status(self, cid: str, header: str | None = None) -> int:
        return self.get(cid, header).status_code

    def signed(self, job: bytes = JOB, url: str | None = None, **more: Any) -> str:
        return signed(self.world, job, url or self.gateway.url, **more)


@pytest.fixture
def counter(world: Any, tmp_path: Path) -> Iterator[Counter]:
    store, shelf = BlobStore(tmp_path / "results"), Shelf(tmp_path / "index.sqlite")
    shelf.ready = True
    inputs = BlobStore(tmp_path / "inputs")
    verifier = Verifier(world.connection, world.market.address)
    found: list[Counter] = []
    grants = Grants(verifier, clock=lambda: time.time() + found[0].ahead_s)
    guard = Guard(shelf, grants, Judges(world.connection), inputs)
    with Gateway(store, guard=guard, challenge=SCHEME) as gateway:
        grants.origins = frozenset({gateway.url, "https://public.example"})
        found.append(Counter(world, store, shelf, gateway))
        yield found[0]
    shelf.close()


@pytest.fixture
def claimed(counter: Counter, world: Any) -> list[str]:
    """The blobs of a job whose claim is on the chain."""
    return counter.put(JOB, world.requester.address, Stage.CLAIMED, b"one", b"two")


# ─────────────────────────────── to whom, and when ────────────────────────────


def test_the_requester_is_handed_manifest_outputs_and_logs(
    counter: Counter, claimed: list[str]
) -> None:
    header = counter.signed()
    for cid in claimed:
        answer = counter.get(cid, header)
        assert (answer.status_code, cid_of(answer.content)) == (200, cid)
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_nobody_else_is_told_even_that_they_are_here(counter: Counter, claimed: list[str]) -> None:
    missing = counter.get(cid_of(b"missing"))
    for cid in claimed:
        answer = counter.get(cid)
        assert (answer.status_code, answer.content) == (404, missing.content)
        assert answer.headers.keys() == missing.headers.keys()


def test_before_the_claim_not_even_the_requester_is_handed_anything(
    counter: Counter, world: Any
) -> None:
    cids = counter.put(JOB, world.requester.address, Stage.EXECUTED, b"early")
    header = counter.signed()
    for cid in cids:
        answer = counter.get(cid, header)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert counter.status(cid) == 404
    assert counter.status(cid_of(b"missing"), header) == 404


def test_when_the_job_is_over_everybody_is_served(
    counter: Counter, claimed: list[str], world: Any
) -> None:
    counter.shelf.note(
        JOB, world.requester.address, digest_of_cid(claimed[0]), Stage.FINAL, counter.store
    )
    for cid in claimed:
        answer = counter.get(cid)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    assert counter.status(claimed[0], f"{SCHEME} nonsense") == 200


def test_a_blob_that_an_ended_job_names_too_is_public(counter: Counter, world: Any) -> None:
    shared = counter.put(JOB, world.requester.address, Stage.CLAIMED, b"shared", b"own")
    counter.put(OTHER, world.stranger.address, Stage.FINAL, b"shared")
    assert counter.status(shared[1]) == 200
    assert counter.status(shared[2]) == 404


def test_a_blob_of_no_job_is_nobody_s(counter: Counter, claimed: list[str]) -> None:
    spare = counter.store.put(b"spare")
    assert counter.status(spare) == 404
    assert counter.status(spare, counter.signed()) == 404


def test_one_job_s_signature_opens_no_other_job(
    counter: Counter, claimed: list[str], world: Any
) -> None:
    theirs = counter.put(OTHER, world.stranger.address, Stage.CLAIMED, b"theirs")
    assert counter.status(theirs[1], counter.signed()) == 404
    own = counter.signed(OTHER, signer=world.stranger, requester=world.stranger.address)
    assert counter.status(theirs[1], own) == 200
    assert counter.status(claimed[1], own) == 404


def test_an_index_that_is_not_built_yet_asks_for_patience(
    counter: Counter, claimed: list[str]
) -> None:
    counter.shelf.ready = False
    assert counter.status(claimed[0], counter.signed()) == 503


def test_ranges_and_confirmations_are_the_requester_s_too(
    counter: Counter, claimed: list[str]
) -> None:
    url = f"{counter.gateway.url}/ipfs/{claimed[1]}?format=raw"
    etag = {"If-None-Match": f'"{claimed[1]}.raw"'}
    assert requests.get(url, headers=etag, timeout=30).status_code == 404
    assert requests.head(url, timeout=30).status_code == 404
    own = {"Authorization": counter.signed()}
    assert requests.get(url, headers=own | etag, timeout=30).status_code == 304
    assert requests.get(url, headers=own | {"Range": "bytes=1-"}, timeout=30).content == b"ne"


# ───────────────────────────── signatures and forgeries ───────────────────────


def refusal(counter: Counter, cid: str, header: str) -> str:
    """Why the header is refused; a blob that is missing has the same answer."""
    answer = counter.get(cid, header)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == SCHEME
    assert counter.get(cid_of(b"missing"), header).content == answer.content
    return answer.text


def test_a_request_signed_for_another_gateway_is_refused(
    counter: Counter, claimed: list[str]
) -> None:
    for url in ("https://evil.example", "https://public.example:444", "http://public.example"):
        assert "another gateway" in refusal(counter, claimed[1], counter.signed(url=url))
    assert counter.status(claimed[1], counter.signed(url="https://public.example/base")) == 200


def test_an_expired_request_is_refused_also_if_it_was_good(
    counter: Counter, claimed: list[str]
) -> None:
    header = counter.signed(lasts_s=60)
    assert counter.status(claimed[1], header) == 200
    counter.ahead_s = 60 + SLACK_S + 5
    assert "expired" in refusal(counter, claimed[1], header)


def test_clocks_may_differ_by_the_slack(counter: Counter, claimed: list[str]) -> None:
    assert counter.status(claimed[1], counter.signed(lasts_s=10 - SLACK_S)) == 200
    assert counter.status(claimed[1], counter.signed(lasts_s=LIFETIME_MAX_S + SLACK_S - 10)) == 200


def test_a_request_that_is_valid_for_ever_is_refused(counter: Counter, claimed: list[str]) -> None:
    header = counter.signed(lasts_s=LIFETIME_MAX_S + SLACK_S + 60)
    assert "more than 24 hours" in refusal(counter, claimed[1], header)


def test_a_stranger_s_signature_is_refused(
    counter: Counter, claimed: list[str], world: Any
) -> None:
    forged = counter.signed(signer=world.stranger)  # says it is the requester's
    assert "not signed by" in refusal(counter, claimed[1], forged)
    own = counter.signed(signer=world.stranger, requester=world.stranger.address)
    assert "not the job's requester" in refusal(counter, claimed[1], own)


def test_a_signature_for_another_market_or_chain_is_refused(
    counter: Counter, claimed: list[str], world: Any
) -> None:
    access = BlobAccess(world.requester.address, JOB, counter.gateway.url, int(time.time()) + 600)
    for chain_id, market in ((1, world.market.address), (31337, world.token.address)):
        header = access.sign(world.requester, chain_id, market).to_header()
        assert "not signed by" in refusal(counter, claimed[1], header)


@pytest.mark.parametrize("field", ["expires", "gateway", "job", "requester"])
def test_no_field_can_be_changed_after_signing(
    counter: Counter, claimed: list[str], world: Any, field: str
) -> None:
    counter.put(OTHER, world.requester.address, Stage.CLAIMED, b"theirs")
    counter.put(b"\x33" * 32, world.stranger.address, Stage.CLAIMED, b"more")
    signed = read_header(counter.signed())
    good = signed.access
    changed = {
        "expires": BlobAccess(good.who, good.job, good.gateway, good.expires + 1),
        "gateway": BlobAccess(good.who, good.job, "https://public.example", good.expires),
        "job": BlobAccess(good.who, OTHER, good.gateway, good.expires),
        "requester": BlobAccess(world.stranger.address, b"\x33" * 32, good.gateway, good.expires),
    }[field]
    forged = SignedAccess(changed, signed.signature).to_header()
    assert "not signed by" in refusal(counter, claimed[1], forged)


def encoded(value: object) -> str:
    data = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_malformed_headers_are_refused_in_a_few_words(counter: Counter, claimed: list[str]) -> None:
    token = counter.signed().split()[1]
    padded = token + "=" * (-len(token) % 4)
    fields = json.loads(base64.urlsafe_b64decode(padded))
    malformed = [
        "",
        "x",
        "!!!",
        encoded([]),
        encoded(None),
        encoded({}),
        encoded(fields | {"more": 1}),
        encoded(fields | {"expires": True}),
        encoded(fields | {"expires": -1}),
        encoded(fields | {"expires": str(fields["expires"])}),
        encoded(fields | {"job": fields["job"][:-1]}),
        encoded(fields | {"job": fields["job"].upper()}),
        encoded(fields | {"requester": 7}),
        encoded(fields | {"signature": "0x"}),
        encoded(fields | {"signature": "0x" + "00" * 2_049}),
        encoded(fields | {"gateway": "x" * 513}),
        base64.urlsafe_b64encode(json.dumps(fields).encode()).decode(),  # not canonical
        base64.urlsafe_b64encode(b"[" * 3_000).decode(),
        "A" * (HEADER_MAX + 4),
    ]
    for text in malformed:
        assert len(refusal(counter, claimed[1], f"{SCHEME} {text}")) < 250
    for other in ("Basic dTpw", "Bearer x", f"Bearer {token}", token):
        assert "scheme" in refusal(counter, claimed[1], other)
    assert counter.status(claimed[1], f"{SCHEME.lower()}  {padded}") == 200


def test_a_signature_of_nonsense_is_refused(counter: Counter, claimed: list[str]) -> None:
    access = read_header(counter.signed()).access
    for signature in (bytes(65), b"\xff" * 65, bytes(64) + b"\x1b", b"x", bytes(66), bytes(2_048)):
        header = SignedAccess(access, signature).to_header()
        assert "not signed by" in refusal(counter, claimed[1], header)


def test_a_good_signature_is_verified_once(
    counter: Counter, claimed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    genuine = verify.recover_struct

    def counted(*args: Any) -> str | None:
        calls.append(args)
        return genuine(*args)

    monkeypatch.setattr(verify, "recover_struct", counted)
    header = counter.signed()
    for cid in claimed * 3:
        assert counter.status(cid, header) == 200
    bad = counter.signed(signer=counter.world.stranger)
    for cid in claimed * 3:
        assert counter.status(cid, bad) == 401
    assert len(calls) == 2


# ─────────────────────────────── contract wallets ─────────────────────────────

# Says yes (ERC-1271) if the signature's first word is the digest: PUSH1 4 CALLDATALOAD, PUSH1 0x64
# CALLDATALOAD, EQ, PUSH1 0x0e JUMPI, PUSH1 0 DUP1 REVERT, JUMPDEST, return 0x1626ba7e << 224.
WORKING = "60043560643514600e57600080fd5b631626ba7e60e01b60005260206000f3"
HOSTILE = {
    "loops for ever": "5b600056",
    "answers at length": "6207a1206000f3",  # 500,000 bytes
    "answers nothing": "00",
    "answers another word": "60016000526020" + "6000f3",
    "fails": "fe",
    "calls itself": "60006000600060006000305af1600056",
}


WALLET_ADDRESS = address(WALLET)


@pytest.fixture
def wallet(counter: Counter, world: Any) -> Callable[[str], list[str]]:
    """Puts code at the address of a job's requester; gives the job's blobs."""

    def install(code: str) -> list[str]:
        world.connection.rpc("anvil_setCode", WALLET, "0x" + code)
        return counter.put(JOB, WALLET_ADDRESS, Stage.CLAIMED, b"one")

    return install


def digest(world: Any, access: BlobAccess) -> bytes:
    separator = domain_separator(world.connection.chain_id, world.market.address)
    return bytes(keccak(b"\x19\x01" + separator + access.struct_hash))


def test_a_contract_wallet_says_who_may(counter: Counter, world: Any, wallet: Any) -> None:
    cids = wallet(WORKING)
    access = BlobAccess(WALLET_ADDRESS, JOB, origin_of(counter.gateway.url), int(time.time()) + 600)
    header = SignedAccess(access, digest(world, access)).to_header()
    assert counter.status(cids[1], header) == 200
    wrong = SignedAccess(access, bytes(32)).to_header()
    assert "not signed by" in refusal(counter, cids[1], wrong)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_wallet_says_nothing(
    counter: Counter, world: Any, wallet: Any, kind: str
) -> None:
    cids = wallet(HOSTILE[kind])
    access = BlobAccess(WALLET_ADDRESS, JOB, origin_of(counter.gateway.url), int(time.time()) + 600)
    header = SignedAccess(access, bytes(100)).to_header()
    # a node may call running out of gas an error of its own, which is no answer of the contract's
    assert counter.status(cids[1], header) in (401, 503)


def test_contracts_are_asked_so_often_and_no_more(
    counter: Counter, world: Any, wallet: Any
) -> None:
    cids = wallet(WORKING)
    statuses = []
    for number in range(CONTRACT_CHECKS_PER_MINUTE + 1):
        access = BlobAccess(
            WALLET_ADDRESS, JOB, origin_of(counter.gateway.url), int(time.time()) + 60 + number
        )
        statuses.append(counter.status(cids[1], SignedAccess(access, bytes(32)).to_header()))
    assert statuses == [401] * CONTRACT_CHECKS_PER_MINUTE + [503]
    counter.put(OTHER, world.requester.address, Stage.CLAIMED, b"key")
    assert counter.status(cid_of(b"key"), counter.signed(OTHER)) == 200  # keys need no chain


def test_an_account_without_code_is_looked_up_once(
    counter: Counter, claimed: list[str], world: Any
) -> None:
    for number in range(CONTRACT_CHECKS_PER_MINUTE + 5):
        forged = counter.signed(signer=world.stranger, lasts_s=60 + number)
        assert counter.status(claimed[1], forged) == 401


# ─────────────────────────────────── headers ──────────────────────────────────


@pytest.mark.parametrize("role", Role)
def test_a_header_reads_as_it_was_written(world: Any, role: Role) -> None:
    access = BlobAccess(world.requester.address, JOB, "https://p.example", 1_790_000_000, role)
    made = access.sign(world.requester, world.connection.chain_id, world.market.address)
    assert read_header(made.to_header()) == made
    with pytest.raises(UsageError, match="scheme"):
        read_header("Bearer x")


def test_a_node_answers_under_its_public_address_and_where_it_listens(store_of_none: Any) -> None:
    with Gateway(store_of_none) as gateway:
        found = _origins("https://Node.example:443/base", gateway)
        assert found == {
            "https://node.example",
            gateway.url,
            f"http://localhost:{gateway.port}",
        }
    with Gateway(store_of_none, host="0.0.0.0") as gateway:
        assert "http://node.example:8480" in _origins("http://node.example:8480", gateway)


@pytest.fixture
def store_of_none(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "none")
