"""What executing a job needs: its spec, and all the blobs that the spec names."""

from __future__ import annotations

from workbond.blobs.store import BlobStore
from workbond.cid import cid_of_digest
from workbond.errors import BlobError, UsageError
from workbond.inputs import LIST_BYTES_MAX
from workbond.spec import SPEC_BYTES_MAX, InputList, Spec


def inputs_of(spec_digest: bytes, tasks: int, store: BlobStore) -> tuple[str, ...]:
    """The CIDs of a job's spec, program, input list and inputs, each once, as far as they can be
    told from what is in `store`; the blobs themselves need not be there.

    A spec or list that breaks the profile is still needed, to find that it does.

    Args:
        spec_digest: the request's `spec`.
        tasks: its number of tasks.
        store: where spec and list are.
    """
    found = [cid_of_digest(spec_digest)]
    try:
        spec = Spec.from_bytes(store.read(found[0], max_bytes=SPEC_BYTES_MAX))
        found.append(spec.program)
        listed = None
        if isinstance(spec.inputs, InputList):
            found.append(spec.inputs.list)
            listed = store.read(spec.inputs.list, max_bytes=LIST_BYTES_MAX)
        found += spec.input_cids(tasks, listed)
    except (BlobError, UsageError):
        pass
    return tuple(dict.fromkeys(found))
