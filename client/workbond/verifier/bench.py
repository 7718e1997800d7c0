"""Executing a claim again: fetch what the job names, run its tasks, and see which D comes out.

The provider's workshop does the work; here it is bounded, since what is to be judged is chosen by
strangers.
"""

from __future__ import annotations

from pathlib import Path

from workbond.accounts.signer import Signer
from workbond.blobs.access import Role, Signatures
from workbond.chain.market import Market
from workbond.errors import ExecutionError
from workbond.jobs import JobRecord
from workbond.provider.fit import TASK_OWN_BYTES, Refused
from workbond.provider.keep import prune
from workbond.provider.terms import Terms
from workbond.provider.work import DOWNLOAD_S, INVALID, Bundle, Fetching, Workshop
from workbond.tree import opening_digest
from workbond.verifier.bounds import Bounds
from workbond.verifier.whereabouts import Whereabouts

KEEP_INPUTS_BYTES = 4 << 30  # fetched ones, for a further round or a second look


class Unfit(ExecutionError):
    """The job is larger than this machine's bounds allow."""


class Bench:
    """Where the verifier `signer` executes, below `home`. Its methods block; `stop` and `interrupt`
    are for other threads.

    Raises:
        UsageError: the directory is in use, or can't be used.
    """

    def __init__(
        self,
        home: Path,
        market: Market,
        first_block: int,
        signer: Signer,
        bounds: Bounds,
        fetching: Fetching | None = None,
    ) -> None:
        self._bounds, self._market, self._signer = bounds, market, signer
        terms = Terms(
            bounds.cores,
            bounds.memory_bytes,
            download_bytes=bounds.download_bytes,
            output_bytes=bounds.output_bytes,
        )
        self._workshop = Workshop(home, signer.address, terms, fetching)
        self._workshop.locate = Whereabouts(market, first_block)
        self._workshop.authorize = lambda record: self._signatures(record).authorization
        self._signed: dict[bytes, Signatures] = {}

    @property
    def home(self) -> Path:
        """The directory, which is ours alone."""
        return self._workshop.home

    def stop(self) -> None:
        """Kills what runs and lets nothing begin any more."""
        self._workshop.stop()

    def interrupt(self) -> None:
        """Kills what runs: that execution raises `Cancelled`."""
        self._workshop.interrupt()

    def close(self) -> None:
        """Stops, and leaves the directory to the next."""
        self._workshop.close()

    def execute(self, record: JobRecord, wall_s: float) -> bytes:
        """D of the claimed job `record`, from fetching to the last task within `wall_s`.

        Raises:
            BlobError: inputs can't be had now.
            Unfit: it exceeds the bounds.
            ExecutionError: not done on this machine or in this time.
            Cancelled: interrupted.
        """
        bundle = self._gather(record, min(wall_s, DOWNLOAD_S))
        cores = self._cores(record, bundle)
        workshop = self._workshop
        try:
            sealed = workshop.execute(record, bundle, wall_s, cores)
        except Refused as refused:
            raise Unfit(str(refused.refusal)) from refused
        finally:
            prune(workshop.results, 0)  # outputs are of no use here
            prune(workshop.inputs, KEEP_INPUTS_BYTES)
        return opening_digest(sealed.root, sealed.total_units)

    def _gather(self, record: JobRecord, within_s: float) -> Bundle | None:
        """None for a spec or program that breaks the profile: then every task is invalid."""
        try:
            return self._workshop.gather(record, within_s, self._bounds.download_bytes)
        except Refused as refused:
            if refused.refusal.reason in INVALID:
                return None
            raise Unfit(str(refused.refusal)) from refused

    def _cores(self, record: JobRecord, bundle: Bundle | None) -> int:
        if bundle is None:
            return 1
        limits, bounds = bundle.spec.limits, self._bounds
        outputs = record.request.tasks * limits.output
        if outputs > bounds.output_bytes:
            raise Unfit(
                f"its outputs may have {outputs:,} bytes, more than the {bounds.output_bytes:,} of "
                "--max-output"
            )
        fitting = bounds.memory_bytes // (limits.memory + TASK_OWN_BYTES)
        if not fitting:
            raise Unfit(
                f"a task may need {limits.memory + TASK_OWN_BYTES:,} bytes of memory, more than "
                f"the {bounds.memory_bytes:,} of --max-memory"
            )
        return min(bounds.cores, fitting)

    def _signatures(self, record: JobRecord) -> Signatures:
        """Private gateways hand inputs to whoever has a stake, a seat or a challenge."""
        if record.id not in self._signed:
            chain_id, market = self._market.connection.chain_id, self._market.address
            self._signed = {  # of one job at a time
                record.id: Signatures(
                    Role.VERIFIER,
                    self._signer.address,
                    record.id,
                    lambda: self._signer,
                    chain_id,
                    market,
                )
            }
        return self._signed[record.id]
