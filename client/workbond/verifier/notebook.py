"""What a verifier must not lose, on disk before it acts: SQLite, in a file of mode 0600.

A commitment whose salt is lost can't be revealed, which costs the stake five seat fees. So vote and
salt are here, and on the disk for good (`synchronous=FULL`), before the commitment leaves this
machine. Signed transactions are kept likewise: a node that was killed asks what became of them, and
makes no call twice. And what was found is kept, as executing a job again may take hours.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbond.chain.transactions import Signed
from workbond.errors import UsageError, WorkbondError

FILE = "notebook.sqlite"
VERSION = 1
KEEP_S = 60 * 86_400  # chain time: twice the longest case
SENT_MAX = 8  # transactions of one act: after an outage it may be signed anew, at higher fees
_SCHEMA = f"""
PRAGMA user_version = {VERSION};
CREATE TABLE secret (value BLOB NOT NULL);
CREATE TABLE findings (
    job BLOB PRIMARY KEY, opening BLOB NOT NULL, times INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE votes (
    commitment BLOB PRIMARY KEY, job BLOB NOT NULL, round INTEGER NOT NULL, seat INTEGER NOT NULL,
    vote BLOB NOT NULL, salt BLOB NOT NULL, at INTEGER NOT NULL);
CREATE TABLE sent (
    act TEXT NOT NULL, raw BLOB NOT NULL, nonce INTEGER NOT NULL, gas INTEGER NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY (act, raw));
"""


class NotebookFailed(WorkbondError):
    """The notebook can't be read or written: what depends on it is not done."""


@dataclass(frozen=True)
class Finding:
    """The result of executing a job: D, and how often it came out the same."""

    opening: bytes
    times: int


class Notebook:
    """The notebook in directory `home`. Usable from several threads.

    Raises:
        UsageError: it can't be opened, or a newer version wrote it.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / FILE
        self._lock = threading.Lock()
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            self._base = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
            self._base.executescript("PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;")
            self.secret = self._begin()
        except (OSError, sqlite3.Error) as error:
            raise UsageError(
                f"the notebook {self.path} can't be opened ({error}): it holds the salts of open "
                "seats, so restore it; without a seat in an open case, move it away and start anew"
            ) from error

    def close(self) -> None:
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._base.close()

    def _begin(self) -> bytes:
        """Makes the tables, if they aren't there; returns the notebook's own random word."""
        version = self._base.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise UsageError(
                f"the notebook {self.path} is of version {version}, this program writes {VERSION}: "
                "use the newer program"
            )
        if version == 0:
            made = _SCHEMA + f"INSERT INTO secret VALUES (x'{secrets.token_hex(32)}');"
            self._base.executescript(f"BEGIN IMMEDIATE; {made} COMMIT;")
        return bytes(self._base.execute("SELECT value FROM secret").fetchone()[0])

    # ───────────────────────────────── findings ───────────────────────────────

    def findings(self) -> dict[bytes, Finding]:
        """What executing jobs gave, by their ids."""
        rows = self._rows("SELECT job, opening, times FROM findings")
        return {bytes(job): Finding(bytes(opening), times) for job, opening, times in rows}

    def found(self, job_id: bytes, finding: Finding, now_s: int) -> None:
        """Notes what executing a job gave, in place of what it gave before."""
        self._write(
            "INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?)",
            job_id,
            finding.opening,
            finding.times,
            now_s,
        )

    # ────────────────────────────────── votes ─────────────────────────────────

    def prepare(
        self,
        commitments: list[tuple[bytes, int, bytes, bytes]],
        job_id: bytes,
        round: int,
        now_s: int,
    ) -> None:
        """Notes what is about to be committed: commitment, seat, vote and salt of each."""
        with self._writing() as base:
            for commitment, seat, vote, salt in commitments:
                base.execute(
                    "INSERT OR IGNORE INTO votes VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (commitment, job_id, round, seat, vote, salt, now_s),
                )

    def prepared(self, job_id: bytes, round: int) -> dict[int, tuple[bytes, bytes]]:
        """The latest commitment and its vote, by seat."""
        rows = self._rows(
            "SELECT seat, commitment, vote FROM votes WHERE job = ? AND round = ? ORDER BY rowid",
            job_id,
            round,
        )
        return {seat: (bytes(commitment), bytes(vote)) for seat, commitment, vote in rows}

    def opening(self, commitment: bytes) -> tuple[bytes, bytes] | None:
        """Vote and salt of a commitment; None for one that is not ours."""
        rows = self._rows("SELECT vote, salt FROM votes WHERE commitment = ?", commitment)
        return (bytes(rows[0][0]), bytes(rows[0][1])) if rows else None

    # ────────────────────────────── transactions ──────────────────────────────

    def sent(self, act: str) -> list[Signed]:
        """The transactions signed for `act` so far, oldest first."""
        rows = self._rows("SELECT raw, nonce, gas FROM sent WHERE act = ? ORDER BY rowid", act)
        return [Signed(bytes(raw), nonce, gas) for raw, nonce, gas in rows][-SENT_MAX:]

    def remember(self, act: str, signed: Signed, now_s: int) -> None:
        """Notes a signed transaction that is about to be sent."""
        self._write(
            "INSERT OR IGNORE INTO sent VALUES (?, ?, ?, ?, ?)",
            act,
            signed.raw,
            signed.nonce,
            signed.gas,
            now_s,
        )

    def tidy(self, now_s: int) -> None:
        """Forgets what is older than any open case."""
        with self._writing() as base:
            for table in ("findings", "votes", "sent"):
                base.execute(f"DELETE FROM {table} WHERE at < ?", (now_s - KEEP_S,))

    # ────────────────────────────────── SQLite ────────────────────────────────

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._failing(), self._lock:
            return self._base.execute(query, values).fetchall()

    def _write(self, statement: str, *values: Any) -> None:
        with self._writing() as base:
            base.execute(statement, values)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on the disk at its end."""
        with self._failing(), self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield self._base
                self._base.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._base.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise NotebookFailed(
                f"the notebook {self.path} fails ({error}): see to disk space and permissions"
            ) from error
