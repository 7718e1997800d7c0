"""Where a job stands, in words: state, time left, money, and the next useful command."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from workbond.chain import rules
from workbond.chain.types import State, unpaired
from workbond.jobs import JobRecord
from workbond.requester.cases import OUTCOME_WORDS, CaseView
from workbond.requester.exits import (
    ABANDON,
    CANCEL,
    CLOSE,
    EXPIRE,
    FINALIZE,
    TIMEOUT,
    VOID,
    due_exit,
    next_exit_s,
)
from workbond.requester.labels import state_label
from workbond.requester.outlook import outlook
from workbond.words import duration, plural

_DUE_WORDS = {
    CANCEL: "nobody accepted it in time",
    EXPIRE: "the provider missed its time",
    FINALIZE: "the time for checking is over, and anyone who has the manifest may settle it",
    VOID: "the provider never opened its seal",
    CLOSE: "its case can be closed",
    TIMEOUT: "its resolver did not decide in time",
    ABANDON: "nobody decided about its result, and what was put up for that can be given back",
}


def due_words(record: JobRecord, due: str) -> str:
    """Why `due` is due."""
    if due == VOID and record.live_job().unanswered:
        return "the provider did not show demanded output"
    return _DUE_WORDS[due]


def demand_json(record: JobRecord) -> dict[str, Any] | None:
    """What was demanded of the job's claim, and what was shown; None if nothing was."""
    if not record.pairs or record.job is None:
        return None
    job, pieces = record.job, []
    for position, (task, chunk) in enumerate(map(unpaired, record.pairs)):
        shown = bool(job.answered >> position & 1)
        pieces.append({"task": task, "chunk": chunk, "shown": shown})
    return {
        "pieces": pieces,
        "open": job.unanswered,
        "answer_by": job.answer_by,
        "fee": str(job.demand_fee),
    }


@dataclass(frozen=True)
class JobMoney:
    """A job's money so far, in base units.

    `locked` is the requester's escrow now; `paid` went to the provider, `refunded` back to the
    requester; of the provider's bond, `slashed` was lost: `compensated` of it to the requester,
    `rewarded` to whoever ended the job, `challenger` to who proved it wrong, `judges` to its
    resolver, `burned` to nobody. `tipped` went to who matched the job, `shown` to the provider for
    demanded output that it showed, `case_fee` to the resolver.
    """

    locked: int
    paid: int
    refunded: int
    slashed: int
    compensated: int
    rewarded: int
    burned: int
    tipped: int = 0
    shown: int = 0
    challenger: int = 0
    judges: int = 0
    case_fee: int = 0

    def to_json(self) -> dict[str, str]:
        return {name: str(amount) for name, amount in asdict(self).items()}


def money_of(record: JobRecord) -> JobMoney:
    """The amounts in the job's events, and what is still locked."""
    ending = record.ending or {}
    verdict = record.resolution or {"toResolver": 0, "toChallenger": 0, "feeRefund": 0}
    accepted = sum(e.args["refund"] for e in record.events if e.name == "JobAccepted")
    return JobMoney(
        locked=record.locked,
        paid=ending.get("payment", 0),
        refunded=accepted + ending.get("refund", 0) + verdict["feeRefund"],
        slashed=ending.get("slashed", 0),
        compensated=ending.get("compensation", 0),
        rewarded=ending.get("reward", 0),
        burned=ending.get("burned", 0),
        tipped=0 if record.job is None else record.job.tip_paid,
        shown=sum(e.args["fees"] for e in record.events if e.name == "OutputAnswered"),
        challenger=verdict["toChallenger"],
        judges=verdict["toResolver"] if record.is_rejected else 0,
        case_fee=0 if record.is_rejected else verdict["toResolver"],
    )


