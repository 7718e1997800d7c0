"""Provider cards: written once, read strictly, announced only when they change."""

from __future__ import annotations

from typing import Any

import pytest

from workbond import canonical
from workbond.chain.rules import MAX_CARD_BYTES
from workbond.errors import UsageError, VerificationFailed
from workbond.executor.profile import WASMTIME_VERSION
from workbond.provider.card import Card, make_card, read_card
from workbond.provider.machine import available_cores, default_memory_bytes, describe


def card(**changes: Any) -> Card:
    given: dict[str, Any] = {
        "hardware": describe(available_cores(), default_memory_bytes()),
        "region": "de",
        "gateway": "https://p.example.org",
    }
    return make_card(**(given | changes))


def fields(**changes: Any) -> bytes:
    return canonical.dumps(canonical.loads(card().to_bytes()) | changes)


def test_a_card_is_read_as_it_was_written() -> None:
    made = card()
    assert read_card(made.to_bytes()) == made
    assert len(made.to_bytes()) <= MAX_CARD_BYTES
    assert made.software.wasmtime == WASMTIME_VERSION
    assert made.profiles == ("wasm-1",)
    assert made.hardware.cores >= 1
    assert made.hardware.memory > 1 << 20


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"\xff",
        b"[" * 4_000,
        b" " * (MAX_CARD_BYTES + 1),
        card().to_bytes() + b"\n",
        fields(version=2),
        fields(version=True),
        fields(extra=1),
        fields(profiles=["wasm-1"] * 17),
        fields(profiles=["two words"]),
        fields(region="DE"),
        fields(region="\x1b[2J"),
        fields(endpoints={"gateway": "file:///etc/passwd"}),
        fields(endpoints={"gateway": "http://a b"}),
        fields(endpoints={"gateway": "http://" + "x" * 600}),
        fields(software={"workbond": "1\n2", "wasmtime": "50.0.1"}),
        fields(hardware={"arch": "x86_64", "cores": 0, "cpu": "", "memory": 0}),
        fields(hardware={"arch": "x86_64", "cores": 1, "cpu": "\x07", "memory": 0}),
        fields(hardware={"arch": "x86_64", "cores": 1, "cpu": "", "memory": 1.5}),
    ],
)
def test_a_card_of_another_form_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(VerificationFailed) as caught:
        read_card(data)
    assert str(caught.value).isprintable()
    assert "card" in str(caught.value)


@pytest.mark.parametrize(
    "changes", [{"region": "Germany"}, {"gateway": "p.example.org"}, {"gateway": "http://\u00e9"}]
)
def test_a_card_that_nobody_could_read_is_not_made(changes: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="card can't be made"):
        card(**changes)


def test_a_card_is_announced_once_and_again_when_it_changed(world: Any, operator: Any) -> None:
    def announced() -> list[str]:
        number = world.connection.block().number
        events = world.market.events(0, number, names=["CardAnnounced"])
        return [read_card(event.args["json"]).endpoints.gateway for event in events]

    operator.start()
    operator.turn()
    assert announced() == [operator.url]
    operator.start()
    operator.turn()
    assert announced() == [operator.url]
    operator.url = "https://new.example.org"
    operator.start()
    operator.turn()
    assert announced() == ["http://127.0.0.1:9", "https://new.example.org"]
