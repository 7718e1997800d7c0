"""A matcher's process: the book, its API, the loop, and the signals that end them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from workbond.accounts import Signer
from workbond.accounts.verify import Verifier
from workbond.chain.market import Market
from workbond.chain.rules import ERC1271_CALL_GAS
from workbond.errors import BookError
from workbond.matcher.api import make_app
from workbond.matcher.book import Book
from workbond.matcher.desk import Desk
from workbond.matcher.intake import Intake
from workbond.matcher.ledger import Ledger
from workbond.matcher.metrics import Metrics
from workbond.matcher.rounds import Rounds
from workbond.matcher.service import Service
from workbond.matcher.store import Store
from workbond.matcher.submit import Submitter
from workbond.matcher.terms import Terms
from workbond.matcher.truth import Truth
from workbond.matcher.upkeep import Upkeep
from workbond.money import tokens
from workbond.progress import no_progress
from workbond.provider.journal import Journal, Level
from workbond.serving.server import CannotListen, Server
from workbond.stopping import stop_signals

CONNECTIONS_MAX = 256
CONNECTIONS_PER_CLIENT = 64  # so that one host's idle ones shut nobody out
EXCHANGE_S = 30.0  # an order is small
CONTRACT_CHECKS_PER_MINUTE = 600


@dataclass
class Matcher:
    """All parts of a matcher, put together; a context manager that closes the database.

    Args:
        market: where.
        signer: whose account submits and earns the tips.
        first_block: where the market was deployed.
        database: as `database.database_url` gives it.
        terms: the operator's.
        journal: told what happens.
    """

    market: Market
    signer: Signer
    first_block: int
    database: str
    terms: Terms
    journal: Journal

    def __post_init__(self) -> None:
        market, terms, matcher = self.market, self.terms, self.signer.address
        chain_id = market.connection.chain_id
        self.store = Store(self.database, chain_id, market.address)
        self.book, truth = Book(self.store, terms), Truth(market)
        ledger = Ledger(self.store, truth)
        self.upkeep = Upkeep(market, self.store, self.first_block, self.book, ledger, truth)
        verifier = Verifier(
            market.connection,
            market.address,
            contract_gas=ERC1271_CALL_GAS,
            checks_per_minute=CONTRACT_CHECKS_PER_MINUTE,
        )
        self.intake = Intake(
            market, matcher, terms, self.book, ledger, truth, self.upkeep, verifier
        )
        submitter = Submitter(market, self.signer, self.store, verifier)
        self.rounds = Rounds(self.book, ledger, self.upkeep, submitter, matcher, terms.batch)
        self.metrics = Metrics()
        self.desk = Desk(
            market,
            self.book,
            self.upkeep,
            self.rounds,
            submitter,
            self.metrics,
            self.journal,
            terms.poll_s,
        )
        place: dict[str, Any] = {"chain": chain_id, "market": market.address, "matcher": matcher}
        self.service = Service(
            place,
            terms,
            self.book,
            self.intake,
            self.rounds,
            self.upkeep,
            self.metrics,
            self.journal,
        )
        self.app = make_app(
            self.service,
            requests_per_minute=terms.requests_per_minute,
            trust_proxy=terms.trust_proxy,
        )

    def __enter__(self) -> Matcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    @contextmanager
    def serving(self, host: str, port: int) -> Iterator[Server]:
        """The API on an address; raises `BookError` if that can't be listened on."""
        server = Server(
            self.app,
            "the book",
            host=host,
            port=port,
            connections=CONNECTIONS_MAX,
            exchange_s=EXCHANGE_S,
            per_client=None if self.terms.trust_proxy else CONNECTIONS_PER_CLIENT,
        )
        try:
            server.start()
        except CannotListen as error:
            raise BookError(str(error)) from error
        try:
            yield server
        finally:
            server.stop()


def run(matcher: Matcher, host: str, port: int) -> None:
    """Serves, matches and submits until SIGTERM or SIGINT.

    Raises:
        BookError: it can't listen there.
        StaleDeployment: another chain answers.
    """
    journal, terms = matcher.journal, matcher.terms
    with matcher, stop_signals(), no_progress():
        try:
            with matcher.serving(host, port) as server:
                journal.say(
                    f"the book is at {server.url}; requests tip at least {tokens(terms.min_tip)}",
                    "LISTENING",
                    numbers={"url": server.url, "min_tip": str(terms.min_tip)},
                )
                if not terms.min_tip:
                    journal.say(
                        "requests without a tip are matched too, you pay the gas: see --min-tip",
                        "TERMS",
                        level=Level.WARNING,
                    )
                matcher.desk.run()
        except KeyboardInterrupt:
            journal.say("stopping; orders stay in the book for the next start", "STOPPING")
