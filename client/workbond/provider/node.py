"""The provider's loop: follow the chain, take jobs, work, get paid.

One thread looks at the chain and sends transactions; one works (`worker`). What to do next is
derived from the chain at each turn, so a node that was killed goes on where it was, and an outage
of the RPC only delays it.
"""

from __future__ import annotations

import queue
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from workbond.chain.answers import Block
from workbond.chain.contract import topic
from workbond.chain.market import Market
from workbond.chain.transactions import Signer
from workbond.cid import cid_of_digest
from workbond.deployments import StaleDeployment
from workbond.errors import BlobError, Cancelled, ChainError
from workbond.jobs import JobRecord
from workbond.provider.board import Board, posted_at
from workbond.provider.books import SUMMARY_S, Books
from workbond.provider.journal import Journal, Level
from workbond.provider.keep import blobs_of, prune
from workbond.provider.own import OwnJobs
from workbond.provider.shelf import Stage
from workbond.provider.take import Taker
from workbond.provider.terms import Terms
from workbond.provider.work import DOWNLOAD_S, Bundle, Sealed, Workshop
from workbond.provider.worker import Done, Worker
from workbond.words import plural

POLL_S = 1.0
OUTAGE_PAUSE_MAX_S, URGENT_PAUSE_MAX_S = 60.0, 4.0  # the latter while a job is to be claimed
KEEP_BYTES = 10 << 30
STOP_S = 3.0


@dataclass(frozen=True)
class Plan:
    """How long the node runs and what it keeps.

    Args:
        once: take the jobs that are open now, finish all live ones, end.
        max_jobs: accept so many, finish, end; 0: no bound.
        keep_bytes: results of ended jobs that stay on disk; of fetched inputs as much again.
        poll_s: between two looks at the chain.
        summary_s: at least between two summaries of why jobs are not taken.
    """

    once: bool = False
    max_jobs: int = 0
    keep_bytes: int = KEEP_BYTES
    poll_s: float = POLL_S
    summary_s: float = SUMMARY_S


