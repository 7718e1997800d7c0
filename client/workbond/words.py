"""Counts, durations and sentences as people read them."""

from __future__ import annotations


def plural(count: int, noun: str) -> str:
    """`1 task`, `2,000 tasks`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def capital(text: str) -> str:
    """`text` with a capital letter in front, the rest as it is."""
    return text[:1].upper() + text[1:]


def duration(seconds: int) -> str:
    """Seconds in the two largest units: `45 s`, `2 min 5 s`, `3 h 20 min`, `4 d 1 h`."""
    for size, name, below, below_name in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if seconds >= size:
            rest = seconds % size // below
            return f"{seconds // size} {name}" + (f" {rest} {below_name}" if rest else "")
    return f"{seconds} s"


def exact_duration(seconds: int) -> str:
    """Seconds in every unit that is not zero, for deadlines that money hangs on: `1 d 2 min`."""
    parts = []
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        whole, seconds = divmod(seconds, size)
        if whole:
            parts.append(f"{whole} {name}")
    return " ".join(parts) or "0 s"
