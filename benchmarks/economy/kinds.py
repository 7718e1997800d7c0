"""Requests: five kinds, of sizes over three orders of magnitude."""

from __future__ import annotations

from dataclasses import dataclass

from .scale import GIB, HOUR_S, MINUTE_S, WORK


@dataclass(frozen=True)
class Kind:
    """A kind of request.

    Args:
        name: for the report.
        share: percent of all.
        units: median of the whole job; sizes are lognormal around it with `SPREAD`.
        tasks: from, to.
        memory: bytes, some of these. gpus, region: as required.
        first, last: the ramp's ends, in percent of `FAIR_PRICE`, times a requester's taste.
        ramp_s: how long the price rises. patience_s: how long it can be matched.
        slack: times of a desktop's time for the job that it may take.
        window_s: to challenge and to demand.
        min_stake: base units.
        tip: base units per token of the dearest payment.
    """

    name: str
    share: int
    units: float
    tasks: tuple[int, int]
    memory: tuple[int, ...]
    gpus: int
    region: str
    first: int
    last: int
    ramp_s: int
    patience_s: int
    slack: tuple[float, float]
    window_s: int
    min_stake: int = 0
    tip: int = WORK // 400


SPREAD = 1.4
LEAST_UNITS, MOST_UNITS = 2 * 10**12, 6 * 10**15

KINDS = (
    Kind(
        name="batch",
        share=40,
        units=3e14,
        tasks=(50, 2_000),
        memory=(2 * GIB, 4 * GIB, 8 * GIB),
        gpus=0,
        region="",
        first=45,
        last=115,
        ramp_s=8 * HOUR_S,
        patience_s=24 * HOUR_S,
        slack=(2.5, 12.0),
        window_s=6 * HOUR_S,
    ),
    Kind(
        name="science",
        share=25,
        units=5e14,
        tasks=(16, 256),
        memory=(16 * GIB, 48 * GIB, 96 * GIB, 200 * GIB),
        gpus=0,
        region="",
        first=55,
        last=150,
        ramp_s=6 * HOUR_S,
        patience_s=18 * HOUR_S,
        slack=(1.5, 4.0),
        window_s=12 * HOUR_S,
    ),
    Kind(
        name="urgent",
        share=20,
        units=8e13,
        tasks=(8, 64),
        memory=(4 * GIB, 16 * GIB),
        gpus=0,
        region="",
        first=80,
        last=260,
        ramp_s=HOUR_S,
        patience_s=3 * HOUR_S,
        slack=(0.9, 1.6),
        window_s=2 * HOUR_S,
        tip=WORK // 150,
    ),
    Kind(
        name="gpu",
        share=7,
        units=4e14,
        tasks=(4, 64),
        memory=(16 * GIB, 32 * GIB),
        gpus=1,
        region="",
        first=90,
        last=300,
        ramp_s=4 * HOUR_S,
        patience_s=12 * HOUR_S,
        slack=(1.5, 4.0),
        window_s=6 * HOUR_S,
    ),
    Kind(
        name="resident",
        share=8,
        units=2e14,
        tasks=(8, 128),
        memory=(8 * GIB, 32 * GIB),
        gpus=0,
        region="eu",
        first=60,
        last=180,
        ramp_s=4 * HOUR_S,
        patience_s=12 * HOUR_S,
        slack=(1.5, 3.0),
        window_s=24 * HOUR_S,
        min_stake=40 * WORK,
    ),
)

FETCH_CHECK_S = (10 * MINUTE_S, 90 * MINUTE_S)
"""From a claim to the approval of a requester that looks after its jobs."""
