"""What a book remembers on disk: SQLite in a file, or PostgreSQL; the one module that imports
SQLAlchemy.

Every change is written before it is answered, so a process that is killed loses nothing. One
matcher uses a database at a time.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from workbond.errors import BookError, UsageError
from workbond.matcher.entry import Entry
from workbond.matcher.record import Record
from workbond.orders.envelope import SignedOrder
from workbond.orders.listing import OrderState

BUSY_MS = 10_000
ADVISORY_LOCK = 0x776F726B626F6E64  # "workbond"
LOCK_TRIES, LOCK_PAUSE_S = 10, 0.2
VERSION = "1"
LIVE = (OrderState.OPEN.value, OrderState.DORMANT.value)
BATCH = 500  # values in one statement; SQLite's bound is 32,766

_metadata = sa.MetaData()
_orders = sa.Table(
    "orders",
    _metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("author", sa.String(42), nullable=False, index=True),
    sa.Column("profile", sa.LargeBinary(32), nullable=False),
    sa.Column("state", sa.String(8), nullable=False, index=True),
    sa.Column("code", sa.String(16), nullable=False),
    sa.Column("since_s", sa.BigInteger, nullable=False),
    sa.Column("uses", sa.BigInteger, nullable=False),
    sa.Column("block", sa.BigInteger, nullable=False, index=True),
    sa.Column("backed", sa.Boolean, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
_accounts = sa.Table(
    "accounts",
    _metadata,
    sa.Column("address", sa.String(42), primary_key=True),
    sa.Column("block", sa.BigInteger, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
)
# What providers did, by block: sums of the rows are their records, and a reorganisation removes
# rows. Old rows are summed up into those of block 0.
_records = sa.Table(
    "records",
    _metadata,
    sa.Column("provider", sa.String(42), primary_key=True),
    sa.Column("block", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("live", sa.BigInteger, nullable=False),
    sa.Column("settled", sa.BigInteger, nullable=False),
    sa.Column("failed", sa.BigInteger, nullable=False),
)
_notes = sa.Table(
    "notes",
    _metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


class Store:
    """The database. Several threads may read it; its caller sees to it that one writes at a time.

    Args:
        url: as `database.database_url` gives it.
        chain_id, market: whose orders are kept; a database of another market is refused.

    Raises:
        UsageError: the database can't be opened, is of another market, or in use.
        BookError: it fails later.
    """

    def __init__(self, url: str, chain_id: int, market: str) -> None:
        self._label = _label(url)
        self._held: IO[str] | None = None
        self._lock_connection: sa.Connection | None = None
        try:
            self._engine = _engine(url)
            self._hold()
            _metadata.create_all(self._engine)
        except ImportError as error:
            raise UsageError(
                f"the database {self._label} needs a driver that is not installed ({_reason(error)}"
                "): pip install 'workbond[matcher,postgres]'"
            ) from error
        except (SQLAlchemyError, OSError) as error:
            raise UsageError(
                f"the database {self._label} can't be used ({_reason(error)}): check its address "
                "and permissions"
            ) from error
        self._check("version", VERSION)
        self._check("market", f"{chain_id}:{market}")

    def close(self) -> None:
        if self._lock_connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                # at once: the server notices a closed connection only a moment later
                self._lock_connection.execute(sa.select(sa.func.pg_advisory_unlock_all()))
                self._lock_connection.close()
            self._lock_connection = None
        self._engine.dispose()
        if self._held is not None:
            self._held.close()

    # ───────────────────────────────── orders ─────────────────────────────────

    def put(self, *entries: Entry) -> None:
        """Writes entries, new or changed."""
        if entries:
            with self._begin() as db:
                db.execute(self._upsert(_orders, "seq"), [_row(entry) for entry in entries])

    def find(self, *order_ids: bytes) -> list[Entry]:
        """Those of the orders that are here."""
        found = []
        with self._read() as db:
            for start in range(0, len(order_ids), BATCH):
                some = order_ids[start : start + BATCH]
                rows = db.execute(sa.select(_orders).where(_orders.c.id.in_(some)))
                found += [_entry(row) for row in rows]
        return found

    def live(self) -> Iterator[Entry]:
        """All open and dormant orders, in the order of their arrival."""
        query = sa.select(_orders).where(_orders.c.state.in_(LIVE)).order_by(_orders.c.seq)
        with self._read() as db:
            for row in db.execute(query.execution_options(yield_per=1_000)):
                yield _entry(row)

    def changed_after(self, block: int) -> list[Entry]:
        """Orders that something in a block beyond `block` changed."""
        query = sa.select(_orders).where(_orders.c.block > block).order_by(_orders.c.seq)
        with self._read() as db:
            return [_entry(row) for row in db.execute(query)]

    def page(
        self, *, kind: str | None, profile: bytes | None, author: str | None, after: int, limit: int
    ) -> list[bytes]:
        """Ids of open orders with a `seq` beyond `after`, the oldest first, at most `limit`."""
        query = sa.select(_orders.c.id).where(
            _orders.c.state == OrderState.OPEN.value, _orders.c.seq > after
        )
        for column, value in (("kind", kind), ("profile", profile), ("author", author)):
            if value is not None:
                query = query.where(_orders.c[column] == value)
        with self._read() as db:
            return list(db.execute(query.order_by(_orders.c.seq).limit(limit)).scalars())

    def last_seq(self) -> int:
        with self._read() as db:
            return int(db.execute(sa.select(sa.func.max(_orders.c.seq))).scalar() or 0)

    def forget_ended(self, keep: int) -> int:
        """Removes the oldest of the used and ended orders, all but `keep`; returns how many."""
        ended = _orders.c.state.not_in(LIVE)
        query = sa.select(_orders.c.seq).where(ended).order_by(_orders.c.seq.desc())
        with self._begin() as db:
            edge = db.execute(query.offset(keep).limit(1)).scalar()
            if edge is None:
                return 0
            gone = db.execute(sa.delete(_orders).where(ended, _orders.c.seq <= edge))
            return int(gone.rowcount)

    # ───────────────────────────── accounts, records ──────────────────────────

    def put_accounts(self, rows: Sequence[tuple[str, int, Sequence[Any]]]) -> None:
        """Writes accounts: address, the block that changed them last, and their values."""
        values = [
            {"address": address, "block": block, "body": json.dumps([str(v) for v in body])}
            for address, block, body in rows
        ]
        if values:
            with self._begin() as db:
                db.execute(self._upsert(_accounts, "address"), values)

    def accounts(self) -> list[tuple[str, int, list[str]]]:
        with self._read() as db:
            rows = db.execute(sa.select(_accounts)).all()
        return [(row.address, row.block, json.loads(row.body)) for row in rows]

    def forget_accounts(self, addresses: Sequence[str]) -> None:
        with self._begin() as db:
            for start in range(0, len(addresses), BATCH):
                some = addresses[start : start + BATCH]
                db.execute(sa.delete(_accounts).where(_accounts.c.address.in_(some)))

    def records(self) -> dict[str, Record]:
        """Every provider's record."""
        sums = [sa.func.sum(_records.c[name]) for name in ("live", "settled", "failed")]
        query = sa.select(_records.c.provider, *sums).group_by(_records.c.provider)
        with self._read() as db:
            return {who: Record(int(a), int(b), int(c)) for who, a, b, c in db.execute(query)}

    def advance(
        self, changes: dict[tuple[str, int], Record], heads: Sequence[tuple[int, str]], old: int
    ) -> None:
        """What providers did in blocks that were read now, and up to where that was, together.

        Args:
            changes: by provider and block; a block's are all in one call.
            heads: numbers and hashes of blocks read up to, the last one last.
            old: blocks up to here can't be undone any more.
        """
        rows = [
            {"provider": who, "block": block, "live": r.live, "settled": r.settled}
            | {"failed": r.failed}
            for (who, block), r in changes.items()
        ]
        with self._begin() as db:
            if rows:
                db.execute(self._upsert(_records, "provider", "block"), rows)
            self._sum_up(db, old)
            db.execute(
                self._upsert(_notes, "name"), [{"name": "heads", "value": json.dumps(list(heads))}]
            )

    def rewind(self, block: int, heads: Sequence[tuple[int, str]]) -> None:
        """Forgets what providers did beyond `block`; negative: all of it."""
        with self._begin() as db:
            db.execute(sa.delete(_records).where(_records.c.block > block))
            db.execute(
                self._upsert(_notes, "name"), [{"name": "heads", "value": json.dumps(list(heads))}]
            )

    def _sum_up(self, db: sa.Connection, old: int) -> None:
        gone = sa.and_(_records.c.block > 0, _records.c.block <= old)
        sums = [sa.func.sum(_records.c[name]) for name in ("live", "settled", "failed")]
        touched = sa.select(_records.c.provider).where(gone).distinct()
        query = (
            sa.select(_records.c.provider, *sums)
            .where(_records.c.block <= old, _records.c.provider.in_(touched))
            .group_by(_records.c.provider)
        )
        rows = [
            {"provider": who, "block": 0, "live": int(a), "settled": int(b), "failed": int(c)}
            for who, a, b, c in db.execute(query)
        ]
        if rows:
            db.execute(self._upsert(_records, "provider", "block"), rows)
            db.execute(sa.delete(_records).where(gone))

    # ────────────────────────────────── notes ─────────────────────────────────

    def note(self, name: str) -> Any:
        """A value that was noted; None if none was."""
        with self._read() as db:
            value = db.execute(sa.select(_notes.c.value).where(_notes.c.name == name)).scalar()
        return None if value is None else json.loads(value)

    def put_note(self, name: str, value: Any) -> None:
        with self._begin() as db:
            row = {"name": name, "value": json.dumps(value)}
            db.execute(self._upsert(_notes, "name"), [row])

    def _check(self, name: str, value: str) -> None:
        known = self.note(name)
        if known is None:
            self.put_note(name, value)
        elif known != value:
            self.close()
            raise UsageError(
                f"the database {self._label} is a book of {name} {known}, not {value}: give "
                "another with --database"
            )

    # ──────────────────────────────── plumbing ────────────────────────────────

    def _hold(self) -> None:
        """One matcher a database: two would submit the same pairs."""
        database = self._engine.url.database
        if self._engine.dialect.name == "postgresql":
            self._lock_connection = self._engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            )
            taken = self._try_advisory_lock(self._lock_connection)
        elif database in (None, "", ":memory:"):
            return
        else:
            path = Path(str(database))
            path.parent.mkdir(parents=True, exist_ok=True)
            self._held = Path(f"{path}.lock").open("a")  # noqa: SIM115
            try:
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                taken = True
            except BlockingIOError:
                taken = False
        if not taken:
            self.close()
            raise UsageError(
                f"the database {self._label} is in use by another matcher: stop that one, or give "
                "another with --database"
            )

    @staticmethod
    def _try_advisory_lock(connection: sa.Connection) -> bool:
        """A killed process holds it until the server notices."""
        query = sa.select(sa.func.pg_try_advisory_lock(ADVISORY_LOCK))
        for _ in range(LOCK_TRIES):
            if connection.execute(query).scalar():
                return True
            time.sleep(LOCK_PAUSE_S)
        return False

    def _upsert(self, table: sa.Table, *keys: str) -> Any:
        postgres = self._engine.dialect.name == "postgresql"
        statement = (postgresql.insert if postgres else sqlite.insert)(table)
        changed = {c.name: statement.excluded[c.name] for c in table.c if c.name not in keys}
        return statement.on_conflict_do_update(index_elements=list(keys), set_=changed)

    @contextlib.contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    @contextlib.contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    def _failed(self, error: SQLAlchemyError) -> BookError:
        return BookError(
            f"the database {self._label} fails ({_reason(error)}): check the disk or the server"
        )


