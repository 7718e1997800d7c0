"""Slither's findings need a reason each: new ones fail, and so do reasons for what is gone."""

from __future__ import annotations

import tomllib
from typing import Any

from run_slither import TRIAGE, differences


def finding(check: str, contract: str, function: str) -> dict[str, Any]:
    """As slither reports it, of a line in a function."""
    of_contract = {"type": "contract", "name": contract}
    fields = {"parent": of_contract}
    of_function = {"type": "function", "name": function, "type_specific_fields": fields}
    line = {"type": "node", "name": "x = y", "type_specific_fields": {"parent": of_function}}
    return {"check": check, "elements": [line], "description": "x is y"}


def explained(*places: str, reason: str = "It is meant.") -> list[dict[str, Any]]:
    return [{"check": "odd", "in": [*places], "reason": reason}]


def test_what_is_explained_passes() -> None:
    assert differences([finding("odd", "Market", "post")], explained("Market.post")) == []


def test_a_new_finding_fails_and_is_shown() -> None:
    found = [finding("odd", "Market", "post"), finding("odd", "Market", "accept")]
    (word,) = differences(found, explained("Market.post"))
    assert "new: odd in Market.accept" in word
    assert "x is y" in word


def test_a_second_finding_in_the_same_function_is_new() -> None:
    found = [finding("odd", "Market", "post")] * 2
    assert len(differences(found, explained("Market.post"))) == 1


def test_a_reason_for_what_is_gone_fails() -> None:
    (word,) = differences([], explained("Market.post"))
    assert "Market.post, which is not found any more" in word


def test_an_empty_reason_fails() -> None:
    found = [finding("odd", "Market", "post")]
    assert differences(found, explained("Market.post", reason=" ")) == ["odd: no reason is given"]


def test_every_finding_on_record_has_a_reason() -> None:
    entries = tomllib.loads(TRIAGE.read_text("utf-8"))["triage"]
    assert all(len(entry["reason"].split()) >= 5 for entry in entries)
