"""Paying for a result: only with a verified one in hand."""

from __future__ import annotations

from workbond.chain import rules
from workbond.chain.transactions import Fee, Receipt, Signer
from workbond.chain.types import State
from workbond.errors import JobFailed, UsageError
from workbond.jobs import JobRecord
from workbond.progress import progress
from workbond.requester.cases import case_of
from workbond.requester.desk import Desk
from workbond.requester.labels import state_label
from workbond.requester.result import JobResult

LOOK_S = 30  # chain time between two looks at a case


def require_approvable(record: JobRecord, requester: str) -> None:
    """Raises `UsageError` unless `requester` may approve the job now."""
    name = f"0x{record.id.hex()}"
    if record.request.requester != requester:
        raise UsageError(
            f"job {name} is {record.request.requester}'s, not {requester}'s: only its requester "
            "approves; choose that account with --account"
        )
    if record.state == State.DISPUTED:
        raise UsageError(
            f"the result of job {name} is disputed, and can't be approved before its case is over: "
            f"see `workbond job watch {name}`, or approve with --wait"
        )
    if record.state != State.CLAIMED:
        raise UsageError(
            f"job {name} is {state_label(record)} and can't be approved: see `workbond job status "
            f"{name}`"
        )


def until_judged(desk: Desk, record: JobRecord, *, ends: float | None = None) -> JobRecord:
    """Waits until the open case about the job's result is over, if there is one.

    Raises:
        TimedOut: it is open at `ends` (`time.monotonic`).
        JobFailed: the result was found wrong.
    """
    with progress("waiting for a verdict on the result") as bar:
        while record.state == State.DISPUTED:
            case, now_s = case_of(desk, record), desk.now_s()
            until_s = rules.resolves_until(record.live_job())
            if now_s >= until_s:
                raise JobFailed(
                    f"nobody decided about the result of job 0x{record.id.hex()} in time: end the "
                    f"case with `workbond job end 0x{record.id.hex()}`, then approve"
                )
            if case is not None:
                bar.describe(case.words(record, now_s))
            next_s = until_s if case is None else min(case.next_s(now_s) or until_s, until_s)
            desk.wait(record.id, {State.DISPUTED}, min(next_s, now_s + LOOK_S), ends=ends)
            record = desk.job(record.id)
    if record.is_rejected:
        raise JobFailed(
            f"the result of job 0x{record.id.hex()} was found wrong: the escrow is back, and part "
            f"of the bond; see `workbond job receipt 0x{record.id.hex()}`"
        )
    return record


def approval_fee(desk: Desk, record: JobRecord, result: JobResult) -> Fee:
    """The most gas coin that `approve` could cost the requester now; raises what it would."""
    args = (record.id, record.live_job().to_tuple(), result.root, result.total_units)
    return desk.market.fee(record.request.requester, "approve", *args)


def approve(desk: Desk, signer: Signer, record: JobRecord, result: JobResult) -> Receipt:
    """Pays `result.payment` to the provider; `result` is what `fetch_result` verified."""
    require_approvable(record, signer.address)
    if result.id != record.id:
        raise UsageError(f"the result of job 0x{result.id.hex()} can't settle another job")
    job = record.live_job()
    return desk.market.approve(signer, record.id, job, result.root, result.total_units)
