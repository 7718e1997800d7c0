"""The plot is one well-formed SVG that shows every month, and nothing but the numbers given."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from workbond.demo.climate import Row, plot
from workbond.errors import UsageError

SVG = "{http://www.w3.org/2000/svg}"


def made_up_row(month: str) -> Row:
    number = int(month[5:])
    return Row(
        month=month,
        days=30,
        mean_c=Decimal(number),
        low_c=Decimal(number) - 1,
        high_c=Decimal(number) + 1,
        max_c=Decimal(number) + 10,
        min_c=Decimal(number) - 10,
        wet_days=number,
        precipitation_mm=Decimal(number),
    )


YEAR = [made_up_row(f"2012-{number:02}") for number in range(1, 13)]


def drawn(rows: list[Row]) -> ElementTree.Element:
    return ElementTree.fromstring(plot(rows))


def of_class(svg: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in svg.iter() if element.get("class") == name]


def words(svg: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


def test_every_month_has_its_mean_extremes_and_wet_days() -> None:
    svg = drawn(YEAR)
    for name in ("dot", "extremes", "wet", "hover"):
        assert len(of_class(svg, name)) == 12
    (band,), (mean,) = of_class(svg, "band"), of_class(svg, "mean")
    assert len(band.attrib["points"].split()) == 24
    assert len(mean.attrib["points"].split()) == 12


def test_the_axes_have_titles_and_units() -> None:
    said = words(drawn(YEAR))
    assert "Air temperature, °C" in said
    assert "Wet days per month (at least 1 mm)" in said
    assert "Seattle\N{RIGHT SINGLE QUOTATION MARK}s weather, 2012" in said
    assert "2012" in said


def test_the_records_are_labelled() -> None:
    said = words(drawn(YEAR))
    assert "22 °C" in said
    assert "\N{MINUS SIGN}9 °C" in said


def test_a_missing_month_breaks_the_curve_and_keeps_its_place() -> None:
    whole, broken = drawn(YEAR), drawn(YEAR[:5] + YEAR[6:])
    runs = [len(line.attrib["points"].split()) for line in of_class(broken, "mean")]
    assert runs == [5, 6]
    places = [dot.attrib["cx"] for dot in of_class(whole, "dot")]
    assert [dot.attrib["cx"] for dot in of_class(broken, "dot")] == places[:5] + places[6:]


def test_nothing_is_drawn_outside_the_picture_even_in_extreme_weather() -> None:
    frost = replace(YEAR[0], min_c=Decimal("-99.9"), max_c=Decimal("69.9"), wet_days=31)
    svg = drawn([frost, *YEAR[1:]])
    for bar in of_class(svg, "extremes") + of_class(svg, "wet"):
        top, height = float(bar.attrib["y"]), float(bar.attrib["height"])
        assert top > 110
        assert height >= 0
        assert top + height < 600


def test_one_month_alone_can_be_drawn() -> None:
    assert len(of_class(drawn(YEAR[:1]), "dot")) == 1


def test_the_picture_loads_nothing_from_elsewhere() -> None:
    assert re.findall(r"https?://[^\"' <]+", plot(YEAR)) == ["http://www.w3.org/2000/svg"]
    assert "<script" not in plot(YEAR)


def test_nothing_to_plot_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing to plot"):
        plot([])
