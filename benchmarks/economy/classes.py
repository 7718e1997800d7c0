"""Providers: five classes of hardware, three ways to price, four manners.

The shares and figures are assumptions, chosen to differ as much as such machines do; speeds lie in
the range that units were measured to take (docs/performance.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from .scale import GIB


@dataclass(frozen=True)
class Hardware:
    """A class of machines. A slot is what one job gets.

    Args:
        name: of the class.
        share: of all providers, in percent.
        slots: jobs at once.
        cores: of a slot, each with `speed` units per second.
        memory: bytes of a slot.
        gpu_share: of the providers, in percent, that have `gpus` in each slot.
        line: bytes per second. last_mile_ms: added to every round trip.
        cost: base units per 1e12 units in thousandths of WORK: power, wear.
        stake: WORK per slot, from least to most.
        dies: percent of the jobs in which the machine stops for good, with steady manners.
        session: hours of a day in which the machine takes new jobs; 24: always.
        longest: hours of its own that a job may take at most.
    """

    name: str
    share: int
    slots: int
    cores: int
    speed: int
    memory: int
    gpu_share: int
    gpus: int
    line: int
    last_mile_ms: int
    cost: float
    stake: tuple[int, int]
    dies: float
    session: int
    longest: int


HARDWARE = (
    Hardware(
        name="laptop",
        share=30,
        slots=1,
        cores=4,
        speed=350_000_000,
        memory=8 * GIB,
        gpu_share=0,
        gpus=0,
        line=2_000_000,
        last_mile_ms=20,
        cost=9.0,
        stake=(5, 20),
        dies=3.0,
        session=14,
        longest=36,
    ),
    Hardware(
        name="desktop",
        share=34,
        slots=1,
        cores=8,
        speed=550_000_000,
        memory=24 * GIB,
        gpu_share=15,
        gpus=1,
        line=5_000_000,
        last_mile_ms=12,
        cost=7.5,
        stake=(15, 60),
        dies=1.5,
        session=20,
        longest=72,
    ),
    Hardware(
        name="workstation",
        share=19,
        slots=1,
        cores=12,
        speed=600_000_000,
        memory=64 * GIB,
        gpu_share=40,
        gpus=1,
        line=12_000_000,
        last_mile_ms=8,
        cost=6.5,
        stake=(30, 100),
        dies=0.8,
        session=24,
        longest=120,
    ),
    Hardware(
        name="server",
        share=12,
        slots=2,
        cores=12,
        speed=500_000_000,
        memory=96 * GIB,
        gpu_share=0,
        gpus=0,
        line=60_000_000,
        last_mile_ms=3,
        cost=6.0,
        stake=(60, 200),
        dies=0.4,
        session=24,
        longest=168,
    ),
    Hardware(
        name="datacenter",
        share=5,
        slots=4,
        cores=16,
        speed=600_000_000,
        memory=256 * GIB,
        gpu_share=50,
        gpus=2,
        line=125_000_000,
        last_mile_ms=1,
        cost=5.5,
        stake=(100, 300),
        dies=0.2,
        session=24,
        longest=168,
    ),
)


@dataclass(frozen=True)
class Manner:
    """How a provider keeps its word.

    Args:
        name: for the report.
        share: percent of all providers.
        dies: times the deaths of its hardware.
        overloads: percent of the jobs that take twice to five times as long as planned.
        withholds: percent of the claims for which it ran nothing and can show nothing.
        forgets: percent of the claims that it does not open.
    """

    name: str
    share: int
    dies: float
    overloads: float
    withholds: float
    forgets: float


MANNERS = (
    Manner("steady", 80, 1.0, 1.0, 0.0, 0.0),
    Manner("flaky", 12, 8.0, 8.0, 0.0, 1.0),
    Manner("withholding", 5, 1.0, 1.0, 40.0, 0.0),
    Manner("forgetful", 3, 1.0, 2.0, 0.0, 15.0),
)


@dataclass(frozen=True)
class Pricing:
    """Least price over cost, in percent, at first; `learns`: up after a match, down when idle."""

    name: str
    share: int
    margin: tuple[int, int]
    learns: bool = False


PRICINGS = (
    Pricing("low", 35, (10, 35)),
    Pricing("high", 15, (70, 120)),
    Pricing("learning", 50, (25, 80), True),
)
FLOOR_PERCENT = 5  # margin below which nobody learns to go
UP, DOWN = 1.05, 0.95
REPRICE_S = 6 * 3_600

REGIONS = (("eu", 45), ("us", 35), ("ap", 20))
ROUND_TRIP_MS = {
    ("eu", "eu"): 20,
    ("us", "us"): 25,
    ("ap", "ap"): 35,
    ("eu", "us"): 90,
    ("ap", "us"): 150,
    ("ap", "eu"): 210,
}


def round_trip_ms(one: str, other: str) -> int:
    """Between two regions."""
    first, second = sorted((one, other))
    return ROUND_TRIP_MS[first, second]
