"""Market transactions of our live jobs, each repeated until the chain shows its effect.

The node's loop decides from the chain what is to be done next, so an act that failed, or whose
answer was lost, needs no memory beyond when to try it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from workbond.chain.transactions import Receipt
from workbond.errors import AuthError, ChainError, Reverted, TimedOut
from workbond.jobs import JobRecord
from workbond.provider.board import Board
from workbond.provider.journal import Journal, Level

FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 30.0  # short: most acts have a deadline


class Acts:
    """Sends transactions and tells the board what they changed."""

    def __init__(self, board: Board, journal: Journal) -> None:
        self._board = board
        self._journal = journal
        self._pauses: dict[tuple[bytes, str], tuple[float, float]] = {}  # length, end

    def attempt(self, record: JobRecord, name: str, send: Callable[[], Receipt]) -> list[JobRecord]:
        """Does `name` unless it failed a moment ago; returns our jobs that it ended.

        Every failure is told once and postpones the next attempt. After a refusal by the market
        the job's history is read again: it may be another one since a reorganisation.
        """
        key = (record.id, name)
        pause_s, ends = self._pauses.get(key, (FIRST_PAUSE_S / 2, 0.0))
        if time.monotonic() < ends:
            return []
        try:
            receipt = send()
        except (ChainError, AuthError, TimedOut) as error:  # the latter two are a signer's
            pause_s = min(2 * pause_s, LAST_PAUSE_S)
            self._pauses[key] = (pause_s, time.monotonic() + pause_s)
            self._journal.remark(
                key,
                f"job 0x{record.id.hex()}: could not {name} it: {error}",
                type(error).__name__,
                code="RETRYING",
                level=Level.WARNING,
                job=record.id,
                numbers={"act": name},
            )
            if isinstance(error, Reverted):
                self._board.reload(record.id)
            return []
        self._pauses.pop(key, None)
        return self._board.learn(receipt.events)

    def forget(self) -> None:
        """Drops what concerns jobs that are no longer on the board."""
        self._pauses = {
            key: pause for key, pause in self._pauses.items() if self._board.find(key[0])
        }
