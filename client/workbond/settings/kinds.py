"""The forms of settings: each parser takes what a flag, a variable or a TOML file holds.

A parser raises `UsageError` with the value and the form that is wanted; who calls it adds where the
value stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbond.errors import UsageError
from workbond.money import format_amount, parse_amount
from workbond.shares import format_share, parse_share
from workbond.sizes import format_size, parse_size

Parser = Callable[[object], Any]

TEXT_MAX = 4_096
ITEMS_MAX = 16
_HOST_PORT = re.compile(r"(?:\[([0-9a-fA-F:.]{2,45})\]|([^\s:/\[\]]{1,253})):([0-9]{1,5})")
INTEGER_MAX = 2**256  # TOML has integers of any length, and printing them has no bound
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def text(value: object) -> str:
    """One line of printable text."""
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_MAX or not value.isprintable():
        raise UsageError(f"{_shown(value)} is not a line of text: write one in quotes")
    return value


def path(value: object) -> Path:
    """A path; `~` is the home directory."""
    line = text(value)
    try:
        return Path(line).expanduser()
    except RuntimeError:  # ~ of a user whom nobody knows
        raise UsageError(f"{_shown(value)}: there is no such home directory") from None


def words(value: object) -> tuple[str, ...]:
    """Several texts: an array in a file, separated by blanks in a variable."""
    items = value.split() if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not 0 < len(items) <= ITEMS_MAX:
        raise UsageError(f"{_shown(value)} is no list of 1 to {ITEMS_MAX} texts")
    return tuple(text(item) for item in items)


def paths(value: object) -> tuple[Path, ...]:
    """Several paths, as `words`."""
    return tuple(path(item) for item in words(value))


def yes_no(value: object) -> bool:
    """true or false; in a variable also 1 and 0, yes and no."""
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else ""
    if word not in (*_YES, *_NO):
        raise UsageError(f"{_shown(value)} is neither true nor false")
    return word in _YES


def amount(value: object) -> int:
    """Tokens as people write them ("1.5"), in base units; a number of a file may be whole."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= INTEGER_MAX:
        return parse_amount(str(value))
    if not isinstance(value, str):
        raise UsageError(f'{_shown(value)} is not an amount: write it in quotes, like "1.5"')
    return parse_amount(value)


def size(value: object) -> int:
    """Bytes, or a size like "8 GiB"."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:18])
    if isinstance(value, int) and value > INTEGER_MAX:
        raise UsageError(f"{_shown(value)} is no size")
    try:
        found = parse_size(value)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if found < 0:
        raise UsageError(f"{found} bytes are less than none")
    return found


def share(value: object) -> int:
    """A share like "5%", in basis points."""
    try:
        return parse_share(str(value) if type(value) is int else value)
    except ValueError as error:
        raise UsageError(str(error)) from None


def host_port(value: object) -> tuple[str, int]:
    """Where to listen: HOST:PORT; an IPv6 address stands in brackets."""
    match = _HOST_PORT.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[3]) > 65_535:
        raise UsageError(f"{_shown(value)} is not HOST:PORT, like 127.0.0.1:8080")
    return match[1] or match[2], int(match[3])


def whole(smallest: int, largest: int | None = None) -> Parser:
    """A parser of integers between the bounds, both included."""

    def parse(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"[0-9][0-9_]{0,18}", value):
            value = int(value)
        sound = isinstance(value, int) and not isinstance(value, bool)
        if not sound or value < smallest or (largest is not None and value > largest):  # type: ignore[operator]
            most = "" if largest is None else f" and at most {largest}"
            raise UsageError(f"{_shown(value)} is not a whole number of at least {smallest}{most}")
        assert isinstance(value, int)
        return value

    return parse


def shown(value: Any, parse: Parser) -> str:
    """`value` as a person would write it in a file, without quotes."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if parse is amount:
        return format_amount(value)
    if parse is size:
        return format_size(value)
    if parse is share:
        return format_share(value)
    if parse is host_port:
        host, port = value
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _shown(value: object) -> str:
    if isinstance(value, int) and abs(value) > INTEGER_MAX:
        return "a number of many digits"
    try:
        line = "".join(c if c.isprintable() else "?" for c in repr(value))
    except (ValueError, RecursionError):  # the same, or a deep nest, within an array
        return "that"
    return line if len(line) <= 60 else line[:57] + "..."
