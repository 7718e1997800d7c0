"""What a job has cost so far, and its receipt, as `workbond job` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from workbond.cli.asking import Bill
from workbond.cli.job_bills import units_at
from workbond.cli.job_common import desk_of, job_argument
from workbond.cli.options import Settings, suggest, with_settings
from workbond.cli.output import emit, say, short_id, table, tokens
from workbond.money import format_amount
from workbond.words import duration, exact_duration, plural

if TYPE_CHECKING:
    from workbond.requester.desk import Desk
    from workbond.requester.receipt import JobReceipt
    from workbond.requester.status import Status


def cost_json(desk: Desk, shown: Status) -> dict[str, Any]:
    """For `status --json`: the cost so far, which is the receipt once the job has ended."""
    from workbond.requester.receipt import latest_end_s, receipt_of

    cost = receipt_of(desk, shown.record).to_json()
    return {"cost": cost, "ends_at_the_latest": latest_end_s(shown.record)}


def say_cost(desk: Desk, shown: Status) -> None:
    """What a live job has cost so far and can still; the receipt of one that has ended."""
    from workbond.audit.events import utc
    from workbond.requester.receipt import latest_end_s, receipt_of

    record = shown.record
    cost = receipt_of(desk, record)
    if record.state.is_final:
        _say_receipt(cost)
        return
    price = record.request.max_unit_price if cost.unit_price is None else cost.unit_price
    bill = Bill("cost")
    bill.item("flat", cost.flat, "for the job as a whole")
    bill.item("units", cost.units_charge, f"at most: {units_at(record.request.max_units, price)}")
    other = cost.locked - cost.flat - cost.units_charge
    if other:
        bill.item("tip", other, "comes back")
    bill.total("locked", "of the requester's now: the most it can still cost")
    if cost.back_early:
        bill.say(f"{tokens(cost.back_early)} of the escrow came back at acceptance.")
    bill.say(_fees_so_far(cost))
    latest_s = latest_end_s(record)
    if latest_s is not None:
        left = exact_duration(max(0, latest_s - shown.now_s))
        bill.say(
            f"It can be ended, whatever others do, in {left} at the latest ({utc(latest_s)} UTC)."
        )
    say(str(bill))


def _fees_so_far(cost: JobReceipt) -> str:
    sent = plural(len(cost.own_steps), "transaction")
    return (
        f"The network took {format_amount(cost.network_fees)} gas coin for {sent} of the requester."
    )


def say_receipt(desk: Desk, job_id: bytes) -> None:
    """The receipt of a job that has just ended."""
    from workbond.requester.receipt import receipt_of

    _say_receipt(receipt_of(desk, desk.job(job_id)))


def _say_receipt(cost: JobReceipt) -> None:
    from workbond.audit.events import utc

    record = cost.record
    say(f"Receipt of job 0x{record.id.hex()}, {record.state.label}")
    bill = Bill("requester")
    bill.item("locked", -cost.escrow, "in escrow at posting")
    if cost.back_early:
        bill.item("back", cost.back_early, "at acceptance")
    if cost.back_late:
        bill.item("back", cost.back_late, "at the end")
    if cost.compensation:
        bill.item("compensation", cost.compensation, "out of the provider's bond")
    bill.total("in all", _paid_words(cost))
    for amount, text in (
        (cost.reward, "of the bond went to whoever ended the job"),
        (cost.burned, "of the bond were burned"),
    ):
        if amount:
            bill.say(f"{tokens(amount)} {text}.")
    bill.say(_fees_so_far(cost))
    say(str(bill))
    if record.job is not None:
        say(f"Provider {record.job.provider}")
    start_s = cost.steps[0].time_s
    rows = [
        [s.name, f"{utc(s.time_s)} UTC", f"+{duration(s.time_s - start_s)}", f"0x{s.tx_hash.hex()}"]
        for s in cost.steps
    ]
    say(table(["step", "when", "", "transaction"], rows))


def _paid_words(cost: JobReceipt) -> str:
    if not cost.paid or cost.units is None or cost.unit_price is None:
        return "nothing was paid" if not cost.paid else ""
    units = min(cost.units, cost.record.request.max_units)
    flat, charge = format_amount(cost.flat), format_amount(cost.units_charge)
    each = units_at(units, cost.unit_price)
    return f"paid to the provider: {flat} flat and {charge} for {each}"


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
    say_cost(desk, status_of(record, desk.now_s()))
    suggest(settings, f"workbond audit job {short_id(found)}")
