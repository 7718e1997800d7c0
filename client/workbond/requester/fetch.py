"""Fetching a result and checking all of it against the seal on the chain.

The claim's event names the manifest, the provider's card the gateway. Manifest -> leaves -> root
and sum of units -> D -> seal: if that is the chain's seal, every leaf is what the provider is bound
to, and every output is then held against its leaf. What the store has isn't fetched again. Until
the job is over the provider serves its requester alone, who therefore signs its requests.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections import deque
from collections.abc import Sequence

from workbond.blobs.fetch import fetch
from workbond.blobs.sources import Sources, named, told
from workbond.blobs.store import CHUNK_BYTES, BlobStore
from workbond.chain import rules
from workbond.chain.contract import topic
from workbond.chunks import OutputDigest
from workbond.cid import cid_of_digest
from workbond.errors import BlobError, ChainError, UsageError, VerificationFailed, WorkbondError
from workbond.executor.profile import MAX_LOG_BYTES
from workbond.jobs import JobRecord
from workbond.manifest import EMPTY_CID, MANIFEST_BYTES_MAX, TASK_BYTES_MAX, Manifest
from workbond.parallel import each
from workbond.progress import progress
from workbond.provider.card import read_card
from workbond.requester.access import OpenSigner, access_of
from workbond.requester.demands import keep_shown, shown_pieces
from workbond.requester.desk import Desk
from workbond.requester.memory import recall_names
from workbond.requester.result import (
    JobResult,
    TaskOutput,
    check_limits,
    check_manifest,
    require_claim,
)
from workbond.spec import SPEC_BYTES_MAX, Spec
from workbond.tree import Leaf, ResultTree

MAX_BYTES = 16 << 30  # of all outputs together, unless the caller allows more
TIMEOUT_S = 3600.0  # for everything; a second call goes on where the first one stopped
BLOB_BASE_S = 20.0
BLOB_BYTES_PER_S = 64 * 1024  # the slowest line that is waited for
LOGS_BYTES_MAX = 256 << 20  # of one job, which is what providers keep
SPEC_TIMEOUT_S = 10.0  # it is nice to have: the requester's gateway may be gone
FETCHERS = 8
CARDS_READ = 4  # the latest ones; a provider may announce thousands
MANIFEST_BASE_BYTES = 1_024


def fetch_result(
    desk: Desk,
    record: JobRecord,
    *,
    gateways: Sequence[str] = (),
    signer: OpenSigner | None = None,
    max_bytes: int = MAX_BYTES,
    timeout_s: float = TIMEOUT_S,
) -> JobResult:
    """The job's result, every output fetched into the store and checked.

    Args:
        desk: market and store.
        record: a job with a claim.
        gateways: asked before the provider's own.
        signer: opens the requester's account; called if something is to be fetched before the job
            is over.
        max_bytes: all outputs together.
        timeout_s: for everything.

    Raises:
        UsageError: the job has no claim, or the outputs are larger than `max_bytes`.
        BlobError: something can't be had; call again to go on where it stopped.
        VerificationFailed: manifest or outputs contradict the seal; the message says where.
    """
    ends = time.monotonic() + timeout_s
    require_claim(record)
    _keep_shown(desk, record)
    sources = sources_of(desk, record, gateways, signer, budget_bytes=_budget(max_bytes))
    manifest, tree = fetch_manifest(desk, record, sources, _left_s(ends))
    notes: list[str] = []
    spec = _spec(desk, record, gateways, min(SPEC_TIMEOUT_S, _left_s(ends)), notes)
    check_limits(manifest, spec)
    total = sum(task.length for task in manifest.tasks)
    if total > max_bytes:
        raise UsageError(
            f"the outputs of job 0x{record.id.hex()} have {total:,} bytes together, more than the "
            f"{max_bytes:,} allowed: raise --max-size"
        )
    _fetch_outputs(desk.store, manifest, sources, ends)
    _check_outputs(desk.store, manifest, tree)
    cids = [task.log for task in manifest.tasks if task.log is not None]
    problem = fetch_logs(desk.store, cids, sources.with_budget(LOGS_BYTES_MAX), _left_s(ends))
    if problem:
        notes.append(f"not all logs could be had: {problem}")
    logs = {cid for cid in cids if desk.store.has(cid)}
    return _result(desk, record, manifest, tree, logs, notes)


def _keep_shown(desk: Desk, record: JobRecord) -> None:
    """Takes outputs that the provider was made to show from the chain, as far as they are whole."""
    if any(event.name == "OutputAnswered" for event in record.events):
        with contextlib.suppress(ChainError):
            keep_shown(desk, shown_pieces(desk, record))


def sources_of(
    desk: Desk,
    record: JobRecord,
    gateways: Sequence[str] = (),
    signer: OpenSigner | None = None,
    *,
    budget_bytes: int | None = None,
) -> Sources:
    """Where a claimed job's result can be had: at `gateways`, which the user named, then at its
    provider's own. With `signer` requests are signed as long as the job isn't over."""
    own = [
        source
        for url in provider_gateways(desk, record.live_job().provider)
        for source in told(url, private=desk.private)
    ]
    access = None if signer is None or record.state.is_final else access_of(desk, record, signer)
    return Sources(
        [*named(gateways), *own],
        authorize=None if access is None else access.authorization,
        budget_bytes=budget_bytes,
    )


def fetch_manifest(
    desk: Desk, record: JobRecord, sources: Sources, timeout_s: float = TIMEOUT_S
) -> tuple[Manifest, ResultTree]:
    """The manifest that the claim names, checked against the seal."""
    cid = cid_of_digest(require_claim(record))
    limit = MANIFEST_BASE_BYTES + record.request.tasks * TASK_BYTES_MAX
    timeout_s = min(timeout_s, _blob_timeout_s(limit))
    if not desk.store.has(cid):
        sources.prepare()
    with progress("fetching and checking the manifest"):
        try:
            fetch(cid, sources, desk.store, max_bytes=limit, timeout_s=timeout_s)
        except BlobError as error:
            if record.state.is_final or sources.signs:
                raise
            raise BlobError(
                f"{error}; until the job is over, results are handed to its requester "
                f"{record.request.requester} only: give that account with --account"
            ) from error
        return check_manifest(record, desk.store.read(cid, max_bytes=limit))


def provider_gateways(desk: Desk, provider: str) -> list[str]:
    """The gateway on the provider's latest valid card, before it that of its delegate, who runs its
    node if there is one; empty if neither announced any."""
    delegate = desk.market.delegate_of(provider)
    whose = [provider] if delegate is None else [delegate, provider]
    return [gateway for who in whose if (gateway := _announced(desk, who))]


def _announced(desk: Desk, who: str) -> str:
    """The gateway on the latest valid card of `who`; empty if there is none."""
    announced = desk.market.events(
        desk.since_block, desk.head().number, names=["CardAnnounced"], topics=[topic(who)]
    )
    for event in reversed(deque(announced, maxlen=CARDS_READ)):
        try:
            return read_card(event.args["json"]).endpoints.gateway
        except VerificationFailed:
            continue
    return ""


def _spec(
    desk: Desk, record: JobRecord, gateways: Sequence[str], timeout_s: float, notes: list[str]
) -> Spec | None:
    """The job's spec, from wherever it can be had; without it the limits stay unchecked."""
    cid = cid_of_digest(record.request.spec)
    known = Sources([*named(gateways), *told(record.gateway, private=desk.private)])
    try:
        with progress("fetching the spec"):
            fetch(cid, known, desk.store, max_bytes=SPEC_BYTES_MAX, timeout_s=timeout_s)
        return Spec.from_bytes(desk.store.read(cid, max_bytes=SPEC_BYTES_MAX))
    except WorkbondError as error:
        notes.append(f"the tasks' limits were not checked: {error}")
        return None


