"""The committee's part of an audit: its events replayed beside the market's, and compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from workbond.audit.committee.compare import compare, compare_balance, compare_markets
from workbond.audit.committee.ledger import CommitteeLedger
from workbond.audit.committee.steps import CommitteeRules
from workbond.audit.history import read_all
from workbond.audit.ledger import Ledger
from workbond.chain import cases
from workbond.chain.abi import Event
from workbond.chain.answers import Block
from workbond.chain.committee import Committee
from workbond.chain.connection import Connection


def rules_of(committee: Committee, events: Sequence[Event], block: Block) -> CommitteeRules:
    """What the committee's rules depend on, block hashes up to `block` included."""
    return CommitteeRules(
        committee=committee.address,
        market=committee.market_address,
        min_stake=committee.min_stake,
        hashes=_hashes(committee.connection, events, block),
        plain_numbers=any(
            event.args["claimBlock"] == event.block_number
            for event in events
            if event.name == "JobClaimed"
        ),
    )


def replay_both(
    ledger: Ledger, by: CommitteeRules, events: Iterable[Event], times_s: Mapping[int, int]
) -> CommitteeLedger:
    """Applies both contracts' events, in the order of the chain, to the market's `ledger` and to a
    new one of the committee's."""
    found = CommitteeLedger(ledger, by)
    for event in events:
        of = found if event.address == by.committee else ledger
        of.apply(event, times_s[event.block_number])
    return found


def check(
    ledger: CommitteeLedger,
    committee: Committee,
    events: Sequence[Event],
    others: Iterable[str],
    block: Block,
) -> None:
    """Compares the ledger with the committee's storage, and with the market's ledger."""
    compare(ledger, committee, others, block)
    compare_markets(ledger, events, block.number, ledger.findings)
    compare_balance(ledger, block.number, ledger.findings)


def _hashes(connection: Connection, events: Sequence[Event], block: Block) -> dict[int, bytes]:
    """Hashes of the blocks that were seeds or drew the lottery, as far as there are any."""
    numbers = {event.args["seedBlock"] for event in events if event.name == "SeedRequested"}
    audited = {
        event.args["id"] for event in events if event.name == "CaseOpened" and event.args["audited"]
    }
    numbers |= {
        event.args["claimBlock"] + cases.SEED_AFTER_BLOCKS
        for event in events
        if event.name == "JobClaimed" and event.args["id"] in audited
    }
    wanted = sorted(number for number in numbers if number <= block.number)
    headers = read_all("reading seeds", connection.block, wanted)
    return {number: header.hash for number, header in headers.items()}
