"""An order as a book lists it: its state there, and coded reasons why it is not matched.

A book is not trusted: a listing's order is checked against its id, and what a book says of it is a
hint, which the chain confirms or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from workbond.errors import UsageError
from workbond.orders.envelope import OFFER, REQUEST, SignedOrder

REASONS_MAX = 64
TEXT_MAX = 300


class OrderState(StrEnum):
    """Where an order stands in a book."""

    OPEN = "open"
    """It waits to be matched."""
    DORMANT = "dormant"
    """It can't be used now, and may be later; `code` says why."""
    USED = "used"
    """The request became a job; the offer made all its jobs."""
    ENDED = "ended"
    """It can't be used any more; `code` says why."""


@dataclass(frozen=True)
class Reason:
    """Why an order is not matched: `count` of the other side's orders fail at it first."""

    code: str
    text: str
    count: int = 0


@dataclass(frozen=True)
class Listing:
    """One order in a book. `since_s` is when the book got it; `uses` are an offer's jobs so far;
    `code` says why it is not open; `reasons` why it waits; `order` is there when it was asked for.
    """

    id: bytes
    kind: str
    author: str
    state: OrderState
    since_s: int
    code: str = ""
    uses: int = 0
    reasons: tuple[Reason, ...] = ()
    order: SignedOrder | None = None

    def to_json(self) -> dict[str, Any]:
        """As the book's API gives it."""
        found: dict[str, Any] = {
            "id": "0x" + self.id.hex(),
            "kind": self.kind,
            "author": self.author,
            "state": self.state.value,
            "since": self.since_s,
            "code": self.code,
            "uses": self.uses,
            "reasons": [
                {"code": reason.code, "text": reason.text, "count": reason.count}
                for reason in self.reasons
            ],
        }
        return found if self.order is None else found | {"order": self.order.to_json()}

    @classmethod
    def from_json(cls, value: Any) -> Listing:
        """A listing that a book answered; `UsageError` if it isn't one. Unknown members are left to
        later versions."""
        if not isinstance(value, Mapping):
            raise UsageError("a listing is no JSON object")
        kind = _text(value, "kind", 16)
        if kind not in (REQUEST, OFFER):
            raise UsageError(f"a listing's kind is {kind!r}")
        try:
            state = OrderState(_text(value, "state", 16))
            order_id = bytes.fromhex(_text(value, "id", 66).removeprefix("0x"))
        except ValueError as error:
            raise UsageError(f"a listing's state or id is odd: {error!s:.80}") from error
        envelope = value.get("order")
        order = None if envelope is None else SignedOrder.from_json(envelope)
        if len(order_id) != 32 or (order is not None and order.id != order_id):
            raise UsageError("a listing's id is not its order's")
        reasons = value.get("reasons", [])
        if not isinstance(reasons, list):
            raise UsageError("a listing's reasons are no list")
        return cls(
            id=order_id,
            kind=kind,
            author=_text(value, "author", 42),
            state=state,
            since_s=_count(value, "since"),
            code=_text(value, "code", 64),
            uses=_count(value, "uses"),
            reasons=tuple(_reason(reason) for reason in reasons[:REASONS_MAX]),
            order=order,
        )


def _reason(value: Any) -> Reason:
    if not isinstance(value, Mapping):
        raise UsageError("a reason is no JSON object")
    return Reason(_text(value, "code", 64), _text(value, "text", TEXT_MAX), _count(value, "count"))


def _text(value: Mapping[str, Any], name: str, most: int) -> str:
    """A printable text: it ends up on terminals."""
    text = value.get(name, "")
    if not isinstance(text, str):
        raise UsageError(f"{name} is no text")
    return "".join(c if c.isprintable() else " " for c in text[:most])


def _count(value: Mapping[str, Any], name: str) -> int:
    number = value.get(name, 0)
    if type(number) is not int or number < 0:
        raise UsageError(f"{name} is no whole number")
    return number
