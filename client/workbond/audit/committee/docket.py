"""Cases one after the other: each event applied to its case, and judged by the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from workbond.audit.committee.closings import closed
from workbond.audit.committee.rules import CHECKS
from workbond.audit.committee.stakes import Stakes
from workbond.audit.committee.steps import Before, CaseStep, CommitteeRules
from workbond.audit.problems import Problem
from workbond.casebook import CaseBook, CaseRecord
from workbond.chain import cases
from workbond.chain.abi import Event
from workbond.chain.types import Job
from workbond.jobs import HistoryGap, JobRecord

PAYMENTS = ("ChallengeSettled", "CrankPaid", "AppealSettled", "SeatSettled")

AtRisk = Callable[[CaseRecord, Sequence[Event]], Mapping[str, int]]


class Docket:
    """The cases of the events taken in so far.

    `deadlines` are of the cases' phases, as the committee stores them; `strays` are the ids of
    cases that only impossible events name.
    """

    def __init__(self, by: CommitteeRules, stakes: Stakes | None, at_risk: AtRisk) -> None:
        """
        Args:
            stakes: what draws are checked with, kept up to date by the caller; None: they aren't.
            at_risk: what penalties can take of each verifier of a case that these payments close.
        """
        self.by, self.stakes, self._at_risk = by, stakes, at_risk
        self.book = CaseBook()
        self.deadlines: dict[bytes, int] = {}
        self.strays: set[bytes] = set()
        self._jobs: dict[bytes, Job] = {}  # as they were when their case was opened
        self._payments: defaultdict[bytes, list[Event]] = defaultdict(list)

    def take(
        self, event: Event, time_s: int, job: JobRecord | None
    ) -> tuple[CaseStep | None, list[Problem], list[Event]]:
        """Takes in a case's event, of a block with timestamp `time_s`.

        Args:
            job: the market's job at this moment; None if it tells of none.

        Returns:
            What was judged (None if the event can't follow what came before), the problems, and
            with a `CaseClosed` the payments that came before it. Payments are judged only there.
        """
        case_id = event.args["id"]
        before = self._before(case_id)
        try:
            record = self.book.apply(event)
        except HistoryGap as gap:
            self.strays.add(case_id)
            return None, [("gap", str(gap))], []
        if record is None:
            return None, [], []
        if event.name in PAYMENTS:
            self._payments[case_id].append(event)
            return None, [], []
        if event.name == "CaseOpened" and job is not None and job.job is not None:
            self._jobs[case_id] = job.job
        step = CaseStep(event, record, before, job, time_s, self.stakes, self.by)
        payments: list[Event] = []
        if event.name == "CaseClosed":
            payments = self._payments.pop(case_id, [])
            at_risk = self._at_risk(record, payments)
            found = [*closed(step, self._jobs.get(case_id), payments, at_risk)]
        else:
            found = [*CHECKS[event.name](step)]
            self._date(step)
        name = f"{event.name} of case 0x{case_id.hex()}"
        return step, [(code, f"{name}: {text}") for code, text in found], payments

    def _before(self, case_id: bytes) -> Before:
        record = self.book.cases.get(case_id)
        if record is None or not record.rounds:
            return Before()
        round = record.round
        return Before(record.phase, self.deadlines.get(case_id, 0), round.seed_block, round.epoch)

    def _date(self, step: CaseStep) -> None:
        if step.event.name == "SeedRequested" and not step.before.seed_block:
            self.deadlines[step.record.id] = step.time_s + cases.DRAW_FOR_S
        elif step.event.name == "SeatsDrawn":
            self.deadlines[step.record.id] = step.event.args["commitUntil"]


def as_told(record: CaseRecord, payments: Sequence[Event]) -> dict[str, int]:
    """What was at risk, if penalties took all there was: for who knows no stakes."""
    found: defaultdict[str, int] = defaultdict(int)
    for payment in payments:
        if payment.name == "SeatSettled":
            found[payment.args["verifier"]] += payment.args["penalty"]
    return found
