"""The books as `workbond audit ledger` shows them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from workbond.cli.audit_common import finding_lines, yes
from workbond.cli.output import printable, say, table, terminal_width
from workbond.money import format_amount, unit

if TYPE_CHECKING:
    from workbond.audit.committee.ledger import CommitteeLedger
    from workbond.audit.report import Report


def show_ledger(report: Report) -> None:
    from workbond.audit.events import utc
    from workbond.chain.rules import SINK

    block = report.block
    say(f"Market {report.market} on chain {report.chain_id}")
    say(f"Block {block.number}, {utc(block.timestamp)} UTC; amounts in {unit()}")
    say()
    rows = []
    for account, purse in report.ledger.purses.items():
        amounts = (purse.free, purse.staked, purse.bonded, purse.unbonding)
        note = "burned" if account == SINK else ""
        rows.append([account, *(format_amount(amount) for amount in amounts), note])
    columns = ["free", "staked", "of it bonded", "unbonding"]
    _show_accounts(rows, columns)
    say()
    states = ", ".join(f"{n} {state}" for state, n in report.ledger.states().items() if n)
    say(f"Jobs: {states or 'none'}")
    totals = [
        ("owed to accounts", report.ledger.owed - sum(report.ledger.escrow.values())),
        ("in escrow", sum(report.ledger.escrow.values())),
        ("owed", report.ledger.owed),
        ("owned", report.balance),
        ("surplus", report.surplus),
    ]
    say(table(["total", unit()], [[n, format_amount(a)] for n, a in totals], right=[unit()]))
    say()
    if report.committee is not None:
        _show_committee(report.committee)
    for line in finding_lines(report.findings):
        say(printable(line))
    say(f"Matches storage: {yes(report.matches_storage)}")
    say(f"Solvent: {yes(report.solvent)}")


def _show_committee(ledger: CommitteeLedger) -> None:
    """The committee's accounts, cases and totals."""
    from workbond.audit.report import committee_json

    told = committee_json(ledger)
    say(f"Committee {told['committee']}")
    columns = ["free", "staked", "leaving"]
    rows = [
        [each["account"], *(format_amount(int(each[column])) for column in columns), _note(each)]
        for each in told["accounts"]
    ]
    if rows:
        _show_accounts(rows, columns)
    cases = ", ".join(f"{count} {end}" for end, count in told["cases"].items())
    say(f"Cases: {cases or 'none'}")
    names = {
        "locked": "held by cases",
        "owed": "owed",
        "balance": "owned, in the market",
        "surplus": "surplus",
    }
    totals = [[name, format_amount(int(told[key]))] for key, name in names.items()]
    say(table(["total", unit()], totals, right=[unit()]))
    say()


def _note(account: dict[str, Any]) -> str:
    from workbond.chain.rules import SINK

    return "burned" if account["account"] == SINK else ""


def _show_accounts(rows: list[list[str]], columns: list[str]) -> None:
    """A table of accounts, or lines of each where the terminal is too narrow for it."""
    whole = table(["account", *columns, ""], rows, right=columns)
    width = terminal_width(sys.stdout)
    if width is not None and max(map(len, whole.split("\n"))) > width:
        whole = "\n".join(_account_lines(rows, columns))
    say(whole)


def _account_lines(rows: list[list[str]], columns: list[str]) -> Iterator[str]:
    """The accounts where a row each would not fit: the amounts below the address, but zeros."""
    for account, *amounts, note in rows:
        yield f"{account}  {note}".rstrip()
        named = [(n, a) for n, a in zip(columns, amounts, strict=True) if a != "0"]
        yield from (f"  {name:<12}  {amount}" for name, amount in named or [("empty", "0")])
