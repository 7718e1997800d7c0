"""Offers from a provider's own terms: what they bind it to, and what is kept of them."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest

from workbond import accounts
from workbond.chain import rules
from workbond.chain.orders import excesses
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Offer
from workbond.executor.engine import wat2wasm
from workbond.executor.profile import PROFILE_ID
from workbond.executor.runner import Executor
from workbond.jobs import JobRecord
from workbond.orders import SignedOrder, sign_offer
from workbond.provider import measure, pledges
from workbond.provider.offering import STANDING_FETCH_S, bound_offer, standing_offer
from workbond.provider.pledges import Pledges
from workbond.provider.terms import Terms

from .test_fit import REQUEST

PROVIDER = accounts.dev_signer(2)
MARKET = "0x" + "11" * 20
NOW = 1_000_000
TERMS = Terms(
    cores=4, memory_bytes=8 << 30, min_price=50, min_flat=5, max_bond=700, min_demand_fee=2
)


def broken_limits(offer: Offer, price: int = 100, **changes: Any) -> list[str]:
    request = dataclasses.replace(REQUEST, **changes)
    return [excess.field for excess in excesses(offer, request, price)]


# ─────────────────────────────────── bound to one ─────────────────────────────


def test_a_bound_offer_is_good_for_its_request_and_for_nothing_worse() -> None:
    offer = bound_offer(REQUEST, TERMS, PROVIDER.address, 0, NOW + 60, ZERO_WORD)
    assert broken_limits(offer) == []
    assert broken_limits(offer, price=49) == ["minUnitPrice"]
    for field, value, limit in [
        ("requester", accounts.dev_signer(5).address, "requester"),
        ("spec", b"\x01" * 32, "spec"),
        ("flat", REQUEST.flat - 1, "minFlat"),
        ("bond", REQUEST.bond + 1, "maxBond"),
        ("tasks", REQUEST.tasks + 1, "maxTasks"),
        ("challenge_for", REQUEST.challenge_for + 2, "maxLockFor"),
        ("demand_fee", REQUEST.demand_fee - 1, "minDemandFee"),
    ]:
        request_spec = dataclasses.replace(REQUEST, spec=b"\x05" * 32)
        bound = bound_offer(request_spec, TERMS, PROVIDER.address, 0, NOW + 60, ZERO_WORD)
        assert broken_limits(bound, **({"spec": b"\x05" * 32} | {field: value})) == [limit]
    assert "minRunFor" in broken_limits(offer, run_for=REQUEST.run_for - 1)
    assert "maxUnits" in broken_limits(offer, max_units=REQUEST.max_units + 1)
    assert (offer.max_jobs, offer.valid_until, offer.matcher) == (1, NOW + 60, REQUEST.matcher)


@pytest.mark.parametrize(
    "changes",
    [
        {"max_units": 0},
        {"max_units": 1, "run_for": rules.MAX_RUN_FOR_S},
        {"max_units": rules.MAX_UNITS, "run_for": 1},
        {"flat": 2**96 - 1, "bond": 2**96 - 1, "demand_fee": 2**96 - 1, "tasks": rules.MAX_TASKS},
    ],
)
def test_a_bound_offer_fits_the_most_extreme_requests(changes: dict[str, Any]) -> None:
    request = dataclasses.replace(REQUEST, **changes)
    offer = bound_offer(request, TERMS, PROVIDER.address, 0, NOW + 60, ZERO_WORD)
    assert broken_limits(offer, **changes) == []
    # every member has its width in the EIP-712 type
    assert len(sign_offer(PROVIDER, offer, 1, MARKET).signature) == 65


# ───────────────────────────────────── standing ───────────────────────────────


@pytest.mark.parametrize("tasks", [1, 7, 64])
@pytest.mark.parametrize("units", [0, 10**9, 10**13])
def test_whatever_a_standing_offer_allows_can_be_done_in_time(tasks: int, units: int) -> None:
    """With all units in one task, and memory and output as the terms allow at most."""
    offer = standing_offer(TERMS, PROVIDER.address, 10**6, 0, NOW + 600, ZERO_WORD)
    assert offer.max_tasks == 64
    pace = offer.min_seconds_per_1e12_units
    shortest = max(offer.min_run_for, -(-units * pace // 10**12))
    limits = {"tasks": tasks, "max_units": units, "run_for": shortest, "bond": 700}
    assert broken_limits(offer, **limits) == []
    memory, output = TERMS.memory_bytes // TERMS.cores, TERMS.output_bytes // tasks
    others = TERMS.run_s(tasks, 0, memory, output) + STANDING_FETCH_S
    one_core = units / TERMS.units_per_second
    assert others + one_core <= shortest


def test_a_standing_offer_is_for_anybody_and_asks_for_what_the_terms_do() -> None:
    offer = standing_offer(TERMS, PROVIDER.address, 10**6, 3, NOW + 600, ZERO_WORD)
    assert (offer.requester, offer.spec, offer.profile) == (ZERO_ADDRESS, ZERO_WORD, PROFILE_ID)
    assert (offer.resolver, offer.policy, offer.max_jobs) == (ZERO_ADDRESS, ZERO_WORD, 1)
    assert (offer.min_unit_price, offer.min_flat, offer.min_demand_fee) == (50, 5, 2)
    assert offer.max_lock_for == TERMS.lock_s
    assert offer.max_bond == 700  # --max-bond, where more is free
    poor = standing_offer(TERMS, PROVIDER.address, 600, 3, NOW + 600, ZERO_WORD)
    assert poor.max_bond == 600


# ─────────────────────────────────── what is out ──────────────────────────────


def pledge(bond: int = 100, ends: int = NOW + 60) -> SignedOrder:
    offer = standing_offer(TERMS, PROVIDER.address, bond, 0, ends, os.urandom(32))
    return sign_offer(PROVIDER, offer, 1, MARKET)


def job_of(offer: bytes | None) -> JobRecord:
    return JobRecord(os.urandom(32), REQUEST, "", offer=offer)


def test_offers_promise_their_bonds_until_they_are_used_or_over(tmp_path: Path) -> None:
    known = Pledges(tmp_path)
    short, long = pledge(100), pledge(200, NOW + 600)
    known.add(short, NOW)
    known.add(long, NOW)
    assert known.promised(NOW) == 300
    assert not known.matched(job_of(None))
    assert not known.matched(job_of(b"\x07" * 32))
    assert known.promised(NOW) == 300
    assert known.matched(job_of(short.id))
    assert known.promised(NOW + 59) == 200
    assert known.open(NOW + 60) == [long]
    assert known.promised(NOW + 600) == 0


def test_offers_and_gateways_are_there_again_after_a_crash(tmp_path: Path) -> None:
    before = Pledges(tmp_path)
    offer, job_id = pledge(), os.urandom(32)
    before.add(offer, NOW)
    before.locate(job_id, "https://inputs.example")
    after = Pledges(tmp_path)
    assert after.open(NOW) == [offer]
    assert after.gateway(job_id) == "https://inputs.example"
    assert after.gateway(bytes(32)) == ""
    assert not after.problem


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"version":1}', b'{"version":1,"offers":[{}],"gateways":{}}', b"\xff", b"[" * 9],
)
def test_a_damaged_file_is_told_and_begun_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / pledges.FILE).write_bytes(content)
    known = Pledges(tmp_path)
    assert known.problem
    known.add(pledge(), NOW)
    assert not Pledges(tmp_path).problem


def test_the_chain_has_the_last_word_on_what_is_used(world: Any, tmp_path: Path) -> None:
    known, now = Pledges(tmp_path), world.now()
    offer = standing_offer(TERMS, PROVIDER.address, 100, 0, now + 600, os.urandom(32))
    signed = sign_offer(PROVIDER, offer, world.connection.chain_id, world.market.address)
    known.add(signed, now)
    known.matched(job_of(signed.id))  # in a block that a reorganisation took back
    known.recount(world.market, now)
    assert known.open(now) == [signed]
    world.market.cancel_offer(world.provider, offer)
    known.recount(world.market, now)
    assert known.open(now) == []
    other = dataclasses.replace(offer, salt=os.urandom(32))
    known.add(sign_offer(PROVIDER, other, signed.chain_id, signed.market), now)
    world.market.raise_counter(world.provider)
    known.recount(world.market, now)
    assert known.promised(now) == 0


def test_the_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pledges, "JOBS_MAX", 3)
    known = Pledges(tmp_path)
    ids = [os.urandom(32) for _ in range(5)]
    for job_id in ids:
        known.locate(job_id, "https://inputs.example")
    assert [bool(known.gateway(job_id)) for job_id in ids] == [False, False, True, True, True]
    for number in range(40):  # each over before the next
        known.add(pledge(ends=NOW + number + 1), NOW + number)
    assert (tmp_path / pledges.FILE).stat().st_size < 10_000


# ────────────────────────────────── the machine ───────────────────────────────

LOOP = """(module (memory (export "memory") 1)
  (func (export "_start") (local i64)
    (loop
      (local.set 0 (i64.add (i64.mul (local.get 0) (i64.const 6364136223846793005)) (i64.const 1)))
      (i64.store (i32.wrap_i64 (i64.and (local.get 0) (i64.const 0xfff8))) (local.get 0))
      (br 0))))"""


def test_the_benchmark_is_the_program_it_says_and_measures_something(tmp_path: Path) -> None:
    assert wat2wasm(LOOP) == measure.PROGRAM
    with Executor(tmp_path / "compiled", tmp_path / "work", 1, 60.0) as executor:
        assert measure.units_per_second(executor, tmp_path) > 1_000_000
    assert not (tmp_path / "benchmark.wasm").exists()


def test_the_way_to_gateways_is_known_from_downloads() -> None:
    line = measure.Line()
    assert (line.bytes_per_second, line.round_trips_ms) == (0, {})
    line.fetched("https://a.example", 100, 0.05)
    line.fetched("https://a.example", 100, 0.08)  # the shortest counts
    line.fetched("https://b.example", 500_000, 1.0)  # neither small nor large
    assert line.round_trips_ms == {"https://a.example": 50}
    line.fetched("https://a.example", 4 << 20, 2.0)
    line.fetched("https://a.example", 4 << 20, 1.0)
    assert line.bytes_per_second == (2 << 20) + (2 << 20) // 4
    for number in range(100):
        line.fetched(f"https://{number}.example", 1, 0.01)
    assert len(line.round_trips_ms) == measure.SITES_MAX
