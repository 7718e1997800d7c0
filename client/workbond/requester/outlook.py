"""What becomes of a job if nobody does anything more: the exit that comes next, and its money."""

from __future__ import annotations

from workbond.chain import rules
from workbond.chain.types import State
from workbond.jobs import JobRecord
from workbond.money import tokens
from workbond.requester.exits import CANCEL, EXPIRE, FINALIZE, VOID, due_exit
from workbond.words import duration


def outlook(record: JobRecord, now_s: int) -> str | None:
    """One sentence without its full stop, at chain time `now_s`; None for a job that has ended."""
    due = due_exit(record, now_s)
    if record.state == State.NONE:
        left_s = record.request.open_until - now_s
        if left_s <= 0:
            return None
        return f"if nobody matches it in {duration(left_s)}, nothing was locked and it is over"
    if record.state == State.OPEN:
        back = f"the escrow of {tokens(rules.escrow(record.request))} goes back to the requester"
        if due == CANCEL:
            return f"anyone may end it now: {back}"
        left = _left(record.request.open_until, now_s)
        return f"if no provider takes it in {left}, anyone may end it: {back}"
    if record.state == State.RUNNING:
        job = record.live_job()
        if due == EXPIRE:
            return f"anyone may end it now, the provider can't deliver any more: {_lost(record)}"
        left = _left(rules.runs_until(job), now_s)
        return f"if no result comes in {left}, anyone may end it: {_lost(record)}"
    if record.state == State.CLAIMED:
        job = record.live_job()
        grace = _left(rules.opens_until(job), now_s)
        if due == VOID:
            return f"anyone may end it now: {_lost(record)}"
        if job.unanswered:
            left = _left(job.answer_by, now_s)
            return f"if it does not show all of them in {left}, anyone may end it: {_lost(record)}"
        if due == FINALIZE:
            return (
                f"unless the provider or anyone else who has the manifest settles it in {grace}, "
                f"anyone may end it: {_lost(record)}"
            )
        return (
            f"if it is not approved in {_left(job.window_end, now_s)}, the provider may settle it "
            f"and is paid; if it has not done so in {grace}, anyone may end it: {_lost(record)}"
        )
    if record.state == State.DISPUTED:
        left = _left(rules.resolves_until(record.live_job()), now_s)
        return (
            f"if the result is found wrong, {_rejected(record)}; if there is no verdict in {left}, "
            "anyone may end the case, and the result stands"
        )
    return None


def _rejected(record: JobRecord) -> str:
    """What the requester gets of a result that is found wrong."""
    job = record.live_job()
    share = tokens(rules.rejected(job, challenged=True).to_requester)
    escrow = tokens(rules.job_escrow(job))
    return f"the requester gets the escrow of {escrow} back and {share} of the bond"


def _lost(record: JobRecord) -> str:
    """Who gets what when the provider has failed."""
    job = record.live_job()
    running = record.state == State.RUNNING
    split = rules.expired(job.bond) if running else rules.voided(job.bond)
    percent = rules.EXPIRE_PERCENT if running else rules.VOID_PERCENT
    back = f"the requester gets the escrow of {tokens(rules.job_escrow(job))}"
    if not split.to_requester:
        return f"{back} back"
    share = percent - rules.CALLER_PERCENT
    return f"{back} back and {share}% of the bond, {tokens(split.to_requester)}"


def _left(until_s: int, now_s: int) -> str:
    return duration(max(0, until_s - now_s))
