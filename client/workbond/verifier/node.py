"""The verifier's loop: follow the chain, serve seats, look for wrong claims, turn cranks.

One thread looks at the chain and sends transactions; one executes. What to do next is derived from
the chain and the notebook at each turn, so a node that was killed goes on where it was, and an
outage of the RPC only delays it.
"""

from __future__ import annotations

import queue
import time

from workbond.accounts.signer import Signer
from workbond.chain.answers import Block
from workbond.chain.committee import Committee
from workbond.chain.market import Market
from workbond.chain.token import Token
from workbond.deployments import StaleDeployment, require_same_chain
from workbond.errors import ChainError, WorkbondError
from workbond.money import tokens
from workbond.provider.journal import Journal, Level
from workbond.provider.outages import OUTAGE_PAUSE_MAX_S, Outages
from workbond.verifier.acts import Acts
from workbond.verifier.appeals import Appeals
from workbond.verifier.bench import Bench
from workbond.verifier.books import Books
from workbond.verifier.bounds import Bounds
from workbond.verifier.challenges import Challenges
from workbond.verifier.cranks import Cranks
from workbond.verifier.docket import OpenCase
from workbond.verifier.duties import duty_of
from workbond.verifier.examiner import Examiner
from workbond.verifier.notebook import Notebook
from workbond.verifier.plan import Plan
from workbond.verifier.purse import Purse
from workbond.verifier.seats import Seats
from workbond.verifier.watch import Watch
from workbond.words import plural

URGENT_PAUSE_MAX_S = 10.0  # after a failure, while a seat is to be served
STOP_S = 3.0
TIDY_BLOCKS = 5_000  # between two looks for what the notebook and memory need no more
STAKE_BLOCKS = 100  # between two looks at the stake


