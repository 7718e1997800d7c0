"""The climate job's picture: one SVG, drawn without a plotting library.

Written by hand because the picture needs a band between two curves, bars from minimum to maximum
and a second panel: matplotlib draws them but would bring numpy into every installation, and the
light pygal can't (it also links a script of a foreign host into each picture).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor
from typing import TYPE_CHECKING

from workbond.errors import UsageError

if TYPE_CHECKING:
    from workbond.demo.climate import Row

WIDTH, HEIGHT = 1080, 660
LEFT, RIGHT = 56, 1056
INK, MUTED, GRID, RAIN = "#1d2935", "#66727f", "#e5e9ed", "#5a93c8"
STYLE = f"""
text {{ font-family: system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
  font-size: 12px; fill: {MUTED}; font-variant-numeric: tabular-nums }}
.title {{ font-size: 23px; font-weight: 650; fill: {INK} }}
.subtitle {{ font-size: 14px }}
.axis {{ font-weight: 600; fill: {INK}; font-size: 13px }}
.note {{ font-weight: 600; fill: {INK}; paint-order: stroke; stroke: #ffffff; stroke-width: 4px }}
.month {{ font-size: 9.5px; fill: #8a95a0 }}
.hover:hover {{ fill: {INK}; fill-opacity: 0.06 }}
"""
SOURCE = "Data: NOAA, by way of vega-datasets. Daily mean: (max + min) / 2."
# Colours of the bars by temperature, in °C, from frost to heat.
WARMTH = [(-8, "#6fa3dc"), (8, "#b9d3e8"), (18, "#f6d9a8"), (28, "#f0a868"), (36, "#dc6a52")]


@dataclass(frozen=True)
class Scale:
    """A vertical axis: the values `low` to `high` stand from pixel `bottom` up to pixel `top`."""

    low: float
    high: float
    bottom: float
    top: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.bottom + (self.top - self.bottom) * share, 1)


def _number(month: str) -> int:
    """Months since year 0, so that a missing month leaves a gap."""
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    css = f' class="{style}"' if style else ""
    return f'<text x="{x:g}" y="{y:g}"{css} text-anchor="{anchor}">{words}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" '
        f'stroke="{colour}" stroke-width="{width:g}"/>'
    )


def _signed(value: object) -> str:
    return str(value).replace("-", "\N{MINUS SIGN}")


def _grid(scale: Scale, step: int, unit: str) -> list[str]:
    parts = []
    for value in range(int(scale.low), int(scale.high) + 1, step):
        y = scale(value)
        strong = value == 0
        parts.append(_line(LEFT, y, RIGHT, y, "#9aa5af" if strong else GRID))
        parts.append(_text(LEFT - 10, y + 4, f"{_signed(value)}{unit}", anchor="end"))
    return parts


def _heading(rows: Sequence[Row]) -> list[str]:
    first, last = rows[0].month[:4], rows[-1].month[:4]
    years = first if first == last else f"{first} to {last}"
    days = sum(row.days for row in rows)
    return [
        _text(LEFT, 40, f"Seattle\N{RIGHT SINGLE QUOTATION MARK}s weather, {years}", "title"),
        _text(LEFT, 63, f"{days:,} days, computed month by month in {len(rows)} tasks", "subtitle"),
    ]


def _legend(y: float) -> list[str]:
    return [
        f'<rect x="604" y="{y - 10}" width="9" height="14" rx="3" fill="url(#key)"/>',
        _text(620, y + 1, "lowest to highest"),
        f'<rect x="742" y="{y - 8}" width="22" height="10" fill="{INK}" fill-opacity="0.3"/>',
        _text(771, y + 1, "95% bootstrap interval"),
        _line(928, y - 3, 950, y - 3, INK, 1.8),
        f'<circle cx="939" cy="{y - 3}" r="2.6" fill="{INK}"/>',
        _text(957, y + 1, "monthly mean"),
    ]


def _curves(rows: Sequence[Row], at: dict[str, float], scale: Scale) -> list[str]:
    """The interval's band and the mean's line, broken where months are missing."""
    parts = []
    for _, run in groupby(enumerate(rows), key=lambda pair: _number(pair[1].month) - pair[0]):
        piece = [row for _, row in run]
        upper = [f"{at[row.month]:g},{scale(float(row.high_c)):g}" for row in piece]
        lower = [f"{at[row.month]:g},{scale(float(row.low_c)):g}" for row in reversed(piece)]
        mean = [f"{at[row.month]:g},{scale(float(row.mean_c)):g}" for row in piece]
        parts.append(
            f'<polygon class="band" points="{" ".join(upper + lower)}" '
            f'fill="{INK}" fill-opacity="0.3"/>'
        )
        parts.append(
            f'<polyline class="mean" points="{" ".join(mean)}" fill="none" '
            f'stroke="{INK}" stroke-width="1.8" stroke-linejoin="round"/>'
        )
    for row in rows:
        x, y = at[row.month], scale(float(row.mean_c))
        parts.append(f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="2.6" fill="{INK}"/>')
    return parts


def _bars(rows: Sequence[Row], at: dict[str, float], scale: Scale, slot: float) -> list[str]:
    """A bar from the month's lowest to its highest temperature; the records of all are labelled."""
    width = min(slot * 0.44, 14)
    parts = []
    for row in rows:
        top, bottom = scale(float(row.max_c)), scale(float(row.min_c))
        parts.append(
            f'<rect class="extremes" x="{at[row.month] - width / 2:g}" y="{top:g}" '
            f'width="{width:g}" height="{bottom - top:g}" rx="{width / 2:g}" fill="url(#warmth)"/>'
        )
    hottest = max(rows, key=lambda row: row.max_c)
    coldest = min(rows, key=lambda row: row.min_c)
    for row, value, offset in ((hottest, hottest.max_c, -7), (coldest, coldest.min_c, 16)):
        y = scale(float(value)) + offset
        parts.append(_text(at[row.month], y, f"{_signed(value)} °C", "note", "middle"))
    return parts


def _wet(rows: Sequence[Row], at: dict[str, float], scale: Scale, slot: float) -> list[str]:
    width = slot * 0.62
    parts = []
    for row in rows:
        top = scale(row.wet_days)
        parts.append(
            f'<rect class="wet" x="{at[row.month] - width / 2:g}" y="{top:g}" '
            f'width="{width:g}" height="{scale.bottom - top:g}" rx="1.5" fill="{RAIN}"/>'
        )
    return parts


def _months(rows: Sequence[Row], at: dict[str, float], slot: float, y: float) -> list[str]:
    """Initials of the months, years and the lines between them."""
    parts = []
    for year, group in groupby(rows, key=lambda row: row.month[:4]):
        months = [row.month for row in group]
        start, end = at[months[0]] - slot / 2, at[months[-1]] + slot / 2
        parts.append(_text((start + end) / 2, y + 36, year, "axis", "middle"))
        if start > LEFT + 1:
            parts.append(_line(start, 118, start, 440, "#cbd2d9"))
            parts.append(_line(start, 488, start, y + 40, "#cbd2d9"))
    if slot >= 10:
        initials = {row.month: "JFMAMJJASOND"[int(row.month[5:]) - 1] for row in rows}
        parts += [_text(at[m], y + 16, letter, "month", "middle") for m, letter in initials.items()]
    return parts


def _hovers(rows: Sequence[Row], at: dict[str, float], slot: float, bottom: float) -> list[str]:
    """Invisible columns that show a month's numbers under the pointer."""
    return [
        f'<rect class="hover" x="{at[row.month] - slot / 2:g}" y="118" width="{slot:g}" '
        f'height="{bottom - 118:g}" fill-opacity="0"><title>{row.month}: mean {row.mean_c} °C '
        f"(95% interval {row.low_c} to {row.high_c}), lowest {row.min_c}, highest {row.max_c}, "
        f"{row.wet_days} wet days, {row.precipitation_mm} mm</title></rect>"
        for row in rows
    ]


def _gradients(scale: Scale) -> str:
    low, high = WARMTH[0][0], WARMTH[-1][0]
    stops = "".join(
        f'<stop offset="{(value - low) / (high - low):.3f}" stop-color="{colour}"/>'
        for value, colour in WARMTH
    )
    return (
        '<defs><linearGradient id="warmth" gradientUnits="userSpaceOnUse" x1="0" x2="0" '
        f'y1="{scale(low):g}" y2="{scale(high):g}">{stops}</linearGradient>'
        f'<linearGradient id="key" x1="0" x2="0" y1="1" y2="0">{stops}</linearGradient></defs>'
    )


def plot(rows: Sequence[Row]) -> str:
    """One SVG of the rows (in the order of time): temperatures above, wet days below."""
    if not rows:
        raise UsageError("there is nothing to plot: fetch the job's outputs first")
    first = _number(rows[0].month)
    slot = (RIGHT - LEFT) / (_number(rows[-1].month) - first + 1)
    at = {row.month: LEFT + slot * (_number(row.month) - first + 0.5) for row in rows}
    low = 10 * floor(min(row.min_c for row in rows) / 10)
    high = 10 * ceil(max(row.max_c for row in rows) / 10)
    warm = Scale(min(low, 0), max(high, 10), bottom=436, top=126)
    wet = Scale(0, 30, bottom=578, top=496)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-labelledby="title">',
        '<title id="title">Seattle: temperature and wet days by month</title>',
        f"<style>{STYLE}</style>",
        _gradients(warm),
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_heading(rows),
        _text(LEFT, 104, "Air temperature, °C", "axis"),
        *_legend(104),
        *_grid(warm, 10, ""),
        _text(LEFT, 476, "Wet days per month (at least 1 mm)", "axis"),
        *_grid(wet, 10, ""),
        *_months(rows, at, slot, wet.bottom),
        *_bars(rows, at, warm, slot),
        *_curves(rows, at, warm),
        *_wet(rows, at, wet, slot),
        *_hovers(rows, at, slot, wet.bottom),
        _text(LEFT, HEIGHT - 14, SOURCE),
        _text(RIGHT, HEIGHT - 14, "Computed on Workbond", anchor="end"),
        "</svg>\n",
    ]
    return "\n".join(parts)
