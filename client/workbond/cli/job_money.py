"""What a job has cost so far, and its receipt, as `workbond job` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from workbond.cli.asking import Bill, gas_coin
from workbond.cli.job_bills import units_at
from workbond.cli.job_common import desk_of, job_argument
from workbond.cli.options import Settings, with_settings
from workbond.cli.output import emit, next_step, say, short_id, table
from workbond.money import format_amount, tokens, unit
from workbond.words import capital, exact_duration, plural

if TYPE_CHECKING:
    from workbond.requester.desk import Desk
    from workbond.requester.receipt import JobReceipt
    from workbond.requester.status import Status


TAKE_OUT = "`workbond account withdraw AMOUNT --committee`"


def cost_json(desk: Desk, shown: Status) -> dict[str, Any]:
    """For `status --json`: the cost so far, which is the receipt once the job has ended."""
    from workbond.requester.receipt import latest_end_s, receipt_of

    cost = receipt_of(desk, shown.record).to_json()
    return {"cost": cost, "ends_at_the_latest": latest_end_s(shown.record)}


def say_cost(desk: Desk, shown: Status) -> None:
    """What a live job has cost so far and can still; the receipt's items of one that has ended."""
    from workbond.audit.events import utc
    from workbond.requester.receipt import latest_end_s, receipt_of

    record = shown.record
    cost = receipt_of(desk, record)
    if record.state.is_final:
        _say_items(cost)
        return
    price = record.request.max_unit_price if cost.unit_price is None else cost.unit_price
    bill = Bill("cost")
    bill.item("flat", cost.flat, "for the job as a whole")
    bill.item("units", cost.units_charge, f"at most: {units_at(record.request.max_units, price)}")
    waiting = cost.demand_fees - cost.answer_fees
    if waiting:
        bill.item("demanded", waiting, "for chunks that are shown; else it comes back")
    case_fee = record.request.case_fee if record.job is None else record.job.case_fee
    other = cost.locked - cost.flat - cost.units_charge - waiting - case_fee
    if other:
        bill.item("tip", other, "comes back")
    if case_fee:
        bill.item("case fee", case_fee, "comes back unless it pays for a case")
    bill.total("locked", "of the requester's now: the most it can still cost")
    if cost.back_early:
        bill.say(f"{tokens(cost.back_early)} of the escrow came back at acceptance.")
    for amount, text in (
        (0 if record.job is None else cost.tip, f"tipped the matcher {record.matcher}"),
        (cost.answer_fees, "went to the provider for demanded chunks that it showed"),
        (cost.case_fee, "went to the committee for the case about its result"),
        (cost.back_verdict, "of the escrow came back with the verdict"),
        (cost.back_committee, f"of that is yours in the committee: {TAKE_OUT}"),
    ):
        if amount:
            bill.say(f"{tokens(amount)} {text}.")
    bill.say(_fees_so_far(cost))
    latest_s = latest_end_s(record)
    if latest_s is not None:
        left = exact_duration(max(0, latest_s - shown.now_s))
        bill.say(f"Whatever others do, it can be ended in {left}, {utc(latest_s)} UTC.")
    say(str(bill))


def _fees_so_far(cost: JobReceipt) -> str:
    sent = plural(len(cost.own_steps), "transaction")
    told = f"The network took {gas_coin(cost.network_fees)} gas coin for {sent} of the requester"
    if cost.untold_steps:
        return f"{told}; the node tells no fee of {plural(cost.untold_steps, 'other')}."
    return f"{told}."


def say_receipt(desk: Desk, job_id: bytes) -> None:
    """The receipt of a job that has just ended."""
    from workbond.requester.receipt import receipt_of

    cost = receipt_of(desk, desk.job(job_id))
    record = cost.record
    why = "" if record.reason is None else f" ({record.reason.label})"
    say(f"Receipt: the job is {record.state.label}{why}")
    rows = [["job", f"0x{record.id.hex()}"], ["tasks", f"{record.request.tasks:,}"]]
    if record.job is not None:
        rows.insert(1, ["provider", record.job.provider])
    say(table(["", ""], rows))
    _say_items(cost)


