"""Tallies that contradict what a verifier found, with seats that were bribed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from workbond.chain import anvil as local
from workbond.chain import cases
from workbond.chain.cases import Outcome
from workbond.money import tokens

from .conftest import FEE, STAKE, WRONG, Court, Judge


class Bribed:
    """A verifier whose seats vote for whatever was claimed."""

    def __init__(self, court: Court, signer: Any) -> None:
        self._court, self._signer = court, signer

    def vote(self, job_id: bytes, vote: bytes) -> list[tuple[int, bytes]]:
        committee = self._court.committee
        round = committee.case_of(job_id).round
        seats = committee.seating_of(job_id, round).seats_of(self._signer.address)
        salted = [(seat, secrets.token_bytes(32)) for seat in seats]
        if salted:
            committed = [
                cases.commitment(committee.address, job_id, round, seat, vote, salt)
                for seat, salt in salted
            ]
            committee.commit(self._signer, job_id, seats, committed)
        return salted

    def reveal(self, job_id: bytes, vote: bytes, salted: list[tuple[int, bytes]]) -> None:
        if salted:
            seats, salts = zip(*salted, strict=True)
            self._court.committee.reveal(
                self._signer, job_id, seats, [vote] * len(seats), list(salts)
            )


@pytest.fixture
def seated(court: Court, judges: Callable[..., Judge]) -> tuple[Judge, Bribed, bytes]:
    """A judge and a wrong claim, of whose first three seats it has one, the others being bribed."""
    judge = judges(stake=STAKE)
    bribed = Bribed(court, court.enrol(9, stake=2 * STAKE))
    court.tomorrow()
    job_id = court.claimed(WRONG)
    connection = court.world.connection
    while True:
        before = local.snapshot(connection)
        court.challenge(job_id, b"\x77" * 32)
        court.draw(job_id)
        if len(court.committee.seating_of(job_id, 0).seats_of(judge.signer.address)) == 1:
            break
        local.revert(connection, before)
        court.mine(1)  # other blocks, another seed
    return judge, bribed, job_id


@pytest.fixture
def outvoted(court: Court, seated: tuple[Judge, Bribed, bytes]) -> tuple[Judge, bytes]:
    """As `seated`; all have voted."""
    judge, bribed, job_id = seated
    judge.start()
    salted = bribed.vote(job_id, WRONG)
    judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    bribed.reveal(job_id, WRONG, salted)
    judge.turn_until_said("REVEALED")
    return judge, job_id


def test_outvoted_it_says_so_and_what_a_further_round_takes(
    outvoted: tuple[Judge, bytes], court: Court
) -> None:
    judge, job_id = outvoted
    line = judge.turn_until_said("OUTVOTED")
    price = cases.appeal_price(FEE, 3, 1)
    assert f"most seats found another one; a further round would take {tokens(price)}" in line
    court.to_closing(job_id)
    judge.turn_until_said("VERDICT")
    (closed,) = court.events("CaseClosed")
    assert closed["outcome"] == Outcome.UPHELD
    penalty = cases.penalty(FEE, 3)
    (verdict,) = (each for each in judge.records if each["code"] == "VERDICT")
    assert int(verdict["numbers"]["lost"]) == penalty
    assert court.committee.verifier_of(judge.signer.address).staked == STAKE - penalty


def test_allowed_to_it_pays_for_a_further_round_and_no_more_than_it_may_in_a_case(
    outvoted: tuple[Judge, bytes], court: Court
) -> None:
    judge, job_id = outvoted
    us, committee = judge.signer.address, court.committee
    judge.start(appeal=cases.appeal_price(FEE, 3, 1))
    judge.turn_until_said("APPEALED")
    (appealed,) = court.events("CaseAppealed")
    assert (appealed["appellant"], appealed["round"]) == (us, 1)
    assert appealed["prepaid"] == cases.appeal_price(FEE, 3, 1)
    judge.turn_until(lambda: committee.seating_of(job_id, 1).verifiers, "the draw")
    seats = committee.seating_of(job_id, 1).seats_of(us)
    assert len(committee.seating_of(job_id, 1).verifiers) == 7
    if seats:
        judge.turn_until(lambda: len(judge.said("COMMITTED")) == 2, "its commits")
    court.to_reveals(job_id)
    if seats:
        judge.turn_until(lambda: len(judge.said("REVEALED")) == 2, "its reveals")
    if committee.seating_of(job_id, 1).winner is None:  # the bribed are silent by now
        judge.turn_until_said("OUTVOTED")
    for _ in range(3):
        judge.turn()
    assert len(court.events("CaseAppealed")) == 1


def test_where_others_are_silent_it_asks_for_no_further_round(
    seated: tuple[Judge, Bribed, bytes], court: Court
) -> None:
    judge, _, job_id = seated
    judge.start(appeal=1_000 * STAKE)
    judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")
    for _ in range(3):
        judge.turn()
    assert not court.events("CaseAppealed")
    assert not judge.said("OUTVOTED")
