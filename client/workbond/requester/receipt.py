"""What a job has cost so far, and its receipt: every item from its events, and the sums checked.

receipt = receipt_of(desk, record)
receipt.paid == receipt.flat + receipt.units_charge
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbond.chain import rules
from workbond.chain.abi import Event
from workbond.chain.types import ZERO_ADDRESS, State
from workbond.errors import ChainError, VerificationFailed
from workbond.jobs import JobRecord
from workbond.requester.cases import CaseView, case_of
from workbond.requester.desk import Desk

MAX_STEPS = 16  # with eight answers and a case a job has fifteen; each costs two calls of the RPC
STEPS = {
    "JobPosted": "posted",
    "JobMatched": "matched",
    "JobAccepted": "accepted",
    "JobClaimed": "sealed",
    "OutputDemanded": "demanded",
    "OutputAnswered": "answered",
    "JobDisputed": "disputed",
    "CaseResolved": "judged",
    "JobSettled": "settled",
    "JobCancelled": "cancelled",
    "JobVoided": "voided",
}

AMOUNTS = (
    *("escrow", "flat", "units_charge", "tip", "locked", "paid", "back_early", "back_late"),
    *("demand_fees", "answer_fees", "case_fee", "back_verdict", "back_committee"),
    *("compensation", "reward", "challenger", "judges", "burned", "change", "network_fees"),
)


@dataclass(frozen=True)
class Step:
    """One transaction of the job's life: when it was mined (chain time), and its fee in wei.

    `sender` and `fee` are None where the node doesn't tell them.
    """

    name: str
    tx_hash: bytes
    block_number: int
    time_s: int
    sender: str | None
    fee: int | None

    def to_json(self) -> dict[str, Any]:
        return {
            "step": self.name,
            "transaction": "0x" + self.tx_hash.hex(),
            "block": self.block_number,
            "time": self.time_s,
            "sender": self.sender,
            "network_fee": None if self.fee is None else str(self.fee),
        }


@dataclass(frozen=True)
class JobReceipt:
    """Where a job's money is or went, in base units of the token; fees in wei of gas coin.

    `flat` and `units_charge` are what was paid once the job is settled, before that the most that
    can still be; `escrow` is what posting or matching locked, `back_early` what came back at
    acceptance and `back_late` at the end; `demand_fees` were locked for demanded chunks, and
    `answer_fees` of them went to the provider; `tip` is the matcher's, or locked until nobody
    matches any more; `case_fee` went to the resolver for a case, or came back with its verdict
    (`back_verdict`); `back_committee` is the requester's there since the case's end; the bond's
    lost part is `compensation`, `reward`, what `challenger` and resolver (`judges`) got, `burned`.
    """

    record: JobRecord
    steps: tuple[Step, ...]
    escrow: int
    flat: int
    units_charge: int
    tip: int
    locked: int
    paid: int
    back_early: int
    back_late: int
    demand_fees: int
    answer_fees: int
    compensation: int
    reward: int
    burned: int
    case_fee: int = 0
    back_verdict: int = 0
    back_committee: int = 0
    challenger: int = 0
    judges: int = 0
    case: CaseView | None = None

    @property
    def own_steps(self) -> tuple[Step, ...]:
        """The transactions that the requester sent itself."""
        return tuple(s for s in self.steps if s.sender == self.record.request.requester)

    @property
    def untold_steps(self) -> int:
        """How many transactions' senders and fees the node does not tell."""
        return sum(1 for step in self.steps if step.sender is None)

    @property
    def network_fees(self) -> int:
        """What the requester's own transactions of this job took, in wei; a batch's as a whole."""
        return sum({step.tx_hash: step.fee or 0 for step in self.own_steps}.values())

    @property
    def change(self) -> int:
        """The requester's tokens against not having posted, once the job has ended.

        Without the reward, which went to whoever ended the job, nor what anybody challenged,
        appealed or voted for.
        """
        back = self.back_early + self.back_late + self.back_verdict + self.back_committee
        back += self.compensation
        return back - self.escrow - self.demand_fees

    @property
    def lasted_s(self) -> int:
        """Seconds of chain time from the first to the last step."""
        return self.steps[-1].time_s - self.steps[0].time_s

    @property
    def units(self) -> int | None:
        """Metered units of the result, once its seal was opened."""
        found = (self.record.ending or {}).get("totalUnits")
        return None if found is None else int(found)

    @property
    def unit_price(self) -> int | None:
        """Base units per 10^12 units, fixed at acceptance; None before."""
        return None if self.record.job is None else self.record.job.unit_price

    def to_json(self) -> dict[str, Any]:
        record = self.record
        return {
            "id": "0x" + record.id.hex(),
            "state": record.state.label,
            "reason": None if record.reason is None else record.reason.label,
            "requester": record.request.requester,
            "provider": None if record.job is None else record.job.provider,
            "tasks": record.request.tasks,
            "units": None if self.units is None else str(self.units),
            "unit_price": None if self.unit_price is None else str(self.unit_price),
            **{name: str(getattr(self, name)) for name in AMOUNTS},
            "seconds": self.lasted_s,
            "steps": [step.to_json() for step in self.steps],
        }


