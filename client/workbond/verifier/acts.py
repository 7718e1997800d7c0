"""A verifier's transactions: each signed one is on disk before it is sent, so that a node that was
killed makes no call twice; and one that fails is tried again after a pause.

An act has a name that holds all that makes it this one and no other (job, round, seats).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workbond.accounts.signer import Signer
from workbond.chain.abi import Event
from workbond.chain.answers import Block
from workbond.chain.committee import Committee
from workbond.chain.transactions import Receipt, send
from workbond.errors import Reverted, WorkbondError
from workbond.provider.journal import Journal, Level
from workbond.verifier.notebook import Notebook

FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 30.0  # short: most acts have a deadline
KEYS_MAX = 10_000
LOOK_S = 15.0  # then no further act is begun before the seats were looked at again
WAIT_S = 60.0  # for a block; other acts have deadlines too, and this one is asked for again


class Acts:
    """Sends the signer's transactions to the committee.

    Args:
        committee: the deployed committee.
        signer: the verifier's account.
        notebook: remembers what was sent.
        journal: told of failures.
        touched: called with a case's id when the chain refused an act of it: it changed.
    """

    def __init__(
        self,
        committee: Committee,
        signer: Signer,
        notebook: Notebook,
        journal: Journal,
        touched: Callable[[bytes], None],
    ) -> None:
        self._committee, self._signer = committee, signer
        self._notebook, self._journal, self._touched = notebook, journal, touched
        self._pauses: OrderedDict[str, tuple[float, float]] = OrderedDict()  # length, end
        self._done: OrderedDict[str, int] = OrderedDict()  # the block that holds it
        self._head, self._look_ends = Block(0, 0, b"", None, 0), 0.0

    def look(self, head: Block) -> None:
        """What follows is done at `head`, for a while: acts of many may not hold up a seat's."""
        self._head, self._look_ends = head, time.monotonic() + LOOK_S

    def rests(self, key: str) -> bool:
        """Whether the act failed a moment ago, or was done after the head that is looked at."""
        _, ends = self._pauses.get(key, (0.0, 0.0))
        return time.monotonic() < ends or self._done.get(key, 0) > self._head.number

    def attempt(
        self, case_id: bytes, what: str, key: str, function: str, *args: Any
    ) -> tuple[Event, ...] | None:
        """Calls `function` of the committee, unless the act failed a moment ago.

        Args:
            case_id: of the case that it is about.
            what: it does, after "could not".
            key: what tells it from every other act of this kind.
            function, args: the call.

        Returns:
            The committee's events of the transaction; None if it was not done now.
        """
        return self.try_(case_id, what, key, lambda: self._send(key, function, args))

    def try_(
        self, case_id: bytes | None, what: str, key: str, call: Callable[[], Receipt]
    ) -> tuple[Event, ...] | None:
        """As `attempt`, with any call that sends; `case_id` is None if it is about no case."""
        if self.rests(key) or time.monotonic() > self._look_ends:
            return None
        pause_s, _ = self._pauses.get(key, (FIRST_PAUSE_S / 2, 0.0))
        try:
            receipt = call()
        except WorkbondError as error:  # the chain's, a signer's, or the disk's
            self._pause(key, min(2 * pause_s, LAST_PAUSE_S))
            whose = "" if case_id is None else f"job 0x{case_id.hex()}: "
            self._journal.remark(
                key,
                f"{whose}could not {what}: {error}",
                type(error).__name__,
                code="RETRYING",
                level=Level.WARNING,
                job=case_id,
                numbers={"act": what},
            )
            if isinstance(error, Reverted) and case_id is not None:
                self._touched(case_id)
            return None
        self._pauses.pop(key, None)
        self._done[key] = receipt.block_number
        if len(self._done) > KEYS_MAX:
            self._done.popitem(last=False)
        if case_id is not None:
            self._touched(case_id)
        return receipt.events

    def _send(self, key: str, function: str, args: tuple[Any, ...]) -> Receipt:
        committee, now_s = self._committee, self._head.timestamp
        receipt = send(
            committee.connection,
            self._signer,
            committee.address,
            committee.abi.call_data(function, args),
            sent=self._notebook.sent(key),
            before_sending=lambda signed: self._notebook.remember(key, signed, now_s),
            wait_s=WAIT_S,
            outbids=True,  # a seat's time may be over before fees fall
        )
        own = (log for log in receipt.logs if log.address == committee.address)
        return replace(receipt, events=tuple(map(committee.decode, own)))

    def _pause(self, key: str, pause_s: float) -> None:
        self._pauses[key] = (pause_s, time.monotonic() + pause_s)
        self._pauses.move_to_end(key)
        if len(self._pauses) > KEYS_MAX:
            self._pauses.popitem(last=False)
