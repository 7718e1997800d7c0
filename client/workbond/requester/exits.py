"""Ending a job whose time is over, so that no money stays locked until someone knows how.

Every state but the final ones has an exit that anyone may call once it is due (docs/protocol.md
section 5). An open case about the result has two: its committee's `close`, and the market's
`timeout`; after either the job goes on, or has ended with it. After a `timeout`, the committee's
`abandon` gives back what was put up for the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbond.chain import cases, rules
from workbond.chain.contract import Contract
from workbond.chain.transactions import Receipt, Signer
from workbond.chain.types import State
from workbond.errors import BlobError, UsageError
from workbond.jobs import JobRecord
from workbond.requester.access import OpenSigner, RequestSigner
from workbond.requester.cases import CaseView, case_of
from workbond.requester.demands import shown_opening
from workbond.requester.desk import Desk
from workbond.requester.fetch import fetch_manifest, sources_of

CANCEL, EXPIRE, FINALIZE, VOID = "cancel", "expire", "finalize", "void"
CLOSE, TIMEOUT, ABANDON = "close", "timeout", "abandon"
NOTHING_LOST = rules.Split(0, 0, 0)


@dataclass(frozen=True)
class Ending:
    """The exit that is due, ready to be called, and what it will do with the money.

    `payment` goes to the provider, `refund` back to the requester; `split` is the bond's lost part.
    `earns` is the committee's tip for whoever closes a case, whose verdict decides on the rest;
    `returns` what goes back to those who challenged or appealed.
    """

    exit: str
    args: tuple[Any, ...]
    payment: int
    refund: int
    split: rules.Split = NOTHING_LOST
    units: int | None = None
    earns: int = 0
    returns: int = 0


def due_exit(record: JobRecord, now_s: int, case: CaseView | None = None) -> str | None:
    """The exit that anyone may call at chain time `now_s`; None if none is due.

    `case` is the job's, if it had one and its committee is known.
    """
    if case is not None and case.is_open and case.put_up and record.state != State.DISPUTED:
        return ABANDON
    if record.state == State.OPEN:
        return CANCEL if now_s >= record.request.open_until else None
    if record.state == State.RUNNING:
        return EXPIRE if now_s >= rules.runs_until(record.live_job()) else None
    if record.state == State.CLAIMED:
        job = record.live_job()
        if now_s >= rules.voids_from(job):
            return VOID
        # while a demanded piece is not shown, nobody can have the job paid but its requester
        return FINALIZE if now_s >= job.window_end and not job.unanswered else None
    if record.state == State.DISPUTED:
        if now_s >= rules.resolves_until(record.live_job()):
            return TIMEOUT
        return CLOSE if case is not None and case.is_closable(now_s) else None
    return None


def next_exit_s(record: JobRecord, now_s: int, case: CaseView | None = None) -> int | None:
    """When the exit that is not due yet becomes due (chain time); None if there is none. Of an open
    `case`, when its phase is over.

    Of a request that was only signed: when it can't be matched any more.
    """
    if record.state in (State.NONE, State.OPEN):
        times = [record.request.open_until]
    elif record.state == State.RUNNING:
        times = [rules.runs_until(record.live_job())]
    elif record.state == State.CLAIMED:
        job = record.live_job()
        last_s = rules.voids_from(job)
        times = [last_s] if job.unanswered else [job.window_end, last_s]
    elif record.state == State.DISPUTED:
        until_s = rules.resolves_until(record.live_job())
        next_s = None if case is None else case.next_s(now_s)
        times = [until_s] if next_s is None else [min(next_s, until_s)]
    else:
        times = []
    return next((time_s for time_s in times if now_s < time_s), None)


def cancel(desk: Desk, signer: Signer, record: JobRecord) -> Receipt:
    """Takes an open job back: its requester at any time, anyone once it is due."""
    return call(desk, signer, prepare_cancel(record))


def prepare_cancel(record: JobRecord) -> Ending:
    """What `cancel` will do; raises `UsageError` if the job is not open any more."""
    name = f"0x{record.id.hex()}"
    if record.state not in (State.NONE, State.OPEN):
        raise UsageError(
            f"job {name} is {record.state.label} and can't be cancelled any more: see "
            f"`workbond job status {name}`"
        )
    return Ending(CANCEL, (record.request.to_tuple(),), 0, record.locked)


def end(
    desk: Desk, signer: RequestSigner, record: JobRecord, gateways: Sequence[str] = ()
) -> Receipt:
    """Calls the exit that is due now; anyone may. See `prepare_end`, whose errors it raises."""
    is_own = signer.address == record.request.requester
    ending = prepare_end(desk, record, gateways, (lambda: signer) if is_own else None)
    return call(desk, signer, ending)


def call(desk: Desk, signer: Signer, ending: Ending) -> Receipt:
    """Sends what `prepare_end` made; `signer` earns 1% of the bond for `expire` and `void`, and a
    tip in the committee for `close`."""
    return contract_of(desk, ending).transact(signer, ending.exit, *ending.args)


def contract_of(desk: Desk, ending: Ending) -> Contract:
    """Whose function the exit is."""
    if ending.exit not in (CLOSE, ABANDON):
        return desk.market
    assert desk.committee is not None, "only its cases are closed"
    return desk.committee


def prepare_end(
    desk: Desk,
    record: JobRecord,
    gateways: Sequence[str] = (),
    requester: OpenSigner | None = None,
) -> Ending:
    """The exit that is due now and what it will do; nothing is sent.

    Anyone may call it, but only the requester is handed the manifest that `finalize` needs.

    Args:
        desk: market and store.
        record: the job.
        gateways: asked for the manifest before the provider's own; only `finalize` needs it.

    Raises:
        UsageError: the job has ended, or nothing is due yet; the message says when.
        BlobError: `finalize` is due, but the manifest that opens the seal can't be had.
    """
    now_s = desk.now_s()
    case = case_of(desk, record)
    exit_name = due_exit(record, now_s, case)
    if exit_name is None:
        raise UsageError(_not_due(record, now_s, case))
    if exit_name == CANCEL:
        return prepare_cancel(record)
    if exit_name == ABANDON:
        assert case is not None, "it told that it can be abandoned"
        return Ending(ABANDON, (record.id,), 0, 0, returns=case.put_up)
    job = record.live_job()
    escrow, args = rules.job_escrow(job), (record.id, job.to_tuple())
    if exit_name == EXPIRE:
        return Ending(EXPIRE, args, 0, escrow, rules.expired(job.bond))
    if exit_name == VOID:
        return Ending(VOID, args, 0, escrow, rules.voided(job.bond))
    if exit_name == TIMEOUT:
        return Ending(TIMEOUT, args, 0, job.case_fee)
    if exit_name == CLOSE:
        assert case is not None, "it told that it can be closed"
        return Ending(CLOSE, args, 0, 0, earns=(case.case.round + 1) * cases.tip(job.case_fee))
    root, units = _opening(desk, record, gateways, requester)
    payment = rules.payment(job, units)
    return Ending(FINALIZE, (*args, root, units), payment, escrow - payment, units=units)


def _opening(
    desk: Desk, record: JobRecord, gateways: Sequence[str], requester: OpenSigner | None
) -> tuple[bytes, int]:
    """Root and total units, from the manifest."""
    job = record.live_job()
    sources = sources_of(desk, record, gateways, requester)
    try:
        _, tree = fetch_manifest(desk, record, sources)
    except BlobError as error:
        shown = shown_opening(desk, record)
        if shown is not None:  # the provider's own answer to a demand opens the seal
            return shown
        left_s = rules.voids_from(job) - desk.now_s()
        raise BlobError(
            f"the provider's manifest, which opens the seal, can't be had ({error}): if the "
            f"provider doesn't open it either, the job can be voided in {max(0, left_s)} s"
        ) from error
    return tree.root, tree.total_units


def _not_due(record: JobRecord, now_s: int, case: CaseView | None) -> str:
    name = f"job 0x{record.id.hex()}"
    if record.state == State.NONE:
        return f"{name} was only signed: nothing is locked in it, and nothing needs to be ended"
    if record.state.is_final:
        return f"{name} has ended already ({record.state.label}): nothing is locked in it"
    if record.state == State.DISPUTED:
        left_s = rules.resolves_until(record.live_job()) - now_s
        said = "its resolver decides" if case is None else case.words(record, now_s)
        return f"{name} is disputed: {said}; if there is no verdict in {left_s} s, you can end that"
    next_s = next_exit_s(record, now_s)
    assert next_s is not None, "every other state has an exit"
    hint = ""
    if record.state == State.OPEN:
        hint = (
            f"; its requester can take it back now with `workbond job cancel 0x{record.id.hex()}`"
        )
    return f"{name} is {record.state.label} and can't be ended for {next_s - now_s} s yet{hint}"
