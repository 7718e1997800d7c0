"""What a book remembers, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workbond.errors import UsageError
from workbond.matcher.book import Book
from workbond.matcher.codes import Code
from workbond.matcher.database import database_url
from workbond.matcher.entry import Entry, Verdict
from workbond.matcher.follow import Head
from workbond.matcher.record import Record
from workbond.matcher.store import Store
from workbond.matcher.terms import Terms
from workbond.orders.listing import OrderState

from . import postgres
from .conftest import Open, Side

CHAIN, MARKET = 31337, "0x" + "11" * 20
PROGRAMS = postgres.programs()
needs_postgres = pytest.mark.skipif(
    PROGRAMS is None, reason="PostgreSQL is not installed: apt install postgresql"
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    assert PROGRAMS is not None
    with postgres.cluster(PROGRAMS) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return database_url("", tmp_path / "book.sqlite")
    found = request.getfixturevalue("server")
    _empty(found)
    return database_url(found, tmp_path)


def _empty(url: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as db:
        db.execute("DROP SCHEMA public CASCADE")
        db.execute("CREATE SCHEMA public")


@pytest.fixture
def open_store(url: str) -> Iterator[Callable[[], Store]]:
    opened: list[Store] = []

    def start() -> Store:
        for store in opened:
            store.close()
        opened.append(Store(url, CHAIN, MARKET))
        return opened[-1]

    yield start
    opened[-1].close()


def entry(side: Side, seq: int, **changes: Any) -> Entry:
    made = Entry(seq, side.offer(), 1_000 + seq)
    return dataclasses.replace(made, **changes)


def heads(*numbers: int) -> list[Head]:
    return [(number, f"{number:064x}") for number in numbers]


def test_orders_come_back_as_they_were(open_store: Any, side: Side) -> None:
    store = open_store()
    entries = [
        entry(side, 1, backed=False),
        entry(side, 2, state=OrderState.DORMANT, code=Code.UNSTAKED),
        entry(side, 3, state=OrderState.USED, code=Code.USED_UP, uses=2**32 - 1, block=7),
        Entry(4, side.request(), 5),
    ]
    store.put(*entries)
    changed = dataclasses.replace(entries[0], uses=3, block=9)
    store.put(changed)
    again = open_store()
    assert list(again.live()) == [changed, entries[1], entries[3]]
    assert again.find(entries[2].id, b"\0" * 32) == [entries[2]]
    assert again.find() == []
    assert again.changed_after(7) == [changed]
    assert again.last_seq() == 4


def test_ended_orders_are_forgotten_oldest_first(open_store: Any, side: Side) -> None:
    store = open_store()
    ended = [entry(side, n, state=OrderState.ENDED, code=Code.EXPIRED) for n in range(1, 6)]
    store.put(*ended, entry(side, 6))
    assert store.forget_ended(2) == 3
    assert store.forget_ended(2) == 0
    assert [not store.find(each.id) for each in ended] == [True] * 3 + [False] * 2
    assert len(list(store.live())) == 1


def test_records_are_undone_by_block_and_summed_up_when_old(open_store: Any) -> None:
    store = open_store()
    store.advance({("a", 5): Record(1), ("b", 5): Record(1)}, heads(5), old=5)
    store.advance({("a", 6): Record(-1, 1), ("a", 7): Record(1)}, heads(5, 7), old=5)
    assert store.records() == {"a": Record(1, 1), "b": Record(1)}
    store.advance({("a", 6): Record(-1, 1), ("a", 7): Record(1)}, heads(5, 7), old=5)
    assert store.records() == {"a": Record(1, 1), "b": Record(1)}, "read twice, counted once"
    store.rewind(6, heads(5))
    assert store.records() == {"a": Record(0, 1), "b": Record(1)}
    store.rewind(5, heads(5))
    assert store.records() == {"a": Record(1), "b": Record(1)}
    store.advance({("b", 9): Record(-1, 0, 1)}, heads(9), old=9)
    assert open_store().records() == {"a": Record(1), "b": Record(0, 0, 1)}
    store = open_store()
    store.rewind(-1, [])
    assert store.records() == {}
    assert store.note("heads") == []


def test_accounts_come_back(open_store: Any) -> None:
    store = open_store()
    store.put_accounts([("a", 5, (2**96 - 1, 0, 1)), ("b", 6, (1, 2, 3))])
    store.put_accounts([("a", 7, (5, 0, 1))])
    again = open_store()
    assert sorted(again.accounts()) == [("a", 7, ["5", "0", "1"]), ("b", 6, ["1", "2", "3"])]
    again.forget_accounts(["a", "nobody"])
    assert [name for name, _, _ in again.accounts()] == ["b"]


def test_a_database_has_one_market_and_one_matcher(open_store: Any, url: str) -> None:
    open_store()
    with pytest.raises(UsageError, match="in use by another matcher"):
        Store(url, CHAIN, MARKET)
    open_store().close()
    with pytest.raises(UsageError, match="is a book of market"):
        Store(url, CHAIN + 1, MARKET)
    open_store()


def test_a_database_that_is_none_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"no database" * 1_000)
    for text in (str(tmp_path / "file"), str(tmp_path / "file" / "below"), str(tmp_path)):
        with pytest.raises(UsageError, match="can't be used") as refused:
            Store(database_url(text, tmp_path), CHAIN, MARKET)
        assert "\n" not in str(refused.value)
    with pytest.raises(UsageError, match="can't be kept"):
        database_url("mysql://x/y", tmp_path)


@needs_postgres
def test_a_server_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    url = database_url("postgresql://book:secret@127.0.0.1:9/book", tmp_path)
    with pytest.raises(UsageError, match="can't be used") as refused:
        Store(url, CHAIN, MARKET)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_book_goes_on_where_it_was(open_store: Any, side: Side) -> None:
    terms = Terms(orders=3)
    book = Book(open_store(), terms)
    orders = [side.offer() for _ in range(3)]
    for order in orders:
        book.add(order, 1_000, Verdict(), 1)
    book.judge({orders[1].id: Verdict(OrderState.DORMANT, Code.UNSTAKED)}, 2, 1_001)
    again = Book(open_store(), terms)
    assert {e.id: e.state for e in again.live()} == {
        orders[0].id: OrderState.OPEN,
        orders[1].id: OrderState.DORMANT,
        orders[2].id: OrderState.OPEN,
    }
    fresh = again.add(side.offer(), 1_002, Verdict(), 2)
    assert fresh.seq == 4
    pushed = again.find(orders[1].id)
    assert pushed is not None
    assert pushed.code == Code.PUSHED_OUT


def test_a_matcher_takes_up_its_book(open_house: Open, side: Side, url: str, world: Any) -> None:
    first = open_house(database=url)
    request, offer = side.request(), side.offer()
    first.send(request)
    first.matcher.store.close()
    second = open_house(database=url)
    assert second.state(request) == ("open", "")
    second.send(offer)
    second.turn()
    second.turn()
    assert second.state(request) == ("used", "MATCHED")
    second.matcher.store.close()
    third = open_house(database=url)
    assert third.state(request) == ("used", "MATCHED")
    assert third.client.status(offer.id).uses == 1
    assert third.matcher.upkeep.records[world.provider.address].live == 1
