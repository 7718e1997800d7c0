"""Serving the seats that we were drawn for: execute, commit in time, reveal.

A seat that is missed costs stake. So a vote is in the notebook, with its salt, before it is
committed to. In the last tenth of the time, the result of a single execution must do; and at last,
when a transaction just gets into a block, UNAVAILABLE.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence

from workbond.chain import cases
from workbond.chain.answers import Block
from workbond.chain.cases import UNAVAILABLE
from workbond.jobs import JobRecord
from workbond.money import tokens
from workbond.provider.journal import Journal, Level
from workbond.verifier.acts import Acts
from workbond.verifier.books import Tally
from workbond.verifier.docket import OpenCase
from workbond.verifier.examiner import Examiner, Want
from workbond.verifier.notebook import Notebook, NotebookFailed
from workbond.verifier.watch import Watch
from workbond.words import duration, plural

HURRY_SHARE = 10  # of the time to commit, in which a single execution must do
LAST_S = 180  # before commits close: fifteen of Ethereum's blocks for the transaction


class Seats:
    """The seats of account `us`.

    Args:
        us: the verifier's address.
        committee: whose seats they are; a commitment names it.
        watch: knows the cases.
        examiner: knows what the jobs' results are.
        notebook: keeps votes and salts.
        acts: sends the transactions.
        journal: told about it.
        tally: counts seats.
        least_fee: of a seat that is served, in base units.
    """

    def __init__(
        self,
        us: str,
        committee: str,
        watch: Watch,
        examiner: Examiner,
        notebook: Notebook,
        acts: Acts,
        journal: Journal,
        tally: Tally,
        least_fee: int,
    ) -> None:
        self._least_fee = least_fee
        self._us, self._committee, self._tally = us, committee, tally
        self._watch, self._examiner = watch, examiner
        self._notebook, self._acts, self._journal = notebook, acts, journal
        self._missed: set[tuple[bytes, int]] = set()  # case and round

    def ours(self) -> Iterator[tuple[OpenCase, tuple[int, ...]]]:
        """Cases in whose current round we have seats, and which."""
        for each in self._watch.docket.open():
            if each.is_voting and (seats := each.seating.seats_of(self._us)):
                yield each, seats

    def wants(self, now_s: int) -> Iterator[Want]:
        """Claims that must be executed before our seats can commit."""
        for each, seats in self.ours():
            if now_s < each.case.deadline and not all(map(each.seating.has_committed, seats)):
                record = self._watch.record(each.id)
                if record is not None and self._is_served(each, record):
                    loss = len(seats) * cases.PENALTY_FEES * _fee(each, record)
                    yield Want(record, each.case.deadline - LAST_S, loss)

    def tend(self, head: Block) -> None:
        """Sends what is due."""
        for each, seats in self.ours():
            now_s, seating = head.timestamp, each.seating
            if now_s < each.case.deadline:
                self._tend_commit(each, [s for s in seats if not seating.has_committed(s)], now_s)
            elif now_s < each.case.reveals_until:
                self._tend_reveal(each, seats)
            if now_s >= each.case.deadline:
                self._tend_missed(each, seats, now_s)

    # ────────────────────────────────── commits ───────────────────────────────

    def _tend_commit(self, each: OpenCase, seats: Sequence[int], now_s: int) -> None:
        record = self._watch.record(each.id)
        if not seats or (record is not None and not self._is_served(each, record)):
            return
        self._tell_seated(each, seats, now_s)
        vote = self._vote(each, record, now_s)
        if vote is None:
            return
        try:
            commitments = self._prepare(each, seats, vote, now_s)
        except NotebookFailed as error:  # never commit to what may be lost
            self._journal.remark(
                (each.id, "notebook"),
                f"job 0x{each.id.hex()}: no vote is committed: {error}",
                code="RETRYING",
                level=Level.ERROR,
                job=each.id,
            )
            return
        listed = ",".join(map(str, seats))
        key = f"commit {each.id.hex()} {each.case.round} {listed} {commitments[0].hex()}"
        args = (each.id, list(seats), commitments)
        if self._acts.attempt(each.id, "commit a vote", key, "commit", *args) is None:
            return
        self._tally.committed += len(seats)
        if vote == UNAVAILABLE:
            self._tally.unavailable += len(seats)
            why = self._examiner.why_not(each.id)
            self._say(
                each,
                f"{plural(len(seats), 'seat')} committed to UNAVAILABLE: {why}",
                "UNAVAILABLE",
                Level.WARNING,
            )
        else:
            until = duration(max(0, each.case.deadline - now_s))
            self._say(
                each,
                f"{plural(len(seats), 'seat')} committed to a result; to be revealed in {until}",
                "COMMITTED",
            )

    def _is_served(self, each: OpenCase, record: JobRecord) -> bool:
        """A seat that pays nothing costs nothing either: nobody makes us compute for free."""
        fee = _fee(each, record)
        if fee and fee >= self._least_fee:
            return True
        self._journal.remark(
            (each.id, "unserved"),
            f"job 0x{each.id.hex()}: its seats pay {tokens(fee)} each, and are not served: that "
            f"costs {tokens(cases.PENALTY_FEES * fee)} each at most",
            code="UNSERVED",
            job=each.id,
        )
        return False

    def _vote(self, each: OpenCase, record: JobRecord | None, now_s: int) -> bytes | None:
        """What to commit to; None while more may be found out."""
        if record is not None and (opening := self._examiner.found(record)) is not None:
            return opening
        case, looked = each.case, None
        if record is not None and not self._examiner.is_hopeless(each.id):
            looked = self._examiner.first_look(record)
        if looked is not None and now_s >= case.deadline - case.commit_for // HURRY_SHARE:
            return looked
        return UNAVAILABLE if now_s >= case.deadline - LAST_S else None

    def _prepare(
        self, each: OpenCase, seats: Sequence[int], vote: bytes, now_s: int
    ) -> list[bytes]:
        """Commitments to `vote`, which are on disk when this returns; the same as before, if the
        vote is."""
        case_id, round = each.id, each.case.round
        known = self._notebook.prepared(case_id, round)
        commitments: list[bytes] = []
        fresh: list[tuple[bytes, int, bytes, bytes]] = []
        for seat in seats:
            commitment, before = known.get(seat, (b"", b""))
            if before != vote:
                salt = secrets.token_bytes(32)
                commitment = cases.commitment(self._committee, case_id, round, seat, vote, salt)
                fresh.append((commitment, seat, vote, salt))
            commitments.append(commitment)
        if fresh:
            self._notebook.prepare(fresh, case_id, round, now_s)
        return commitments

    def _tell_seated(self, each: OpenCase, seats: Sequence[int], now_s: int) -> None:
        left = duration(max(0, each.case.deadline - now_s))
        self._journal.remark(
            (each.id, "seated", each.case.round),
            f"job 0x{each.id.hex()}: drawn for {plural(len(seats), 'seat')} of round "
            f"{each.case.round + 1}; {left} to execute it and commit",
            str(each.case.round),
            code="SEATED",
            job=each.id,
            numbers={"seats": len(seats), "round": each.case.round, "by": each.case.deadline},
        )

    # ────────────────────────────────── reveals ───────────────────────────────

    def _tend_reveal(self, each: OpenCase, seats: Sequence[int]) -> None:
        seating = each.seating
        openings = {
            seat: opening
            for seat in seats
            if seating.has_committed(seat) and not seating.has_revealed(seat)
            if (opening := self._notebook.opening(seating.words[seat])) is not None
        }
        if not openings:
            return
        listed = list(openings)
        votes, salts = (list(part) for part in zip(*openings.values(), strict=True))
        key = f"reveal {each.id.hex()} {each.case.round} {','.join(map(str, listed))}"
        args = (each.id, listed, votes, salts)
        if self._acts.attempt(each.id, "reveal a vote", key, "reveal", *args) is not None:
            self._tally.revealed += len(listed)
            self._say(each, f"{plural(len(listed), 'seat')} revealed", "REVEALED")

    def _tend_missed(self, each: OpenCase, seats: Sequence[int], now_s: int) -> None:
        """Tells once a round of seats that earn nothing any more."""
        record = self._watch.record(each.id)
        if record is not None and not self._is_served(each, record):
            return
        key, seating = (each.id, each.case.round), each.seating
        lost = [s for s in seats if not seating.has_committed(s)]
        if now_s >= each.case.reveals_until:
            lost = [s for s in seats if not seating.has_revealed(s)]
        unknown = [
            s
            for s in seats
            if seating.has_committed(s)
            and not seating.has_revealed(s)
            and self._notebook.opening(seating.words[s]) is None
        ]
        if key in self._missed or not (lost or unknown):
            return
        self._missed.add(key)
        self._tally.missed += len(lost or unknown)
        if unknown:
            why = "another notebook than this one holds what they committed to"
        elif now_s >= each.case.reveals_until:
            why = "not revealed in time"
        else:
            why = "not committed in time"
        text = f"{plural(len(lost or unknown), 'seat')} missed: {why}"
        self._say(each, text, "MISSED", Level.ERROR)

    def _say(self, each: OpenCase, text: str, code: str, level: Level = Level.INFO) -> None:
        line = f"job 0x{each.id.hex()}: {text}"
        self._journal.say(line, code, level=level, job=each.id)


def _fee(each: OpenCase, record: JobRecord) -> int:
    return cases.seat_fee(record.request.case_fee, each.case.first_seats)
