"""What everybody has gained in money when a course is over, by the executable model's own bills.

`tests/model/committee/bills.py` says who is paid what for a case, and `tests/model/rules.py` what a
rejected result costs; CI holds both against the contracts. `court.py` plays whole courses, call by
call, and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tests.model import rules as market_rules
from tests.model.committee import bills, rules
from tests.model.committee.bills import Bill
from tests.model.committee.words import UNAVAILABLE, Case, Challenge, Docket, Outcome, Phase
from tests.model.committee.words import Round as Hearing
from tests.model.keys import address_of
from tests.model.words import Job

from .course import Course, Party, Round, Vote
from .setting import PAYMENT, RUN_FOR_S

ADDRESSES = {party: address_of(party.value) for party in Party}
PARTIES = {address: party for party, address in ADDRESSES.items()}
CASE = bytes([1]) * 32
RESULTS = {
    Vote.RIGHT: bytes([2]) * 32,
    Vote.FALSE: bytes([3]) * 32,
    Vote.OTHER: bytes([4]) * 32,
    Vote.UNAVAILABLE: UNAVAILABLE,
}


@dataclass(frozen=True)
class Money:
    """Base units that each party has more than before the job, its payment included; what is
    missing in the sum was burned."""

    requester: int
    provider: int
    challenger: int
    kin: int
    others: int
    witness: int
    cranks: int

    def of(self, party: Party) -> int:
        return int(getattr(self, party.name.lower()))


@cache
def settled(bond: int, case_fee: int, course: Course) -> Money:
    """The money of a course that has a case."""
    docket = _docket(bond, case_fee, course)
    seal = bills.seal_over(ADDRESSES[Party.PROVIDER], CASE, RESULTS[course.claimed])
    bill = bills.outcome_of(docket, CASE, ADDRESSES[Party.PROVIDER], seal)
    bills.settle(bill, docket, CASE, case_fee, ADDRESSES[Party.CRANKS], lambda _, penalty: penalty)
    gained = dict.fromkeys(Party, 0)
    _add_case(gained, docket, bill)
    _add_job(gained, bond, case_fee, bill)
    return Money(**{party.name.lower(): amount for party, amount in gained.items()})


def _docket(bond: int, case_fee: int, course: Course) -> Docket:
    docket = Docket(Case(Phase.VOTING, first_seats=course.rounds[0].seats), rounds=[])
    if course.audited:
        docket.opener = ADDRESSES[Party.CRANKS]
    if course.challenge is not None:
        challenger = ADDRESSES[Party.CHALLENGER]
        seal = bills.seal_over(challenger, CASE, RESULTS[course.challenge])
        stake = rules.challenge_bond(case_fee, bond)
        docket.challenges.append(Challenge(challenger, stake, seal))
    fees = rules.fees_of(case_fee, course.rounds[0].seats)
    docket.rounds = [_hearing(one, fees) for one in course.rounds]
    docket.head.round = len(docket.rounds) - 1
    return docket


def _hearing(one: Round, fees: rules.Fees) -> Hearing:
    """A round as the committee has it on record once all have revealed who do."""
    seats = seated(one)
    spoke = sum(1 << seat for seat, (_, vote) in enumerate(seats) if vote is not Vote.SILENT)
    hearing = Hearing(ADDRESSES[Party.CRANKS], spoke, spoke)
    if one.appellant is not None:
        hearing.appellant = ADDRESSES[one.appellant]
        hearing.prepaid = rules.prepaid(fees, one.seats)
    hearing.verifiers = [ADDRESSES[party] for party, _ in seats]
    hearing.votes = [RESULTS.get(vote, UNAVAILABLE) for _, vote in seats]
    return hearing


def seated(one: Round) -> list[tuple[Party, Vote]]:
    """Whose each seat is, and how it votes."""
    seats = [(Party.KIN, one.kin_vote)] * one.kin + [(Party.OTHERS, one.others_vote)] * one.others
    if one.appellant is None and one.others:
        seats[one.kin] = (Party.WITNESS, one.others_vote)
    return seats


def _add_case(gained: dict[Party, int], docket: Docket, bill: Bill) -> None:
    """What the committee takes and pays."""
    for challenge, returned in bill.challenges:
        gained[PARTIES[challenge.challenger]] += returned - challenge.bond
    for crank, tip in bill.cranks:
        gained[PARTIES[crank]] += tip
    for hearing, (appellant, returned, repaid) in zip(docket.rounds[1:], bill.appeals, strict=True):
        gained[PARTIES[appellant]] += returned + repaid - hearing.prepaid
    for seat, fee, lost in bill.seats:
        gained[PARTIES[seat.verifier]] += fee - lost
    gained[Party.REQUESTER] += bill.to_requester
    gained[Party.PROVIDER] += bill.to_provider


def _add_job(gained: dict[Party, int], bond: int, case_fee: int, bill: Bill) -> None:
    """What the market does at the verdict, and with what the claim is paid if it stands."""
    job = _job(bond, case_fee)
    challenged = bill.champion in PARTIES
    if bill.outcome is Outcome.REJECTED:
        _, to_challenger, slash = market_rules.rejection(job, challenged)
        gained[Party.PROVIDER] -= bond
        gained[Party.REQUESTER] += slash.to_requester
        gained[Party.CHALLENGER] += to_challenger
        return
    paid = market_rules.payment(job, 0)
    gained[Party.PROVIDER] += paid
    gained[Party.REQUESTER] -= paid
    if not challenged:
        gained[Party.REQUESTER] -= case_fee


@cache
def _job(bond: int, case_fee: int) -> Job:
    """A job that pays the same whatever it uses."""
    nobody, requester = "0x" + "00" * 20, ADDRESSES[Party.REQUESTER]
    terms = (requester, ADDRESSES[Party.PROVIDER], nobody, PAYMENT, 0, 0, bond, case_fee, 0, 1)
    return Job(*terms, RUN_FOR_S, RUN_FOR_S, RUN_FOR_S, 0, 0)
