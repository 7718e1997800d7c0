"""Paying for a result: only with a verified one in hand."""

from __future__ import annotations

from workbond.chain.transactions import Fee, Receipt, Signer
from workbond.chain.types import State
from workbond.errors import UsageError
from workbond.jobs import JobRecord
from workbond.requester.desk import Desk
from workbond.requester.labels import state_label
from workbond.requester.result import JobResult


def require_approvable(record: JobRecord, requester: str) -> None:
    """Raises `UsageError` unless `requester` may approve the job now."""
    name = f"0x{record.id.hex()}"
    if record.request.requester != requester:
        raise UsageError(
            f"job {name} is {record.request.requester}'s, not {requester}'s: only its requester "
            "approves; choose that account with --account"
        )
    if record.state != State.CLAIMED:
        raise UsageError(
            f"job {name} is {state_label(record)} and can't be approved: see `workbond job status "
            f"{name}`"
        )


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
