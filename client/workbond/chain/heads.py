"""The heads that a node looked at: what was read up to them stands as long as they do.

A chain may replace its last blocks. Whoever keeps what events told goes back to the last head that
is still there, and reads on from it.
"""

from __future__ import annotations

from collections import deque

from workbond.chain.answers import Block, NoSuchBlock
from workbond.chain.connection import Connection

HEADS_KEPT = 64


class Heads:
    """The last heads, newest at the end.

    Args:
        connection: to the chain.
        first_block: before which nothing that matters happened.
    """

    def __init__(self, connection: Connection, first_block: int) -> None:
        self._connection, self._first_block = connection, first_block
        self._heads: deque[Block] = deque(maxlen=HEADS_KEPT)

    @property
    def last(self) -> Block:
        """Up to which everything was read."""
        return self._heads[-1]

    def add(self, head: Block) -> None:
        """Everything up to `head` is read."""
        self._heads.append(head)

    def is_news(self, head: Block) -> bool:
        """Not the last one again, nor that of a node that lags behind the one asked before."""
        return head.hash != self.last.hash and head.number >= self.last.number

    def forked(self, head: Block) -> bool:
        """Whether the last one was replaced, now that the chain's head is `head`."""
        return head.number == self.last.number or not self._stands(self.last)

    def rewind(self) -> None:
        """Back to the last one that is still there, or to the first block."""
        while len(self._heads) > 1 and not self._still_there(self._heads[-1]):
            self._heads.pop()
        if not self._still_there(self._heads[-1]):
            self._heads[-1] = self._connection.block(self._first_block)

    def first_since(self, time_s: int, head: Block) -> int:
        """Number of the first block up to `head` that is not older than `time_s` (chain time)."""
        low, high = self._first_block, head.number
        if low >= high or not self._is_older(low, time_s):
            return low
        while low < high:
            middle = (low + high) // 2
            if self._is_older(middle, time_s):
                low = middle + 1
            else:
                high = middle
        return low

    def _is_older(self, number: int, time_s: int) -> bool:
        """A block that the node lacks counts as young: then more is read, and nothing missed."""
        try:
            return self._connection.block(number).timestamp < time_s
        except NoSuchBlock:
            return False

    def _stands(self, block: Block) -> bool:
        return self._connection.block(block.number).hash == block.hash

    def _still_there(self, block: Block) -> bool:
        try:
            return self._stands(block)
        except NoSuchBlock:  # the chain became shorter
            return False
