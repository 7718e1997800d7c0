"""Cases, rebuilt from the committee's events.

`CaseBook` does for cases what `workbond.jobs.JobBook` does for jobs: it takes in the committee's
events in the order of the chain and keeps what they tell of each case, with all its rounds. What an
event says is believed where the order of a case's life allows it; `workbond.audit` has the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from workbond.chain import cases
from workbond.chain.abi import Event
from workbond.chain.cases import Case, Challenge, Outcome, Phase, Policy, Round, Seating
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD
from workbond.errors import UsageError
from workbond.jobs import HistoryGap


@dataclass
class RoundRecord:
    """A round: `seed_block` and `epoch` are its last asked for, `seed` is the hash that drew it;
    `verifiers` and `words` (commitments or votes) are empty until then."""

    seed_block: int
    epoch: int
    appellant: str = ZERO_ADDRESS
    prepaid: int = 0
    seed: bytes = ZERO_WORD
    drawer: str = ZERO_ADDRESS
    commit_until: int = 0
    verifiers: tuple[str, ...] = ()
    words: list[bytes] = field(default_factory=list)
    committed: int = 0
    revealed: int = 0

    @property
    def seating(self) -> Seating:
        """The round as the committee's views give it."""
        facts = Round(self.drawer, self.committed, self.revealed, self.appellant, self.prepaid)
        return Seating(facts, self.verifiers, tuple(self.words))


@dataclass
class CaseRecord:
    """One case as its events tell it.

    `opener` is who turned the lottery's crank, None in a challenged case; `redraws` are of the
    current round; `closing` holds the arguments of `CaseClosed`, and `events` are all of its
    events, oldest first.
    """

    id: bytes
    requester: str
    provider: str
    policy: Policy
    opener: str | None
    challenges: list[Challenge] = field(default_factory=list)
    rounds: list[RoundRecord] = field(default_factory=list)
    redraws: int = 0
    phase: Phase = Phase.DRAWING
    outcome: Outcome | None = None
    closing: dict[str, Any] | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def round(self) -> RoundRecord:
        """The current round; raises `HistoryGap` if its `SeedRequested` is missing."""
        if not self.rounds:
            raise HistoryGap(f"case 0x{self.id.hex()} has no round: an event is missing")
        return self.rounds[-1]

    @property
    def is_audit(self) -> bool:
        """Whether the lottery opened it."""
        return self.opener is not None

    @property
    def seatings(self) -> tuple[Seating, ...]:
        """All rounds, the last perhaps not drawn."""
        return tuple(record.seating for record in self.rounds)

    @property
    def locked(self) -> int:
        """Challenge bonds and prepaid rounds that the case holds, in base units."""
        if self.phase is Phase.CLOSED:
            return 0
        bonds = sum(challenge.bond for challenge in self.challenges)
        return bonds + sum(record.prepaid for record in self.rounds)

    def head(self, deadline: int, run_for: int) -> Case:
        """The case as the committee stores it; `deadline` is the phase's (see `Case`)."""
        return Case(
            phase=self.phase,
            round=len(self.rounds) - 1,
            first_seats=self.policy.seats,
            redraws=self.redraws,
            challenges=len(self.challenges),
            seed_block=self.round.seed_block,
            epoch=self.round.epoch,
            deadline=deadline,
            commit_for=cases.commit_for(run_for),
        )