def _engine(url: str) -> sa.Engine:
    if url.startswith("postgresql"):
        return sa.create_engine(url, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_MS / 1_000})

    @sa.event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: Any) -> None:
        # A killed process loses nothing with NORMAL; a power cut may lose the last orders, which
        # their authors send again.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "id": entry.id,
        "kind": entry.order.kind,
        "author": entry.author,
        "profile": entry.order.order.profile,
        "state": entry.state.value,
        "code": entry.code,
        "since_s": entry.since_s,
        "uses": entry.uses,
        "block": entry.block,
        "backed": entry.backed,
        "body": entry.order.to_bytes().decode(),
    }


def _entry(row: Any) -> Entry:
    return Entry(
        seq=row.seq,
        order=SignedOrder.from_bytes(row.body.encode()),
        since_s=row.since_s,
        state=OrderState(row.state),
        code=row.code,
        uses=row.uses,
        block=row.block,
        backed=row.backed,
    )


def _label(url: str) -> str:
    """The database as its user named it, without a password: a file, or a URL without a driver."""
    made = sa.make_url(url)
    if made.get_backend_name() == "sqlite":
        return made.database or "in memory"
    return made.set(drivername=made.get_backend_name()).render_as_string(hide_password=True)


def _reason(error: BaseException) -> str:
    """The driver's words in one line, without statements and values."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:160]
    cause = getattr(error, "orig", None) or error
    lines = str(cause).splitlines()
    return "".join(c if c.isprintable() else " " for c in (lines[0] if lines else ""))[:160]