@dataclass(frozen=True)
class Status:
    """One job at chain time `now_s`, and the case about its result if there was one.

    `due` is the exit that anyone may call now, `left_s` the seconds until the next one is;
    `units` are known once the seal was opened; `then` is what happens if nobody acts; `next` is the
    command that leads on.
    """

    record: JobRecord
    now_s: int
    due: str | None
    left_s: int | None
    units: int | None
    money: JobMoney
    words: str
    then: str | None
    next: str | None
    case: CaseView | None = None

    @property
    def unit_price(self) -> int:
        """Base units per 10^12 units: the accepted price, or what accepting now would fix."""
        job = self.record.job
        return rules.unit_price(self.record.request, self.now_s) if job is None else job.unit_price

    def to_json(self) -> dict[str, Any]:
        record, job = self.record, self.record.job
        return {
            "id": "0x" + record.id.hex(),
            "state": state_label(record),
            "reason": None if record.reason is None else record.reason.label,
            "requester": record.request.requester,
            "provider": None if job is None else job.provider,
            "tasks": record.request.tasks,
            "units": None if self.units is None else str(self.units),
            "max_units": str(record.request.max_units),
            "unit_price": str(self.unit_price),
            "bond": str(record.request.bond),
            "signed": record.is_signed or record.state == State.NONE,
            "matcher": record.matcher,
            "gateway": record.gateway,
            "manifest": None if record.manifest is None else "0x" + record.manifest.hex(),
            "now": self.now_s,
            "seconds_left": self.left_s,
            "due": self.due,
            "demand": demand_json(record),
            "case": None if self.case is None else self.case.to_json(record, self.now_s),
            "money": self.money.to_json(),
            "words": self.words,
            "then": self.then,
            "next": self.next,
        }


def status_of(record: JobRecord, now_s: int, case: CaseView | None = None) -> Status:
    """The job's status at chain time `now_s`; `case` as `cases.case_of` has it."""
    due, next_s = due_exit(record, now_s, case), next_exit_s(record, now_s, case)
    left_s = None if next_s is None else next_s - now_s
    ending = record.ending or {}
    words, command = _story(record, now_s, due, left_s, case)
    return Status(
        record=record,
        now_s=now_s,
        due=due,
        left_s=left_s,
        units=ending.get("totalUnits"),
        money=money_of(record),
        words=words,
        then=outlook(record, now_s),
        next=None if command is None else f"workbond job {command.format(f'0x{record.id.hex()}')}",
        case=case,
    )


def _story(
    record: JobRecord, now_s: int, due: str | None, left_s: int | None, case: CaseView | None
) -> tuple[str, str | None]:
    """What is going on, and the command that leads on, with {} for the id."""
    left = duration(left_s or 0)
    if due is not None and due != FINALIZE and not record.state.is_final:
        return due_words(record, due), "end {}"
    match record.state:
        case State.NONE if left_s is None:
            return "nobody matched it in time; nothing was locked", None
        case State.NONE:
            return f"waits for a match, {left} left", "watch {}"
        case State.OPEN:
            return f"waits for a provider, {left} left", "fetch {} --wait"
        case State.RUNNING:
            return f"the provider is at work, {left} left", "fetch {} --wait"
        case State.CLAIMED if due == FINALIZE and record.resolution is not None:
            words = verdict_words(record, case)
            return f"{words}, and anyone who has the manifest may settle it", "fetch {}"
        case State.CLAIMED if due == FINALIZE:
            return due_words(record, FINALIZE), "fetch {}"
        case State.CLAIMED if record.live_job().unanswered:
            pieces = plural(record.live_job().unanswered, "demanded piece")
            return f"the provider has {left} left to show {pieces} of output", "watch {}"
        case State.CLAIMED:
            return f"the result is there, {left} left to check it", "fetch {}"
        case State.SETTLED:
            how = (
                "the requester approved"
                if (record.ending or {}).get("approved")
                else "the time was over"
            )
            return f"paid ({how})", "fetch {}"
        case State.CANCELLED if not record.events:
            return "cancelled before it was matched; nothing was locked", None
        case State.CANCELLED:
            return "never accepted, the escrow is back", None
        case State.VOID:
            return _void_words(record), None
        case State.DISPUTED if case is not None:
            return case.words(record, now_s), "watch {}"
        case _:
            return f"its resolver {record.request.resolver} decides, {left} left", "watch {}"


def verdict_words(record: JobRecord, case: CaseView | None) -> str:
    """What came of the case about the result; the market tells less than the committee."""
    if case is not None and case.outcome is not None:
        return OUTCOME_WORDS[case.outcome]
    verdict = record.resolution or {}
    if verdict.get("rejected"):
        return "its resolver found the result wrong"
    if verdict.get("timedOut"):
        return "its resolver did not decide in time, so the result stands"
    return "its resolver let the result stand"


def _void_words(record: JobRecord) -> str:
    reason = "" if record.reason is None else record.reason.label.lower()
    why = {
        "released": "the provider gave it back",
        "expired": "the provider missed its time",
        "unanswered": "the provider did not show demanded output",
        "unopened": "the provider never opened its seal",
        "rejected": "the result was found wrong",
    }.get(reason, "it ended without payment")
    return f"{why}; the escrow is back"
