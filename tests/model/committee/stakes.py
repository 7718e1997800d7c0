"""Stake, which weighs in the draws of whole epochs."""

from dataclasses import dataclass

from ..errors import require, require_range
from ..rules import MAX_AMOUNT
from . import rules
from .treasury import Treasury
from .words import Verifier


@dataclass
class Stake:
    """A verifier's weight. What changed in an epoch counts in the next."""

    staked: int = 0
    changed: int = 0  # the epoch
    before: int = 0  # in it

    def active(self, epoch: int) -> int:
        """What it weighs in an epoch that is not over."""
        return self.before if epoch == self.changed else self.staked

    def change(self, amount: int, epoch: int) -> None:
        self.before = self.active(epoch)
        self.changed = epoch
        self.staked += amount


class Stakes(Treasury):
    """Verifiers, in the order in which they came."""

    def __init__(self, *terms: object) -> None:
        super().__init__(*terms)  # type: ignore[arg-type]
        self.stakes: dict[str, Stake] = {}

    @property
    def epoch(self) -> int:
        return self.now // rules.EPOCH_S

    def stake(self, caller: str, amount: int) -> None:
        """From free to staked."""
        require_range("amount", amount, 1, MAX_AMOUNT)
        self.require_free(caller, amount)
        staked = self.staked(caller) + amount
        require_range("stake", staked, self.min_stake, MAX_AMOUNT)
        self.purses[caller].free -= amount
        self.stakes.setdefault(caller, Stake()).change(amount, self.epoch)
        self.emit("Staked", caller, amount, self.place(caller), self.epoch + 1)

    def unstake(self, caller: str, amount: int) -> None:
        """From staked to leaving; the wait starts anew for all of it."""
        require_range("amount", amount, 1, MAX_AMOUNT)
        staked = self.staked(caller)
        require(amount <= staked, "InsufficientStake", caller, staked, amount)
        if amount < staked:
            require_range("stake", staked - amount, self.min_stake, MAX_AMOUNT)
        purse = self.purses[caller]
        self.stakes[caller].change(-amount, self.epoch)
        purse.leaving += amount
        purse.matures_at = self.now + rules.LEAVES_FOR_S
        self.emit("Unstaked", caller, amount, self.epoch + 1, purse.matures_at)

    def withdraw_stake(self, caller: str) -> None:
        """From leaving to free, all of it, once it matured."""
        purse = self.purses[caller]
        amount = purse.leaving
        require_range("leaving", amount, 1, MAX_AMOUNT)
        self.market.require_from(purse.matures_at)
        purse.leaving = purse.matures_at = 0
        purse.free += amount
        self.emit("StakeWithdrawn", caller, amount)

    def staked(self, owner: str) -> int:
        return self.stakes[owner].staked if owner in self.stakes else 0

    def place(self, owner: str) -> int:
        """Counted from 1; 0 for whom never staked."""
        return [*self.stakes].index(owner) + 1 if owner in self.stakes else 0

    def verifier(self, owner: str) -> Verifier:
        """A view: all that an account has here."""
        purse, stake = self.purses[owner], self.stakes.get(owner)
        money = (purse.leaving, purse.matures_at)
        if stake is None:
            return Verifier(purse.free, 0, 0, *money)
        return Verifier(
            purse.free, stake.active(self.epoch), stake.staked, *money, self.place(owner)
        )

    def total_active(self) -> int:
        """A view: all that weighs in this epoch's draws."""
        return sum(stake.active(self.epoch) for stake in self.stakes.values())

    def holder(self, ticket: int) -> str:
        """Whose it is: the stakes lie side by side in the order of the verifiers."""
        number = ticket % self.total_active()
        for owner, stake in self.stakes.items():
            number -= stake.active(self.epoch)
            if number < 0:
                return owner
        raise AssertionError("a number beyond all stakes")

    def punish(self, owner: str, penalty: int) -> int:
        """Take up to that much, out of the stake and then of what is leaving; returns what it
        was."""
        stake, purse = self.stakes[owner], self.purses[owner]
        from_stake = min(penalty, stake.staked)
        from_leaving = min(penalty - from_stake, purse.leaving)
        stake.change(-from_stake, self.epoch)
        purse.leaving -= from_leaving
        return from_stake + from_leaving
