"""The committee's replayed ledger beside its storage, and beside the market's ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, replace

from workbond.audit.committee.ledger import CommitteeLedger, Holding
from workbond.audit.findings import Findings
from workbond.audit.history import read_all
from workbond.audit.ledger import Purse
from workbond.casebook import CaseRecord
from workbond.chain import cases
from workbond.chain.abi import Event
from workbond.chain.answers import Block
from workbond.chain.cases import Case, Challenge, Outcome, Phase, Seating, Verifier
from workbond.chain.committee import Committee

MOVES = ("Deposited", "Withdrawn")


def compare(
    ledger: CommitteeLedger, committee: Committee, others: Iterable[str], block: Block
) -> None:
    """Objects wherever the committee's storage at `block` isn't what the ledger says.

    Compared are all accounts of the ledger and those in `others`, all cases, rounds and challenges,
    and that the other claims which it could judge have no case.
    """
    at, findings = block.number, ledger.findings
    book, jobs = ledger.book.cases, ledger.market.book.jobs
    accounts = list(dict.fromkeys([*ledger.holdings, *ledger.stakes.accounts, *others]))
    verifiers = read_all(
        "reading stakes", lambda account: committee.verifier_of(account, at), accounts
    )
    epoch = cases.epoch(block.timestamp)
    for account, held in verifiers.items():
        _compare_account(ledger, account, held, epoch, at)
    judged = [i for i, job in jobs.items() if job.request.resolver == committee.address]
    ids = list(dict.fromkeys([*book, *sorted(ledger.docket.strays), *judged]))
    heads = read_all("reading cases", lambda case_id: committee.case_of(case_id, at), ids)
    for case_id, head in heads.items():
        _compare_head(ledger, case_id, head, at)
    places = [(i, n) for i, record in book.items() for n in range(len(record.rounds))]
    seatings = read_all("reading rounds", lambda place: committee.seating_of(*place, at), places)
    for (case_id, number), seating in seatings.items():
        compare_round(book[case_id], number, seating, at, findings)
    places = [(i, n) for i, record in book.items() for n in range(len(record.challenges))]
    found = read_all("reading challenges", lambda place: committee.challenge_of(*place, at), places)
    for (case_id, number), challenge in found.items():
        compare_challenge(book[case_id], number, challenge, at, findings)


def _compare_account(
    ledger: CommitteeLedger, account: str, held: Verifier, epoch: int, block: int
) -> None:
    holding, stakes = ledger.holdings.get(account, Holding()), ledger.stakes
    told = Verifier(
        free=holding.free,
        active=stakes.active(account, epoch),
        staked=stakes.staked(account),
        leaving=holding.leaving,
        matures_at=holding.matures_at,
        place=stakes.place(account),
    )
    if held.active == told.staked:
        # A node may answer a call for its newest block by the clock, in the next epoch.
        held = replace(held, active=told.active)
    _members(f"of {account}", told, held, block, ledger.findings)


def _compare_head(ledger: CommitteeLedger, case_id: bytes, head: Case, block: int) -> None:
    record, job = ledger.book.cases.get(case_id), ledger.market.book.jobs.get(case_id)
    if record is None or not record.rounds or job is None:
        if head.phase is not Phase.NONE and (record is None or not record.rounds):
            text = f"case 0x{case_id.hex()} is not in the events but {head.phase.label} in storage"
            ledger.findings.add("storage", block, None, f"committee: {text}")
        return
    compare_head(
        record,
        ledger.docket.deadlines.get(case_id, 0),
        job.request.run_for,
        head,
        block,
        ledger.findings,
    )


def compare_head(
    record: CaseRecord, deadline: int, run_for: int, head: Case, block: int, findings: Findings
) -> None:
    """Objects to every member of a case that differs."""
    _members(f"of case 0x{record.id.hex()}", record.head(deadline, run_for), head, block, findings)


def compare_round(
    record: CaseRecord, number: int, held: Seating, block: int, findings: Findings
) -> None:
    """Objects to every member of a round, and every seat, that differs."""
    name = f"of round {number} of case 0x{record.id.hex()}"
    told = record.rounds[number].seating
    _members(name, told.round, held.round, block, findings)
    for what, ours, theirs in (
        ("verifiers", told.verifiers, held.verifiers),
        ("votes", told.words, held.words),
    ):
        if ours != theirs:
            text = f"committee: {what} {name} by the events are not those in storage"
            findings.add("storage", block, None, text)


def compare_challenge(
    record: CaseRecord, number: int, held: Challenge, block: int, findings: Findings
) -> None:
    """Objects to every member of a challenge that differs."""
    name = f"of challenge {number} of case 0x{record.id.hex()}"
    _members(name, record.challenges[number], held, block, findings)


def compare_markets(
    ledger: CommitteeLedger, events: Iterable[Event], block: int, findings: Findings
) -> None:
    """Objects wherever market and committee tell differently what passed between them.

    Args:
        events: of both contracts, oldest first.
    """
    address = ledger.by.committee
    passed: Counter[tuple[bytes, str, str, int]] = Counter()
    for event in events:
        if event.name not in MOVES:
            continue
        args, of_committee = event.args, event.address == address
        if of_committee or args["account"] == address:
            to = args["to"] if event.name == "Withdrawn" else ""
            passed[event.tx_hash, event.name, to, args["amount"]] += 1 if of_committee else -1
    for (tx_hash, name, _, amount), count in passed.items():
        if count:
            teller, other = ("committee", "market") if count > 0 else ("market", "committee")
            text = (
                f"the {teller} tells of {name} {amount} in transaction 0x{tx_hash.hex()}, "
                f"the {other} does not"
            )
            findings.add("token", block, None, text)
    for job_id, job in ledger.market.book.jobs.items():
        if job.request.resolver != address or job.job is None:
            continue
        record, told = ledger.book.cases.get(job_id), job.resolution
        was_opened = bool(job.job.disputed_at) or told is not None
        if was_opened != (record is not None):
            text = f"market and committee disagree whether 0x{job_id.hex()} had a case"
            findings.add("rule", block, None, text)
        if record is not None and not record.is_audit and not record.challenges:
            text = f"case 0x{job_id.hex()} was opened by a challenge, and there is none"
            findings.add("rule", block, None, text)
        if record is None or told is None or told["timedOut"]:
            continue
        if record.outcome in (None, Outcome.ABANDONED):
            text = f"the market has a verdict on 0x{job_id.hex()}, but its case did not end by one"
            findings.add("rule", block, None, text)


def compare_balance(ledger: CommitteeLedger, block: int, findings: Findings) -> None:
    """Objects if the committee's free balance in the market is less than it owes."""
    held, owed = balance(ledger), ledger.owed
    if held < owed:
        text = f"the committee has {held} in the market but owes {owed}: {owed - held} are missing"
        findings.add("insolvent", block, None, text)


def balance(ledger: CommitteeLedger) -> int:
    """All that the committee owns: its free balance in the market."""
    return ledger.market.purses.get(ledger.by.committee, Purse()).free


def _members(name: str, told: object, held: object, block: int, findings: Findings) -> None:
    for member in fields(told):  # type: ignore[arg-type]
        ours, theirs = getattr(told, member.name), getattr(held, member.name)
        if ours != theirs:
            text = (
                f"committee: {member.name} {name} is {_plain(ours)} by the events but "
                f"{_plain(theirs)} in storage"
            )
            findings.add("storage", block, None, text)


def _plain(value: object) -> str:
    if isinstance(value, Phase):
        return value.label
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
