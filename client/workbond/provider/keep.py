"""How long finished work stays on disk: the newest first, within a budget.

Results of live jobs are never removed: outputs must be served, and the manifest opens the seal.
"""

from __future__ import annotations

from collections.abc import Collection

from workbond.blobs.store import BlobStore
from workbond.errors import WorkbondError
from workbond.manifest import MANIFEST_BYTES_MAX, Manifest


def blobs_of(manifest_cid: str, store: BlobStore) -> set[str]:
    """The manifest's CID and those it names; the CID alone if the manifest can't be read."""
    found = {manifest_cid}
    try:
        manifest = Manifest.from_bytes(store.read(manifest_cid, max_bytes=MANIFEST_BYTES_MAX))
    except WorkbondError:
        return found
    for task in manifest.tasks:
        found.add(task.output)
        if task.log is not None:
            found.add(task.log)
    return found


def prune(store: BlobStore, keep_bytes: int, needed: Collection[str] = ()) -> int:
    """Removes the oldest blobs until the rest has at most `keep_bytes`; returns how many went.

    `needed` blobs stay and don't count. A blob's age is that of its last use.
    """
    blobs = []
    for cid in store.list():
        if cid in needed:
            continue
        try:
            status = store.path(cid).stat()
        except FileNotFoundError:
            continue
        blobs.append((status.st_mtime, status.st_size, cid))
    total = sum(size for _, size, _ in blobs)
    removed = 0
    for _, size, cid in sorted(blobs):
        if total <= keep_bytes:
            break
        total -= size
        removed += store.remove(cid)
    return removed
