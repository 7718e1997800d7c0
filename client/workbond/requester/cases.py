"""The case about a job's result: who challenged, whose seats, what they found, who was paid.

    view = case_of(desk, record)           # None: there was none
    view.words(record, desk.now_s())

The committee's events tell it, and its storage, read at the same block, how it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbond.chain import cases
from workbond.chain.abi import Event
from workbond.chain.cases import Case, Challenge, Outcome, Phase, Round, Seating
from workbond.chain.contract import topic
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD
from workbond.errors import ChainError
from workbond.jobs import JobRecord
from workbond.requester.desk import Desk
from workbond.tree import seal
from workbond.words import duration

EVENTS_MAX = 1_000  # of one case: 16 challenges, 56 seats in four rounds, and all that was paid
NOT_DRAWN = Round(ZERO_ADDRESS, 0, 0, ZERO_ADDRESS, 0)


@dataclass(frozen=True)
class Payment:
    """What the end of a case gave to an account of the committee; `what` says for what."""

    account: str
    what: str
    amount: int

    def to_json(self) -> dict[str, Any]:
        return {"account": self.account, "for": self.what, "amount": str(self.amount)}


@dataclass(frozen=True)
class CaseView:
    """A case, open or closed.

    `case` is how it stands; `opener` turned the lottery's crank, or challenged; `rounds` are those
    that were begun, with their seats once they are drawn. Of a closed one: `outcome`, the `winner`
    (None: no result had most seats), what was `paid`, in which is what was left over
    `to_requester` and `to_provider`, what `penalties` took, and what was `burned`.
    """

    case: Case
    opener: str
    audited: bool
    challenges: tuple[Challenge, ...]
    rounds: tuple[Seating, ...]
    events: tuple[Event, ...] = field(repr=False)
    outcome: Outcome | None = None
    winner: bytes | None = None
    paid: tuple[Payment, ...] = ()
    to_requester: int = 0
    to_provider: int = 0
    penalties: int = 0
    burned: int = 0

    @property
    def is_open(self) -> bool:
        return self.case.phase.is_open

    @property
    def put_up(self) -> int:
        """Bonds of challenges, and what was prepaid for rounds."""
        bonds = sum(challenge.bond for challenge in self.challenges)
        return bonds + sum(seating.round.prepaid for seating in self.rounds)

    @property
    def current(self) -> Seating:
        """The last round that was begun."""
        return self.rounds[-1]

    @property
    def tally(self) -> bytes | None:
        """What most seats of the last round that was drawn found by now; None: nothing."""
        drawn = [round for round in self.rounds if round.round.is_drawn]
        return drawn[-1].winner if drawn else None

    def is_complete(self, now_s: int) -> bool:
        """Whether nobody can vote in the current round any more."""
        return self.case.is_complete(self.current.round, now_s)

    def is_appealable(self, now_s: int) -> bool:
        return self.case.is_appealable(self.current.round, now_s)

    def is_closable(self, now_s: int) -> bool:
        """Whether anyone may close it, as far as its times tell."""
        return self.case.is_closable(self.current.round, now_s)

    def takes_challenges(self, now_s: int) -> bool:
        """Whether further challenges may join."""
        case = self.case
        early = case.phase is Phase.DRAWING or (
            case.phase is Phase.VOTING and now_s < case.deadline
        )
        return early and case.round == 0 and case.challenges < cases.MAX_CHALLENGES

    def next_s(self, now_s: int) -> int | None:
        """When something changes by itself: commits, reveals, appeals or a draw are over."""
        case = self.case
        if case.phase is Phase.DRAWING:
            times = [case.deadline]
        elif case.phase is Phase.VOTING:
            times = [case.deadline]
            if not self.is_complete(now_s):
                times.append(case.reveals_until)
            if not case.is_last_round:
                times.append(case.appeals_until)
        else:
            times = []
        return next((time_s for time_s in times if now_s < time_s), None)

    def words(self, record: JobRecord, now_s: int) -> str:
        """How the case stands, without a full stop."""
        if not self.is_open:
            return self._ended()
        case, total = self.case, len(cases.ROUND_SEATS)
        first = total - cases.ROUND_SEATS.index(case.first_seats)
        place = f"round {case.round + 1} of at most {first}"
        left = duration(max(0, (self.next_s(now_s) or now_s) - now_s))
        if self.is_closable(now_s):
            return f"its case can be closed ({self._found(record, self.tally)})"
        if case.phase is Phase.DRAWING:
            return f"its case waits for the draw of {case.seats} seats, {left} left ({place})"
        held = self.current.round
        if now_s < case.deadline:
            committed = f"{held.committed.bit_count()} of {case.seats} seats have committed"
            return f"its case is heard: {committed}, {left} left ({place})"
        if not self.is_complete(now_s):
            opened = f"{held.revealed.bit_count()} of {held.committed.bit_count()} votes are open"
            return f"its case is heard: {opened}, {left} left ({place})"
        found = self._found(record, self.current.winner)
        return f"{found}; anyone may appeal, {left} left ({place})"

    def _found(self, record: JobRecord, winner: bytes | None) -> str:
        if winner is None:
            return "no result has most seats"
        job = record.live_job()
        right = seal(job.provider, record.id, winner) == job.seal
        return f"most seats found the result {'right' if right else 'wrong'}"

    def _ended(self) -> str:
        assert self.outcome is not None
        return OUTCOME_WORDS[self.outcome]

    def to_json(self, record: JobRecord, now_s: int) -> dict[str, Any]:
        case = self.case
        return {
            "phase": case.phase.label,
            "outcome": None if self.outcome is None else self.outcome.label,
            "audited": self.audited,
            "opener": self.opener,
            "round": case.round,
            "deadline": case.deadline if self.is_open else None,
            "next": self.next_s(now_s),
            "appealable": self.is_open and self.is_appealable(now_s),
            "closable": self.is_open and self.is_closable(now_s),
            "words": self.words(record, now_s),
            "challenges": [
                {"challenger": c.challenger, "bond": str(c.bond), "seal": "0x" + c.seal.hex()}
                for c in self.challenges
            ],
            "rounds": [_round_json(seating) for seating in self.rounds],
            "winner": None if self.winner is None else "0x" + self.winner.hex(),
            "paid": [payment.to_json() for payment in self.paid],
            "penalties": str(self.penalties),
            "burned": str(self.burned),
        }


OUTCOME_WORDS = {
    Outcome.UPHELD: "the committee found the result right",
    Outcome.REJECTED: "the committee found the result wrong",
    Outcome.UNDECIDED: "the committee could not decide, so the result stands",
    Outcome.ABANDONED: "the committee did not decide in time, so the result stands",
}


def is_ours(desk: Desk, record: JobRecord) -> bool:
    """Whether the deployment's committee is the job's resolver."""
    committee = desk.committee
    return committee is not None and record.request.resolver == committee.address


def case_of(desk: Desk, record: JobRecord) -> CaseView | None:
    """The job's case; None if it had none, or the deployment's committee is not its resolver.

    Raises:
        ChainError: events and storage tell different stories, or the node fails.
    """
    had_one = record.job is not None and (record.job.disputed_at or record.resolution is not None)
    if not had_one or desk.committee is None or not is_ours(desk, record):
        return None
    head = desk.head().number
    began = next(e.block_number for e in record.events if e.name == "JobDisputed")
    events = []
    for event in desk.committee.events(began, head, topics=[topic(record.id)]):
        events.append(event)
        if len(events) > EVENTS_MAX:
            raise ChainError(f"the case of job 0x{record.id.hex()} has over {EVENTS_MAX} events")
    view = _told(events, desk.committee.case_of(record.id, at=head))
    if view is None:
        raise ChainError(
            f"the committee's events and storage differ about the case of job 0x{record.id.hex()}: "
            "the node's logs are incomplete; use another one with --rpc"
        )
    return view


def _told(events: Sequence[Event], case: Case) -> CaseView | None:
    """The case of `events`; None where they don't lead to `case`."""
    opened = next((e.args for e in events if e.name == "CaseOpened"), None)
    if opened is None:
        return None
    closed = next((e.args for e in events if e.name == "CaseClosed"), None)
    rounds = _rounds(events, case.first_seats)
    challenges = tuple(
        Challenge(e.args["challenger"], e.args["bond"], e.args["seal"])
        for e in events
        if e.name == "Challenged"
    )
    same = (case.phase is Phase.CLOSED, case.round + 1, case.challenges)
    if (closed is not None, len(rounds), len(challenges)) != same:
        return None
    view = CaseView(case, opened["opener"], opened["audited"], challenges, rounds, tuple(events))
    if closed is None or closed["outcome"] > max(Outcome):
        return view if closed is None else None
    return replace(
        view,
        outcome=Outcome(closed["outcome"]),
        winner=None if closed["winner"] == ZERO_WORD else closed["winner"],
        paid=tuple(_payments(events, closed)),
        to_requester=closed["toRequester"],
        to_provider=closed["toProvider"],
        penalties=sum(e.args["penalty"] for e in events if e.name == "SeatSettled"),
        burned=closed["burned"],
    )


