"""The replayed ledger beside the contract's storage, at one block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from workbond.audit.findings import Findings
from workbond.audit.history import read_all
from workbond.audit.ledger import Ledger, Purse
from workbond.audit.transfers import Flow
from workbond.chain.market import Market
from workbond.chain.types import Account, State
from workbond.jobs import JobRecord

Slot = tuple[State, int]


def compare(
    ledger: Ledger, market: Market, others: Iterable[str], block: int, findings: Findings
) -> None:
    """Objects wherever storage at `block` isn't what the ledger says.

    Compared are all accounts of the ledger and those in `others`, all its jobs, and the jobs that
    only impossible events named.
    """
    addresses = list(dict.fromkeys([*ledger.purses, *others]))
    accounts = read_all("reading accounts", lambda a: market.account_of(a, block), addresses)
    for address, stored in accounts.items():
        compare_account(address, ledger.purses.get(address, Purse()), stored, block, findings)
    ids = list(dict.fromkeys([*ledger.book.jobs, *sorted(ledger.strays)]))
    slots = read_all("reading jobs", lambda job_id: market.slot_of(job_id, block), ids)
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


def compare_job(
    job_id: bytes, record: JobRecord | None, slot: Slot, block: int, findings: Findings
) -> None:
    """Objects to another state, or to another record hash of a live job."""
    (state, stored), (due, told) = slot, slot_due(record)
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
        return State.NONE, 0
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
