"""Shares as people write them: "12.5%" is 1,250 basis points of 10,000."""

from __future__ import annotations

import re

ALL_BPS = 10_000
_FORM = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))? ?%?")


def parse_share(value: object) -> int:
    """Basis points in a text like "5%" or "0.25%", the sign optional; raises `ValueError`."""
    match = _FORM.fullmatch(value) if isinstance(value, str) else None
    found = -1 if match is None else int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if not 0 <= found <= ALL_BPS:
        shown = repr(value)[:40]
        raise ValueError(
            f'{shown} is not a share: write percent from "0%" to "100%", with at most two decimals'
        )
    return found


def format_share(bps: int) -> str:
    """Basis points in percent: `5%`, `0.25%`."""
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02}".rstrip("0") + "%" if rest else f"{whole}%"
