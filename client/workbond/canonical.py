"""Canonical JSON (RFC 8785): one value, one sequence of bytes, which can be hashed and signed.

Reading is strict, because the bytes come from strangers: a size cap, a depth bound, UTF-8 without a
byte order mark, no duplicate keys, no NaN or infinity, no integer beyond 2^53 - 1 (RFC 8785 leaves
larger ones to strings), no lone surrogate.
"""

from __future__ import annotations

import json
import math
from typing import Any

import rfc8785

from workbond.errors import UsageError

INTEGER_MAX = 2**53 - 1  # RFC 8785 section 3.2.2.3: the integers an IEEE 754 double holds exactly
DEPTH_MAX = 32  # no document of the protocol nests deeper than 5
SIZE_MAX = 1 << 20


def dumps(value: Any) -> bytes:
    """The canonical bytes of `value`; raises `UsageError` for what JSON can't say exactly."""
    try:
        return rfc8785.dumps(value)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the value can't be written as canonical JSON: {error}") from error


def loads(data: bytes, *, what: str = "the JSON document", max_bytes: int = SIZE_MAX) -> Any:
    """The value in `data`; `what` names the document in errors (`UsageError`, one line)."""
    if len(data) > max_bytes:
        raise UsageError(f"{what} has {len(data):,} bytes, more than the {max_bytes:,} allowed")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_int=_integer,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
        _check(value)
    except UnicodeDecodeError as error:
        raise UsageError(f"{what} is not UTF-8: byte {error.start} can't be decoded") from error
    except RecursionError as error:
        raise UsageError(f"{what} nests deeper than {DEPTH_MAX} levels") from error
    except ValueError as error:
        raise UsageError(f"{what} is not valid JSON here: {_one_line(str(error))}") from error
    return value


def loads_canonical(
    data: bytes, *, what: str = "the JSON document", max_bytes: int = SIZE_MAX
) -> Any:
    """Like `loads`, and refuses bytes that aren't the canonical form of the value they hold."""
    value = loads(data, what=what, max_bytes=max_bytes)
    if dumps(value) != data:
        raise UsageError(f"{what} is JSON, but not in canonical form (RFC 8785)")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key[:60]!r} stands twice in one object")
        found[key] = value
    return found


def _integer(text: str) -> int:
    # compared by length first: converting a million digits takes quadratic time
    if len(text) > 17 or abs(int(text)) > INTEGER_MAX:
        raise ValueError(f"the integer {text[:24]} is beyond 2^53 - 1; write it as a string")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:24]} is too large")
    return number


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


def _check(value: Any) -> None:
    """Depth and surrogates, without recursion: the value is as deep as its author wished."""
    level: list[Any] = [value]
    depth = 0
    while level:
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, str) and not item.isascii() and _has_surrogate(item):
                raise ValueError("a string holds a lone surrogate")
        if depth == DEPTH_MAX and any(isinstance(item, dict | list) for item in level):
            raise RecursionError
        level = below
        depth += 1


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:197] + "..."
