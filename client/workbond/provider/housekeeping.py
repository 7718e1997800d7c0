"""What a node keeps on disk: whose results the gateway hands out, and which old blobs can go."""

from __future__ import annotations

from collections.abc import Callable

from workbond.chain.market import Market
from workbond.cid import cid_of_digest
from workbond.errors import BlobError
from workbond.provider.board import Board
from workbond.provider.journal import Journal
from workbond.provider.keep import blobs_of, prune
from workbond.provider.shelf import Stage
from workbond.provider.work import Workshop


class Housekeeping:
    """Looks after a workshop's shelf and stores.

    Args:
        market: the deployed market.
        owner: whose jobs they are.
        first_block: where the market was deployed.
        board: of jobs.
        workshop: whose blobs they are.
        journal: told what happens.
        keep_bytes: results of ended jobs that stay on disk; of fetched inputs as much again.
    """

    def __init__(
        self,
        market: Market,
        owner: str,
        first_block: int,
        board: Board,
        workshop: Workshop,
        journal: Journal,
        keep_bytes: int,
    ) -> None:
        self._market, self._owner, self._first_block = market, owner, first_block
        self._board, self._workshop, self._journal = board, workshop, journal
        self._keep_bytes = keep_bytes

    def update_shelf(self, head_number: int) -> None:
        """Tells the gateway which results are whose by now."""
        shelf, results = self._workshop.shelf, self._workshop.results
        try:
            if not shelf.ready:
                shelf.load(self._market, self._owner, self._first_block, head_number, results)
            shelf.sync(self._board.own(), self._market.state_of, results)
            shelf.lend(self._board.own(), self._workshop.inputs)
        except BlobError as error:
            self._journal.remark("shelf", f"results can't be served: {error}")

    def shelve(self, job_id: bytes, manifest: bytes) -> None:
        """Results that were just made, so that the gateway knows them when their claim lands."""
        record = self._board.find(job_id)
        if record is None:
            return
        shelf, results = self._workshop.shelf, self._workshop.results
        try:
            shelf.note(job_id, record.request.requester, manifest, Stage.EXECUTED, results)
        except BlobError as error:
            self._journal.remark("shelf", f"results can't be served: {error}")

    def tidying(self) -> Callable[[], int]:
        """The removal of old blobs, for another thread; results of our live jobs are needed, and
        inputs of those that may be judged. It returns how many blobs went."""
        manifests = [
            cid_of_digest(record.manifest) for record in self._board.own() if record.manifest
        ]
        results, inputs = self._workshop.results, self._workshop.inputs
        shelf, keep_bytes = self._workshop.shelf, self._keep_bytes

        def needed() -> set[str]:
            return {cid for manifest in manifests for cid in blobs_of(manifest, results)}

        def tidy() -> int:
            removed = prune(results, keep_bytes, needed) + prune(inputs, keep_bytes, shelf.lent)
            shelf.forget(results)
            return removed

        return tidy