class Node:
    """A verifier at work.

    Args:
        market: the deployed market.
        committee: the deployed committee.
        token: that both are paid in.
        signer: the verifier's account.
        first_block: where the market was deployed.
        bench: where claims are executed.
        notebook: what must not be lost.
        bounds: what may be put at risk.
        plan: how the loop runs.
        journal: told what happens.
    """

    def __init__(
        self,
        market: Market,
        committee: Committee,
        token: Token,
        signer: Signer,
        first_block: int,
        bench: Bench,
        notebook: Notebook,
        bounds: Bounds,
        plan: Plan,
        journal: Journal,
    ) -> None:
        us = signer.address
        self._market, self._committee, self._us = market, committee, us
        self._plan, self._journal, self._notebook = plan, journal, notebook
        self._woken: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._watch = Watch(market, committee, us, first_block)
        self._books = Books(bench.home, market, committee, us, journal)
        tally = self._books.tally
        self._acts = Acts(committee, signer, notebook, journal, self._watch.docket.touch)
        self._examiner = Examiner(bench, notebook, journal, tally, lambda: self._woken.put(None))
        purse = Purse(committee, token, signer, self._acts, bounds, journal)
        self._purse = purse
        self._seats = Seats(
            us,
            committee.address,
            self._watch,
            self._examiner,
            notebook,
            self._acts,
            journal,
            tally,
            bounds.seat_fee,
        )
        self._appeals = Appeals(
            us,
            committee,
            self._watch,
            self._examiner,
            purse,
            self._acts,
            bounds,
            plan.stagger_s,
            journal,
        )
        self._challenges = Challenges(
            us,
            self._watch,
            self._examiner,
            purse,
            self._acts,
            bounds,
            notebook.secret,
            journal,
            tally,
        )
        self._cranks = Cranks(
            signer, market, self._watch, purse, self._acts, plan.stagger_s, journal, tally
        )
        self._outages = Outages(journal, plan.poll_s)
        self._start: Block | None = None
        self._genesis = b""
        self._top = 0  # number of the last head
        self._now_s = 0  # its time
        self._tidied = 0
        self._staked: int | None = None

    def run(self) -> None:
        """Works for ever."""
        while True:
            self._wait(self.turn())

    def stop(self) -> None:
        """Kills what runs; seats are served on by the next start, if it is in time."""
        self._examiner.stop(STOP_S)
        self._write("stopped", now=True)

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
        except WorkbondError as error:
            return self._failed(str(error))
        except Exception as bug:  # one odd job must not end the work on all the others
            return self._failed(f"internal error {type(bug).__name__}: {bug}")
        self._outages.over(outage_s=round(self._books.outage_s))
        self._write(self._doing())
        return self._plan.poll_s

    def _failed(self, problem: str) -> float:
        self._books.failed(problem)
        self._write(self._doing())
        urgent = any(True for _ in self._seats.ours())
        return self._outages.failed(problem, URGENT_PAUSE_MAX_S if urgent else OUTAGE_PAUSE_MAX_S)

    def _step(self) -> None:
        head = self._market.connection.block()
        self._acts.look(head)
        if self._start is None:
            self._begin_at(head)
        if self._outages.failures or head.number < self._top:
            require_same_chain(
                self._market.connection,
                self._genesis,
                "deploy on it with `workbond deploy` and start the verifier again, or bring the "
                "old chain back",
            )
        self._top, self._now_s = head.number, head.timestamp
        try:
            self._books.noticed(self._watch.catch_up(head))
        except ChainError:  # seats have deadlines, and other calls may work
            self._tend_blindly(head)
            raise
        self._act(head)
        self._books.answered(head)

    def _tend_blindly(self, head: Block) -> None:
        """Serves the seats that are known, without the events of others."""
        docket = self._watch.docket
        for each, _ in list(self._seats.ours()):
            docket.touch(each.id)
        docket.refresh(head)
        self._seats.tend(head)

    def _act(self, head: Block) -> None:
        now_s = head.timestamp
        wants = [*self._seats.wants(now_s), *self._challenges.wants(now_s)]
        self._examiner.work(wants, now_s)
        self._seats.tend(head)  # before all else: they have deadlines
        self._challenges.tend(head)
        self._appeals.tend(head)
        self._cranks.tend(head)
        self._purse.tend()
        self._tell_stake()
        if head.number >= self._tidied + TIDY_BLOCKS:
            self._tidied = head.number
            self._notebook.tidy(min(now_s, int(time.time())))  # a node may lie about the time
            kept = [each.id for each in self._watch.docket.open()]
            kept += [record.id for record in self._watch.claims.claimed()]
            self._examiner.forget(kept)

    # ────────────────────────────────── telling ───────────────────────────────

    def _begin_at(self, head: Block) -> None:
        self._genesis = self._market.connection.genesis_hash
        self._watch.start(head)
        self._start, self._tidied = head, head.number
        claims, open_cases = len(self._watch.claims.claimed()), len(self._watch.docket.open())
        ours = sum(duty_of(self._us, each, head.timestamp) is not None for each in self._open())
        self._journal.say(
            f"verifier {self._us} follows the committee {self._committee.address} from block "
            f"{head.number}: {plural(claims, 'claim')} in their windows, {open_cases} open cases, "
            f"{ours} of them with a part of its own",
            "STARTED",
            numbers={"block": head.number, "claims": claims, "cases": open_cases, "ours": ours},
        )

    def _open(self) -> list[OpenCase]:
        return self._watch.docket.open()

    def _tell_stake(self) -> None:
        """Penalties can take the stake without a word of ours."""
        if self._top % STAKE_BLOCKS and self._staked is not None:
            return
        account = self._committee.verifier_of(self._us)
        if account.staked == self._staked:
            return
        self._staked = account.staked
        if account.staked:
            self._journal.say(
                f"stake {tokens(account.staked)}, of which {tokens(account.active)} are drawn in "
                "this epoch",
                "STAKE",
                numbers={"staked": str(account.staked), "active": str(account.active)},
            )
        else:
            self._journal.say(
                "no stake: it samples, challenges and turns cranks, but is drawn for no seat; "
                "`workbond verifier stake AMOUNT` changes that",
                "STAKE",
                level=Level.WARNING,
            )

    def _doing(self) -> str:
        want = self._examiner.doing
        if want is None:
            return "following claims and cases"
        return f"executing job 0x{want.record.id.hex()}" + (" for a seat" if want.stake else "")

    def _write(self, doing: str, *, now: bool = False) -> None:
        open_cases = self._open()
        duties = (duty_of(self._us, each, self._now_s) for each in open_cases)
        found = [duty for duty in duties if duty is not None]
        claims = len(self._watch.claims.claimed())
        self._books.write(doing, claims, len(open_cases), found, now=now)
