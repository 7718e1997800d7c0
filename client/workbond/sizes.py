"""Sizes as people write them: "64 MiB" is 67,108,864 bytes."""

from __future__ import annotations

import re

_FORM = re.compile(r"([0-9]{1,15}) ?(B|kB|MB|GB|KiB|MiB|GiB)")
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_UNITS |= {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def parse_size(value: object) -> int:
    """Bytes in `value`: an integer, or a string like "64 MiB" or "10 kB"; raises `ValueError`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _FORM.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        shown = repr(value)[:40]
        raise ValueError(f'{shown} is not a size: write bytes, or a string like "64 MiB"')
    return int(match[1]) * _UNITS[match[2]]


def format_size(size: int) -> str:
    """`size` bytes in the largest binary unit that divides it: `4 GiB`, `1000 B`."""
    for unit in ("GiB", "MiB", "KiB"):
        if size and size % _UNITS[unit] == 0:
            return f"{size // _UNITS[unit]} {unit}"
    return f"{size} B"


def rough_size(size: int) -> str:
    """`size` bytes in the largest binary unit below it, with one decimal at most: `1.5 GiB`."""
    for unit in ("GiB", "MiB", "KiB"):
        if size >= _UNITS[unit]:
            whole, tenth = divmod(size * 10 // _UNITS[unit], 10)
            return f"{whole}.{tenth} {unit}" if tenth else f"{whole} {unit}"
    return f"{size} bytes"
