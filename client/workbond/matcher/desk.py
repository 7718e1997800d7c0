"""The matcher's loop: follow the chain, match what is open, submit, tell what happened."""

from __future__ import annotations

import threading
import time

from workbond.chain.market import Market
from workbond.deployments import StaleDeployment, require_same_chain
from workbond.errors import WorkbondError
from workbond.matcher.book import Book
from workbond.matcher.metrics import Metrics
from workbond.matcher.rounds import Rounds
from workbond.matcher.submit import Matched, Outcome, Submitter
from workbond.matcher.upkeep import Upkeep
from workbond.money import tokens
from workbond.provider.journal import Journal
from workbond.provider.outages import Outages
from workbond.words import plural

TIDY_ROUNDS = 200  # between two times of forgetting what is not needed any more


class Desk:
    """Turns until it is stopped.

    Args:
        market: where.
        book, upkeep, rounds, submitter: of the same market.
        metrics, journal: told what happens.
        poll_s: between two looks at the chain.
    """

    def __init__(
        self,
        market: Market,
        book: Book,
        upkeep: Upkeep,
        rounds: Rounds,
        submitter: Submitter,
        metrics: Metrics,
        journal: Journal,
        poll_s: float,
    ) -> None:
        self._market, self._book = market, book
        self._upkeep, self._rounds, self._submitter = upkeep, rounds, submitter
        self._metrics, self._journal, self._poll_s = metrics, journal, poll_s
        self._stopped = threading.Event()
        self._genesis = market.connection.genesis_hash
        self._outages = Outages(journal, poll_s)
        self._tidied = 0

    def run(self) -> None:
        """Turns until `stop`."""
        while not self._stopped.wait(self.turn()):
            pass

    def stop(self) -> None:
        self._stopped.set()

    def turn(self) -> float:
        """One look at the chain and what follows; returns how long to pause.

        Raises:
            StaleDeployment: another chain answers now.
        """
        try:
            again = self._step()
        except StaleDeployment:
            raise
        except WorkbondError as error:
            return self._failed(str(error))
        except Exception as bug:  # one odd order must not end the work on all the others
            return self._failed(f"internal error {type(bug).__name__}: {bug}")
        self._outages.over()
        return 0.0 if again else self._poll_s

    def _step(self) -> bool:
        """Whether there is more to submit at once."""
        head = self._market.connection.block()
        if self._outages.failures or head.number < self._upkeep.block:
            require_same_chain(
                self._market.connection,
                self._genesis,
                "its book is another one, give it another --database",
            )
        first = self._upkeep.head is None
        forks = self._upkeep.forks
        self._upkeep.catch_up(head)
        if first and self._upkeep.head is not None:
            self._tell_ready()
        if self._upkeep.forks > forks and not first:
            self._journal.say("the chain was reorganised: the book follows", "FORK")
        if self._upkeep.head is None or self._submitter.is_waiting():
            return False
        began = time.monotonic()
        number = self._rounds.number
        pairs = self._rounds.allocate(head)
        if self._rounds.number > number:
            self._metrics.add("round_seconds_total", time.monotonic() - began)
        if self._rounds.number >= self._tidied + TIDY_ROUNDS:
            self._tidied = self._rounds.number
            self._upkeep.tidy()
        if not pairs:
            return False
        outcomes = self._rounds.submit(pairs, head)
        for outcome in outcomes:
            self._tell(outcome)
        return any(outcome.done for outcome in outcomes)

    def _tell_ready(self) -> None:
        counts = self._book.counts()
        requests, offers = counts["request", "open"], counts["offer", "open"]
        self._journal.say(
            f"the book is open at block {self._upkeep.block}: {plural(requests, 'request')}, "
            f"{plural(offers, 'offer')}",
            "STARTED",
            numbers={"block": self._upkeep.block, "requests": requests, "offers": offers},
        )

    def _tell(self, outcome: Outcome) -> None:
        for setback in outcome.setbacks:
            self._metrics.add("matches_refused_total", error=setback.code)
            self._journal.remark(
                setback.blamed,
                f"order 0x{setback.blamed.hex()}: {setback.code}: {setback.text}",
                code="SKIPPED" if setback.paid else "REFUSED",
                job=setback.pair.request.id,
            )
        if not outcome.receipts:
            return
        last = outcome.receipts[-1]
        gas = sum(receipt.gas_used for receipt in outcome.receipts)
        tips = sum(self._tip(pair) for pair in outcome.done)
        jobs = plural(len(outcome.done), "job")
        self._metrics.add("gas_total", gas)
        self._metrics.add("matches_total", len(outcome.done))
        self._metrics.add("tips_base_units_total", tips)
        self._journal.say(
            f"{jobs} matched in block {last.block_number}, tips {tokens(tips)}, gas {gas:,}",
            "MATCHED",
            numbers={
                "matches": len(outcome.done),
                "skipped": sum(setback.paid for setback in outcome.setbacks),
                "tips": str(tips),
                "gas": gas,
                "block": last.block_number,
                "transaction": "0x" + last.tx_hash.hex(),
            },
        )

    @staticmethod
    def _tip(pair: Matched) -> int:
        return int(getattr(pair.request.order.order, "tip", 0))

    def _failed(self, problem: str) -> float:
        self._metrics.add("outages_total")
        return self._outages.failed(problem)
