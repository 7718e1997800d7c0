"""The provider's loop: follow the chain, take jobs, work, get paid.

One thread looks at the chain and sends transactions; one works (`worker`). What to do next is
derived from the chain at each turn, so a node that was killed goes on where it was, and an outage
of the RPC only delays it.
"""

from __future__ import annotations

import queue
import time

from workbond.accounts.signer import Signer
from workbond.chain.answers import Block
from workbond.chain.contract import topic
from workbond.chain.market import Market
from workbond.chain.types import State
from workbond.deployments import StaleDeployment, require_same_chain
from workbond.errors import Cancelled, ChainError
from workbond.jobs import JobRecord
from workbond.provider.binder import Binder
from workbond.provider.board import Board, posted_at
from workbond.provider.books import Books
from workbond.provider.housekeeping import Housekeeping
from workbond.provider.journal import Journal, Level
from workbond.provider.outages import OUTAGE_PAUSE_MAX_S, Outages
from workbond.provider.own import OwnJobs
from workbond.provider.plan import Plan
from workbond.provider.take import Taker
from workbond.provider.terms import Terms
from workbond.provider.trade import Booking, Trade
from workbond.provider.work import DOWNLOAD_S, Bundle, Sealed, Workshop
from workbond.provider.worker import Done, Worker
from workbond.words import plural

URGENT_PAUSE_MAX_S = 4.0  # after a failure, while a job is to be claimed
STOP_S = 3.0


