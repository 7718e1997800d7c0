"""Numbers for Prometheus, in its text format: counted since the start, or as they are now.

Written by hand: a dozen lines of a documented format need no library.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Name without prefix: (type, help).
METRICS = {
    "http_requests_total": ("counter", "HTTP requests by status."),
    "orders_taken_total": ("counter", "New orders by kind."),
    "orders_refused_total": ("counter", "Refused orders by code."),
    "matches_total": ("counter", "Matches that landed on the chain."),
    "matches_refused_total": ("counter", "Matches the market refused, by its error."),
    "tips_base_units_total": ("counter", "Tips earned."),
    "gas_total": ("counter", "Gas used by our transactions."),
    "rounds_total": ("counter", "Rounds of matching."),
    "round_seconds_total": ("counter", "Time spent in them."),
    "outages_total": ("counter", "Turns that failed."),
    "forks_total": ("counter", "Reorganisations noticed."),
    "orders": ("gauge", "Live orders by kind and state."),
    "authors": ("gauge", "Authors of live orders."),
    "head_block": ("gauge", "The block that the book agrees with."),
}
Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Counters by name and labels. Usable from several threads."""

    def __init__(self) -> None:
        self._values: Counter[tuple[str, Labels]] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Counts; `name` is one of `METRICS`."""
        assert name in METRICS
        with self._lock:
            self._values[name, tuple(sorted(labels.items()))] += amount  # type: ignore[assignment]

    def text(self, gauges: Iterable[tuple[str, Labels, float]] = ()) -> str:
        """All of it, `gauges` included."""
        with self._lock:
            values = dict(self._values)
        values |= {(name, labels): value for name, labels, value in gauges}  # type: ignore[misc]
        lines = []
        for name, (kind, words) in METRICS.items():
            full = f"workbond_matcher_{name}"
            lines += [f"# HELP {full} {words}", f"# TYPE {full} {kind}"]
            found = sorted(
                (labels, value) for (key, labels), value in values.items() if key == name
            )
            for labels, value in found or [((), 0)]:
                told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
                shown = str(value) if isinstance(value, int) else f"{value:.6f}"
                lines.append(f"{full}{'{' + told + '}' if told else ''} {shown}")
        return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
