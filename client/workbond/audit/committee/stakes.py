"""Stakes as the committee's tree of sums weighs them: by epochs, in the order of their places."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass
class _Weight:
    """`active` during `epoch`, the last one in which it was changed; `staked` in all later ones."""

    epoch: int = 0
    active: int = 0
    staked: int = 0

    def at(self, epoch: int) -> int:
        return self.active if self.epoch == epoch else self.staked


class Stakes:
    """Who has which place, and weighs what; places are counted from 1."""

    def __init__(self) -> None:
        self.accounts: list[str] = []
        self._places: dict[str, int] = {}
        self._weights: dict[str, _Weight] = {}

    def place(self, account: str) -> int:
        """0 for one that never staked."""
        return self._places.get(account, 0)

    def next_place(self, account: str) -> int:
        """The place that `account` has or would get."""
        return self.place(account) or len(self.accounts) + 1

    def staked(self, account: str) -> int:
        """What it weighs from the next epoch on."""
        return self._weights[account].staked if account in self._weights else 0

    def active(self, account: str, epoch: int) -> int:
        """What it weighs in `epoch`, the current one."""
        return self._weights[account].at(epoch) if account in self._weights else 0

    def total(self, epoch: int) -> int:
        """All that is active in `epoch`, the current one."""
        return sum(weight.at(epoch) for weight in self._weights.values())

    def change(self, account: str, difference: int, epoch: int) -> None:
        """What `account` weighs after `epoch` changes; a newcomer gets the next place."""
        if account not in self._places:
            self.accounts.append(account)
            self._places[account] = len(self.accounts)
            self._weights[account] = _Weight()
        weight = self._weights[account]
        weight.epoch, weight.active = epoch, weight.at(epoch)
        weight.staked += difference

    def holders(self, tickets: Sequence[int], epoch: int) -> list[str]:
        """On whom each ticket falls; all must be below `total(epoch)`."""
        ends = list(accumulate(self.active(account, epoch) for account in self.accounts))
        return [self.accounts[bisect_right(ends, ticket)] for ticket in tickets]
