"""A job's story as `workbond audit job` tells it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbond.cli.audit_common import finding_lines, yes
from workbond.cli.output import table
from workbond.money import format_amount, tokens, unit
from workbond.words import duration

if TYPE_CHECKING:
    from workbond.audit.story import Entry, Story
    from workbond.casebook import CaseRecord


def story_lines(story: Story) -> Iterator[str]:
    from workbond.audit.events import describe, utc
    from workbond.audit.story import bond_of, escrow_of, exits_of

    record, now_s = story.record, story.block.timestamp
    reason = f" ({record.reason.label})" if record and record.reason is not None else ""
    yield f"Job 0x{story.id.hex()}"
    yield f"State {story.state.label}{reason} at block {story.block.number}, {utc(now_s)} UTC"
    if record is not None:
        yield from _request_lines(story)
    elif story.is_revoked:
        yield "Its requester cancelled the request before it became a job."
    yield ""
    for event in story.events:
        when = utc(story.headers[event.block_number].timestamp)
        yield f"Block {event.block_number}, {when} UTC: {event.name}"
        yield f"  {describe(event)}"
        yield f"  transaction 0x{event.tx_hash.hex()}"
    if story.case is not None:
        yield ""
        yield from _case_lines(story.case)
    for name, entries in (("Escrow", [*escrow_of(record)]), ("Bond", [*bond_of(record)])):
        if entries:
            yield ""
            yield from _money_lines(name, entries)
    exits = [*exits_of(record)]
    if exits:
        yield ""
        yield "What can happen next:"
    for way in exits:
        since = f" from {utc(way.since)} UTC" if way.since is not None else ""
        until = f" before {utc(way.until)} UTC" if way.until is not None else ""
        due = "due now" if way.is_due(now_s) else "not now"
        yield f"  {way.call} by {way.who}{since}{until}: {due}"
    yield ""
    yield from finding_lines(story.findings)
    yield f"Matches storage: {yes(story.matches_storage)}"


def _case_lines(record: CaseRecord) -> Iterator[str]:
    """The case at a glance: who opened it, each round's votes, how it ended."""
    from workbond.audit.casewords import policy_words, vote_words

    yield f"Case, {policy_words(record.policy.encode())}"
    if record.opener is not None:
        yield f"  audited: the lottery's crank was turned by {record.opener}"
    for challenge in record.challenges:
        yield f"  challenged by {challenge.challenger}, bond {tokens(challenge.bond)}"
    for number, round in enumerate(record.rounds):
        asked = f", asked for by {round.appellant} for {tokens(round.prepaid)}" if number else ""
        drawn = "" if round.verifiers else ", not drawn"
        yield f"  round {number}{asked}{drawn}"
        for seat, (verifier, vote) in enumerate(
            zip(round.verifiers, round.seating.votes, strict=True)
        ):
            hidden = "committed" if round.seating.has_committed(seat) else "no vote"
            yield f"    seat {seat:>2}  {verifier}  {hidden if vote is None else vote_words(vote)}"
    outcome = record.outcome.label if record.outcome is not None else f"open: {record.phase.label}"
    yield f"  {outcome}"


def _request_lines(story: Story) -> Iterator[str]:
    from workbond.audit.events import clip, utc
    from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD

    assert story.record is not None
    request = story.record.request
    low, high = tokens(request.min_unit_price), tokens(request.max_unit_price)
    ramp = f"{utc(request.ramp_start)} to {utc(request.ramp_end)} UTC"
    price = low if low == high else f"{low} rising to {high} ({ramp})"
    if request.providers == ZERO_WORD:
        who = "anybody"
    elif not any(request.providers[:12]):
        who = f"only 0x{request.providers[12:].hex()}"
    else:
        who = f"those in the list with root 0x{request.providers.hex()}"
    yield ""
    yield f"Requester {request.requester}"
    yield f"  tasks     {request.tasks:,}, together up to {request.max_units:,} units"
    yield f"  spec      0x{request.spec.hex()}"
    yield f"  profile   0x{request.profile.hex()}"
    yield f"  price     {tokens(request.flat)} flat, and per 10^12 units"
    yield f"            {price}"
    stake = f", of a stake of at least {tokens(request.min_stake)}" if request.min_stake else ""
    yield f"  bond      {tokens(request.bond)}{stake}"
    yield f"  provider  {who}, until {utc(request.open_until)} UTC"
    to_run, to_check = duration(request.run_for), duration(request.challenge_for)
    yield f"  times     {to_run} to run, {to_check} to check the result"
    yield f"  disputes  {'none' if request.resolver == ZERO_ADDRESS else request.resolver}"
    if story.record.is_signed:
        matcher, offer = story.record.matcher, story.record.offer
        yield f"  signed    {f'matched by {matcher}' if matcher else 'filled by the provider'}"
        if offer is not None:
            yield f"  offer     0x{offer.hex()}"
    else:
        yield f"  blobs at  {clip(story.record.gateway) or 'not told'}"


def _money_lines(name: str, entries: list[Entry]) -> Iterator[str]:
    rows = [[entry.what, format_amount(entry.amount)] for entry in entries]
    rows.append(["locked now", format_amount(sum(e.amount for e in entries))])
    yield from table([name, unit()], rows, right=[unit()]).splitlines()
