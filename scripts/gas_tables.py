"""The tables of gas in docs/performance.md, made from benchmarks/results/gas.json.

A table stands between `<!-- begin NAME: made by scripts/make_docs.py -->` and `<!-- end NAME -->`.
What peers take was measured on their own contracts, once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "results" / "gas.json"
Rows = dict[str, dict[str, Any]]

LIVES = {
    "signed_1": "signed orders matched by a third party, with a tip",
    "fill_1": "a signed request that a provider fills",
    "direct_1": "executed first, then filled and claimed at once",
    "open_1": "posted for everybody",
    "signed_batch32_per_job": "32 jobs in three batches, per job",
    "signed_1000_tasks_per_task": "a job of 1,000 tasks, per task",
    "expire_slash": "slashing a silent provider",
}
CASES = {  # and of which transactions the figures are shown; none: of all
    "committee_slash_total": (
        "a wrong claim challenged, three seats agree, the bond paid out",
        (),
    ),
    "committee_slash_dissent": ("the same, one seat punished for another vote", ("close",)),
    "committee_upheld_total": ("a right claim challenged, whose challenger pays", ("close",)),
    "committee_audit_total": ("a right claim chosen by the lottery", ("audit", "close")),
}
APPEALED = ("committee_appealed_to_31", "three times appealed, 56 seats, 25 of them punished")
WHOLE_CASE = ("post", "accept", "submit")  # comes before committee_slash_total


def lives(rows: Rows) -> str:
    return _table(
        ("life of a job", "transactions", "gas", "budget"),
        [
            (f"`{name}`: {words}", _transactions(rows[name]), *_gas_and_budget(rows[name]))
            for name, words in LIVES.items()
        ],
    )


def peers(rows: Rows) -> str:
    """What one honest job takes there, and here."""

    def gas(name: str) -> str:
        return f"{rows[name]['gas']:,}"

    before = rows["open_1"]["transactions"]
    slashed = rows["committee_slash_total"]["gas"] + sum(before[key] for key in WHOLE_CASE)
    both = f"{gas('signed_1')} / {gas('signed_batch32_per_job')}"
    ours = "**Workbond**"
    return _table(
        ("system", "transactions", "gas per job"),
        [
            (f"{ours}, direct", "2", f"**{gas('direct_1')}**"),
            (f"{ours}, signed orders: alone / in a batch of 32", "3", f"**{both}**"),
            (
                f"{ours}, a job of 1,000 tasks, per task",
                "3",
                f"**{gas('signed_1000_tasks_per_task')}**",
            ),
            ("iExec PoCo, one worker / three", "5 / 9", "1,575,145 / 2,337,877"),
            ("iExec PoCo, a bag of 10, per task", "21", "752,856"),
            ("iExec PoCo Boost (TEE only)", "2", "586,945"),
            (
                f"{ours}, a wrong result slashed by three seats: posted, accepted, claimed, and "
                "the case",
                "12",
                f"**{slashed:,}**",
            ),
            ("Lilypad, without / with a slash", "4 / 5", "1,769,424 / 1,989,606"),
            (
                "Boundless, alone / in a batch of 32 / of 128",
                "3",
                "592,735 / 226,166 / 224,489",
            ),
            ("Livepeer, a winning ticket", "1", "94,000 to 202,600"),
            (
                f"EigenLayer, a slash alone (Workbond: {gas('expire_slash')})",
                "1",
                "301,192 to 414,223",
            ),
        ],
    )


def ends(rows: Rows) -> str:
    answered = rows["answer_1"]["transactions"]
    moved = [rows[name]["gas"] for name in ("deposit", "withdraw", "stake")]
    found = {
        "posted, given back after 10 minutes of 2 hours": [rows["release"]["gas"]],
        "posted, expired, bond slashed": [rows["expire"]["gas"]],
        "posted, never opened, bond slashed": [rows["void"]["gas"]],
        "posted and cancelled": [rows["cancel"]["gas"]],
        "a signed request revoked on the chain": [rows["revoke"]["gas"]],
        "one chunk of 16 KiB demanded; shown": [answered["demand"], answered["answer"]],
        "deposit; withdraw; stake": moved,
        "a card of 600 bytes": [rows["announce"]["gas"]],
    }
    return _table(("", "gas"), [(words, _list(gas)) for words, gas in found.items()])


def cases(rows: Rows) -> str:
    made = [
        (f"`{name}`: {words}", _transactions(rows[name], keys), *_gas_and_budget(rows[name]))
        for name, (words, keys) in CASES.items()
    ]
    name, words = APPEALED
    each = rows[name]["transactions"]
    rounds = _list([gas for key, gas in each.items() if key.startswith("round of ")])
    appeals = [gas for key, gas in each.items() if key.startswith("appeal to ")]
    parts = (
        f"rounds of 3, 7, 15, 31: {rounds}; {len(appeals)} appeals {sum(appeals):,}; "
        f"close {each['close']:,}"
    )
    made.append((f"`{name}`: {words}", parts, *_gas_and_budget(rows[name])))
    return _table(("case", "transactions", "gas", "budget"), made)


def verifiers(rows: Rows) -> str:
    def gas(name: str) -> str:
        return f"{rows[f'committee_{name}']['gas']:,}"

    more = [rows[f"committee_draw_{seats}_of_1000"]["gas"] for seats in (7, 15, 31)]
    return _table(
        ("", "1 verifier", "1,000"),
        [
            ("the last one's first stake", gas("join_1"), gas("join_1000")),
            ("more stake of the first one", gas("add_1"), gas("add_1000")),
            ("a draw of 3 seats", gas("draw_3_of_1"), gas("draw_3_of_1000")),
            ("of 7; 15; 31", "", _list(more)),
        ],
    )


TABLES: dict[str, Callable[[Rows], str]] = {
    "lives": lives,
    "peers": peers,
    "ends": ends,
    "cases": cases,
    "verifiers": verifiers,
}


def filled(document: str, results: list[dict[str, Any]] | None = None) -> str:
    """The document with fresh tables. Raises `ValueError` if it lacks the place for one."""
    results = json.loads(RESULTS.read_text()) if results is None else results
    rows = {row["name"]: row for row in results}
    for name, table in TABLES.items():
        begin, end = f"<!-- begin {name}: made by scripts/make_docs.py -->", f"<!-- end {name} -->"
        pattern = re.compile(rf"({re.escape(begin)}\n).*?({re.escape(end)})", re.DOTALL)
        document, found = pattern.subn(rf"\g<1>{table(rows)}\n\g<2>", document)
        if found != 1:
            raise ValueError(f"the document has {found} places for table {name}, not 1")
    return document


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)


def _transactions(row: dict[str, Any], keys: Sequence[str] = ()) -> str:
    each = row["transactions"]
    return "; ".join(f"{key} {each[key]:,}" for key in keys or each)


def _gas_and_budget(row: dict[str, Any]) -> tuple[str, str]:
    return f"{row['gas']:,}", f"{row['budget']:,}" if "budget" in row else ""


def _list(gas: Sequence[int]) -> str:
    return "; ".join(f"{one:,}" for one in gas)
