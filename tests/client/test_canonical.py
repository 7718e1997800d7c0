"""Canonical JSON: exact bytes out, strict reading in."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from workbond.canonical import DEPTH_MAX, INTEGER_MAX, dumps, loads, loads_canonical
from workbond.errors import UsageError


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    assert dumps({"b": [1, True, None], "a": "ü\n"}) == '{"a":"ü\\n","b":[1,true,null]}'.encode()


def test_the_example_of_the_rfc_comes_out_as_printed() -> None:
    # RFC 8785 section 3.2.3: sorted by UTF-16 code units
    keys = {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet"}
    keys |= {"1": "One", "\U0001f600": "Emoji: Grinning Face", "\u0080": "Control", "ö": "o"}
    values = list(loads(dumps(keys)).values())
    assert values == [
        "Carriage Return",
        "One",
        "Control",
        "o",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet",
    ]


@pytest.mark.parametrize("value", [{}, [], 0, INTEGER_MAX, -INTEGER_MAX, "", {"a": {"b": [1.5]}}])
def test_what_is_written_reads_back(value: Any) -> None:
    assert loads_canonical(dumps(value)) == value


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not valid JSON"),
        (b'{"a":1,"a":2}', "'a' stands twice"),
        (b'{"a":{"b":1,"b":1}}', "'b' stands twice"),
        (b"\xff", "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b"NaN", "NaN is not a JSON number"),
        (b"[-Infinity]", "-Infinity is not a JSON number"),
        (b"1e999", "too large"),
        (b"9007199254740992", "beyond 2^53 - 1"),
        (b"-9007199254740992", "beyond 2^53 - 1"),
        (b"1" * 100_000, "beyond 2^53 - 1"),
        (b'"\\ud800"', "lone surrogate"),
        (b'{"\\udfff":1}', "lone surrogate"),
        (b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1), "nests deeper than"),
        (b"[" * 100_000 + b"]" * 100_000, "nests deeper than"),
        (b'{"a":' * 100_000, "nests deeper than"),
        (b"{} {}", "not valid JSON"),
        (b'" ' * (1 << 20), "more than the 1,048,576 allowed"),
    ],
    ids=itertools.count(),
)
def test_hostile_bytes_are_refused_in_one_line(data: bytes, reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        loads(data, what="the card")
    assert reason in str(refused.value)
    assert str(refused.value).startswith("the card ")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


def test_the_deepest_allowed_document_is_read() -> None:
    data = b"[" * DEPTH_MAX + b"]" * DEPTH_MAX
    assert dumps(loads(data)) == data


@pytest.mark.parametrize(
    "data", [b'{"b":1,"a":2}', b"{ }", b"1.0", b"-0", b'"\\u0061"', b"1e2", b"[1,2]\n"]
)
def test_bytes_in_another_form_are_read_but_not_canonical(data: bytes) -> None:
    loads(data)
    with pytest.raises(UsageError, match="not in canonical form"):
        loads_canonical(data)


@pytest.mark.parametrize(
    "value", [2**53, float("nan"), "\ud800", object(), {1: 2}, b"bytes"], ids=itertools.count()
)
def test_what_json_cannot_say_is_not_written(value: Any) -> None:
    with pytest.raises(UsageError, match="can't be written as canonical JSON"):
        dumps(value)


def test_a_value_nested_without_end_is_not_written() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(UsageError, match="can't be written as canonical JSON"):
        dumps(value)
