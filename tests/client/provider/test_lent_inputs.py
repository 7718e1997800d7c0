"""A provider's gateway lends what a claimed job works on to whoever judges it, and nobody else."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from workbond import accounts, judges
from workbond.accounts.verify import Busy, Verifier
from workbond.blobs.access import SCHEME, BlobAccess, Role, Signatures
from workbond.blobs.fetch import fetch
from workbond.blobs.gateway import Gateway
from workbond.blobs.grants import Grants
from workbond.blobs.sources import Source, Sources
from workbond.blobs.store import BlobStore
from workbond.chain.committee import Committee
from workbond.chain.types import State
from workbond.cid import cid_of, cid_of_digest
from workbond.errors import BlobError, UsageError
from workbond.judges import Judges
from workbond.needs import inputs_of
from workbond.provider.guard import Guard

from .court import WORK, WRONG, Court, claim, court, judged

__all__ = ["court"]  # a fixture


@dataclass
class Counter:
    """A node's gateway with a claimed job whose inputs are here."""

    world: Any
    operator: Any
    gateway: Gateway
    job_id: bytes
    inputs: list[str]
    ahead_s: float = 0.0

    def header(self, signer: Any, job_id: bytes = b"", role: Role = Role.VERIFIER) -> str:
        expires = int(time.time()) + 600
        access = BlobAccess(signer.address, job_id or self.job_id, self.gateway.url, expires, role)
        chain_id, market = self.world.connection.chain_id, self.world.market.address
        return access.sign(signer, chain_id, market).to_header()

    def get(self, cid: str, header: str | None = None) -> requests.Response:
        headers = {} if header is None else {"Authorization": header}
        url = f"{self.gateway.url}/ipfs/{cid}?format=raw"
        return requests.get(url, headers=headers, timeout=30)

    def statuses(self, header: str | None = None) -> set[int]:
        return {self.get(cid, header).status_code for cid in self.inputs}

    def sources(self, signer: Any) -> Sources:
        """As a verifier's client asks."""
        connection, market = self.world.connection, self.world.market.address
        chain_id = connection.chain_id
        mine = Signatures(
            Role.VERIFIER, signer.address, self.job_id, lambda: signer, chain_id, market
        )
        return Sources([Source(self.gateway.url, private=True)], authorize=mine.authorization)


@pytest.fixture
def counter(world: Any, operator: Any, court: Court, shop: Any) -> Iterator[Counter]:
    judged(operator, court)
    job_id = claim(operator, court, shop)
    shop.gateway.stop()  # the requester is gone
    workshop = operator.workshop
    grants = Grants(Verifier(world.connection, world.market.address))
    found: list[Counter] = []
    judging = Judges(
        world.connection, clock=lambda: time.monotonic() + (found[0].ahead_s if found else 0)
    )
    guard = Guard(workshop.shelf, grants, judging, workshop.inputs)
    operator.turn()
    request = shop.posted[job_id]
    inputs = list(inputs_of(request.spec, request.tasks, workshop.inputs))
    assert inputs[0] == cid_of_digest(request.spec)
    assert len(inputs) == 4  # spec, program, two inputs
    with Gateway(workshop.results, guard=guard, challenge=SCHEME) as gateway:
        grants.origins = frozenset({gateway.url})
        found.append(Counter(world, operator, gateway, job_id, inputs))
        yield found[0]


def test_who_has_a_stake_in_the_resolver_is_lent_all_that_the_job_needs(
    counter: Counter, court: Court, tmp_path: Path
) -> None:
    store = BlobStore(tmp_path / "verifier")
    sources = counter.sources(court.verifier)
    for cid in counter.inputs:
        fetch(cid, sources, store, max_bytes=1 << 20, timeout_s=10)
        assert store.read(cid) == counter.operator.workshop.inputs.read(cid)
    answer = counter.get(counter.inputs[0], counter.header(court.verifier))
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_nobody_is_lent_anything_without_a_signature(counter: Counter) -> None:
    assert counter.statuses() == {404}


def test_a_stranger_is_told_why_and_the_same_of_a_missing_blob(counter: Counter) -> None:
    header = counter.header(accounts.dev_signer(7))
    answer = counter.get(counter.inputs[1], header)
    assert answer.status_code == 401
    assert "no seat and no challenge in the job's case, and no stake" in answer.text
    assert counter.get(cid_of(b"missing"), header).content == answer.content


def test_a_challenger_without_a_stake_is_lent_them_once_it_has_a_case(
    counter: Counter, court: Court, world: Any
) -> None:
    header = counter.header(court.challenger)
    assert counter.statuses(header) == {401}
    court.challenge(counter.job_id)
    counter.ahead_s += judges.NO_STAKE_S
    assert counter.statuses(header) == {200}