def _say_items(cost: JobReceipt) -> None:
    """What was paid for, where the escrow and the bond went, and the transactions."""
    if cost.units is not None and cost.unit_price is not None:
        units = min(cost.units, cost.record.request.max_units)
        paid = Bill("paid")
        paid.item("flat", cost.flat, "for the job as a whole")
        paid.item("units", cost.units_charge, units_at(units, cost.unit_price))
        paid.total("in all", "to the provider")
        say(str(paid))
    moved = Bill("requester")
    begun = "by the match" if cost.record.is_signed else "at posting"
    for what, amount, text in (
        ("locked", -cost.escrow, f"in escrow {begun}"),
        ("locked", -cost.demand_fees, "for demanded chunks"),
        ("back", cost.back_early, "at acceptance"),
        ("back", cost.back_late, "at the end"),
        ("back", cost.back_verdict, "with the verdict on the result"),
        ("compensation", cost.compensation, "out of the provider's bond"),
        ("in committee", cost.back_committee, "what the case left over"),
    ):
        if amount:
            moved.item(what, amount, text)
    moved.total("in all", f"what the job has {_cost_or_brought(cost.change)} the requester")
    for amount, text in (
        (cost.tip if cost.record.matcher else 0, f"of it tipped {cost.record.matcher}"),
        (cost.answer_fees, "of it went to the provider for demanded chunks that it showed"),
        (cost.reward, "of the bond went to whoever ended the job"),
        (cost.challenger, "of the bond went to who proved the result wrong"),
        (cost.judges, "of the bond went to the committee"),
        (cost.burned, "of the bond were burned"),
    ):
        if amount:
            moved.say(f"{tokens(amount)} {text}.")
    if cost.back_committee:
        moved.say(f"What is in the committee can be taken out: {TAKE_OUT}.")
    moved.say(_fees_so_far(cost))
    say(str(moved))
    _say_case(cost)
    _say_steps(cost)


def _say_case(cost: JobReceipt) -> None:
    """The case about the result: who got what of it, in the committee."""
    case = cost.case
    if case is None or case.outcome is None:
        return
    from workbond.chain.cases import Outcome
    from workbond.requester.cases import OUTCOME_WORDS

    say(f"{capital(OUTCOME_WORDS[case.outcome])}. In the committee got:")
    rows = [[p.account, format_amount(p.amount), f"for {p.what}"] for p in case.paid]
    say(table(["account", unit(), ""], rows, right=[unit()]))
    upheld = case.outcome is Outcome.UPHELD
    bonds = sum(challenge.bond for challenge in case.challenges) if upheld else 0
    for amount, text in (
        (bonds, "were put up by its challengers, and lost"),
        (case.penalties, "were lost by seats that voted against the majority, or not at all"),
        (case.burned, "were burned"),
    ):
        if amount:
            say(f"{tokens(amount)} {text}.")


def _cost_or_brought(change: int) -> str:
    return "brought" if change > 0 else "cost"


def _say_steps(cost: JobReceipt) -> None:
    from workbond.audit.events import utc

    start_s = cost.steps[0].time_s
    say(f"Transactions, from {utc(start_s)} UTC on:")
    for step in cost.steps:
        say(f"{step.name}, +{exact_duration(step.time_s - start_s)}")
        say(f"  0x{step.tx_hash.hex()}")  # whole, to look it up elsewhere: it fills a line


@click.command()
@job_argument
@with_settings("rpc", "deployments", "account", "json")
def receipt(settings: Settings, job_id: str) -> None:
    """Show what a job has cost, item by item.

    Each sum is checked against the chain's events. `status` shows the same below the state.

    \b
    Example:
      workbond job receipt last
    """
    from workbond.requester.receipt import receipt_of
    from workbond.requester.status import status_of

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    if settings.json:
        emit(receipt_of(desk, record).to_json())
        return
    if record.state.is_final:
        say_receipt(desk, found)
    else:
        say_cost(desk, status_of(record, desk.now_s()))
    next_step(f"workbond audit job {short_id(found)}")
