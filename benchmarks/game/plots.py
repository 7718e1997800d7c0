"""Plots of docs/security/, as SVG that is the same for the same rules."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from workbond.chain.cases import ALL_BPS, ROUND_SEATS
from workbond.requester import judging
from workbond.requester.judging import APPEALABLE, AtStake

from ..economy.plots import BLUE, GREEN, GREY, ORANGE, RED, STYLE
from . import chances
from .setting import PAYMENT, RUN_FOR_S

LINES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (RED, ":"))
BONDS = (15, 17, 20, 24, 28, 34, 40, 48, 57, 68, 80, 96, 115, 135, 160, 200, 240, 300)
VALUES = (0, 1, 3, 10)


def draw(folder: Path, kind: str = "svg") -> list[Path]:
    """All plots, as files `security-*`."""
    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with mpl.rc_context(STYLE):
        for plot in (audits, capture):
            figure = plot()
            path = folder / f"security-{plot.__name__}.{kind}"
            metadata = {"Date": None, "Creator": None} if kind == "svg" else None
            figure.savefig(path, metadata=metadata, dpi=90)
            plt.close(figure)
            made.append(path)
    return made


def audits() -> Figure:
    """The least rate at which cheating does not pay, by the bond."""
    figure, axes = plt.subplots()
    for value, (colour, dashes) in zip(VALUES, LINES, strict=True):
        found = [(bond, _least_percent(bond, value)) for bond in BONDS]
        known = [(bond, rate) for bond, rate in found if rate is not None]
        label = f"value at risk {value}"
        axes.plot(*zip(*known, strict=True), color=colour, linestyle=dashes, label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    ticks = (15, 20, 40, 80, 160, 300)
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    marks = (1, 2, 5, 10, 20, 50, 100)
    axes.set_yticks(marks, [f"{mark}%" for mark in marks])
    axes.minorticks_off()
    axes.set_xlabel("bond, in payments; values at risk are too")
    axes.set_ylabel("least audit rate")
    axes.set_title("Twice the bond needs about half of the audits")
    axes.legend(frameon=False)
    return figure


def capture() -> Figure:
    """Whose share of the stake has most seats."""
    figure, axes = plt.subplots()
    shares = [Fraction(percent, 100) for percent in range(2, 51)]
    percents = [float(100 * share) for share in shares]
    for seats, (colour, dashes) in zip(ROUND_SEATS, LINES, strict=True):
        values = [100 * float(chances.captured(seats, share)) for share in shares]
        axes.plot(percents, values, color=colour, linestyle=dashes, label=f"{seats} seats")
    values = [100 * float(chances.outvoted(3, share)) for share in shares]
    axes.plot(percents, values, color=GREY, linewidth=2.2, label="all four rounds")
    axes.set_yscale("log")
    axes.set_ylim(1e-4, 100)
    marks = (1e-4, 1e-2, 1, 10, 50)
    axes.set_yticks(marks, [f"{mark:g}%" for mark in marks])
    axes.minorticks_off()
    axes.set_xlim(0, 50)
    axes.set_xlabel("dishonest share of the stake, %")
    axes.set_ylabel("chance of most seats")
    third = float(chances.captured(3, Fraction(1, 3)))
    whole = float(chances.outvoted(3, Fraction(1, 3)))
    axes.set_title(
        f"A third of the stake takes a round of three {third:.0%} of the time,\n"
        f"and all rounds of a case that is appealed {whole:.2%}"
    )
    axes.legend(frameon=False)
    return figure


def _least_percent(bond: int, value: int) -> float | None:
    """Of the first round that allows the rarest audits for their money."""
    stake = AtStake(PAYMENT, bond * PAYMENT, RUN_FOR_S, value * PAYMENT)
    found = [judging.ranges(stake, seats) for seats in APPEALABLE]
    known = [one for one in found if one is not None]
    if not known:
        return None
    cheapest = min(known, key=lambda one: one.case_fee.least * one.audit_bps.least)
    return 100 * cheapest.audit_bps.least / ALL_BPS