def test_a_seat_keeps_its_inputs_when_its_stake_has_left(
    counter: Counter, court: Court, world: Any
) -> None:
    court.challenge(counter.job_id)
    court.draw(counter.job_id)
    court.committee.unstake(court.verifier, 200 * WORK)
    court.reach((world.now() // 86_400 + 1) * 86_400)
    assert court.committee.verifier_of(court.verifier.address).active == 0
    assert counter.statuses(counter.header(court.verifier)) == {200}


def test_verifiers_are_shown_no_output_and_requesters_no_input(
    counter: Counter, court: Court, world: Any
) -> None:
    record = court.record(counter.job_id)
    manifest = cid_of_digest(record.manifest)
    assert counter.get(manifest, counter.header(court.verifier)).status_code == 404
    own = counter.header(world.requester, role=Role.REQUESTER)
    assert counter.get(manifest, own).status_code == 200
    spec, program, *_ = counter.inputs  # the others are its outputs too
    assert [counter.get(cid, own).status_code for cid in (spec, program)] == [404, 404]


def test_what_is_signed_as_one_opens_nothing_as_the_other(
    counter: Counter, court: Court, world: Any
) -> None:
    expires = int(time.time()) + 600
    access = BlobAccess(world.requester.address, counter.job_id, counter.gateway.url, expires)
    signed = access.sign(world.requester, world.connection.chain_id, world.market.address)
    posed = BlobAccess(access.who, access.job, access.gateway, expires, Role.VERIFIER)
    header = type(signed)(posed, signed.signature).to_header()
    answer = counter.get(counter.inputs[0], header)
    assert (answer.status_code, "not signed by" in answer.text) == (401, True)


def test_nothing_is_lent_any_more_when_the_job_is_over(
    counter: Counter, court: Court, world: Any
) -> None:
    header = counter.header(court.verifier)
    assert counter.statuses(header) == {200}
    world.advance(700)
    counter.operator.turn_until_state(counter.job_id, State.SETTLED)
    counter.operator.turn()
    spec, program, *_ = counter.inputs
    assert [counter.get(cid, header).status_code for cid in (spec, program)] == [404, 404]


def test_inputs_that_may_be_judged_survive_tidying(counter: Counter, court: Court) -> None:
    node = counter.operator.node
    node._housekeeping._keep_bytes = 0
    node._housekeeping.tidying()()
    assert counter.statuses(counter.header(court.verifier)) == {200}


def test_a_node_that_was_started_again_lends_them_too(
    counter: Counter, court: Court, tmp_path: Path
) -> None:
    operator = counter.operator
    operator.stop()
    operator.start()
    operator.turn()
    assert operator.workshop.shelf.resolver(counter.job_id) == court.committee.address
    assert all(operator.workshop.shelf.lends(counter.job_id, cid) for cid in counter.inputs)


def test_a_job_without_a_resolver_lends_nothing(
    counter: Counter, court: Court, shop: Any, world: Any
) -> None:
    plain = world.claimed(b"\x05" * 32, 10**12)[1]
    header = counter.header(court.verifier, plain)
    assert counter.get(counter.inputs[0], header).status_code == 404


# ──────────────────────────────── asking the chain ────────────────────────────


def test_strangers_with_fresh_keys_hold_up_no_seat(
    court: Court, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judges, "READS_PER_MINUTE", 5)
    _, job_id, _ = world.claimed(b"\x05" * 32, 10**12, **court.terms)
    court.challenge(job_id, WRONG)
    now = [0.0]
    found = Judges(world.connection, clock=lambda: now[0])
    address = court.committee.address
    for number in range(5):
        with pytest.raises(UsageError):
            found.require(address, job_id, "0x" + f"{number + 1:040x}")
    with pytest.raises(Busy):
        found.require(address, job_id, "0x" + "9" * 40)
    found.require(address, job_id, court.challenger.address)
    now[0] += 60
    with pytest.raises(UsageError):
        found.require(address, job_id, "0x" + "9" * 40)


def test_a_resolver_that_answers_absurd_numbers_is_asked_no_more_than_a_case_can_have(
    world: Any, court: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, job_id, _ = world.claimed(b"\x05" * 32, 10**12, **court.terms)
    court.challenge(job_id, WRONG)
    absurd = dataclasses.replace(court.committee.case_of(job_id), challenges=255, round=255)
    challenge, seating = court.committee.challenge_of(job_id, 0), court.committee.seating_of
    asked: list[int] = []

    def challenge_of(_: Any, __: bytes, index: int) -> Any:
        asked.append(index)
        return challenge

    monkeypatch.setattr(Committee, "case_of", lambda *_: absurd)
    monkeypatch.setattr(Committee, "challenge_of", challenge_of)
    monkeypatch.setattr(
        Committee, "seating_of", lambda _, __, n: asked.append(n) or seating(job_id, 0)
    )
    Judges(world.connection).require(court.committee.address, job_id, court.challenger.address)
    assert len(asked) == 16 + 4


def test_a_resolver_that_is_no_committee_has_no_verifiers(world: Any) -> None:
    found = Judges(world.connection)
    with pytest.raises((UsageError, Busy)):
        found.require(world.market.address, b"\x01" * 32, world.stranger.address)


def test_without_a_signature_a_verifier_s_client_is_told_that_nothing_is_here(
    counter: Counter, tmp_path: Path
) -> None:
    store = BlobStore(tmp_path / "verifier")
    sources = Sources([Source(counter.gateway.url, private=True)])
    with pytest.raises(BlobError, match="404"):
        fetch(counter.inputs[0], sources, store, max_bytes=1 << 20, timeout_s=5)
