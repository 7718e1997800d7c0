"""The tables of docs/security/*.md, each between `<!-- NAME -->` and `<!-- /NAME -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from workbond.words import duration

Figures = dict[str, Any]
Tables = Mapping[str, Callable[[Figures], str]]
MINUS = "\N{MINUS SIGN}"


def filled(document: str, tables: Tables, figures: Figures) -> str:
    """The document with new tables. Raises `ValueError` if it lacks the place for one."""
    for name, table in tables.items():
        pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        shown = rf"\g<1>{table(figures)}\n\g<2>"
        document, found = pattern.subn(shown, document)
        if found != 1:
            raise ValueError(f"the document has {found} places for table {name}, not 1")
    return document


def defaults(figures: Figures) -> str:
    heads = ("value at risk", "bond", "first seats", "case fee", "audited", "audits cost")
    return _table(
        (*heads, "a seat gets", "a challenge puts up", "longest case"),
        [
            (
                _count(row["value"]),
                _amount(row["bond"]),
                _count(row["seats"]),
                _amount(row["case_fee"]),
                _percent(row["audited"]),
                _amount(row["audit_cost"]),
                _amount(row["seat_fee"]),
                _amount(row["challenge_bond"]),
                duration(row["case_for_s"]),
            )
            for row in figures["defaults"]
        ],
    )


def ranges(figures: Figures) -> str:
    heads = ("value at risk", "bond", "first seats", "case fee", "audited", "audits cost at least")
    rows = []
    for row in figures["ranges"]:
        for found in row["by_seats"]:
            low, high = found["case_fee"]
            rows.append(
                (
                    _count(row["value"]),
                    _amount(row["bond"]),
                    _count(found["seats"]),
                    f"{_amount(low)} to {_amount(high)}",
                    f"{_percent(found['audited'][0])} to 100%",
                    _amount(found["audit_cost"]),
                )
            )
        if not row["by_seats"]:
            rows.append((_count(row["value"]), _amount(row["bond"]), "none", "", "", ""))
    return _table(heads, rows)


def plays(figures: Figures) -> str:
    heads = [
        "who",
        "instead of honest play",
        *(_percent(part) for part in figures["grid"]["stake"]),
    ]
    rows = [
        (
            row["who"],
            row["name"],
            *(_gain(value) for value in row["by_default"]),
            _gain(row["recommended"]["gain"]),
            _gain(row["elsewhere"]["gain"]),
            _where(row["elsewhere"]),
        )
        for row in figures["plays"]
    ]
    return _table((*heads, "most, recommended", "most, elsewhere", "pays elsewhere"), rows, left=2)


def cheating(figures: Figures) -> str:
    heads = ("bond", "value at risk", *map(_percent, figures["grid"]["audited"]))
    rows = []
    for row in figures["cheating"]:
        cells = zip(row["gains"], row["recommended"], strict=True)
        told = [f"**{_gain(value)}**" if inside else _gain(value) for value, inside in cells]
        rows.append((_count(row["bond"]), _count(row["value"]), *told))
    return _table(heads, rows)


def exposed(figures: Figures) -> str:
    parts = [_percent(part) for part in figures["grid"]["stake"][:3]]
    heads = [
        f"{part}; {fraud}" for fraud in ("all claims right", "a tenth wrong") for part in parts
    ]
    rows = [
        (row["who"], row["name"], *(_gain(value) for value in row["gains"]))
        for row in figures["exposed"]
    ]
    return _table(("who", "and", *heads), rows, left=2)


def appeals(figures: Figures) -> str:
    return _table(
        ("dishonest stake", "the provider of a right claim", "an outvoted seat, of a wrong claim"),
        [
            (_percent(row["stake"]), _gain(row["provider"]), _gain(row["seat"]))
            for row in figures["appeals"]
        ],
    )


def prepaid(figures: Figures) -> str:
    rows = []
    for row in figures["prepaid"]:
        told = [f"{one['seats']} seats: {one['case_fees']:g}" for one in row["rounds"]]
        rows.append((_count(row["seats"]), *told, *[""] * (3 - len(told))))
    return _table(("first seats", "first appeal", "second", "third"), rows)


def leaks(figures: Figures) -> str:
    heads = ["seat fee, in costs of the work", "a verifier of 1% of the stake"]
    heads += [_percent(part) for part in figures["grid"]["stake"][:3]]
    return _table(
        heads,
        [(_count(row["seat_fee"]), *map(_rate, row["fraud"])) for row in figures["leaks"]],
    )


def waiting(figures: Figures) -> str:
    values = [_count(row["value"]) for row in figures["waiting"]]
    rates = [_rate(row["fraud"]) for row in figures["waiting"]]
    return _table(("value at risk", *values), [("waiting pays above", *rates)])


def sampling(figures: Figures) -> str:
    bonds = [_count(row["bond"]) for row in figures["sampling"]]
    rates = [_rate(row["fraud"]) for row in figures["sampling"]]
    return _table(("bond", *bonds), [("sampling pays above", *rates)])


def captured(figures: Figures) -> str:
    return _by_share(figures, "captured")


def blocked(figures: Figures) -> str:
    return _by_share(figures, "blocked")


def outvoted(figures: Figures) -> str:
    return _by_share(figures, "outvoted")


def seeds(figures: Figures) -> str:
    return _table(
        ("seeds to choose from", "3 seats", "7", "15", "31"),
        [(_count(row["tries"]), *map(_chance, row["captured"])) for row in figures["seeds"]],
    )


def lottery(figures: Figures) -> str:
    return _table(
        ("audit rate", "friends build no blocks", "10%", "half", "the one that decides"),
        [(_percent(row["audited"]), *map(_chance, row["caught"])) for row in figures["lottery"]],
    )


ECONOMICS = {
    table.__name__: table
    for table in (
        defaults,
        ranges,
        plays,
        cheating,
        exposed,
        appeals,
        prepaid,
        leaks,
        waiting,
        sampling,
    )
}
"""Of docs/security/economics.md."""
THREATS = {table.__name__: table for table in (captured, blocked, outvoted, seeds, lottery)}
"""Of docs/security/threat-model.md."""


# ───────────────────────────────── what they share ─────────────────────────────


def _by_share(figures: Figures, name: str) -> str:
    return _table(
        ("share of the stake", "3 seats", "7", "15", "31"),
        [(_percent(row["share"]), *map(_chance, row[name])) for row in figures["chances"]],
    )


def _where(extreme: dict[str, Any]) -> str:
    """How many points pay, and the one that pays best."""
    if not extreme["pays"]:
        return "nowhere"
    at = extreme["where"]
    return (
        f"{extreme['pays']} of {extreme['of']}: bond {at['bond']:g}, value {at['value']:g}, "
        f"audits {_percent(at['audited'])}, stake {_percent(at['stake'])}, "
        f"fraud {_percent(at['fraud'])}"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    marks = ["---"] * left + ["---:"] * (len(heads) - left)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, marks, *rows))


def _count(number: int) -> str:
    return f"{number:,}"


def _amount(number: float) -> str:
    return f"{number:,.2f}".rstrip("0").rstrip(".")


def _gain(number: float) -> str:
    return f"{number:,.2f}".replace("-", MINUS) if abs(number) >= 0.0995 else _small(number)


def _small(number: float) -> str:
    return f"{number:.3f}".replace("-", MINUS) if number else "0"


def _percent(part: float) -> str:
    return f"{100 * part:.3g}%"


def _rate(part: float | None) -> str:
    return "never" if part is None else _percent(part)


def _chance(part: float) -> str:
    """Down to one in a million."""
    if part == 0 or part >= 1e-4:
        return f"{100 * part:.3g}%"
    power = f"{part:.0e}".split("e")
    return f"{power[0]}·10^{MINUS}{abs(int(power[1]))}"