def _rounds(events: Iterable[Event], first_seats: int) -> tuple[Seating, ...]:
    """Every round that was begun, and how its seats voted."""
    found = [Seating(NOT_DRAWN, (), ())]
    for event in events:
        args = event.args
        last = found[-1]
        if event.name == "CaseAppealed":
            begun = replace(NOT_DRAWN, appellant=args["appellant"], prepaid=args["prepaid"])
            found.append(Seating(begun, (), ()))
        elif event.name == "SeatsDrawn":
            drawn = replace(last.round, drawer=args["drawer"])
            holders = tuple(args["verifiers"])
            found[-1] = Seating(drawn, holders, (ZERO_WORD,) * len(holders))
        elif event.name in ("VoteCommitted", "VoteRevealed"):
            found[-1] = _voted(last, event)
    return tuple(found)


def _voted(seating: Seating, event: Event) -> Seating:
    seat, round = event.args["seat"], seating.round
    if seat >= len(seating.words):
        return seating
    if event.name == "VoteCommitted":
        round, word = replace(round, committed=round.committed | 1 << seat), "commitment"
    else:
        round, word = replace(round, revealed=round.revealed | 1 << seat), "vote"
    words = list(seating.words)
    words[seat] = event.args[word]
    return Seating(round, seating.verifiers, tuple(words))


