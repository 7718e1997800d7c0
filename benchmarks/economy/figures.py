"""Sums and quantiles for the report, rounded so that the same run writes the same file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .scale import WORK


def work(amount: float) -> float:
    """Base units as tokens, to the cent."""
    return round(amount / WORK, 2)


def share(part: float, whole: float) -> float:
    """0 to 1; 0 of nothing."""
    return round(part / whole, 4) if whole else 0.0


def quantile(values: Sequence[float], at: float) -> float:
    """Of sorted values, the one that `at` of them do not exceed; 0 of none."""
    return values[min(len(values) - 1, int(len(values) * at))] if values else 0.0


def quantiles(values: Iterable[float], digits: int = 2) -> dict[str, float]:
    """Quartiles, the 95th percentile and the largest."""
    found = sorted(values)
    marks = {"q1": 0.25, "median": 0.5, "q3": 0.75, "p95": 0.95, "most": 1.0}
    return {name: round(quantile(found, at), digits) for name, at in marks.items()}


def mean(values: Iterable[float]) -> float:
    found = [*values]
    return sum(found) / len(found) if found else 0.0