def _fetch_outputs(store: BlobStore, manifest: Manifest, sources: Sources, ends: float) -> None:
    lengths = {task.output: task.length for task in manifest.tasks}
    if EMPTY_CID in lengths:
        store.put(b"")
    missing = [cid for cid in lengths if not store.has(cid)]
    if missing:
        sources.prepare()

    def get(cid: str) -> None:
        timeout_s = min(_blob_timeout_s(lengths[cid]), _left_s(ends))
        fetch(cid, sources, store, max_bytes=lengths[cid], timeout_s=timeout_s)

    with progress("fetching outputs", total=len(missing)) as bar:
        try:
            each(get, missing, FETCHERS, bar.advance)
        except BlobError as error:
            raise BlobError(
                f"{error}; what came is kept: fetch again to go on, and don't approve before"
            ) from error


def _check_outputs(store: BlobStore, manifest: Manifest, tree: ResultTree) -> None:
    with progress("checking outputs against the seal", total=len(tree.leaves)) as bar:
        for task, leaf in zip(manifest.tasks, tree.leaves, strict=True):
            _check_output(store, task.output, leaf)
            bar.advance()


def _check_output(store: BlobStore, cid: str, leaf: Leaf) -> None:
    """Both hashes of one output: the CID's, and the sealed one over its chunks."""
    plain, chunked = hashlib.sha256(), OutputDigest()
    with store.open(cid) as file:
        while chunk := file.read(CHUNK_BYTES):
            plain.update(chunk)
            chunked.update(chunk)
    if cid_of_digest(plain.digest()) != cid:
        store.remove(cid)
        raise BlobError(
            f"the stored output {cid} of task {leaf.index} was damaged and is removed: fetch again"
        )
    if chunked.length != leaf.length:
        raise VerificationFailed(
            f"the output of task {leaf.index} has {chunked.length:,} bytes, the seal says "
            f"{leaf.length:,}: don't approve"
        )
    if chunked.digest() != leaf.digest:
        raise VerificationFailed(
            f"the output of task {leaf.index} ({cid}) has the digest 0x{chunked.digest().hex()}, "
            f"the seal says 0x{leaf.digest.hex()}: don't approve"
        )