class CaseBook:
    """Cases by id, from a stream of the committee's events in the order of the chain."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.cases: dict[bytes, CaseRecord] = {}
        for event in events:
            self.apply(event)

    def apply(self, event: Event) -> CaseRecord | None:
        """Take in one event; returns the case it belongs to, None if it is about no case.

        Raises:
            HistoryGap: the event can't follow what came before; the book is unchanged.
        """
        step = _STEPS.get(event.name)
        if step is None:
            return None
        record = step(self, event, event.args)
        record.events.append(event)
        return record

    def _opened(self, event: Event, args: dict[str, Any]) -> CaseRecord:
        if args["id"] in self.cases:
            raise HistoryGap(f"case 0x{args['id'].hex()} was opened twice")
        try:
            policy = Policy.decode(args["policy"])
        except UsageError as error:
            raise HistoryGap(f"case 0x{args['id'].hex()} can't be: {error}") from error
        opener = args["opener"] if args["audited"] else None
        record = CaseRecord(args["id"], args["requester"], args["provider"], policy, opener)
        self.cases[record.id] = record
        return record

    def _challenged(self, event: Event, args: dict[str, Any]) -> CaseRecord:
        record = self._expect(event, Phase.DRAWING, Phase.VOTING)
        if len(record.rounds) > 1 or len(record.challenges) >= cases.MAX_CHALLENGES:
            raise _gap(event, "comes too late")
        record.challenges.append(Challenge(args["challenger"], args["bond"], args["seal"]))
        return record

    def _seed_requested(self, event: Event, args: dict[str, Any]) -> CaseRecord:
        """Begins a round, the appealed ones included, or its draw anew."""
        record = self._expect(event, Phase.DRAWING)
        rounds, number = record.rounds, args["round"]
        if number == len(rounds) == 0:
            rounds.append(RoundRecord(args["seedBlock"], args["epoch"]))
        elif number != len(rounds) - 1:
            raise _gap(event, f"is for round {number}, the case is in round {len(rounds) - 1}")
        else:
            begun = bool(rounds[-1].seed_block)
            if begun and record.redraws >= cases.MAX_REDRAWS:
                raise _gap(event, "is one seed too many")
            record.redraws += begun
            rounds[-1].seed_block, rounds[-1].epoch = args["seedBlock"], args["epoch"]
        return record

    def _drawn(self, event: Event, args: dict[str, Any]) -> CaseRecord:
        record = self._current(event, Phase.DRAWING)
        round, verifiers = record.round, args["verifiers"]
        due = cases.seats_of(record.policy.seats, args["round"])
        if not round.seed_block:
            raise _gap(event, "has no seed: the SeedRequested before it is missing")
        if len(verifiers) != due:
            raise _gap(event, f"seats {len(verifiers)} verifiers, not {due}")
        round.seed, round.drawer = args["seed"], args["drawer"]
        round.commit_until = args["commitUntil"]
        round.verifiers, round.words = tuple(verifiers), [ZERO_WORD] * due
        record.phase = Phase.VOTING
        return record

    def _committed(self, event: Event, args: dict[str, Any]) -> CaseRecord:
        record = self._current(event, Phase.VOTING)
        round, seat = record.round, args["seat"]
        if seat >= len(round.verifiers) or round.committed >> seat & 1:
            raise _gap(event, f"of seat {seat}, which can't commit")
        round.committed |= 1 << seat
        round.words[seat] = args["commitment"]
        return record

    def _revealed(self, event: Event, args: dict[str, Any]) -> CaseRecord:
        record = self._current(event, Phase.VOTING)
        round, seat = record.round, args["seat"]
        if not (round.committed & ~round.revealed) >> seat & 1:
            raise _gap(event, f"of seat {seat}, which has no open commitment")
        round.revealed |= 1 << seat
        round.words[seat] = args["vote"]
        return record

    def _appealed(self, event: Event, args: dict[str, Any]) -> CaseRecord:
        record = self._expect(event, Phase.VOTING)
        if args["round"] != len(record.rounds) or seats_left(record) == 0:
            raise _gap(event, f"asks for round {args['round']}, which can't follow")
        # Its seed is asked for by the event after this one.
        record.rounds.append(RoundRecord(0, 0, args["appellant"], args["prepaid"]))
        record.redraws, record.phase = 0, Phase.DRAWING
        return record

    def _settled(self, event: Event, args: dict[str, Any]) -> CaseRecord:
        """Payments of the closing, which `CaseClosed` follows."""
        return self._begun(event)

    def _closed(self, event: Event, args: dict[str, Any]) -> CaseRecord:
        record = self._begun(event)
        if args["outcome"] > max(Outcome):
            raise _gap(event, f"gives outcome {args['outcome']}, which no case has")
        record.outcome = Outcome(args["outcome"])
        record.phase, record.closing = Phase.CLOSED, args
        return record

    def _expect(self, event: Event, *phases: Phase) -> CaseRecord:
        record = self.cases.get(event.args["id"])
        actual = Phase.NONE if record is None else record.phase
        if record is None or actual not in phases:
            raise _gap(event, f"can't follow phase {actual.label}: an event before it is missing")
        return record

    def _begun(self, event: Event) -> CaseRecord:
        record = self._expect(event, Phase.DRAWING, Phase.VOTING)
        if not record.rounds:
            raise _gap(event, "ends a case without a round: an event before it is missing")
        return record

    def _current(self, event: Event, phase: Phase) -> CaseRecord:
        record = self._expect(event, phase)
        if event.args["round"] != len(record.rounds) - 1:
            raise _gap(
                event,
                f"is of round {event.args['round']}, the case is in round {len(record.rounds) - 1}",
            )
        return record


def seats_left(record: CaseRecord) -> int:
    """Seats that the next round would have; 0 if the current one is the last."""
    seats = cases.seats_of(record.policy.seats, len(record.rounds))
    return seats if seats <= cases.ROUND_SEATS[-1] else 0


def _gap(event: Event, text: str) -> HistoryGap:
    return HistoryGap(
        f"{event.name} of case 0x{event.args['id'].hex()} in block {event.block_number} {text}"
    )


_STEPS: dict[str, Callable[[CaseBook, Event, dict[str, Any]], CaseRecord]] = {
    "CaseOpened": CaseBook._opened,
    "Challenged": CaseBook._challenged,
    "SeedRequested": CaseBook._seed_requested,
    "SeatsDrawn": CaseBook._drawn,
    "VoteCommitted": CaseBook._committed,
    "VoteRevealed": CaseBook._revealed,
    "CaseAppealed": CaseBook._appealed,
    "CrankPaid": CaseBook._settled,
    "SeatSettled": CaseBook._settled,
    "ChallengeSettled": CaseBook._settled,
    "AppealSettled": CaseBook._settled,
    "CaseClosed": CaseBook._closed,
}
CASE_EVENTS = tuple(_STEPS)