def latest_end_s(record: JobRecord) -> int | None:
    """When the escrow can be had back at the latest (chain time), whatever others do or leave: a
    case that nobody decides included. None if the job has ended.
    """
    request, job = record.request, record.job
    runs, window, judged = request.run_for, request.challenge_for, request.case_for
    if record.state == State.OPEN:
        return request.open_until + runs + window + judged + rules.GRACE_S
    if record.state == State.RUNNING and job is not None:
        return rules.runs_until(job) + window + judged + rules.GRACE_S
    if record.state == State.DISPUTED and job is not None:
        return max(rules.resolves_until(job), job.answer_by) + rules.GRACE_S
    if record.state == State.CLAIMED and job is not None:
        if job.unanswered:  # an answer in the last second opens the window again
            end_s = rules.answered_window_end(job, job.answer_by)
            job = job.answered_with(rules.ALL_ANSWERED, end_s)
        open_s = 0 if job.case_done else job.case_for  # a dispute in the window's last second
        return max(rules.opens_until(job), job.window_end + open_s + rules.GRACE_S)
    return None


def receipt_of(desk: Desk, record: JobRecord) -> JobReceipt:
    """The receipt of a job that has ended, or the cost so far of one that hasn't.

    Raises:
        VerificationFailed: the events' amounts don't add up.
        ChainError: too many events, or the node fails.
    """
    if len(record.events) > MAX_STEPS:
        raise ChainError(f"job 0x{record.id.hex()} has more than {MAX_STEPS} events")
    request, ending = record.request, record.ending or {}
    price = request.max_unit_price if record.job is None else record.job.unit_price
    units = ending.get("totalUnits", request.max_units)
    most = rules.max_payment(request.flat, min(units, request.max_units), price)
    verdict = record.resolution or {"toResolver": 0, "toChallenger": 0, "feeRefund": 0}
    case = case_of(desk, record)
    owed = not record.state.is_final or "payment" in ending
    flat, charge = (request.flat, most - request.flat) if owed else (0, 0)
    receipt = JobReceipt(
        record=record,
        steps=tuple(_step(desk, event) for event in record.events),
        escrow=_escrow(record),
        flat=flat,
        units_charge=charge,
        tip=request.tip if record.job is None else record.job.tip_paid,
        locked=record.locked,
        paid=ending.get("payment", 0),
        back_early=_sum(record, "JobAccepted", "refund"),
        back_late=ending.get("refund", 0),
        demand_fees=_sum(record, "OutputDemanded", "fees"),
        answer_fees=_sum(record, "OutputAnswered", "fees"),
        compensation=ending.get("compensation", 0),
        reward=ending.get("reward", 0),
        burned=ending.get("burned", 0),
        case_fee=0 if record.is_rejected else verdict["toResolver"],
        back_verdict=verdict["feeRefund"],
        back_committee=0 if case is None else case.to_requester,
        challenger=verdict["toChallenger"],
        judges=verdict["toResolver"] if record.is_rejected else 0,
        case=case,
    )
    _check(receipt)
    return receipt


def _escrow(record: JobRecord) -> int:
    """What posting, or the match at its price, took from the requester."""
    if not record.is_signed or record.job is None:
        return rules.escrow(record.request)
    locked = rules.match_escrow(record.request, record.job.unit_price)
    return locked - record.request.tip + record.job.tip_paid


def _sum(record: JobRecord, name: str, amount: str) -> int:
    return sum(event.args[amount] for event in record.events if event.name == name)


def _check(receipt: JobReceipt) -> None:
    """Each sum, against what the chain's events say."""
    ending = receipt.record.ending or {}
    tip = 0 if receipt.record.job is None else receipt.record.job.tip_paid
    taken = receipt.escrow + receipt.demand_fees
    given = receipt.locked + receipt.paid + receipt.back_early + receipt.back_late + tip
    given += receipt.answer_fees + receipt.case_fee + receipt.back_verdict
    lost = receipt.compensation + receipt.reward + receipt.burned
    lost += receipt.challenger + receipt.judges
    sums = [("the escrow", taken, given), ("the bond", ending.get("slashed", 0), lost)]
    if "payment" in ending:
        sums.append(("the payment", receipt.paid, receipt.flat + receipt.units_charge))
    for what, whole, parts in sums:
        if whole != parts:
            raise VerificationFailed(
                f"{what} of job 0x{receipt.record.id.hex()} is {whole} base units, but its items "
                f"add up to {parts}: the node's events are wrong; use another one with --rpc"
            )


def _name(event: Event) -> str:
    if event.name == "JobMatched" and event.args["matcher"] == ZERO_ADDRESS:
        return "filled"
    return STEPS[event.name]


def _step(desk: Desk, event: Event) -> Step:
    connection = desk.market.connection
    try:
        found = connection.receipt(event.tx_hash)
    except ChainError:  # nodes drop old receipts; the rest stands without the fee
        found = None
    return Step(
        name=_name(event),
        tx_hash=event.tx_hash,
        block_number=event.block_number,
        time_s=connection.block(event.block_number).timestamp,
        sender=None if found is None else found.sender,
        fee=None if found is None else found.gas_used * found.gas_price + found.data_fee,
    )
