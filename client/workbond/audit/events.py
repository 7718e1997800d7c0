"""Events for readers: in words, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from workbond.audit.casewords import CASE_WORDS
from workbond.chain.abi import Abi, Event
from workbond.chain.reverts import explain_reason
from workbond.chain.types import ZERO_ADDRESS, VoidReason, unpaired
from workbond.money import tokens
from workbond.words import plural

SHOWN_CHARS = 96  # of a stranger's text on a line
SHORT_ID_DIGITS = 16  # as `workbond job list` shows them

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


def describe(event: Event) -> str:
    """One line about the event beyond its name and subject.

    It may hold a stranger's text: pass it through `workbond.cli.output.printable`.
    """
    words = _WORDS.get(event.name) or CASE_WORDS.get(event.name)
    if words is not None:
        return words(event.args)
    return clip(", ".join(f"{name} {_plain(value)}" for name, value in event.args.items()))


def event_json(event: Event, abi: Abi) -> dict[str, Any]:
    """The event as JSON, with the members' names of the ABI.

    Amounts (uint96) and counts that may exceed 2^53 are decimal strings, bytes hexadecimal.
    """
    shape = abi.events[event.name]
    args = {c["name"]: _json(c, event.args[c["name"]]) for c in shape.inputs}
    if event.name == "JobMatched":  # in words, what its `terms` pack
        of_request = next(c for c in abi.events["JobPosted"].inputs if c["name"] == "request")
        args["request"] = _json(of_request, event.args["request"])
        args["unitPrice"] = str(event.args["unitPrice"])
        args["acceptedAt"] = event.args["acceptedAt"]
        args["offer"] = "0x" + event.args["offer"].hex()
        args["matcher"] = event.args["matcher"]
    return {
        "block": event.block_number,
        "log_index": event.log_index,
        "tx": "0x" + event.tx_hash.hex(),
        "name": event.name,
        "args": args,
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


def _posted(args: Mapping[str, Any]) -> str:
    request = args["request"]
    tasks = plural(request.tasks, "task")
    gateway = f", blobs at {clip(args['gateway'])}" if args["gateway"] else ""
    units, bond = f"up to {request.max_units:,} units", f"bond {tokens(request.bond)}"
    return f"by {args['requester']}: {tasks}, {units}, {bond}{gateway}"


def _accepted(args: Mapping[str, Any]) -> str:
    tip = "" if args["tipTo"] == ZERO_ADDRESS else f", tip {tokens(args['tipPaid'])}"
    price = f"{tokens(args['unitPrice'])} per 10^12 units"
    return f"by {args['provider']} at {price}, {tokens(args['refund'])} refunded{tip}"


def _matched(args: Mapping[str, Any]) -> str:
    request = args["request"]
    work = f"{plural(request.tasks, 'task')} of {args['requester']} by {args['provider']}"
    price = f"at {tokens(args['unitPrice'])} per 10^12 units"
    if args["matcher"] == ZERO_ADDRESS:
        return f"{work} {price}, filled by the provider"
    offer, tip = short_id(args["offer"]), tokens(request.tip)
    return f"{work} {price}, matched by {args['matcher']} with offer {offer}, tip {tip}"


def _demanded(args: Mapping[str, Any]) -> str:
    pairs = (unpaired(pair) for pair in args["pairs"])
    chunks = ", ".join(f"task {task} chunk {chunk}" for task, chunk in pairs)
    fees = f"fees {tokens(args['fees'])}"
    return f"{clip(chunks)}; {fees}, to be answered before {utc(args['answerBy'])} UTC"


def _answered(args: Mapping[str, Any]) -> str:
    left = (~args["answered"] & 0xFF).bit_count()
    fees = f"{tokens(args['fees'])} to {args['provider']}"
    return f"{fees}, {left or 'nothing'} left to answer; window ends {utc(args['windowEnd'])} UTC"


def _delegate(args: Mapping[str, Any]) -> str:
    if args["delegate"] == ZERO_ADDRESS:
        return "nobody acts for it any more"
    return f"{args['delegate']} may submit and answer for it"


def _skipped(args: Mapping[str, Any]) -> str:
    return f"entry {args['entry']} was left out: {explain_reason(args['reason'])}"


def _resolved(args: Mapping[str, Any]) -> str:
    challenger = "" if args["challenger"] == ZERO_ADDRESS else f" for {args['challenger']}"
    parts = [f"{tokens(args['toResolver'])} to the resolver"] if args["toResolver"] else []
    if args["toChallenger"]:
        parts.append(f"{tokens(args['toChallenger'])} to the challenger")
    if args["feeRefund"]:
        parts.append(f"{tokens(args['feeRefund'])} back to the requester")
    money = f" ({', '.join(parts)})" if parts else ""
    if args["rejected"]:
        return f"the claim is rejected{challenger}{money}"
    against = challenger and f" against the challenge of {args['challenger']}"
    how = "timed out" if args["timedOut"] else f"upheld{against}"
    return f"{how}: the claim stands{money}, window ended {utc(args['windowEnd'])} UTC"


def _settled(args: Mapping[str, Any]) -> str:
    how = "approved" if args["approved"] else "finalized"
    paid = f"{tokens(args['payment'])} paid to {args['provider']}"
    return f"{how}: {paid} for {args['totalUnits']:,} units, {tokens(args['refund'])} refunded"


def _voided(args: Mapping[str, Any]) -> str:
    known = args["reason"] <= max(VoidReason)
    reason = VoidReason(args["reason"]).label if known else f"reason {args['reason']}"
    parts = f"{tokens(args['compensation'])} to the requester"
    if args["reward"]:
        parts += f", {tokens(args['reward'])} to {args['caller']}"
    if args["burned"]:
        parts += f", {tokens(args['burned'])} burned"
    lost = f"{args['provider']} loses {tokens(args['slashed'])} ({parts})"
    return f"{reason}: {tokens(args['refund'])} refunded, {lost}"


def _card(args: Mapping[str, Any]) -> str:
    return clip(bytes(args["json"]).decode("utf-8", "replace"))


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "Deposited": lambda args: tokens(args["amount"]),
    "Withdrawn": lambda args: f"{tokens(args['amount'])} to {args['to']}",
    "Staked": lambda args: tokens(args["amount"]),
    "Unstaked": lambda a: f"{tokens(a['amount'])}, matures {utc(a['maturesAt'])} UTC",
    "StakeWithdrawn": lambda args: tokens(args["amount"]),
    "JobPosted": _posted,
    "JobMatched": _matched,
    "JobAccepted": _accepted,
    "JobClaimed": lambda a: f"by {a['provider']}, manifest sha256 0x{a['manifest'].hex()}",
    "JobDisputed": lambda a: f"by its resolver {a['resolver']}: a case is open",
    "CaseResolved": _resolved,
    "JobSettled": _settled,
    "JobCancelled": lambda a: f"by {a['caller']}, {tokens(a['refund'])} refunded",
    "JobVoided": _voided,
    "CardAnnounced": _card,
    "CounterRaised": lambda a: f"to {a['counter']}: what was signed under another is revoked",
    "OrderCancelled": lambda a: f"by {a['author']}",
    "DelegateSet": _delegate,
    "EntrySkipped": _skipped,
    "OutputDemanded": _demanded,
    "OutputAnswered": _answered,
}
