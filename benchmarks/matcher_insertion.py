"""How long a matcher takes to answer for one order, with a full book and with an empty one.

    python benchmarks/matcher_insertion.py     # prints a table, writes nothing

Everything is as it is in use: HTTP, checking both signatures, reading the chain (an anvil on this
machine), the database on disk, and a turn of the loop between groups of orders. Only the book's
first orders are put in without their signatures being checked, which would take minutes. Times mean
something on one machine only; the ratio of the two books carries over.
"""

from __future__ import annotations

import dataclasses
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbond import accounts
from workbond.chain.anvil import Anvil
from workbond.chain.connection import Connection
from workbond.chain.deploy import deploy
from workbond.chain.market import Market
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Offer, address
from workbond.matcher.entry import Verdict
from workbond.matcher.run import Matcher
from workbond.matcher.terms import Terms
from workbond.orders import MachineDetails, OfferDetails, SignedOrder, sign_offer
from workbond.orders.bookclient import BookClient
from workbond.provider.journal import Journal

FILLED = 10_000
AUTHORS = 500
INSERTED = 400
GROUP = 50  # orders between two turns of the loop
WORK = 10**18


def measure(filled: int = FILLED, inserted: int = INSERTED) -> dict[str, float]:
    """Milliseconds of one order's insertion into a book of `filled` orders, and how many times that
    is of an empty one's."""
    with Anvil() as anvil, tempfile.TemporaryDirectory() as home:
        connection = Connection(anvil.url)
        owner = accounts.dev_signer(0)
        made = deploy(
            connection, owner, recipient=owner.address, supply=10**9 * WORK, cooldown_s=60
        )
        market = Market(connection, made.market.address)
        rows = {}
        for name, count in (("empty", 0), ("full", filled)):
            with _house(market, made.market.block, Path(home) / name, count) as (matcher, book):
                rows[name] = _times(matcher, book, market, inserted)
    full, empty = rows["full"], rows["empty"]
    return {
        "insertion_book": filled,
        "insertion_p50_ms": round(full["p50"], 2),
        "insertion_p99_ms": round(full["p99"], 2),
        "insertion_p50_to_empty_book": round(full["p50"] / empty["p50"], 2),
        "insertion_p99_to_empty_book": round(full["p99"] / empty["p99"], 2),
    }


@contextmanager
def _house(
    market: Market, first_block: int, home: Path, count: int
) -> Iterator[tuple[Matcher, BookClient]]:
    matcher = Matcher(
        market,
        accounts.dev_signer(3),
        first_block,
        f"sqlite:///{home}.sqlite",
        Terms(requests_per_minute=0, orders_per_minute=0),
        Journal(lambda line: None),
    )
    with matcher, matcher.serving("127.0.0.1", 0) as server:
        matcher.desk.turn()
        model = _offer(accounts.dev_signer(2), market)
        for number in range(count):
            struct = dataclasses.replace(
                model.order,
                provider=address(f"0x{number % AUTHORS + 1:040x}"),
                salt=number.to_bytes(32, "big"),
            )
            unsigned = dataclasses.replace(model, order=struct)
            matcher.book.add(unsigned, 0, Verdict(), 0)
        yield matcher, BookClient(server.url)


def _offer(signer: accounts.Signer, market: Market) -> SignedOrder:
    offer = Offer(
        provider=signer.address,
        requester=ZERO_ADDRESS,
        spec=ZERO_WORD,
        profile=b"\x02" * 32,
        resolver=ZERO_ADDRESS,
        policy=ZERO_WORD,
        min_unit_price=WORK,
        min_flat=0,
        max_bond=0,
        max_units=2**63,
        max_tasks=65_536,
        min_run_for=60,
        min_seconds_per_1e12_units=0,
        max_lock_for=30 * 86_400,
        min_demand_fee=0,
        max_jobs=5,
        valid_until=2**40,
        matcher=ZERO_ADDRESS,
        counter=0,
        salt=os.urandom(32),
    )
    machine = MachineDetails(cores=8, memory=1 << 34, region="de", units_per_second=10**9)
    details = OfferDetails(issued=1, machine=machine)
    return sign_offer(signer, offer, market.connection.chain_id, market.address, details)


def _times(matcher: Matcher, book: BookClient, market: Market, inserted: int) -> dict[str, float]:
    signers = [accounts.dev_signer(index) for index in range(10)]
    orders = [_offer(signers[i % len(signers)], market) for i in range(inserted)]
    book.send(_offer(signers[0], market))  # the first one finds cold caches
    times = []
    for place, order in enumerate(orders):
        if place % GROUP == 0:
            matcher.desk.turn()
        began = time.perf_counter()
        book.send(order)
        times.append((time.perf_counter() - began) * 1_000)
    cuts = statistics.quantiles(times, n=100)
    return {"p50": cuts[49], "p99": cuts[98]}


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<32} {value}")
