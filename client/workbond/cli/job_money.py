"""What the commands of `workbond job` show of money: what is locked, what it cost, the receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbond.cli.asking import Bill
from workbond.cli.output import say, tokens
from workbond.money import format_amount
from workbond.words import duration, plural

if TYPE_CHECKING:
    from workbond.jobfile import JobFile
    from workbond.requester.order import Cost


def locked_bill(job: JobFile, cost: Cost) -> Bill:
    """What posting `job` locks, itemised; `quote` and `submit` show the same."""
    price = job.price
    limit = f"{job.tasks:,} x {job.limits.units:,}"
    bill = Bill("you pay")
    bill.say_first(
        f"{job.program_path.name}: {plural(job.tasks, 'task')}, {job.input_bytes:,} bytes of input"
    )
    bill.item("flat", cost.flat, "for the job as a whole")
    most = f"at most: {limit} at {format_amount(price.max_unit_price)} per 10^12"
    bill.item("units", cost.units, most)
    bill.item("tip", cost.tip, "comes back when a provider accepts")
    bill.total("locked", "in all; what is not used comes back")
    return bill


def say_terms(job: JobFile) -> None:
    """What the amounts depend on: the ramp, the bond, the times."""
    for line in terms(job):
        say(line)


def terms(job: JobFile) -> list[str]:
    price, timing = job.price, job.timing
    lines = []
    if job.min_unit_price < price.max_unit_price:
        lines.append(
            f"The price per 10^12 units rises from {format_amount(job.min_unit_price)} to "
            f"{tokens(price.max_unit_price)} within {duration(job.ramp_s)}."
        )
    lines.append(
        f"The provider locks a bond of {tokens(price.bond)} and loses a part of it if it fails."
    )
    lines.append(
        f"Open for {duration(timing.open_for_s)}; a result within {duration(timing.run_for_s)} of "
        f"acceptance; then {duration(timing.challenge_for_s)} to check it."
    )
    return lines
