"""Showing demanded output on the chain, from the results' store.

An unanswered pair costs half the bond, so this goes before all else that can wait; what the fees do
not cover of its gas is lost, and told.
"""

from __future__ import annotations

from workbond.answers import build_answer
from workbond.blobs.store import BlobStore
from workbond.chain.types import unpaired
from workbond.cid import cid_of_digest
from workbond.errors import BlobError, VerificationFailed
from workbond.jobs import JobRecord
from workbond.manifest import MANIFEST_BYTES_MAX, Manifest

CALLDATA_MAX = 100_000
"""Bytes of answers in one transaction: nodes refuse more than 128 KiB, and 40 gas a byte (EIP-7623)
come to 4 million, which every chain's block holds. Five of the largest answers."""


def next_answers(record: JobRecord, results: BlobStore) -> list[bytes]:
    """Answers to the demanded pairs that wait for one: as many as one transaction takes.

    Args:
        record: a claimed job with a demand.
        results: where its manifest and outputs are.

    Raises:
        BlobError: manifest or output are lost or damaged.
    """
    job, digest = record.live_job(), record.manifest
    assert digest is not None
    try:
        data = results.read(cid_of_digest(digest), max_bytes=MANIFEST_BYTES_MAX)
        manifest = Manifest.from_bytes(data)
        tree = manifest.tree()
        answers: list[bytes] = []
        size = 0
        for position, pair in enumerate(record.pairs):
            if not job.needs_answer(position):
                continue
            task, _ = unpaired(pair)
            with results.path(manifest.tasks[task].output).open("rb") as output:
                answer = build_answer(position, pair, tree, output)
            if answers and size + len(answer) > CALLDATA_MAX:
                break
            answers.append(answer)
            size += len(answer)
        return answers
    except OSError as error:
        raise BlobError(f"a stored output can't be read: {error.strerror}") from error
    except (VerificationFailed, IndexError) as error:
        raise BlobError(f"the stored result is damaged: {error}") from error
