"""The matching engine: how fast, how the time grows, how near the optimum, how long anybody waits.

    python benchmarks/matcher.py            # writes benchmarks/results/matcher.json
    python benchmarks/matcher.py --quick    # without the book of 100,000, and writes nothing

Times are seconds of one processor (others on the machine don't count), and only their ratio carries
over to another machine. Ends with 1 if a bound of `BOUNDS` is broken.
"""

from __future__ import annotations

import json
import runpy
import statistics
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from matcher_book import NOW_S, Book, book, covered, one_market
from scipy.optimize import linear_sum_assignment

from workbond.matcher.engine.certificate import Certificate
from workbond.matcher.engine.constraints import fits
from workbond.matcher.engine.markets import judged
from workbond.matcher.engine.match import certified, frame_of, match
from workbond.matcher.engine.slots import slots_of
from workbond.matcher.engine.types import Allocation, Tuning, Wanted

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "matcher.json"
US = "0x" + "ab" * 20
TOLERANCE = Tuning().tolerance
SEEDS = range(200)
BOUNDS = {"growth": 13.0, "quality": 0.95}


def timed(orders: Book) -> tuple[float, Allocation, Certificate]:
    started = time.process_time()
    allocation, certificate = certified(orders.wanted, orders.offered, orders.standings, NOW_S, US)
    return time.process_time() - started, allocation, certificate


def quality(orders: Book) -> tuple[float, float]:
    """Points, and tokens of surplus, against the best assignment of all slots to all requests.

    The optimum may spend what stake and money don't cover: it is the true one or above it.
    """
    frame = frame_of(orders.wanted, orders.offered, orders.standings, NOW_S, US, Tuning())
    slots = slots_of(frame, NOW_S)
    rows, columns, points = judged(
        frame, np.arange(frame.rows)[:, None], np.arange(frame.columns)[None, :]
    )
    table = np.zeros((frame.rows, frame.columns))
    money = np.zeros_like(table)
    table[rows, columns] = points
    least = frame.min_flat[columns] + frame.units[rows] * frame.min_price[columns]
    money[rows, columns] = frame.pay[rows] - least
    by_slot = table[:, slots.column]
    by_slot = np.where(by_slot > 0, by_slot + slots.offset, 0)
    best = by_slot[linear_sum_assignment(by_slot, maximize=True)].sum()
    richest = money[:, slots.column]
    most = richest[linear_sum_assignment(richest, maximize=True)].sum()
    pairs = match(orders.wanted, orders.offered, orders.standings, NOW_S, US).pairs
    row = {each.id: place for place, each in enumerate(frame.wanted)}
    column = {each.digest: place for place, group in enumerate(frame.groups) for each in group}
    own = sum(money[row[pair.wanted.id], column[pair.offered.digest]] for pair in pairs)
    return float(sum(pair.score for pair in pairs) / best), float(own / most)


def qualities() -> dict[str, float]:
    found = [quality(covered(book(seed, 50, 50, 25))) for seed in SEEDS]
    tight = [quality(book(seed, 50, 50, 25))[0] for seed in SEEDS]
    large = quality(covered(book(1, 1_000, 1_000, 100)))
    points = [of_points for of_points, _ in found]
    return {
        "quality_minimum": round(min(points), 4),
        "quality_median": round(statistics.median(points), 4),
        "quality_with_scarce_stake_at_least": round(min(tight), 4),
        "quality_1000": round(large[0], 4),
        "surplus_in_tokens_median": round(statistics.median(tokens for _, tokens in found), 4),
    }


def waits() -> dict[str, float]:
    """An overloaded book over 60 rounds: more requests come in each than there are places.

    Counts for each request the rounds in which some place fitted it and it got none, against its
    bound: the requests that were there when it came, and those that came within a patience after.
    """
    round_s, patience_s, coming, places, rounds = 12, 120, 30, 20, 60
    tuning = Tuning(patience_s=patience_s)
    stream = covered(book(5, rounds * coming, rounds * places, 100))
    waiting: list[Wanted] = []
    passed: Counter[bytes] = Counter()
    bound: dict[bytes, int] = {}
    for turn in range(rounds):
        now_s = NOW_S + turn * round_s
        new = stream.wanted[turn * coming : (turn + 1) * coming]
        waiting += [replace(each, since_s=now_s) for each in new]
        later = coming * min(patience_s // round_s, rounds - turn)
        bound.update((each.id, len(waiting) + later) for each in new)
        offers = [
            replace(each, since_s=now_s, offer=replace(each.offer, max_jobs=1))
            for each in stream.offered[turn * places : (turn + 1) * places]
        ]
        pairs = match(waiting, offers, stream.standings, now_s, US, tuning).pairs
        done = {pair.wanted.id for pair in pairs}
        frame = frame_of(waiting, offers, stream.standings, now_s, US, tuning)
        table = fits(frame, np.arange(frame.rows)[:, None], np.arange(frame.columns)[None, :])
        could = [frame.wanted[row].id for row in np.flatnonzero(table.any(axis=1)).tolist()]
        passed.update(each for each in could if each not in done)
        waiting = [each for each in waiting if each.id not in done]
    worst = max(passed, key=lambda each: passed[each] / bound[each])
    return {
        "longest_wait_rounds": max(passed.values()),
        "wait_to_its_bound_worst": round(passed[worst] / bound[worst], 2),
    }


def stable(certificate: Certificate) -> int:
    """Pairs that would rather have each other, and flaws of the proof."""
    return len(certificate.blocking(TOLERANCE)) + len(certificate.flaws())


def main() -> None:
    quick = "--quick" in sys.argv
    insertion = HERE / "matcher_insertion.py"
    # Loaded before minutes are spent on the rest.
    measure = runpy.run_path(str(insertion))["measure"] if insertion.exists() else dict
    timed(book(0, 300, 300, 30))  # imports and first calls
    results: dict[str, float] = qualities() | waits()
    taken, allocation, certificate = timed(one_market(book(1, 10_000, 10_000, 500)))
    results["seconds_10000"] = round(taken, 1)
    results["requests_per_second"] = round(10_000 / taken)
    results["matched_of_10000"] = len(allocation.pairs)
    results["blocking_pairs"] = stable(certificate)
    total = certificate.total()
    results["quality_10000_at_least"] = round(total / (total + 10_000 * TOLERANCE), 4)
    if not quick:
        orders = one_market(book(2, 100_000, 100_000, 5_000))
        started = time.process_time()
        allocation = match(orders.wanted, orders.offered, orders.standings, NOW_S, US)
        more = time.process_time() - started
        results["growth_100000_to_10000"] = round(more / taken, 1)
        results["matched_of_100000"] = len(allocation.pairs)
    results |= measure()
    for name, value in results.items():
        print(f"{name:36} {value:>12,}")
    if not quick:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    broken = [
        f"the worst of {len(SEEDS)} books has {results['quality_minimum']} of the optimum"
        for _ in range(results["quality_minimum"] < BOUNDS["quality"])
    ]
    if results["blocking_pairs"]:
        broken.append(f"{results['blocking_pairs']} pairs would rather have each other")
    if results.get("growth_100000_to_10000", 0) > BOUNDS["growth"]:
        broken.append(f"ten times the orders take {results['growth_100000_to_10000']} the time")
    if results["wait_to_its_bound_worst"] > 1:
        broken.append("a request waited longer than its bound")
    if broken:
        sys.exit("; ".join(broken))


if __name__ == "__main__":
    main()
