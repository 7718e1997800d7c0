"""Balances of the committee's accounts: all of it is the committee's free balance in the market."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass

from ..errors import Refused, require, require_range
from ..market import Market
from ..rules import MAX_AMOUNT
from .blocks import Blocks


@dataclass
class Purse:
    """What an account has beside its stake."""

    free: int = 0
    leaving: int = 0
    matures_at: int = 0


class Treasury:
    """Money in and out. Events are told among the market's, under names of their own."""

    def __init__(
        self, address: str, market: Market, min_stake: int, blocks: Blocks | None = None
    ) -> None:
        self.address, self.market, self.min_stake = address, market, min_stake
        self.blocks = blocks or Blocks()
        self.purses: defaultdict[str, Purse] = defaultdict(Purse)
        market.token.allowances[address, market.address] = 2**256 - 1

    @property
    def now(self) -> int:
        return self.market.now

    @property
    def block(self) -> int:
        return self.market.block

    def emit(self, name: str, *values: object) -> None:
        self.market.emit(f"committee.{name}", *values)

    def deposit(self, caller: str, amount: int) -> None:
        """Tokens in, and on to the market. The token may refuse before the market does."""
        token, market = self.market.token, self.market
        token.require_transfer_from(self.address, caller, amount)
        require_range("amount", amount, 1, MAX_AMOUNT)
        require_range("total", token.balances[market.address] + amount, 0, MAX_AMOUNT)
        token.transfer_from(self.address, caller, self.address, amount)
        market.deposit(self.address, amount)
        self.purses[caller].free += amount
        self.emit("Deposited", caller, amount)

    def deposit_with_permit(
        self, caller: str, amount: int, deadline: int, v: int, r: bytes, s: bytes
    ) -> None:
        """Like `deposit`, after a permit, whose failure counts for nothing."""
        token = self.market.token
        before = token.allowances[caller, self.address], token.nonces[caller]
        with suppress(Refused):
            token.permit(self.address, caller, self.address, amount, deadline, v, r, s)
        try:
            self.deposit(caller, amount)
        except Refused:
            token.allowances[caller, self.address], token.nonces[caller] = before
            raise

    def withdraw(self, caller: str, to: str, amount: int) -> None:
        """Out of the market, to any address that the market pays, but this contract."""
        require(to != self.address, "RecipientRefused", to)
        self.require_free(caller, amount)
        self.emit("Withdrawn", caller, to, amount)
        self.market.withdraw(self.address, to, amount)
        self.purses[caller].free -= amount

    def require_free(self, owner: str, amount: int) -> None:
        free = self.purses[owner].free
        require(amount <= free, "InsufficientFree", owner, free, amount)
