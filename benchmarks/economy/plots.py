"""Plots of a simulation, as SVG that is the same for the same run.

Colours are Okabe and Ito's, which people with colour blindness tell apart; lines differ in dashes
or carry their names as well. Titles say what is to be seen, with figures from the run.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .classes import HARDWARE, MANNERS
from .figures import mean, quantile
from .kinds import KINDS
from .month import Hour, Month
from .report import net, of, on_ramp
from .scale import MINUTE_S

BLUE, ORANGE, GREEN, RED, SKY, PINK, GREY = (
    *("#0072B2", "#E69F00", "#009E73", "#D55E00"),
    *("#56B4E9", "#CC79A7", "#595959"),
)
CLASS_COLOURS = dict(
    zip([each.name for each in HARDWARE], (SKY, BLUE, GREEN, ORANGE, RED), strict=True)
)
KIND_STYLES = dict(
    zip(
        [each.name for each in KINDS],
        ((BLUE, "-"), (GREEN, "--"), (RED, "-."), (PINK, ":"), (ORANGE, (0, (5, 1)))),
        strict=True,
    )
)
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "workbond",
    "svg.fonttype": "path",
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#DDDDDD",
    "figure.figsize": (8.4, 4.2),
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
}
SIX_HOURS = 6
MINUS = "\N{MINUS SIGN}"
APART = 7.0
MOST_POINTS = 150
"""Of a line, about; more only make the files larger."""


def draw(month: Month, figures: dict[str, Any], folder: Path, kind: str = "svg") -> list[Path]:
    """All plots, as files `economics-*`."""
    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with mpl.rc_context(STYLE):
        for plot in (utilisation, waiting, prices, earnings, slashes, manners):
            figure = plot(month, figures)
            path = folder / f"economics-{plot.__name__}.{kind}"
            metadata = {"Date": None, "Creator": None} if kind == "svg" else None
            figure.savefig(path, metadata=metadata, dpi=90)
            plt.close(figure)
            made.append(path)
    return made


def utilisation(month: Month, figures: dict[str, Any]) -> Figure:
    """Busy slots by class, and orders that wait, over time."""
    figure, (top, bottom) = plt.subplots(
        2, 1, sharex=True, figsize=(8.4, 5.6), height_ratios=(2.4, 1)
    )
    hours = month.hours
    days = [(place + 1) / 24 for place in range(len(hours))]
    rates = {each["class"]: each["utilisation"] for each in figures["classes"]}
    names = []
    for name, colour in CLASS_COLOURS.items():
        line = _smooth(_rate(hour, name) for hour in hours)
        top.plot(days, line, color=colour, linewidth=1.6)
        names.append((line[-1], f"{name} {rates[name]:.0%}", colour))
    top.set_ylabel("busy slots, %")
    top.set_ylim(0, 100)
    best = max(rates, key=lambda name: rates[name])
    least = min(rates, key=lambda name: rates[name])
    top.set_title(
        f"A {best}'s slots are busy {rates[best]:.0%} of the time, a {least}'s {rates[least]:.0%}"
    )
    _name_lines(top, days[-1], names)
    bottom.fill_between(days, [hour.waiting for hour in hours], color=GREY, alpha=0.6, linewidth=0)
    bottom.set_ylabel("orders that wait")
    bottom.set_xlabel("day (the first is a Monday)")
    bottom.set_xlim(0, days[-1])
    return figure


def waiting(month: Month, figures: dict[str, Any]) -> Figure:
    """How long matched orders of each kind had waited."""
    figure, axes = plt.subplots(figsize=(8.4, 4.8))
    for kind in figures["kinds"]:
        colour, dashes = KIND_STYLES[kind["kind"]]
        found = sorted(
            (wait.matched_s - wait.order.wanted.since_s) / MINUTE_S
            for wait in month.book.waits
            if wait.matched_s and wait.order.kind.name == kind["kind"]
        )
        parts = [100 * (place + 1) / kind["requests"] for place in range(len(found))]
        label = f"{kind['kind']}: {kind['matched']:.1%} matched"
        step = max(1, len(found) // MOST_POINTS)
        found, parts = found[::step], parts[::step]
        axes.step(found, parts, where="post", color=colour, linestyle=dashes, label=label)
    axes.set_xscale("log")
    axes.set_xlim(1, 1_500)
    axes.set_ylim(0, 100)
    ticks = {1: "1 min", 10: "10 min", 60: "1 h", 240: "4 h", 720: "12 h", 1_440: "24 h"}
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.minorticks_off()
    axes.set_xlabel("time from signing to the match")
    axes.set_ylabel("% of all requests of the kind")
    at_once = figures["waiting"]["at_once"]
    axes.set_title(f"{at_once:.0%} of the matched requests went in their first round")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def prices(month: Month, figures: dict[str, Any]) -> Figure:
    """Where on their ramps jobs were matched."""
    figure, axes = plt.subplots()
    lives = [*month.lives.all.values()]
    parts = [100 * on_ramp(life) for life in lives]
    axes.hist(parts, bins=25, range=(0, 100), color=BLUE, edgecolor="white")
    axes.set_xlim(0, 100)
    axes.set_xlabel("unit price of the match, % of the way from the lowest to the highest signed")
    axes.set_ylabel("jobs")
    half = quantile(sorted(parts), 0.5)
    axes.set_title(f"Half of the jobs were matched in the first {half:.0f}% of their ramp")
    return figure


def earnings(month: Month, figures: dict[str, Any]) -> Figure:
    """Net earnings per provider and slot."""
    figure, axes = plt.subplots()
    names, values = [], []
    for hardware in HARDWARE:
        own = [each for each in month.providers if each.hardware is hardware]
        lives = [life for life in month.lives.all.values() if life.provider.hardware is hardware]
        names.append(f"{hardware.name}\n({len(own)})")
        values.append([net(of(lives, each)) / hardware.slots for each in own])
    boxes = axes.boxplot(
        values,
        tick_labels=names,
        whis=(5, 95),
        patch_artist=True,
        widths=0.55,
        medianprops={"color": "black"},
        flierprops={"markersize": 3, "alpha": 0.5},
    )
    for box, colour in zip(boxes["boxes"], CLASS_COLOURS.values(), strict=True):
        box.set_facecolor(colour)
        box.set_alpha(0.8)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.grid(axis="x", visible=False)
    axes.set_yscale("symlog", linthresh=1)
    marks = (-100, -10, -1, 0, 1, 10, 100)
    axes.set_yticks(marks, [f"{mark}".replace("-", MINUS) for mark in marks])
    axes.minorticks_off()
    axes.set_ylabel("WORK per slot in the month,\nless slashes and the cost of running")
    axes.set_xlabel("class (providers); boxes: quartiles, whiskers: 5% to 95%")
    losers = sum(value < 0 for part in values for value in part)
    middle = [quantile(sorted(part), 0.5) for part in values]
    told = ", ".join(
        f"{each.name} {value:.0f}" for each, value in zip(HARDWARE, middle, strict=True)
    )
    axes.set_title(
        f"Medians: {told} WORK;\n{losers} of {len(month.providers)} providers lost money"
    )
    return figure


def slashes(month: Month, figures: dict[str, Any]) -> Figure:
    """Who got what was slashed, by how the job ended."""
    figure, axes = plt.subplots(figsize=(8.4, 3.4))
    rows = [row for row in figures["ends"] if row["slashed"]][::-1]
    names = [f"{row['end']} ({row['jobs']} jobs,\n{row['of_bonds']:.0%} of bonds)" for row in rows]
    start = [0.0] * len(rows)
    for key, label, colour, hatch in (
        ("to_requesters", "to the requester", BLUE, ""),
        ("to_keepers", "to who ended the job", ORANGE, "//"),
        ("burned", "burned", GREY, ".."),
    ):
        widths = [row[key] for row in rows]
        axes.barh(
            names, widths, left=start, color=colour, hatch=hatch, edgecolor="white", label=label
        )
        start = [one + two for one, two in zip(start, widths, strict=True)]
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("WORK")
    whole = figures["market"]
    part = whole["to_requesters"] / max(1e-9, whole["slashed"])
    axes.set_title(f"Of {whole['slashed']:,.0f} WORK slashed, {part:.0%} went to the requesters")
    axes.legend(frameon=False)
    return figure


def manners(month: Month, figures: dict[str, Any]) -> Figure:
    """What failing earns."""
    figure, axes = plt.subplots(figsize=(8.4, 3.2))
    rows = figures["manners"]
    names = [f"{row['manner']} ({row['providers']})" for row in rows]
    values = [100 * row["to_steady"] for row in rows]
    colours = [GREEN if row["manner"] == MANNERS[0].name else RED for row in rows]
    bars = axes.barh(names[::-1], values[::-1], color=colours[::-1], height=0.6)
    axes.bar_label(bars, [f"{v:.0f}%".replace("-", MINUS) for v in values[::-1]], padding=4)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("net earnings per slot and day, % of steady providers with the same hardware")
    told = [f"{row['manner']} {value:.0f}%" for row, value in zip(rows, values, strict=True)][1:]
    told = [each.replace("-", MINUS) for each in told]
    axes.set_title(f"Of what steady providers earn: {', '.join(told)}")
    axes.margins(x=0.12)
    return figure


# ───────────────────────────────── what they share ─────────────────────────────


def _rate(hour: Hour, name: str) -> float:
    return 100 * hour.busy.get(name, 0) / max(1, hour.slots.get(name, 0))


def _smooth(values: Iterable[float]) -> list[float]:
    """Means over six hours, so that lines can be told apart."""
    found = [*values]
    return [mean(found[max(0, i - SIX_HOURS + 1) : i + 1]) for i in range(len(found))]


def _name_lines(axes: Axes, end: float, names: list[tuple[float, str, str]]) -> None:
    """Names (height, text, colour) at the lines' right ends, moved apart where lines are near."""
    place = -APART
    for height, text, colour in sorted(names):
        place = max(height, place + APART)
        axes.annotate(
            text,
            (end, place),
            xytext=(6, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        )
