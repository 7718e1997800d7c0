"""Open cases as the chain has them. Events say which to look at; the contract says how they stand,
so that a reorganisation or a missed event can't leave a wrong picture.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbond.chain.abi import Event
from workbond.chain.answers import Block
from workbond.chain.cases import Case, Challenge, Phase, Seating
from workbond.chain.committee import Committee

CASES_MAX = 2_000  # beyond that, only those with a part of ours


@dataclass(frozen=True)
class OpenCase:
    """A case at one block: its current round's seats (none before the draw), its challenges."""

    id: bytes
    case: Case
    seating: Seating
    challenges: tuple[Challenge, ...]

    @property
    def is_voting(self) -> bool:
        return self.case.phase is Phase.VOTING

    @property
    def parties(self) -> set[str]:
        """Who has a seat of the current round, or a challenge."""
        return {*self.seating.verifiers, *(each.challenger for each in self.challenges)}

    def is_challenged_by(self, account: str) -> bool:
        return any(each.challenger == account for each in self.challenges)


class Docket:
    """The committee's open cases; `us` is the verifier's address."""

    def __init__(self, committee: Committee, us: str) -> None:
        self._committee, self._us = committee, us
        self._open: dict[bytes, OpenCase | None] = {}  # None: not read yet
        self._ours: set[bytes] = set()
        self._stale: dict[bytes, None] = {}

    def open(self) -> list[OpenCase]:
        """Cases by their deadlines, the nearest first."""
        known = (each for each in self._open.values() if each is not None)
        return sorted(known, key=lambda each: each.case.deadline)

    def find(self, case_id: bytes) -> OpenCase | None:
        return self._open.get(case_id)

    def touch(self, case_id: bytes) -> None:
        """The case may have changed: it is read again at the next refresh."""
        self._stale[case_id] = None

    def apply(self, event: Event) -> None:
        """Takes in an event of the committee; doing so twice is no harm."""
        case_id = event.args.get("id")
        if not isinstance(case_id, bytes):
            return
        if self._concerns_us(event):
            self._ours.add(case_id)
        opened = event.name == "CaseOpened" and len(self._open) < CASES_MAX
        if opened or case_id in self._ours:
            self._open.setdefault(case_id, None)
        self.touch(case_id)

    def is_ours(self, case_id: bytes) -> bool:
        """Whether we challenged, or have a seat in some round."""
        return case_id in self._ours

    def _concerns_us(self, event: Event) -> bool:
        """Whether it gives us a part in its case, which is followed then, however many there
        are."""
        seated = event.name == "SeatsDrawn" and self._us in event.args["verifiers"]
        return seated or (event.name == "Challenged" and event.args["challenger"] == self._us)

    def drop(self, case_id: bytes) -> None:
        """Forgets a case whose job is over: only who has something in it will end it."""
        self._open.pop(case_id, None)

    def refresh(self, head: Block) -> None:
        """Reads again what may have changed, as of block `head`."""
        for case_id in list(self._stale):
            if case_id in self._open:
                found = self._read(case_id, head.number)
                if found is None:
                    del self._open[case_id]
                    self._ours.discard(case_id)
                else:
                    self._open[case_id] = found
            del self._stale[case_id]

    def rewind(self) -> None:
        """A reorganisation took blocks back: all is read again."""
        self._stale |= dict.fromkeys(self._open)

    def _read(self, case_id: bytes, at: int) -> OpenCase | None:
        case = self._committee.case_of(case_id, at)
        if not case.phase.is_open:
            return None
        seating = self._committee.seating_of(case_id, case.round, at)
        before = self._open.get(case_id)
        if before is not None and len(before.challenges) == case.challenges:
            challenges = before.challenges
        else:
            challenges = self._committee.challenges_of(case_id, case.challenges, at)
        return OpenCase(case_id, case, seating, challenges)
