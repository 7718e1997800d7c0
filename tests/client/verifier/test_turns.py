"""Who goes first, where anyone may."""

from __future__ import annotations

from collections.abc import Callable

from workbond.chain.types import State
from workbond.verifier.plan import Plan
from workbond.verifier.turns import TURN_S, patience_s

from .conftest import Court, Judge

PARTIES = [f"0x{n:040x}" for n in range(5)]


def test_each_party_has_a_turn_of_its_own_and_all_know_the_order() -> None:
    waits = sorted(patience_s(who, "close", PARTIES, 36) for who in PARTIES)
    assert waits == [n * TURN_S for n in range(5)]
    assert patience_s(PARTIES[0], "close", reversed(PARTIES), 36) in waits


def test_nobody_is_always_the_first() -> None:
    firsts = {
        min(PARTIES, key=lambda who: patience_s(who, f"close {n}", PARTIES, 36)) for n in range(50)
    }
    assert firsts == set(PARTIES)


def test_others_wait_a_time_of_their_own() -> None:
    waits = {patience_s(f"0x{n:040x}", "close", PARTIES, 36) for n in range(10, 400)}
    assert waits == set(range(36))


def test_where_nobody_is_to_wait_nobody_does() -> None:
    assert patience_s(PARTIES[3], "close", PARTIES, 0) == 0


def test_of_several_that_served_seats_one_closes_and_the_others_spend_no_gas(
    court: Court, judges: Callable[..., Judge]
) -> None:
    all_of_them = [judges(), judges(), judges()]
    court.tomorrow()
    job_id = court.seated()
    holders = set(court.committee.seating_of(job_id, 0).verifiers)
    seated = [judge for judge in all_of_them if judge.signer.address in holders]
    for judge in seated:
        judge.start(Plan(poll_s=0.05))
        judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    for judge in seated:
        judge.turn_until_said("REVEALED")
    court.to_closing(job_id)

    def turn_all() -> bool:
        for judge in seated:
            judge.turn()
        return court.state(job_id) is State.CLAIMED

    seated[0].turn_until(turn_all, "the verdict")
    for judge in seated:
        judge.turn_until_said("VERDICT")
        assert not judge.said("RETRYING")
    assert sum(len(judge.said("CLOSED")) for judge in seated) == 1