def fetch_logs(
    store: BlobStore, cids: Sequence[str], sources: Sources, timeout_s: float
) -> str | None:
    """Fetches the logs that can be had; tells why not all, if so. They are no part of the result.

    Args:
        store: where they are kept.
        cids: the logs; the empty one needs no gateway.
        sources: the gateways; their budget bounds the logs together.
        timeout_s: for all of them.
    """
    ends = time.monotonic() + timeout_s
    if EMPTY_CID in cids:
        store.put(b"")
    missing = [cid for cid in dict.fromkeys(cids) if not store.has(cid)]
    if missing:
        sources.prepare()
    problems: list[str] = []

    def get(cid: str) -> None:
        if problems:  # one refusal is enough to stop asking
            return
        timeout_s = min(_blob_timeout_s(MAX_LOG_BYTES), _left_s(ends))
        try:
            fetch(cid, sources, store, max_bytes=MAX_LOG_BYTES, timeout_s=timeout_s)
        except BlobError as error:
            problems.append(str(error))

    with progress("fetching logs", total=len(missing)) as bar:
        each(get, missing, FETCHERS, bar.advance)
    return problems[0] if problems else None


def _result(
    desk: Desk,
    record: JobRecord,
    manifest: Manifest,
    tree: ResultTree,
    logs: set[str],
    notes: list[str],
) -> JobResult:
    job = record.live_job()
    names = recall_names(desk.home, record.id, len(manifest.tasks))
    tasks = []
    for index, (task, name) in enumerate(zip(manifest.tasks, names, strict=True)):
        log = task.log if task.log in logs else None
        has_log = log is not None and desk.store.size(log) > 0
        tasks.append(
            TaskOutput(
                index=index,
                cls=task.cls,
                exit_code=task.exit_code,
                units=task.units,
                length=task.length,
                output=task.output,
                log=log,
                name=name,
                path=desk.store.path(task.output),
                log_path=desk.store.path(log) if log is not None and has_log else None,
            )
        )
    payment = rules.payment(job, tree.total_units)
    return JobResult(
        id=record.id,
        provider=job.provider,
        root=tree.root,
        total_units=tree.total_units,
        payment=payment,
        refund=rules.job_escrow(job) - payment,
        tasks=tuple(tasks),
        notes=tuple(notes),
    )


def _budget(max_bytes: int) -> int:
    """Bytes that gateways may send for one result, wrong ones included: twice what it may have."""
    return 2 * (max_bytes + MANIFEST_BYTES_MAX)


def _blob_timeout_s(length: int) -> float:
    return BLOB_BASE_S + length / BLOB_BYTES_PER_S


def _left_s(ends: float) -> float:
    return max(0.0, ends - time.monotonic())
