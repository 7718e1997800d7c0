"""The score of a pair, term by term. docs/matching.md has the formulas, reasons and examples.

Every term is a share of its best, from 0 to 1, made of sums, products and quotients alone, which
IEEE 754 rounds alike everywhere: whoever has the same book computes the same points.
"""

from __future__ import annotations

import numpy as np

from workbond.matcher.engine.frame import Floats, Frame, Ints

ROUND_TRIPS = 4.0
"""Of a first request over HTTPS: TCP, TLS 1.3, the request; and one for a name or a lost packet."""


def price(pay: Floats, least: Floats) -> Floats:
    """The part of what the request pays that the offer did not insist on.

    Args:
        pay: the most that the job can be paid at the request's price.
        least: the same at the offer's least prices.
    """
    return np.clip((pay - least) / np.maximum(pay, 1.0), 0.0, 1.0)


def throughput(
    units: Floats, tasks: Floats, run_for: Floats, speed: Floats, cores: Floats, half: float
) -> Floats:
    """How fast the machine is for this job, against the time that the job allows.

    Args:
        units: of the whole job. tasks: their number. run_for: seconds allowed.
        speed: units per second of a core. cores: tasks at once.
        half: the part of `run_for` that earns half.
    """
    run_s = units / (speed * np.minimum(tasks, cores))
    allowed_s = half * run_for
    return allowed_s / np.maximum(allowed_s + run_s, 1e-9)


def locality(size: Floats, trip_ms: Floats, line: Floats, half_s: float) -> Floats:
    """How soon the inputs are there: `size` bytes over `line` bytes per second, after round trips
    of `trip_ms`; `half_s` seconds earn half."""
    fetch_s = ROUND_TRIPS * trip_ms / 1000.0 + size / line
    return half_s / (half_s + fetch_s)


def record(settled: Floats, failed: Floats, prior_settled: float, prior_failed: float) -> Floats:
    """The share of jobs that ended well, where everybody is credited with a few beforehand."""
    good = settled + prior_settled
    return good / np.maximum(good + failed + prior_failed, 1e-9)


def load(jobs: Floats, cores: Floats) -> Floats:
    """How idle a machine of `cores` with `jobs` is; as many jobs as cores leave half."""
    return cores / (cores + jobs)


def tier(frame: Frame) -> Ints:
    """Whole patiences that each row waited: more of them go before any better score."""
    return frame.age_s // frame.tuning.patience_s


def waiting(age_s: Ints, patience_s: int, points: int) -> Ints:
    """Points for the part of a patience that was waited: they decide between equal scores."""
    return age_s % patience_s * points // patience_s


def record_points(frame: Frame) -> Floats:
    """By host."""
    tuning = frame.tuning
    return tuning.record * record(
        frame.settled, frame.failed, tuning.prior_settled, tuning.prior_failed
    )


def host_points(frame: Frame, rows: Ints, hosts: Ints, trip_ms: Floats) -> Floats:
    """The terms that depend on the request and the machine, which are `trip_ms` apart."""
    tuning = frame.tuning
    fast = throughput(
        frame.units[rows],
        frame.tasks[rows],
        frame.run_for[rows],
        frame.speed[hosts],
        frame.cores[hosts],
        tuning.run_half,
    )
    near = locality(
        frame.input_bytes[rows],
        trip_ms,
        frame.line[hosts],
        tuning.fetch_half_s,
    )
    return tuning.throughput * fast + tuning.locality * near + record_points(frame)[hosts]


def price_points(frame: Frame, rows: Ints, columns: Ints) -> Floats:
    """The term that depends on the request and the offer."""
    least = frame.min_flat[columns] + frame.units[rows] * frame.min_price[columns]
    return frame.tuning.price * price(frame.pay[rows], least)


def pair_points(frame: Frame, rows: Ints, columns: Ints) -> Ints:
    """All of a pair but what depends on which use of the offer it is: see `Slots.offset`."""
    hosts = frame.host[columns]
    near = host_points(frame, rows, hosts, frame.round_trip_ms(rows, hosts))
    together = np.rint(price_points(frame, rows, columns) + near).astype(np.int64)
    return together + row_points(frame)[rows]


def row_points(frame: Frame) -> Ints:
    """What each request gained by waiting, and the point that any match is worth."""
    return 1 + waiting(frame.age_s, frame.tuning.patience_s, frame.tuning.waiting)