def _payments(events: Iterable[Event], closed: dict[str, Any]) -> Iterable[Payment]:
    """Whom the end of the case gave what, in the order of its events."""
    for event in events:
        args = event.args
        if event.name == "CrankPaid":
            yield Payment(args["account"], "turning a crank", args["amount"])
        elif event.name == "SeatSettled" and args["fee"]:
            yield Payment(args["verifier"], "a seat", args["fee"])
        elif event.name == "ChallengeSettled" and args["returned"]:
            yield Payment(args["challenger"], "the bond of the challenge, back", args["returned"])
        elif event.name == "AppealSettled" and args["returned"] + args["repaid"]:
            back = args["returned"] + args["repaid"]
            yield Payment(args["appellant"], "the appeal, back", back)
    for role, amount, what in (
        ("requester", "toRequester", "what the case fee did not pay for"),
        ("provider", "toProvider", "what is left of the challenge's bond"),
    ):
        if closed[amount]:
            yield Payment(closed[role], what, closed[amount])


def _round_json(seating: Seating) -> dict[str, Any]:
    round = seating.round
    return {
        "appellant": None if round.appellant == ZERO_ADDRESS else round.appellant,
        "drawn": round.is_drawn,
        "seats": [
            {
                "verifier": verifier,
                "committed": seating.has_committed(seat),
                "vote": None if (vote := seating.vote(seat)) is None else "0x" + vote.hex(),
            }
            for seat, verifier in enumerate(seating.verifiers)
        ],
    }
