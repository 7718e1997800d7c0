"""The replayed ledger beside the contract's storage, at one block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from workbond.audit.findings import Findings
from workbond.audit.history import read_all
from workbond.audit.ledger import Ledger, Purse
from workbond.audit.signed import SignedOrders
from workbond.audit.transfers import Flow
from workbond.chain.market import Market
from workbond.chain.rules import OFFER_REVOKED
from workbond.chain.types import ZERO_ADDRESS, Account, State
from workbond.jobs import JobRecord

Slot = tuple[State, int]
NO_JOB: Slot = (State.NONE, 0)


def compare(
    ledger: Ledger, market: Market, others: Iterable[str], block: int, findings: Findings
) -> None:
    """Objects wherever storage at `block` isn't what the ledger says.

    Compared are all accounts of the ledger and those in `others`, with their delegates, all its
    jobs, the jobs that only impossible events named, and its offers and cancelled orders.
    """
    orders = ledger.orders
    addresses = list(dict.fromkeys([*ledger.purses, *orders.delegates, *others]))
    accounts = read_all("reading accounts", lambda a: market.account_of(a, block), addresses)
    for address, stored in accounts.items():
        compare_account(address, ledger.purses.get(address, Purse()), stored, block, findings)
    delegates = read_all("reading delegates", lambda a: market.delegate_of(a, block), addresses)
    for address, held in delegates.items():
        told = orders.delegates.get(address, ZERO_ADDRESS)
        if (held or ZERO_ADDRESS) != told:
            text = f"delegate of {address} is {told} by the events but {held} in storage"
            findings.add("storage", block, None, text)
    ids = list(dict.fromkeys([*ledger.book.jobs, *sorted(ledger.strays), *orders.revoked]))
    slots = read_all("reading jobs", lambda job_id: market.slot_of(job_id, block), ids)
    digests = list(dict.fromkeys([*orders.uses, *orders.revoked]))
    uses = read_all("reading offers", lambda digest: market.offer_uses(digest, block), digests)
    for digest, count in uses.items():
        compare_order(digest, orders, count, slots.pop(digest, NO_JOB), block, findings)
    for job_id, slot in slots.items():
        compare_job(job_id, ledger.book.jobs.get(job_id), slot, block, findings)


def compare_account(
    address: str, purse: Purse, stored: Account, block: int, findings: Findings
) -> None:
    """Objects to every member of an account that differs."""
    for member in fields(Account):
        told, held = getattr(purse, member.name), getattr(stored, member.name)
        if told != held:
            text = f"{member.name} of {address} is {told} by the events but {held} in storage"
            findings.add("storage", block, None, text)


def compare_order(
    digest: bytes, orders: SignedOrders, uses: int, slot: Slot, block: int, findings: Findings
) -> None:
    """Objects to an offer used another number of times, and to a cancelled order that is not.

    The event does not tell whether it was an offer or a request; one of the two must hold. An offer
    may be cancelled again, a request can't.
    """
    told, cancelled = orders.uses[digest], orders.revoked[digest]
    name = f"offer 0x{digest.hex()}"
    if slot != NO_JOB:
        if slot != (State.CANCELLED, 0) or cancelled != 1 or told or uses:
            text = (
                f"request 0x{digest.hex()} was cancelled {cancelled} times by the events but is "
                f"{slot[0].label} in storage"
            )
            findings.add("storage", block, None, text)
    elif cancelled:
        if uses != OFFER_REVOKED:
            text = f"{name} is cancelled by the events but was used {uses} times in storage"
            findings.add("storage", block, None, text)
    elif uses != told:
        held = "cancelled" if uses == OFFER_REVOKED else f"used {uses} times"
        text = f"{name} was used {told} times by the events but is {held} in storage"
        findings.add("storage", block, None, text)


def compare_job(
    job_id: bytes,
    record: JobRecord | None,
    slot: Slot,
    block: int,
    findings: Findings,
    *,
    is_revoked: bool = False,
) -> None:
    """Objects to another state, or to another record hash of a live job.

    `is_revoked`: the request was cancelled before it became a job.
    """
    (state, stored), (due, told) = slot, slot_due(record)
    if record is None and is_revoked:
        due = State.CANCELLED
    name = f"job 0x{job_id.hex()}"
    if state != due:
        text = f"state of {name} is {due.label} by the events but {state.label} in storage"
        findings.add("storage", block, None, text)
    elif stored != told:
        text = f"record hash of {name} is {told:#x} by the events but {stored:#x} in storage"
        findings.add("storage", block, None, text)


def slot_due(record: JobRecord | None) -> Slot:
    """What a job's slot must hold: its state, and its record's hash while it is live."""
    if record is None:
        return NO_JOB
    return record.state, record.live_job().hash248() if record.state.is_live else 0


def compare_money(owed: int, balance: int, flow: Flow, block: int, findings: Findings) -> None:
    """Objects if the market owns fewer tokens than it owes, or than its transfers left it."""
    if balance < owed:
        text = f"the market owns {balance} but owes {owed}: {owed - balance} are missing"
        findings.add("insolvent", block, None, text)
    if balance != flow.came - flow.went:
        text = (
            f"the market owns {balance}, but transfers brought {flow.came} and took {flow.went}: "
            f"{flow.came - flow.went} should be there"
        )
        findings.add("token", block, None, text)
