"""Events for readers: in words, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from workbond.chain.abi import Abi, Event
from workbond.chain.types import ZERO_ADDRESS, VoidReason
from workbond.words import plural

SHOWN_CHARS = 96  # of a stranger's text on a line
SHORT_ID_DIGITS = 16  # as `workbond job list` shows them

Amount = Callable[[int], str]  # base units for people

# uint64 members that are counts, not times: they may exceed what a JSON number holds exactly.
_COUNTS = ("maxUnits", "totalUnits", "counter", "pairs")


def short_id(job_id: bytes) -> str:
    """The first digits of a job id, which `workbond audit job` accepts."""
    return "0x" + job_id.hex()[:SHORT_ID_DIGITS]


def utc(timestamp: int) -> str:
    """A block's time for people; one that no calendar has stays a number."""
    try:
        return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return str(timestamp)


def clip(text: str) -> str:
    """At most `SHOWN_CHARS` characters of a stranger's text."""
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 3] + "..."


def subject(event: Event) -> str:
    """What an event is about: a job's short id, else the account or digest it names first."""
    if "id" in event.args:
        return short_id(event.args["id"])
    first = next(iter(event.args.values()), "")
    return short_id(first) if isinstance(first, bytes) else str(first)


def describe(event: Event, amount: Amount) -> str:
    """One line about the event beyond its name and subject.

    It may hold a stranger's text: pass it through `workbond.cli.output.printable`.
    """
    words = _WORDS.get(event.name)
    if words is not None:
        return words(event.args, amount)
    return clip(", ".join(f"{name} {_plain(value)}" for name, value in event.args.items()))


def event_json(event: Event, abi: Abi) -> dict[str, Any]:
    """The event as JSON, with the members' names of the ABI.

    Amounts (uint96) and counts that may exceed 2^53 are decimal strings, bytes hexadecimal.
    """
    shape = abi.events[event.name]
    return {
        "block": event.block_number,
        "log_index": event.log_index,
        "tx": "0x" + event.tx_hash.hex(),
        "name": event.name,
        "args": {c["name"]: _json(c, event.args[c["name"]]) for c in shape.inputs},
    }


def _json(component: Mapping[str, Any], value: Any) -> Any:
    kind = str(component["type"])
    if kind == "tuple":
        members: Sequence[Any] = value if isinstance(value, tuple) else value.to_tuple()
        parts = zip(component["components"], members, strict=True)
        return {c["name"]: _json(c, member) for c, member in parts}
    if isinstance(value, tuple):
        inner = {**component, "type": kind[: kind.rindex("[")]}
        return [_json(inner, item) for item in value]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, bool | str):
        return value
    exact = kind in ("uint96", "uint256") or component["name"] in _COUNTS
    return str(value) if exact else value


def _plain(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def _posted(args: Mapping[str, Any], amount: Amount) -> str:
    request = args["request"]
    tasks = plural(request.tasks, "task")
    gateway = f", blobs at {clip(args['gateway'])}" if args["gateway"] else ""
    units, bond = f"up to {request.max_units:,} units", f"bond {amount(request.bond)}"
    return f"by {args['requester']}: {tasks}, {units}, {bond}{gateway}"


def _accepted(args: Mapping[str, Any], amount: Amount) -> str:
    tip = "" if args["tipTo"] == ZERO_ADDRESS else f", tip {amount(args['tipPaid'])}"
    price = f"{amount(args['unitPrice'])} per 10^12 units"
    return f"by {args['provider']} at {price}, {amount(args['refund'])} refunded{tip}"


def _settled(args: Mapping[str, Any], amount: Amount) -> str:
    how = "approved" if args["approved"] else "finalized"
    paid = f"{amount(args['payment'])} paid to {args['provider']}"
    return f"{how}: {paid} for {args['totalUnits']:,} units, {amount(args['refund'])} refunded"


def _voided(args: Mapping[str, Any], amount: Amount) -> str:
    known = args["reason"] <= max(VoidReason)
    reason = VoidReason(args["reason"]).label if known else f"reason {args['reason']}"
    parts = f"{amount(args['compensation'])} to the requester"
    if args["reward"]:
        parts += f", {amount(args['reward'])} to {args['caller']}"
    if args["burned"]:
        parts += f", {amount(args['burned'])} burned"
    lost = f"{args['provider']} loses {amount(args['slashed'])} ({parts})"
    return f"{reason}: {amount(args['refund'])} refunded, {lost}"


def _card(args: Mapping[str, Any], amount: Amount) -> str:
    return clip(bytes(args["json"]).decode("utf-8", "replace"))


_WORDS: dict[str, Callable[[Mapping[str, Any], Amount], str]] = {
    "Deposited": lambda args, amount: amount(args["amount"]),
    "Withdrawn": lambda args, amount: f"{amount(args['amount'])} to {args['to']}",
    "Staked": lambda args, amount: amount(args["amount"]),
    "Unstaked": lambda a, amount: f"{amount(a['amount'])}, matures {utc(a['maturesAt'])} UTC",
    "StakeWithdrawn": lambda args, amount: amount(args["amount"]),
    "JobPosted": _posted,
    "JobAccepted": _accepted,
    "JobClaimed": lambda a, _: f"by {a['provider']}, manifest sha256 0x{a['manifest'].hex()}",
    "JobSettled": _settled,
    "JobCancelled": lambda a, amount: f"by {a['caller']}, {amount(a['refund'])} refunded",
    "JobVoided": _voided,
    "CardAnnounced": _card,
}
