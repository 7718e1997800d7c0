"""Token amounts: "1.5" as people write them, integers of base units everywhere else.

Only string and integer arithmetic: a float never touches an amount. The market keeps balances and
prices in 96 bits (docs/protocol.md section 3), so larger amounts are refused here already.
"""

from __future__ import annotations

import re

from workbond.errors import UsageError

DECIMALS = 18  # of every token that a market here can be paid in
AMOUNT_MAX = 2**96 - 1
ROUGH_DIGITS = 4
_unit = "WORK"  # WorkToken's symbol
_FORM = re.compile(r"([0-9]{1,60})(?:\.([0-9]{1,60}))?")


def parse_amount(text: str) -> int:
    """Base units in `text`, exactly: `parse_amount("1.5")` is 1_500_000_000_000_000_000.

    Args:
        text: digits, optionally a point and digits; no sign, exponent, space or separator.

    Raises:
        UsageError: another form, more decimal places than the token has, or above uint96.
    """
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        shown = repr(text)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        raise UsageError(f'{shown} is not an amount: write digits like "12" or "1.5"')
    whole, fraction = match[1], match[2] or ""
    if len(fraction) > DECIMALS:
        raise UsageError(
            f"the amount {text} has {len(fraction)} decimal places; the token has {DECIMALS}"
        )
    amount = int(whole + fraction.ljust(DECIMALS, "0"))
    if amount > AMOUNT_MAX:
        raise UsageError(
            f"the amount {text} is too large: the market holds at most {format_amount(AMOUNT_MAX)}"
        )
    return amount


def format_amount(amount: int) -> str:
    """`amount` base units as the shortest exact decimal: the inverse of `parse_amount`.

    Negative amounts, which only differences have, carry a minus sign.
    """
    whole, fraction = divmod(abs(amount), 10**DECIMALS)
    digits = f"{fraction:0{DECIMALS}d}".rstrip("0") if fraction else ""
    return f"{'-' if amount < 0 else ''}{whole}{'.' + digits if digits else ''}"


def rough(amount: int, *, up: bool = False) -> str:
    """`amount` with its first four digits only: rounded down, or `up` where less would not do."""
    step = int(10 ** max(0, len(str(amount)) - ROUGH_DIGITS))
    return format_amount((-(-amount // step) if up else amount // step) * step)


def tokens(amount: int) -> str:
    """An amount of base units for people, with its unit: `1.5 WORK`."""
    return f"{format_amount(amount)} {_unit}"


def unit() -> str:
    """The symbol of the token in which this process counts."""
    return _unit


def use_unit(symbol: str) -> None:
    """Names another token in all that is shown from now on, in every thread of the process.

    `symbol` must be bounded and printable, as `chain.token.Token.symbol` is.
    """
    global _unit
    _unit = symbol


def rounded(amount: int, digits: int = 7) -> int:
    """`amount`, not negative, cut to its first `digits` digits: for overviews, where a price on its
    ramp or a payment would fill the line. Whole tokens are never cut.

    >>> format_amount(rounded(2_066_666666666666666666)), format_amount(rounded(1_234))
    ('2066.666', '0.000000000000001234')
    """
    step: int = 10 ** max(0, min(DECIMALS, len(str(amount)) - digits))
    return amount // step * step
