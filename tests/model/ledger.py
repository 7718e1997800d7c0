"""Who owns what: free, staked (with its bonded part) and unbonding balances.

Every call follows one order: read, refuse or not, then move money. So a refused call changed
nothing.
"""

from collections import defaultdict
from contextlib import suppress

from .erc20 import Token
from .errors import Refused, require, require_range
from .rules import MAX_AMOUNT, SINK, Slash
from .words import NOBODY, Account


class Ledger:
    """Accounts of one market, and the token balance behind them."""

    def __init__(self, address: str, token: Token, cooldown_s: int) -> None:
        self.address = address
        self.token = token
        self.cooldown_s = cooldown_s
        self.now = 0  # timestamp and number of the block that holds the next call
        self.block = 0
        self.accounts: defaultdict[str, Account] = defaultdict(Account)
        self.delegates: dict[str, str] = {}  # by whom they act for
        self.events: list[tuple[object, ...]] = []  # (name, *arguments in the order of the ABI)

    def begin(self, now: int, block: int) -> None:
        """Another transaction, in a block of that timestamp and number."""
        self.now, self.block, self.events = now, block, []
        self.token.now = now

    def emit(self, name: str, *values: object) -> None:
        self.events.append((name, *values))

    # ────────────────────────────────── free ─────────────────────────────────

    def deposit(self, caller: str, amount: int) -> None:
        """Tokens in, credit to the caller. The token may refuse before the market does."""
        require_range("amount", amount, 1, MAX_AMOUNT)
        self.token.require_transfer_from(self.address, caller, amount)
        require_range("total", self.token.balances[self.address] + amount, 0, MAX_AMOUNT)
        self.token.transfer_from(self.address, caller, self.address, amount)
        self.accounts[caller].free += amount
        self.emit("Deposited", caller, amount)

    def deposit_with_permit(
        self, caller: str, amount: int, deadline: int, v: int, r: bytes, s: bytes
    ) -> None:
        """Like `deposit`, after a permit. One that fails counts for nothing: somebody may have used
        it already, and what it allowed then stands."""
        before = self.token.allowances[caller, self.address], self.token.nonces[caller]
        with suppress(Refused):
            self.token.permit(self.address, caller, self.address, amount, deadline, v, r, s)
        try:
            self.deposit(caller, amount)
        except Refused:
            self.token.allowances[caller, self.address], self.token.nonces[caller] = before
            raise

    def withdraw(self, caller: str, to: str, amount: int) -> None:
        """Tokens out to any address but two where they would be lost: zero, and the market."""
        require_range("amount", amount, 1, MAX_AMOUNT)
        lost = to in (NOBODY, self.address)
        require(not lost, "RecipientRefused", to)
        self.require_free(caller, amount)
        self.accounts[caller].free -= amount
        self.token.transfer(self.address, to, amount)
        self.emit("Withdrawn", caller, to, amount)

    # ───────────────────────────────── staked ────────────────────────────────

    def stake(self, caller: str, amount: int) -> None:
        """From free to staked."""
        require_range("amount", amount, 1, MAX_AMOUNT)
        self.require_free(caller, amount)
        account = self.accounts[caller]
        account.free -= amount
        account.staked += amount
        self.emit("Staked", caller, amount)

    def unstake(self, caller: str, amount: int) -> None:
        """From unbonded stake into the cooldown, which starts anew for all in it."""
        require_range("amount", amount, 1, MAX_AMOUNT)
        self.require_unbonded(caller, amount)
        account = self.accounts[caller]
        account.staked -= amount
        account.unbonding += amount
        account.matures_at = self.now + self.cooldown_s
        self.emit("Unstaked", caller, amount, account.matures_at)

    def withdraw_stake(self, caller: str) -> None:
        """From unbonding to free, all of it, once it matured."""
        account = self.accounts[caller]
        amount = account.unbonding
        require_range("unbonding", amount, 1, MAX_AMOUNT)
        require(self.now >= account.matures_at, "TooEarly", self.now, account.matures_at)
        account.unbonding = 0
        account.matures_at = 0
        account.free += amount
        self.emit("StakeWithdrawn", caller, amount)

    # ────────────────────────── what jobs do with money ──────────────────────

    def require_free(self, owner: str, amount: int) -> None:
        free = self.accounts[owner].free
        require(amount <= free, "InsufficientFree", owner, free, amount)

    def require_unbonded(self, owner: str, amount: int) -> None:
        available = self.accounts[owner].staked - self.accounts[owner].bonded
        require(amount <= available, "InsufficientStake", owner, available, amount)

    def slash(self, provider: str, requester: str, caller: str, slash: Slash) -> None:
        """Take a part of a provider's stake and hand it out."""
        self.accounts[provider].staked -= slash.total
        self.accounts[requester].free += slash.to_requester
        self.accounts[caller].free += slash.to_caller
        self.accounts[SINK].free += slash.burned
