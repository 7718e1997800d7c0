"""A whole course, call by call, on the executable model: from deposits to the last balances.

The tables need hundreds of thousands of courses and take their money from the model's bills alone
(money.py). Here the same course is played as accounts would: post, accept, submit, challenge or
audit, draw, commit, reveal, appeal, close, finalize. Tests compare the two to the last unit.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.model.committee import rules
from tests.model.committee.bills import seal_over
from tests.model.committee.verdicts import Committee
from tests.model.erc20 import Token
from tests.model.hashing import job_id, opening_digest
from tests.model.keys import address_of
from tests.model.market import Market
from tests.model.words import NOBODY, ZERO32, Job, Request

from .course import Course, Party, Round, Vote
from .money import ADDRESSES, Money, seated
from .setting import PAYMENT, RUN_FOR_S, WORK

BANK, MARKET, COMMITTEE = address_of("bank"), address_of("market"), address_of("committee")
START_S = 1_800_057_600
"""Midnight, so that no epoch ends in the middle of a course."""
BLOCK_S = 12
RICH = 10**6 * WORK
ROOTS = {vote: bytes([place]) * 32 for place, vote in enumerate(Vote, 1)}
SALT = bytes([9]) * 32


class Seated(Committee):
    """A committee whose draws fall as it is told."""

    holders: Iterable[str] = ()

    def holder(self, ticket: int) -> str:
        return next(iter(self.holders))


class Court:
    """A market and its committee, with rich accounts, in which one course is played."""

    def __init__(self, bond: int, case_fee: int, seats: int) -> None:
        self.token = Token(RICH * 100, BANK)
        self.market = Market(MARKET, self.token, 0, chain_id=1)
        self.committee = Seated(COMMITTEE, self.market, 0)
        self.now_s, self.seats = START_S - rules.EPOCH_S, seats
        for address in ADDRESSES.values():
            self._fund(address)
        self._call(self.market, "stake", Party.PROVIDER, bond)
        self.now_s = START_S
        self.request = self._request(bond, case_fee, seats)
        self.id = job_id(self.market.domain, self.request)
        self.before = {party: self._worth(party) for party in Party}

    def play(self, course: Course) -> Money:
        """Plays all of it; what each party has gained."""
        self._claim(course)
        self._open(course)
        for number, one in enumerate(course.rounds):
            if number:
                assert one.appellant is not None
                self._call(self.committee, "appeal", one.appellant, self.id, self._job())
            self._hear(one, number)
        self.now_s += rules.REVEAL_FOR_S + rules.APPEAL_FOR_S
        self._call(self.committee, "close", Party.CRANKS, self.id, self._job())
        if not course.rejected:
            opening = (ROOTS[course.claimed], 0)
            self._call(self.market, "finalize", Party.PROVIDER, self.id, self._job(), *opening)
        gained = {party: self._worth(party) - self.before[party] for party in Party}
        return Money(**{party.name.lower(): amount for party, amount in gained.items()})

    # ────────────────────────────────── the course ───────────────────────────────

    def _claim(self, course: Course) -> None:
        market, seal = (
            self.market,
            seal_over(ADDRESSES[Party.PROVIDER], self.id, digest(course.claimed)),
        )
        self._call(market, "post", Party.REQUESTER, self.request, "")
        self._call(market, "accept", Party.PROVIDER, self.request, ())
        self._call(market, "submit", Party.PROVIDER, self.id, self._job(), seal, ZERO32)

    def _open(self, course: Course) -> None:
        if course.audited:
            self._call(self.committee, "audit", Party.CRANKS, self.request, self._job())
        if course.challenge is not None:
            found = digest(course.challenge)
            seal = seal_over(ADDRESSES[Party.CHALLENGER], self.id, found)
            args = (self.request, self._job(), seal)
            self._call(self.committee, "challenge", Party.CHALLENGER, *args)

    def _hear(self, one: Round, number: int) -> None:
        """Draw, commits of all that don't stay silent, and their reveals."""
        seats = seated(one)
        self.committee.holders = iter([ADDRESSES[party] for party, _ in seats])
        self.now_s += 3 * BLOCK_S
        self._call(self.committee, "draw", Party.CRANKS, self.id)
        heard = [
            (seat, party, vote)
            for seat, (party, vote) in enumerate(seats)
            if vote is not Vote.SILENT
        ]
        for seat, party, vote in heard:
            place = (COMMITTEE, self.id, number, seat)
            commitment = rules.commitment_of(*place, digest(vote), SALT)
            self._call(self.committee, "commit", party, self.id, (seat,), (commitment,))
        self.now_s += max(rules.MIN_COMMIT_FOR_S, RUN_FOR_S)
        for seat, _, vote in heard:
            shown = ((seat,), (digest(vote),), (SALT,))
            self._call(self.committee, "reveal", Party.CRANKS, self.id, *shown)
        if len(heard) < len(seats):
            self.now_s += rules.REVEAL_FOR_S

    # ─────────────────────────────── accounts, and calls ─────────────────────────

    def _fund(self, address: str) -> None:
        self.token.transfer(BANK, address, 2 * RICH)
        for contract, spender in ((self.market, MARKET), (self.committee, COMMITTEE)):
            self.token.approve(address, spender, RICH)
            self._begin()
            contract.deposit(address, RICH)
        self._begin()
        self.committee.stake(address, RICH // 2)

    def _request(self, bond: int, case_fee: int, seats: int) -> Request:
        return Request(
            requester=ADDRESSES[Party.REQUESTER],
            spec=ZERO32,
            profile=ZERO32,
            tasks=1,
            flat=PAYMENT,
            min_unit_price=0,
            max_unit_price=0,
            ramp_start=0,
            ramp_end=0,
            max_units=0,
            bond=bond,
            min_stake=0,
            tip=0,
            open_until=self.now_s + RUN_FOR_S,
            run_for=RUN_FOR_S,
            challenge_for=RUN_FOR_S,
            resolver=COMMITTEE,
            policy=rules.pack_policy(seats, rules.MAX_RATE),
            case_for=rules.course_of(seats, RUN_FOR_S),
            case_fee=case_fee,
            demand_fee=0,
            providers=ZERO32,
            matcher=NOBODY,
            counter=0,
            salt=ZERO32,
        )

    def _job(self) -> Job:
        job = self.market.record(self.id).job
        assert job is not None, "a job that is not live"
        return job

    def _worth(self, party: Party) -> int:
        """All that an account has in both contracts."""
        address = ADDRESSES[party]
        account, purse = self.market.accounts[address], self.committee.purses[address]
        return account.free + account.staked + purse.free + self.committee.staked(address)

    def _begin(self) -> None:
        self.market.begin(self.now_s, self.now_s // BLOCK_S)

    def _call(
        self, contract: Market | Committee, function: str, party: Party, *args: object
    ) -> None:
        self._begin()
        getattr(contract, function)(ADDRESSES[party], *args)


def digest(vote: Vote) -> bytes:
    """The D of a result."""
    return ZERO32 if vote is Vote.UNAVAILABLE else opening_digest(ROOTS[vote], 0)
