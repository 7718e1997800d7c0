"""What providers did lately: which jobs they took, at which price, and how soon."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from workbond.chain.abi import Event
from workbond.chain.market import Market
from workbond.chain.types import Request
from workbond.parallel import each
from workbond.requester.why.facts import Deal

DOING_EVENTS = ("JobPosted", "JobAccepted", "JobMatched", "JobClaimed", "JobVoided")
DEALS_MAX = 200
TIMED_MAX = 16  # deals whose waiting time is looked up, a block header each
THREADS = 8


@dataclass
class Doings:
    """What a stretch of events tells.

    `posted` holds the `JobPosted` events and `deals` the acceptances and matches by job id, oldest
    first; `active_s` the chain time of each provider's last deal or claim; `running` the provider
    of each job that was taken and neither claimed nor ended.
    """

    posted: dict[bytes, Event] = field(default_factory=dict)
    deals: dict[bytes, Deal] = field(default_factory=dict)
    active_s: dict[str, int] = field(default_factory=dict)
    running: dict[bytes, str] = field(default_factory=dict)


def doings(events: Sequence[Event]) -> Doings:
    """Takes in `DOING_EVENTS` in the order of the chain."""
    found = Doings()
    for event in events:
        args, job_id = event.args, event.args["id"]
        if event.name == "JobPosted":
            found.posted[job_id] = event
        elif event.name in ("JobAccepted", "JobMatched"):
            found.active_s[args["provider"]] = args["acceptedAt"]
            found.running[job_id] = args["provider"]
            asked = event if event.name == "JobMatched" else found.posted.get(job_id)
            found.deals[job_id] = _deal(event, asked)
        else:
            found.running.pop(job_id, None)
            if event.name == "JobClaimed":
                found.active_s[args["provider"]] = args["claimedAt"]
    return found


def latest_deals(market: Market, found: Doings, without: bytes) -> tuple[Deal, ...]:
    """The youngest deals first, but job `without`; for a few, how long they took is looked up."""
    deals = [deal for deal in reversed(found.deals.values()) if deal.job_id != without]
    deals = deals[:DEALS_MAX]
    took: dict[bytes, int] = {}

    def look(deal: Deal) -> None:
        block = market.connection.block(found.posted[deal.job_id].block_number)
        took[deal.job_id] = max(0, deal.accepted_at - block.timestamp)

    known = [deal for deal in deals if deal.job_id in found.posted]
    each(look, known[:TIMED_MAX], THREADS, lambda: None)
    return tuple(replace(deal, took_s=took.get(deal.job_id)) for deal in deals)


def median_wait_s(deals: Sequence[Deal]) -> int | None:
    """The median time from posting to acceptance, of the deals where it was looked up."""
    times = [deal.took_s for deal in deals if deal.took_s is not None]
    return statistics.median_low(times) if times else None


def _deal(taken: Event, first: Event | None) -> Deal:
    """From the event of the deal, and the one that has the request, if it was seen."""
    args = taken.args
    asked: Request | None = None if first is None else first.args["request"]
    return Deal(
        job_id=args["id"],
        provider=args["provider"],
        unit_price=args["unitPrice"],
        accepted_at=args["acceptedAt"],
        flat=None if asked is None else asked.flat,
        max_units=None if asked is None else asked.max_units,
    )
