"""PRICE: what the job pays on its ramp, beside what was accepted lately."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from workbond.chain import rules
from workbond.chain.types import Request
from workbond.money import format_amount, unit
from workbond.requester.why.deals import median_wait_s
from workbond.requester.why.facts import Deal, Facts, whole_price
from workbond.requester.why.reasons import Code, Reason, Weight
from workbond.words import duration, plural

FEW_DEALS = 3  # below that, what they were taken for says little
DIGITS = 4  # of a price, for people


def price_reason(facts: Facts) -> Reason | None:
    """PRICE, if the job pays less now than recently accepted ones did, or may pay more soon."""
    price = rules.unit_price(facts.request, facts.price_s)
    if not facts.deals:
        return _rising_reason(facts, price)
    accepted = sorted(deal.unit_price for deal in facts.deals)
    median = statistics.median_low(accepted)
    if price < median:
        return _unit_reason(facts, price, accepted, median)
    return _whole_reason(facts, price)


def rising_until(request: Request, price: int) -> int | None:
    """The first second in which the ramp pays at least `price`; None if it never does."""
    if price > request.max_unit_price:
        return None
    if price <= request.min_unit_price:
        return 0
    rise = request.max_unit_price - request.min_unit_price
    length = request.ramp_end - request.ramp_start
    return request.ramp_start - (request.min_unit_price - price) * length // rise


def shown(price: int, *, up: bool = False) -> str:
    """A price with four digits, rounded down, or `up`."""
    step = int(10 ** max(0, len(str(price)) - DIGITS))
    return format_amount(-(-price // step) * step if up else price // step * step)


def _rising_reason(facts: Facts, price: int) -> Reason | None:
    """Nothing to compare with; but who sees a price rise may wait for it."""
    request = facts.request
    if price >= request.max_unit_price:
        return None
    left = duration(max(1, request.ramp_end - facts.price_s))
    return Reason(
        Code.PRICE,
        Weight.PARTLY,
        f"it pays {shown(price)} {unit()} per 10^12 units now and {shown(request.max_unit_price)} "
        f"in {left}, and providers may wait for that; no other job was accepted lately to compare "
        "with",
        f"wait {left}, or repost it with a higher min_unit_price",
    )


def _unit_reason(facts: Facts, price: int, accepted: list[int], median: int) -> Reason:
    request, lowest, highest = facts.request, accepted[0], accepted[-1]
    when_s = rising_until(request, median)
    own = f"it pays {shown(price)} {unit()} per 10^12 units now"
    if when_s is not None and when_s < request.open_until:
        left = duration(max(1, when_s - facts.price_s))
        own += f" and reaches {shown(median)} in {left}"
        remedy = f"wait {left}, or repost it with a min_unit_price of {shown(median, up=True)}"
    else:
        own += f" and {shown(request.max_unit_price)} at most"
        remedy = f"repost it with a max_unit_price of at least {shown(median, up=True)}"
    others = f"{_the_last(facts.deals)} paid "
    if lowest == highest:
        others += shown(median)
    else:
        others += f"{shown(lowest)} to {shown(highest)}, the median is {shown(median)}"
    took_s = median_wait_s(facts.deals)
    if took_s is not None:
        others += f", after a wait of {duration(took_s)}"
    few = len(accepted) < FEW_DEALS
    weight = Weight.PARTLY if few or price >= lowest else Weight.LIKELY
    return Reason(Code.PRICE, weight, f"{own}; {others}", remedy)


def _whole_reason(facts: Facts, price: int) -> Reason | None:
    """The unit price is as good as others'; whether the flat payment makes the difference."""
    request = facts.request
    others = sorted(d.whole_price for d in facts.deals if d.whole_price is not None)
    if len(others) < FEW_DEALS or not request.max_units:
        return None
    own, median = whole_price(price, request.flat, request.max_units), statistics.median_low(others)
    if own >= median:
        return None
    missing = (median - price) * request.max_units // rules.UNITS_PER_PRICE
    return Reason(
        Code.PRICE,
        Weight.PARTLY,
        f"with its flat payment it comes to {shown(own)} {unit()} per 10^12 units, and half of "
        f"{_the_last(facts.deals)} to {shown(median)} or more",
        f"repost it with a flat of at least {shown(missing, up=True)}",
    )


def _the_last(deals: Sequence[Deal]) -> str:
    if len(deals) == 1:
        return "the only job accepted lately"
    return f"the last {plural(len(deals), 'accepted job')}"
