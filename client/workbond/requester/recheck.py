"""Executing all of a claimed job again on this machine, to know its right result.

    opening = execute_again(desk, record, address, lambda: signer, gateways, until_s=window_end)
    opens(record, opening)         # whether the claim is right

`opening` is D, what a seal hides. The job's blobs come from this machine, if it packed them, else
from where a verifier gets them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workbond.accounts.signer import Signer
from workbond.blobs.store import BlobStore
from workbond.errors import BlobError, UsageError, VerificationFailed, WorkbondError
from workbond.executor.host import require_host
from workbond.jobs import JobRecord
from workbond.manifest import MANIFEST_BYTES_MAX, Manifest
from workbond.progress import progress
from workbond.requester.desk import Desk
from workbond.requester.pack import repack
from workbond.tree import opening_digest, seal

AGREEING = 2  # executions, of a result that contradicts the claim's: a bond hangs on it


class LateSigner:
    """An account whose key is opened when something is signed, perhaps never."""

    def __init__(self, address: str, open_signer: Callable[[], Signer]) -> None:
        self.address, self._open = address, open_signer

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        return self._open().sign_transaction(transaction)

    def sign_typed_data(
        self, domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any]
    ) -> bytes:
        return self._open().sign_typed_data(domain, types, message)

    def sign_message(self, message: bytes) -> bytes:
        return self._open().sign_message(message)


def opens(record: JobRecord, opening: bytes) -> bool:
    """Whether D opens the claim's seal: then the claim says the same."""
    job = record.live_job()
    return seal(job.provider, record.id, opening) == job.seal


def execute_again(
    desk: Desk,
    record: JobRecord,
    address: str,
    open_signer: Callable[[], Signer],
    gateways: Sequence[str] = (),
    *,
    within_s: float,
) -> bytes:
    """D of the claimed job, as this machine finds it; one that contradicts the claim is believed if
    a second execution agrees.

    Args:
        desk: market and store.
        record: a job with a claim.
        address: who asks for it.
        open_signer: opens that account, where a gateway hands inputs out to known verifiers only.
        gateways: asked for blobs beside those that the job's parties name.
        within_s: real seconds for each execution, fetching included.

    Raises:
        BlobError: inputs can't be had.
        ExecutionError: not done on this machine, or in this time.
        VerificationFailed: it gave two results.
    """
    from workbond.provider.machine import available_cores, default_memory_bytes
    from workbond.provider.work import Fetching
    from workbond.verifier.bench import Bench
    from workbond.verifier.bounds import Bounds

    require_host()
    home = desk.home / "recheck"
    _lay_out(desk, record, home)
    signer = LateSigner(address, open_signer)
    bench = Bench(
        home,
        desk.market,
        desk.since_block,
        signer,
        Bounds(available_cores(), default_memory_bytes()),
        Fetching(tuple(gateways), desk.private),
    )
    found: list[bytes] = []
    try:
        while len(found) < AGREEING and not (found and opens(record, found[0])):
            again = " once more" if found else ""
            with progress(f"executing {record.request.tasks:,} tasks here{again}"):
                found.append(bench.execute(record, within_s))
    finally:
        bench.close()
    if len(set(found)) > 1:
        raise VerificationFailed(
            f"job 0x{record.id.hex()} gave two results on this machine, which no sound machine "
            "does: don't challenge with it"
        )
    return found[0]


def opening_of(record: JobRecord, manifest: Path) -> bytes:
    """D of a result manifest in a file: what another machine of yours found.

    Raises:
        UsageError: it can't be read, or is another job's.
    """
    try:
        with manifest.open("rb") as file:
            found = Manifest.from_bytes(file.read(MANIFEST_BYTES_MAX + 1))
        tree = found.tree()
    except OSError as error:
        raise UsageError(f"can't read {manifest} ({error.strerror}): check its path") from error
    except WorkbondError as error:
        raise UsageError(f"{manifest} is no result manifest: {error}") from error
    if found.job != "0x" + record.id.hex() or len(found.tasks) != record.request.tasks:
        raise UsageError(f"{manifest} is the manifest of job {found.job}: give this job's")
    return tree.opening


def opening_from(root: bytes, units: int) -> bytes:
    """D of a result that is known by the root of its tree and its units."""
    return opening_digest(root, units)


def _lay_out(desk: Desk, record: JobRecord, home: Path) -> None:
    """Puts the job's blobs that are here where the execution looks first."""
    with contextlib.suppress(BlobError, UsageError):
        cids = repack(record.request.spec, record.request.tasks, desk.store)
        inputs = BlobStore(home / "inputs")
        for cid in cids:
            if not inputs.has(cid):
                inputs.put_file(desk.store.path(cid))
