"""Gas of whole transactions: receipts of the packaged contracts on a fresh anvil (EVM prague).

    python benchmarks/gas.py            # prints a table, writes benchmarks/results/gas.json
    python benchmarks/gas.py --accept   # also where a figure rose

`make docs` then puts the figures into docs/performance.md. Exits with 1, and writes nothing, where
a figure exceeds its budget, or the last results by more than 1% (with draws 12%, since paths to
seats share more or fewer nodes of the tree of stakes). The lives that are played are those of
benchmarks/lives.py, the cases those of benchmarks/cases.py.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cases import OPENING, TRUTH, Cases
from lives import CALLER, PROVIDER, WORK, Gas, Lives

from workbond.chain import anvil
from workbond.chain.cases import ROUND_SEATS

RESULTS = Path(__file__).parent / "results" / "gas.json"
MAX_RISE_PERCENT = 1
MAX_RISE_OF_DRAWN_PERCENT = 12
CROWD = 1_000  # verifiers
BATCH = 32
TASKS = 1_000
CARD = b'{"gateway":"' + b"g" * 586 + b'"}'  # 600 bytes

BUDGET = {
    "signed_1": 185_000,
    "fill_1": 170_000,
    "direct_1": 128_000,
    "open_1": 205_000,
    "signed_batch32_per_job": 75_000,
    "signed_1000_tasks_per_task": 190,
    "expire_slash": 80_000,
    "committee_slash_total": 1_100_000,
}
"""The most that each may take."""


@dataclass(frozen=True)
class Row:
    """Gas of all `transactions` together, divided by `per` (jobs or tasks), rounded up; `drawn`:
    chance has a part in it."""

    name: str
    transactions: Gas
    per: int = 1
    drawn: bool = False

    @property
    def gas(self) -> int:
        return -(-sum(self.transactions.values()) // self.per)

    def to_json(self) -> dict[str, object]:
        budget = {"budget": BUDGET[self.name]} if self.name in BUDGET else {}
        return {"name": self.name, "gas": self.gas, **budget, "transactions": self.transactions}


def measure(lives: Lives) -> list[Row]:
    market = lives.market
    # The sink's first credit, ever, an offer's first use, and whatever else is paid for once.
    lives.released()
    lives.expired()
    lives.finalized(lives.matched, lives.tipped())
    expired = lives.expired()
    singles: dict[str, Callable[[], int]] = {
        "deposit": lambda: market.deposit(CALLER, 7 * WORK).gas_used,
        "withdraw": lambda: market.withdraw(CALLER, CALLER.address, 3 * WORK).gas_used,
        "stake": lambda: market.stake(CALLER, 5 * WORK).gas_used,
        "announce": lambda: market.announce(PROVIDER, CARD).gas_used,
    }
    return [
        Row("signed_1", lives.finalized(lives.matched, lives.tipped())),
        Row("fill_1", lives.finalized(lives.filled, lives.request())),
        Row("direct_1", lives.direct()),
        Row("open_1", lives.approved(lives.request())),
        Row("open_1_finalize", lives.finalized(lives.accepted, lives.request())),
        Row("signed_batch32_per_job", lives.batched(BATCH), per=BATCH),
        Row(
            "signed_1000_tasks_per_task",
            lives.finalized(lives.matched, lives.tipped(TASKS)),
            per=TASKS,
        ),
        Row("open_65536", lives.approved(lives.request(65_536))),
        Row("expire_slash", {"expire": expired["expire"]}),
        Row("release", lives.released()),
        Row("expire", expired),
        Row("void", lives.voided()),
        Row("cancel", lives.cancelled()),
        Row("revoke", lives.revoked()),
        Row("answer_1", lives.answered()),
        *(Row(name, {name: send()}) for name, send in singles.items()),
    ]


def measure_cases(court: Cases) -> list[Row]:
    joined, added = court.join(1).gas_used, court.add().gas_used
    few = court.drawn(3)
    joined_crowd, added_crowd = court.join(CROWD).gas_used, court.add().gas_used
    # As in `measure`: the sink's first credit, and everybody else's.
    court.slashed((TRUTH, TRUTH, None))
    court.upheld()
    drawn = {seats: court.drawn(seats) for seats in ROUND_SEATS}
    return [
        Row("committee_slash_total", court.slashed(), drawn=True),
        Row("committee_slash_dissent", court.slashed((TRUTH, TRUTH, OPENING)), drawn=True),
        Row("committee_upheld_total", court.upheld(), drawn=True),
        Row("committee_audit_total", court.audited(), drawn=True),
        Row("committee_appealed_to_31", court.appealed(), drawn=True),
        Row("committee_join_1", {"stake": joined}),
        Row(f"committee_join_{CROWD}", {"stake": joined_crowd}),
        Row("committee_add_1", {"stake": added}),
        Row(f"committee_add_{CROWD}", {"stake": added_crowd}),
        Row("committee_draw_3_of_1", {"draw": few}),
        *(
            Row(f"committee_draw_{seats}_of_{CROWD}", {"draw": gas}, drawn=True)
            for seats, gas in drawn.items()
        ),
    ]


def problems(rows: list[Row], last: dict[str, int]) -> list[str]:
    """What exceeds its budget, or the last results by too much."""
    found = []
    for row in rows:
        most, before = BUDGET.get(row.name), last.get(row.name)
        if most is not None and row.gas > most:
            found.append(f"{row.name} takes {row.gas:,} gas, its budget is {most:,}")
        rise = MAX_RISE_OF_DRAWN_PERCENT if row.drawn else MAX_RISE_PERCENT
        if before is not None and row.gas * 100 > before * (100 + rise):
            found.append(
                f"{row.name} takes {row.gas:,} gas, {before:,} before: make it cheaper, or accept "
                "that with --accept"
            )
    return found


def show(rows: list[Row]) -> None:
    print(f"{'':<27} {'gas':>9} {'budget':>9}   transactions")
    for row in rows:
        budget = f"{BUDGET[row.name]:,}" if row.name in BUDGET else ""
        parts = "  ".join(f"{tx} {used:,}" for tx, used in row.transactions.items())
        print(f"{row.name:<27} {row.gas:>9,} {budget:>9}   {parts}")


def main() -> None:
    with anvil.Anvil(block_time_s=3_600) as chain:  # blocks only where the lives make them
        lives = Lives(chain)
        rows = measure(lives) + measure_cases(Cases(lives))
    show(rows)
    last = {row["name"]: row["gas"] for row in json.loads(RESULTS.read_text())}
    if "--accept" in sys.argv[1:]:
        last = {}
    found = problems(rows, last)
    if found:
        sys.exit("\n".join(found))
    RESULTS.write_text(json.dumps([row.to_json() for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