class Node:
    """A provider at work.

    Args:
        market: the deployed market.
        signer: the account that sends the transactions.
        first_block: where the market was deployed.
        card: what to announce, if the chain doesn't have it already.
        workshop: where the work is done.
        terms: which jobs to take.
        plan: how long to run.
        journal: told what happens.
        owner: whose stake and jobs they are, if that is not the signer: its delegate submits and
            answers for it, and can neither accept nor give back.
        booking: how it deals at order books; without one it looks at posted jobs only.
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
        owner: str = "",
        booking: Booking | None = None,
    ) -> None:
        self._market, self._signer, self._first_block = market, signer, first_block
        self._owner = owner or signer.address
        self._card = card
        self._workshop, self._plan, self._journal = workshop, plan, journal
        self._board = Board(market, self._owner, first_block)
        self._books = Books(
            workshop.home, market, self._owner, terms.cores, journal, plan.summary_s
        )
        self._woken: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._binder = Binder(self._board, journal, self._books)
        self._trade = Trade(
            market,
            signer,
            self._owner,
            first_block,
            self._board,
            terms,
            workshop,
            journal,
            self._binder,
            booking or Booking(),
            lambda: self._woken.put(None),
        )
        self._taker = Taker(
            market,
            signer,
            self._board,
            terms,
            journal,
            self._books,
            self._binder,
            self._trade.deals,
        )
        self._worker = Worker(lambda: self._woken.put(None))
        self._own = OwnJobs(
            market,
            signer,
            self._owner,
            self._board,
            workshop,
            self._worker,
            journal,
            self._books,
            terms,
        )
        self._housekeeping = Housekeeping(
            market, self._owner, first_block, self._board, workshop, journal, plan.keep_bytes
        )
        self._outages = Outages(journal, plan.poll_s)
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
        self.finished = False

    def run(self) -> None:
        """Works until the plan is fulfilled; for ever without `once` or `max_jobs`."""
        while True:
            pause_s = self.turn()
            if self.finished:
                return
            self._wait(pause_s)

    def stop(self) -> None:
        """Kills what runs, and has the books forget our offers. Live jobs stay on the chain, for
        the next start to finish."""
        self._workshop.stop()
        self._worker.join(STOP_S)
        self._trade.stop(STOP_S)
        self._books.write("stopped", self._board.own(), self._trade.dealing(), now=True)

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
        self._outages.over(outage_s=round(self._books.outage_s))
        self._tell_status()
        return self._plan.poll_s

    def _tell_status(self) -> None:
        dealing = self._trade.dealing()
        self._books.write(self._doing(), self._board.own(), dealing, now=self.finished)

    def _doing(self) -> str:
        if not self._worker.busy:
            deal = self._trade.deals.current
            if deal is not None:
                return f"dealing for job 0x{deal.record.id.hex()}"
            return "waiting for jobs that fit"
        words = {"gather": "fetching job", "execute": "executing job"}
        if self._worker.kind not in words:
            measuring = self._worker.kind == "measure"
            return "measuring this machine" if measuring else "removing old blobs"
        return f"{words[self._worker.kind]} 0x{self._worker.job_id.hex()}"

    def _failed(self, problem: str) -> float:
        self._books.failed(problem)
        self._tell_status()
        pause_max_s = URGENT_PAUSE_MAX_S if self._own.executing else OUTAGE_PAUSE_MAX_S
        return self._outages.failed(problem, pause_max_s)

    def _step(self) -> None:
        head = self._market.connection.block()
        if self._start is None:
            self._begin_at(head)
        if self._outages.failures or head.number < self._top:
            require_same_chain(
                self._market.connection,
                self._genesis,
                "deploy on it with `workbond deploy` and start the node again, or bring the old "
                "chain back",
            )
        self._top = head.number
        try:
            if not self._announced:
                self._announce(head)
            ended = self._board.catch_up(head)
            self._books.noticed(self._board.news(), after_outage=self._outages.failures > 0)
            self._own.report(ended)
            self._housekeeping.update_shelf(head.number)
        except ChainError:  # our live jobs have deadlines, and other calls may work
            self._act(head, taking=False)
            raise
        self._act(head, taking=True)
        self._books.noticed(self._board.news(), after_outage=False)  # of our own transactions
        self._books.answered(head)
        self.finished = self._is_done()

    def _act(self, head: Block, *, taking: bool) -> None:
        """What follows from what is known; with `taking`, new jobs too."""
        if taking or self._worker.kind != "gather":
            self._collect(head)
        self._own.tend(head)
        if taking:
            self._trade.turn(head, self._worker.job_id if self._worker.kind == "gather" else b"")
        if self._worker.busy:
            return
        record = self._own.next_to_execute() or self._trade.deals.to_execute
        if record is not None:
            self._execute(record, head)
        elif taking:
            self._use_leisure(head)

    # ────────────────────────────────── start ─────────────────────────────────

    def _begin_at(self, head: Block) -> None:
        self._genesis = self._market.connection.genesis_hash
        self._board.start(head)
        self._trade.start(head)
        self._start = head
        live = self._board.own()
        jobs = plural(len(self._board.open()), "open job")
        self._journal.say(
            f"provider {self._owner} follows the market {self._market.address} from block "
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
        """Announces the card unless it is the one announced last; a delegate's counts for its owner
        (`workbond.requester.fetch`)."""
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
        elif done.kind == "measure":
            problem = "" if done.error is None else str(done.error)
            self._trade.measured(done.value, problem)
        elif done.kind == "execute":
            self._untidy = True
            if done.error is None:
                self._housekeeping.shelve(done.job_id, done.value.manifest)
            if not isinstance(done.error, Cancelled):
                self._learn(done)
                self._trade.deals.executed(done.job_id, done.value, str(done.error or ""))
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
            self._worker.start("tidy", b"", self._housekeeping.tidying())
        elif self._trade.wants_measure:
            self._worker.start("measure", b"", self._workshop.measure)
        elif self._taking and not self._trade.is_bound(head) and head.hash != self._seen:
            self._seen = head.hash
            self._gather_next(head)

    def _execute(self, record: JobRecord, head: Block) -> None:
        bundle = None
        if self._bundle is not None and self._bundle[0] == record.id:
            bundle = self._bundle[1]
        self._bundle = None
        if record.state is State.OPEN:  # not ours before it is done
            request = record.request
            wall_s = float(min(request.run_for, request.open_until - head.timestamp))
        else:
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
    def _is_owner(self) -> bool:
        return self._owner == self._signer.address

    @property
    def _taking(self) -> bool:
        if not self._is_owner:
            return False
        if self._plan.max_jobs and self._binder.accepted >= self._plan.max_jobs:
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
        elif self._plan.once and not self._trade.visited:
            self._seen = b""  # the books come first
        elif self._plan.once:
            self._taken_all = True
            self._books.summarise(now=True)
        else:
            waiting = str(self._own.ended)
            self._journal.remark("idle", "waiting for jobs that fit", waiting, code="IDLE")
            self._books.summarise()
            self._trade.stand(head)

    def _is_done(self) -> bool:
        if self._worker.busy or self._board.own() or self._trade.deals.current is not None:
            return False
        if self._plan.once:
            return self._taken_all or not self._taking
        return bool(self._plan.max_jobs) and self._binder.accepted >= self._plan.max_jobs