class Node:
    """A provider at work.

    Args:
        market: the deployed market.
        signer: the provider's account.
        first_block: where the market was deployed.
        card: what to announce, if the chain doesn't have it already.
        workshop: where the work is done.
        terms: which jobs to take.
        plan: how long to run.
        journal: told what happens.
    """

    def __init__(
        self,
        market: Market,
        signer: Signer,
        first_block: int,
        card: bytes,
        workshop: Workshop,
        terms: Terms,
        plan: Plan,
        journal: Journal,
    ) -> None:
        self._market, self._signer, self._first_block = market, signer, first_block
        self._card = card
        self._workshop, self._plan, self._journal = workshop, plan, journal
        self._board = Board(market, signer.address, first_block)
        self._books = Books(
            workshop.home, market, signer.address, terms.cores, journal, plan.summary_s
        )
        self._taker = Taker(market, signer, self._board, terms, journal, self._books)
        self._woken: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._worker = Worker(lambda: self._woken.put(None))
        self._own = OwnJobs(
            market, signer, self._board, workshop, self._worker, journal, self._books
        )
        self._bundle: tuple[bytes, Bundle] | None = None
        self._execute_ms = 0  # of the last execution that needed nothing more to be fetched
        self._start: Block | None = None
        self._genesis = b""
        self._top = 0  # number of the last head
        self._announced = False
        self._seen = b""  # hash of the head at the last choice
        self._taken_all = False  # with once: nothing more that fits
        self._untidy = True
        self._ended = 0
        self._failures = 0
        self._problem = ""  # the one told last, without its numbers
        self.finished = False

    def run(self) -> None:
        """Works until the plan is fulfilled; for ever without `once` or `max_jobs`."""
        while True:
            pause_s = self.turn()
            if self.finished:
                return
            self._wait(pause_s)

    def stop(self) -> None:
        """Kills what runs. Live jobs stay on the chain, for the next start to finish."""
        self._workshop.stop()
        self._worker.join(STOP_S)
        self._books.write("stopped", self._board.own(), now=True)

    def _wait(self, pause_s: float) -> None:
        try:
            self._woken.get(timeout=pause_s)
        except queue.Empty:
            return

    def turn(self) -> float:
        """One look at the chain and what follows from it; returns how long to pause."""
        try:
            self._step()
        except StaleDeployment:
            raise  # no patience brings that chain back
        except ChainError as error:
            return self._failed(str(error))
        except Exception as bug:  # one odd job must not end the work on all the others
            return self._failed(f"internal error {type(bug).__name__}: {bug}")
        if self._failures:
            self._journal.say(
                f"going on after {self._failures} failed tries",
                "RECOVERED",
                numbers={"tries": self._failures, "outage_s": round(self._books.outage_s)},
            )
            self._failures, self._problem = 0, ""
        self._tell_status()
        return self._plan.poll_s

    def _tell_status(self) -> None:
        self._books.write(self._doing(), self._board.own(), now=self.finished)

    def _doing(self) -> str:
        if not self._worker.busy:
            return "waiting for jobs that fit"
        words = {"gather": "fetching job", "execute": "executing job"}
        if self._worker.kind not in words:
            return "removing old blobs"
        return f"{words[self._worker.kind]} 0x{self._worker.job_id.hex()}"

    def _failed(self, problem: str) -> float:
        self._failures += 1
        self._books.failed(problem)
        self._tell_status()
        kind = re.sub(r"[0-9]", "", problem)  # a fee that changes is no news
        if kind != self._problem:
            self._problem = kind
            self._journal.say(
                f"{problem} - trying again until it works", "OUTAGE", level=Level.WARNING
            )
        most_s = URGENT_PAUSE_MAX_S if self._own.executing else OUTAGE_PAUSE_MAX_S
        return min(self._plan.poll_s * float(1 << min(self._failures, 10)), most_s)

    def _step(self) -> None:
        head = self._market.connection.block()
        if self._start is None:
            self._begin_at(head)
        if self._failures or head.number < self._top:
            self._require_same_chain()
        self._top = head.number
        try:
            if not self._announced:
                self._announce(head)
            ended = self._board.catch_up(head)
            self._books.noticed(self._board.news(), after_outage=self._failures > 0)
            self._own.report(ended)
            self._update_shelf(head)
        except ChainError:  # our live jobs have deadlines, and other calls may work
            self._act(head, taking=False)
            raise
        self._act(head, taking=True)
        self._books.noticed(self._board.news(), after_outage=False)  # of our own transactions
        self._books.answered(head)
        self.finished = self._is_done()

    def _update_shelf(self, head: Block) -> None:
        """Tells the gateway which results are whose by now."""
        shelf, results = self._workshop.shelf, self._workshop.results
        try:
            if not shelf.ready:
                provider = self._signer.address
                shelf.load(self._market, provider, self._first_block, head.number, results)
            shelf.sync(self._board.own(), self._market.state_of, results)
        except BlobError as error:
            self._journal.remark("shelf", f"results can't be served: {error}")

    def _shelve(self, job_id: bytes, manifest: bytes) -> None:
        """Results that were just made, so that the gateway knows them when their claim lands."""
        record = self._board.find(job_id)
        if record is None:
            return
        shelf, results = self._workshop.shelf, self._workshop.results
        try:
            shelf.note(job_id, record.request.requester, manifest, Stage.EXECUTED, results)
        except BlobError as error:
            self._journal.remark("shelf", f"results can't be served: {error}")

    def _require_same_chain(self) -> None:
        """A local chain that was started anew has the same id, and a market at the same address."""
        now = self._market.connection.block(0).hash
        if now != self._genesis:
            raise StaleDeployment(
                f"another chain answers at {self._market.connection.label} (genesis "
                f"0x{self._genesis.hex()[:8]}... before, 0x{now.hex()[:8]}... now): deploy on it "
                "with `workbond deploy` and start the node again, or bring the old chain back"
            )

    def _act(self, head: Block, *, taking: bool) -> None:
        """What follows from what is known; with `taking`, new jobs too."""
        if taking or self._worker.kind != "gather":
            self._collect(head)
        self._own.tend(head.timestamp)
        if self._worker.busy:
            return
        record = self._own.next_to_execute()
        if record is not None:
            self._execute(record, head)
        elif taking:
            self._use_leisure(head)

    # ────────────────────────────────── start ─────────────────────────────────

    def _begin_at(self, head: Block) -> None:
        self._genesis = self._market.connection.genesis_hash
        self._board.start(head)
        self._start = head
        live = self._board.own()
        jobs = plural(len(self._board.open()), "open job")
        self._journal.say(
            f"provider {self._signer.address} follows the market {self._market.address} from block "
            f"{head.number}: {jobs}, {len(live)} of its own to finish",
            "STARTED",
            numbers={
                "block": head.number,
                "open": len(self._board.open()),
                "own": len(live),
            },
        )
        self._books.resumed(len(live))
        for record in live:
            self._journal.say(
                f"job 0x{record.id.hex()}: found {record.state.label}, going on",
                "FOUND",
                job=record.id,
            )

    def _announce(self, head: Block) -> None:
        """Announces the card unless it is the one announced last."""
        last = None
        for event in self._market.events(
            self._first_block,
            head.number,
            names=["CardAnnounced"],
            topics=[topic(self._signer.address)],
        ):
            last = event.args["json"]
        if last != self._card:
            self._market.announce(self._signer, self._card)
            self._journal.say(
                "card announced: requesters can see what this machine offers",
                "CARD",
                numbers={"card": self._card.decode()},
            )
        self._announced = True

    # ────────────────────────────────── work ──────────────────────────────────

    def _collect(self, head: Block) -> None:
        done = self._worker.take()
        if done is None:
            return
        self._seen = b""
        if done.kind == "gather":
            self._untidy = True
            bundle = self._taker.gathered(done, head)
            if bundle is not None:
                self._bundle = (done.job_id, bundle)
            elif self._plan.once and done.job_id not in self._taker.postponed:
                self._board.drop(done.job_id)
        elif done.kind == "execute":
            self._untidy = True
            if done.error is None:
                self._shelve(done.job_id, done.value.manifest)
            if not isinstance(done.error, Cancelled):
                self._learn(done)
                self._own.executed(done)
        elif done.error is not None:
            self._journal.say(f"old blobs could not be removed: {done.error}", level=Level.WARNING)

    def _learn(self, done: Done) -> None:
        record = self._board.find(done.job_id)
        if record is not None and done.error is None and self._execute_ms:
            self._books.executed(record, done.value.total_units, self._execute_ms)

    def _use_leisure(self, head: Block) -> None:
        """Nothing waits to be executed: tidy up, or look for the next job."""
        if (self._untidy or self._own.ended > self._ended) and not self._own.executing:
            self._untidy, self._ended = False, self._own.ended
            self._worker.start("tidy", b"", self._tidying())
        elif self._taking and head.hash != self._seen:
            self._seen = head.hash
            self._gather_next(head)

    def _execute(self, record: JobRecord, head: Block) -> None:
        bundle = None
        if self._bundle is not None and self._bundle[0] == record.id:
            bundle = self._bundle[1]
        self._bundle = None
        wall_s = self._own.time_left_s(record, head.timestamp)
        self._execute_ms = 0

        def execute() -> Sealed:
            began = time.monotonic()
            sealed = self._workshop.execute(record, bundle, wall_s)
            if bundle is not None:  # else fetching was a part of it
                self._execute_ms = round((time.monotonic() - began) * 1_000)
            return sealed

        self._worker.start("execute", record.id, execute)

    @property
    def _taking(self) -> bool:
        if self._plan.max_jobs and self._taker.accepted >= self._plan.max_jobs:
            return False
        return not self._taken_all and not self._own.executing

    def _gather_next(self, head: Block) -> None:
        jobs = self._board.open()
        if self._plan.once and self._start is not None:
            latest = self._start.number
            jobs = [record for record in jobs if posted_at(record) <= latest]
        record = self._taker.choose(jobs, head)
        if record is not None:
            once = self._plan.once
            within_s = DOWNLOAD_S if once else self._taker.patience_s(record.id)
            self._books.gathering(record.id)
            self._worker.start("gather", record.id, lambda: self._workshop.gather(record, within_s))
        elif self._plan.once:
            self._taken_all = True
            self._books.summarise(now=True)
        else:
            waiting = str(self._own.ended)
            self._journal.remark("idle", "waiting for jobs that fit", waiting, code="IDLE")
            self._books.summarise()

    def _tidying(self) -> Callable[[], int]:
        """The removal of old blobs; results of our live jobs are needed."""
        manifests = [
            cid_of_digest(record.manifest) for record in self._board.own() if record.manifest
        ]
        results, inputs = self._workshop.results, self._workshop.inputs
        shelf = self._workshop.shelf
        keep_bytes = self._plan.keep_bytes

        def needed() -> set[str]:
            return {cid for manifest in manifests for cid in blobs_of(manifest, results)}

        def tidy() -> int:
            removed = prune(results, keep_bytes, needed) + prune(inputs, keep_bytes)
            shelf.forget(results)
            return removed

        return tidy

    def _is_done(self) -> bool:
        if self._worker.busy or self._board.own():
            return False
        if self._plan.once:
            return self._taken_all or not self._taking
        return bool(self._plan.max_jobs) and self._taker.accepted >= self._plan.max_jobs
