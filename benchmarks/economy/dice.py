"""Chance, the same for the same seed on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol, TypeVar

T = TypeVar("T")


class Shared(Protocol):
    """What comes with a share, in percent."""

    @property
    def share(self) -> int: ...


S = TypeVar("S", bound=Shared)


def drawn(dice: Random, among: Sequence[tuple[T, int]]) -> T:
    """One of several, by weight."""
    return dice.choices([each for each, _ in among], [weight for _, weight in among])[0]


def shares(dice: Random, among: Sequence[S], count: int) -> list[S]:
    """`count` of them, as near to their shares as whole numbers are, shuffled."""
    total = sum(each.share for each in among)
    ends = [count * sum(e.share for e in among[: i + 1]) // total for i in range(len(among))]
    found = [
        each
        for each, start, end in zip(among, [0, *ends], ends, strict=False)
        for _ in range(end - start)
    ]
    dice.shuffle(found)
    return found


def chance(dice: Random, percent: float) -> bool:
    return dice.random() * 100 < percent
