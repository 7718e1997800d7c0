"""Serving seats: what is voted, when, and what becomes of it across restarts and failures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from workbond.chain import funds
from workbond.chain.cases import UNAVAILABLE
from workbond.errors import BlobError
from workbond.verifier.bench import Bench
from workbond.verifier.notebook import FILE

from ..provider.conftest import FOREIGN, LOOP, PLENTY
from .conftest import WRONG, Court, Judge


def votes(court: Court) -> list[bytes]:
    return [vote["vote"] for vote in court.events("VoteRevealed")]


def late(court: Court, job_id: bytes) -> None:
    """Moves the clock to where UNAVAILABLE is better than nothing."""
    to_deadline(court, job_id, 150)


def to_deadline(court: Court, job_id: bytes, left_s: int) -> None:
    """Moves the clock so that `left_s` are left to commit."""
    deadline = court.committee.case_of(job_id).deadline
    court.world.advance(deadline - left_s - court.world.now())


def test_a_seat_votes_what_it_finds_whatever_was_claimed(court: Court, judge: Judge) -> None:
    job_id = court.seated(WRONG)
    judge.start(challenge_bond=0)
    judge.turn_until_said("WRONG")
    judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")
    assert votes(court) == [court.truth_of(job_id)] * 3


def test_every_verifier_serves_its_own_seats(court: Court, judges: Callable[..., Judge]) -> None:
    both = [judges(), judges()]
    court.tomorrow()
    job_id = court.seated()
    for judge in both:
        judge.start()
    seating = court.committee.seating_of(job_id, 0)
    seated = [judge for judge in both if seating.seats_of(judge.signer.address)]
    for judge in seated:
        judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    for judge in seated:
        judge.turn_until_said("REVEALED")
    assert votes(court) == [court.truth_of(job_id)] * 3
    assert sum(len(judge.said("COMMITTED")) for judge in both) == len(seated)


def test_inputs_that_nobody_has_are_asked_for_until_it_is_late_then_the_vote_is_unavailable(
    court: Court, judge: Judge
) -> None:
    job_id = court.seated()
    court.shop.gateway.stop()
    judge.start()
    judge.turn_until_said("FAILED")
    to_deadline(court, job_id, 300)
    for _ in range(5):
        judge.turn()
    assert not judge.said("UNAVAILABLE")
    late(court, job_id)
    line = judge.turn_until_said("UNAVAILABLE")
    assert "3 seats committed to UNAVAILABLE: the blob " in line
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")
    assert votes(court) == [UNAVAILABLE] * 3


def test_a_program_that_breaks_the_profile_has_its_one_right_result(
    court: Court, judge: Judge
) -> None:
    job_id = court.post(spec=court.shop.spec(FOREIGN))
    assert court.claim(job_id)
    court.challenge(job_id, WRONG)
    court.draw(job_id)
    judge.start()
    judge.turn_until_said("RIGHT")


def test_a_job_beyond_the_bounds_is_voted_unavailable_and_says_why(
    court: Court, judge: Judge
) -> None:
    job_id = court.seated()
    judge.start(download_bytes=10)
    judge.turn_until_said("FAILED")
    late(court, job_id)
    line = judge.turn_until_said("UNAVAILABLE")
    assert "10 are allowed" in line


def test_a_task_larger_than_the_memory_is_voted_unavailable(court: Court, judge: Judge) -> None:
    court.seated()
    judge.start(memory_bytes=1 << 20)
    assert "--max-memory" in judge.turn_until_said("GIVEN_UP")


def test_outputs_larger_than_the_bound_are_voted_unavailable(court: Court, judge: Judge) -> None:
    court.seated()
    judge.start(output_bytes=1 << 10)
    assert "--max-output" in judge.turn_until_said("GIVEN_UP")


def test_started_again_after_the_commit_it_reveals(court: Court, judge: Judge) -> None:
    job_id = court.seated()
    judge.start()
    judge.turn_until_said("COMMITTED")
    judge.start()
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")
    assert votes(court) == [court.truth_of(job_id)] * 3


def test_without_its_notebook_it_says_that_it_can_t_reveal(court: Court, judge: Judge) -> None:
    job_id = court.seated()
    judge.start()
    judge.turn_until_said("COMMITTED")
    judge.stop()
    (judge.home / FILE).unlink()
    judge.start()
    court.to_reveals(job_id)
    line = judge.turn_until_said("MISSED")
    assert line.endswith(
        "3 seats missed: another notebook than this one holds what they committed to"
    )


def test_a_seat_that_nobody_served_is_told_once(court: Court, judge: Judge) -> None:
    job_id = court.seated()
    court.to_reveals(job_id)
    judge.start()
    judge.turn_until_said("MISSED")
    court.world.advance(2 * 3_600)
    for _ in range(3):
        judge.turn()
    assert len(judge.said("MISSED")) == 1


def test_in_a_further_round_it_votes_without_executing_again(court: Court, judge: Judge) -> None:
    job_id = court.seated()
    judge.start()
    judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")
    stranger = court.world.stranger
    funds.deposit(court.committee, court.world.token, stranger, 20 * 10**18)
    court.committee.appeal(stranger, job_id, court.job(job_id))
    court.mine(3)
    judge.turn_until(lambda: len(judge.said("SEATED")) == 2, "the second round's seats")
    judge.turn_until(lambda: len(judge.said("COMMITTED")) == 2, "the second round's commits")
    court.to_reveals(job_id)
    judge.turn_until(lambda: len(judge.said("REVEALED")) == 2, "the second round's reveals")
    assert votes(court) == [court.truth_of(job_id)] * 10
    assert len(judge.said("RIGHT")) == 1


def test_a_sample_makes_way_for_a_seat(court: Court, judge: Judge) -> None:
    long = court.post(spec=court.shop.spec(LOOP, limits=PLENTY))
    court.claim_unknown(long)
    judge.start(sample_bps=10_000, sample_units=2**63, units_per_second=10**12)
    judge.turn_until(lambda: judge.executes(long), "the sample to be under way")
    job_id = court.seated()
    judge.turn_until_said("COMMITTED")
    assert judge.said("COMMITTED")[0].startswith(f"job 0x{job_id.hex()}")


def test_a_machine_that_gives_two_results_neither_challenges_nor_votes_for_one(
    court: Court, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = court.seated()
    results = iter([b"\x01" * 32, b"\x02" * 32])
    monkeypatch.setattr(Bench, "execute", lambda *_: next(results))
    judge.start()
    line = judge.turn_until_said("GIVEN_UP")
    assert "it gave two results" in line
    late(court, job_id)
    judge.turn_until_said("UNAVAILABLE")
    assert len(court.events("Challenged")) == 1


def test_one_execution_must_do_when_it_is_late(
    court: Court, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = court.seated(WRONG)
    truth, original, calls = court.truth_of(job_id), Bench.execute, [0]

    def execute(*args: Any) -> bytes:
        calls[0] += 1
        if calls[0] > 1:
            raise RuntimeError("no second look")
        return original(*args)

    monkeypatch.setattr(Bench, "execute", execute)
    judge.start()
    judge.turn_until_said("DIFFERS")
    for _ in range(3):
        judge.turn()
    assert not judge.said("COMMITTED")
    to_deadline(court, job_id, 300)
    judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")
    assert votes(court) == [truth] * 3


def test_seats_that_pay_nothing_or_too_little_are_not_served(court: Court, judge: Judge) -> None:
    free = court.seated(case_fee=0)
    cheap = court.seated(case_fee=30)
    judge.start(seat_fee=1_000)
    judge.turn_until(lambda: len(judge.said("UNSERVED")) == 2, "both to be left")
    court.to_reveals(cheap)
    for _ in range(3):
        judge.turn()
    assert not judge.said("COMMITTED")
    assert not judge.said("MISSED")
    assert {line[:14] for line in judge.said("UNSERVED")} == {
        f"job 0x{job_id.hex()}"[:14] for job_id in (free, cheap)
    }


def test_what_is_dear_is_executed_before_what_is_cheap(court: Court, judge: Judge) -> None:
    cheap = court.seated(case_fee=10_000)
    dear = court.seated()
    node = judge.start()
    node._watch.start(court.world.connection.block())
    wants = sorted(node._seats.wants(court.world.now()), key=node._examiner._turn)
    assert [want.record.id for want in wants] == [dear, cheap]
    assert wants[0].until_s > wants[1].until_s


def test_seats_are_followed_however_many_cases_are_open(
    court: Court, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbond.verifier.docket.CASES_MAX", 1)
    court.challenge(court.claimed(), WRONG)
    job_id = court.seated()
    node = judge.start()
    judge.turn_until_said("COMMITTED")
    assert node._watch.docket.find(job_id) is not None


def test_a_start_in_the_last_minutes_still_executes(court: Court, judge: Judge) -> None:
    job_id = court.seated()
    to_deadline(court, job_id, 300)
    judge.start()
    judge.turn_until_said("COMMITTED")


def test_a_sample_that_failed_often_is_tried_again_at_once_for_a_seat(
    court: Court, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = court.claimed()

    def fail(*_: Any) -> bytes:
        raise BlobError("away")

    with monkeypatch.context() as patched:
        patched.setattr(Bench, "execute", fail)
        judge.start(sample_bps=10_000)
        judge.turn_until_said("FAILED")
    court.challenge(job_id, WRONG)
    judge.turn_until_said("COMMITTED")


def test_a_huge_job_makes_way_for_a_seat_with_less_time(court: Court, judge: Judge) -> None:
    huge = court.post(spec=court.shop.spec(LOOP, limits=PLENTY), run_for=6 * 3_600)
    court.claim_unknown(huge)
    court.challenge(huge, b"\x77" * 32)
    court.draw(huge)
    judge.start()
    judge.turn_until(lambda: judge.executes(huge), "the huge job")
    court.seated()
    judge.turn_until_said("COMMITTED")


def test_whose_inputs_trickle_waits_for_whose_don_t(court: Court, judge: Judge) -> None:
    first, second = court.seated(), court.seated()
    node = judge.start()
    node._watch.start(court.world.connection.block())
    examiner = node._examiner
    wants = sorted(node._seats.wants(court.world.now()), key=examiner._turn)
    assert [want.record.id for want in wants] == [first, second]
    examiner._failed(wants[0], BlobError("slow"))
    assert sorted(wants, key=examiner._turn)[0].record.id == second
