"""The tables of docs/economics.md, each between `<!-- NAME -->` and `<!-- /NAME -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

Figures = dict[str, Any]


def filled(document: str, figures: Figures) -> str:
    """The document with new tables. Raises `ValueError` if it lacks the place for one."""
    for name, table in TABLES.items():
        pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        new = rf"\g<1>{table(figures)}\n\g<2>"
        document, found = pattern.subn(new, document)
        if found != 1:
            raise ValueError(f"docs/economics.md has {found} places for table {name}, not 1")
    return document


def tables(figures: Figures) -> str:
    """All tables one after the other."""
    return "\n\n".join(f"## {name}\n\n{table(figures)}" for name, table in TABLES.items()) + "\n"


def market(figures: Figures) -> str:
    market, scale = figures["market"], figures["scale"]
    calls = sum(market["calls"].values())
    return _table(
        ("", ""),
        [
            ("requests signed", _count(market["requests"])),
            ("matched", f"{_count(market['matched'])} ({_part(market, 'matched', 'requests')})"),
            ("paid", f"{_count(market['paid'])} ({_part(market, 'paid', 'matched')} of matched)"),
            ("payments", f"{market['payments']:,.0f} WORK"),
            ("tips to the matcher", f"{market['tips']:,.2f} WORK"),
            ("fees of answered demands", f"{market['demand_fees']:,.2f} WORK"),
            ("slashed", f"{market['slashed']:,.0f} WORK"),
            ("busy slots", f"{market['utilisation']:.1%} of all hours"),
            ("calls of the market", f"{_count(calls)}, {scale['days']} days and their tail"),
            ("entries that batches skipped", _count(sum(market["skipped"].values()))),
        ],
    )


def classes(figures: Figures) -> str:
    return _table(
        ("class", "providers", "slots", "jobs", "busy", "price", "failed", "slashed", "earnings"),
        [
            (
                row["class"],
                _count(row["providers"]),
                _count(row["slots"]),
                _count(row["jobs"]),
                f"{row['utilisation']:.0%}",
                f"{1_000 * row['price']['median']:.1f}",
                f"{row['failed']:.1%}",
                f"{row['slashed']:,.0f}",
                _quartiles(row["earnings"]),
            )
            for row in figures["classes"]
        ],
    )


def kinds(figures: Figures) -> str:
    return _table(
        ("kind", "requests", "matched", "wait: median", "95%", "price", "on ramp", "failed"),
        [
            (
                row["kind"],
                _count(row["requests"]),
                f"{row['matched']:.1%}",
                _minutes(row["minutes"]["median"]),
                _minutes(row["minutes"]["p95"]),
                f"{1_000 * row['price']['median']:.1f}",
                f"{row['on_ramp']['median']:.0%}",
                f"{row['failed']:.1%}",
            )
            for row in figures["kinds"]
        ],
    )


def unmatched(figures: Figures) -> str:
    return _table(
        ("code", "the last obstacle", "requests"),
        [
            (f"`{row['code']}`", row["reason"], _count(row["requests"]))
            for row in figures["unmatched"]
        ],
    )


def waiting(figures: Figures) -> str:
    waits = figures["waiting"]
    rounds, minutes = waits["rounds"], waits["minutes"]
    return _table(
        ("", "rounds", "time"),
        [
            ("median of matched orders", f"{rounds['median']:.0f}", _minutes(minutes["median"])),
            ("95%", f"{rounds['p95']:.0f}", _minutes(minutes["p95"])),
            ("longest", f"{rounds['most']:.0f}", _minutes(minutes["most"])),
            ("orders ever passed over while they fitted", _count(waits["passed_over"]), ""),
            (
                "longest wait of a fitting order",
                f"{waits['longest_fitting_rounds']}",
                _minutes(waits["longest_fitting_rounds"] * figures["scale"]["round_s"] / 60),
            ),
            ("the bound for that order", _count(waits["its_bound_rounds"]), ""),
            ("nearest that any order came to its bound", f"{waits['least_slack']:.0%}", ""),
            ("orders beyond their bounds", _count(waits["broken"]), ""),
        ],
    )


def ends(figures: Figures) -> str:
    heads = ("end", "jobs", "slashed", "of bonds", "to requesters", "to callers", "burned")
    return _table(
        heads,
        [
            (
                row["end"],
                _count(row["jobs"]),
                f"{row['slashed']:,.1f}",
                f"{row['of_bonds']:.1%}",
                f"{row['to_requesters']:,.1f}",
                f"{row['to_keepers']:,.2f}",
                f"{row['burned']:,.2f}",
            )
            for row in figures["ends"]
        ],
    )


def manners(figures: Figures) -> str:
    heads = ("manner", "providers", "jobs", "failed", "slashed", "earn", "work: first third")
    return _table(
        (*heads, "last third", "gave up"),
        [
            (
                row["manner"],
                _count(row["providers"]),
                _count(row["jobs"]),
                f"{row['failed']:.1%}",
                f"{row['slashed']:,.0f}",
                f"{row['to_steady']:.0%}",
                f"{row['work_first_third']:.1%}",
                f"{row['work_last_third']:.1%}",
                _count(row["ruined"]),
            )
            for row in figures["manners"]
        ],
    )


def cheating(figures: Figures) -> str:
    """Claims without results."""
    row = max(figures["manners"], key=lambda each: each["cheated"])
    paid = _part(row, "cheated_paid", "cheated")
    return _table(
        ("", ""),
        [
            ("claims with nothing behind them", _count(row["cheated"])),
            ("of these paid, as nobody demanded in time", f"{row['cheated_paid']} ({paid})"),
            ("payments less slashes of all these claims", f"{row['cheated_gain']:,.0f} WORK"),
        ],
    )


def newcomers(figures: Figures) -> str:
    row = figures["newcomers"]
    return _table(
        ("", ""),
        [
            ("newcomers", f"{row['providers']} ({row['of_all']:.0%} of all)"),
            (f"their jobs in their first {row['first_days']} days", _count(row["jobs_first_days"])),
            ("as a part of what others with their hardware got", f"{row['to_peers']:.0%}"),
        ],
    )


def pricings(figures: Figures) -> str:
    return _table(
        ("pricing", "providers", "jobs", "margin at the end", "earn"),
        [
            (
                row["pricing"],
                _count(row["providers"]),
                _count(row["jobs"]),
                f"{row['margin_at_end']:.0%}",
                f"{row['to_class']:.0%}",
            )
            for row in figures["pricings"]
        ],
    )


TABLES: dict[str, Callable[[Figures], str]] = {
    each.__name__: each
    for each in (
        market,
        classes,
        kinds,
        unmatched,
        waiting,
        ends,
        manners,
        cheating,
        newcomers,
        pricings,
    )
}


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column is text, the others are numbers."""
    line = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, line, *rows))


def _count(number: int) -> str:
    return f"{number:,}"


def _part(row: dict[str, Any], part: str, whole: str) -> str:
    return f"{row[part] / max(1, row[whole]):.1%}"


def _minutes(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _quartiles(found: dict[str, float]) -> str:
    return f"{found['q1']:,.1f} / {found['median']:,.1f} / {found['q3']:,.1f}"
