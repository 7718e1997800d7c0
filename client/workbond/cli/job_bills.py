"""The bills that the commands of `workbond job` show before they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbond.cli.asking import Bill
from workbond.money import format_amount, tokens
from workbond.shares import format_share
from workbond.words import duration, plural

if TYPE_CHECKING:
    from workbond.chain.transactions import Fee
    from workbond.jobfile import JobFile
    from workbond.jobs import JobRecord
    from workbond.requester.desk import Desk
    from workbond.requester.exits import Ending
    from workbond.requester.order import Cost


def locked_bill(job: JobFile, cost: Cost, *, signed: bool = False) -> Bill:
    """What posting `job` locks, or a match once it is `signed`, itemised; `quote` and `submit` show
    the same."""
    bill = Bill("you pay")
    bill.say_first(
        f"{job.program_path.name}: {plural(job.tasks, 'task')}, {job.input_bytes:,} bytes of input"
    )
    bill.item("flat", cost.flat, "for the job as a whole")
    limit = f"{job.tasks:,} x {job.limits.units:,}"
    highest = format_amount(job.price.max_unit_price)
    bill.item("units", cost.units, f"at most: {limit} at {highest} per 10^12")
    if cost.tip:
        text = "to whoever matches it" if signed else "comes back when a provider accepts"
        bill.item("tip", cost.tip, text)
    if cost.case_fee:
        bill.item("case fee", cost.case_fee, "comes back unless it pays for a case")
    if signed:
        bill.total("at most", "in all, once it is a job; signing locks nothing")
    else:
        bill.total("locked", "in all; what is not used comes back")
    for line in terms(job):
        bill.say(line)
    return bill


def terms(job: JobFile) -> list[str]:
    """What the amounts depend on: the ramp, the bond, the times."""
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
    return [*lines, *judging_lines(job)]


def judging_lines(job: JobFile) -> list[str]:
    """Who judges the result of a settled job."""
    from workbond.requester.judged import is_judged

    if not is_judged(job):
        return ["Nobody judges its result: a wrong one that you don't notice is paid."]
    terms = job.judging
    assert terms.audit_rate is not None
    assert terms.case_for_s is not None
    return [
        f"If its result is disputed, {terms.seats} seats of a committee judge it, within "
        f"{duration(terms.case_for_s)}:",
        f"a lottery picks {format_share(terms.audit_rate)} of such results, and anyone may "
        "challenge one.",
    ]


def posting_bill(job: JobFile, cost: Cost, free: int, gas_wei: int, fee: Fee) -> Bill:
    """What `submit` signs away."""
    bill = locked_bill(job, cost)
    bill.pot("free in the market", free, -cost.escrow)
    bill.pot("in the job's escrow", 0, cost.escrow, "until it ends")
    bill.fee(gas_wei, fee)
    bill.say("`workbond job quote` tells what every end would cost or give.")
    return bill


def signing_bill(job: JobFile, cost: Cost, free: int, *, direct: bool = False) -> Bill:
    """What a signed job can lock; `direct`: its provider takes it itself."""
    bill = locked_bill(job, cost, signed=True)
    when = "when its provider takes it" if direct else "when it is matched, at most"
    bill.pot("free in the market", free, -cost.escrow, when)
    bill.say("Signing takes no gas coin. `workbond job cancel` revokes it as long as it is no job.")
    bill.say("`workbond job quote --signed` tells what every end would cost or give.")
    return bill


def payment_bill(desk: Desk, record: JobRecord, units: int) -> Bill:
    """What `approve` pays for `units`; the network's fee is not in it yet."""
    from workbond.chain import rules

    job = record.live_job()
    paid, escrow = rules.payment(job, units), rules.job_escrow(job)
    bill = Bill("you pay")
    bill.item("flat", job.flat, "for the job as a whole")
    bill.item("units", paid - job.flat, units_at(min(units, job.max_units), job.unit_price))
    bill.total("in all", "to the provider, at once and for good")
    free = desk.market.account_of(job.requester).free
    bill.pot("in the job's escrow", escrow, -escrow)
    bill.pot("free in the market", free, escrow - paid, "what is left")
    return bill


def ending_bill(desk: Desk, caller: str, record: JobRecord, ending: Ending) -> Bill:
    """What `cancel` or `end` moves, and what the network takes from the caller for it."""
    from workbond.chain.committee import Committee
    from workbond.requester.exits import ABANDON, CLOSE, contract_of

    fee = contract_of(desk, ending).fee(caller, ending.exit, *ending.args)
    request, split = record.request, ending.split
    bill = Bill()
    escrow = ending.payment + ending.refund
    if not record.events:
        bill.say_first("It was signed and is no job: nothing is locked, nothing comes back.")
        bill.fee(desk.market.connection.balance(caller), fee)
        return bill
    if ending.exit == ABANDON:
        bill.say_first(f"{tokens(ending.returns)} go back to those who challenged or appealed.")
        bill.fee(desk.market.connection.balance(caller), fee)
        return bill
    if ending.exit == CLOSE:
        judging = contract_of(desk, ending)
        assert isinstance(judging, Committee)
        free = judging.verifier_of(caller).free
        bill.pot("free in the committee", free, ending.earns, "for calling it, at least")
        bill.fee(desk.market.connection.balance(caller), fee)
        bill.say("What its seats found decides on the provider's bond and the escrow.")
        return bill
    locked = record.locked
    bill.pot("in the job's escrow", locked, -escrow)
    own = caller == request.requester
    back = ending.refund + split.to_requester + (split.to_caller if own else 0)
    free = desk.market.account_of(request.requester).free
    whose = "free in the market" if own else "free, the requester's"
    bill.pot(whose, free, back, _of_bond(back - ending.refund))
    if record.job is not None:
        theirs = desk.market.account_of(record.job.provider)
        if ending.payment:
            bill.pot("free, the provider's", theirs.free, ending.payment)
        if split.total:
            note = f"out of its bond of {tokens(record.job.bond)}, whose rest is unlocked"
            bill.pot("staked, the provider's", theirs.staked, -split.total, note)
    if split.to_caller and not own:
        mine = desk.market.account_of(caller).free
        bill.pot("free, yours", mine, split.to_caller, "for calling it")
    bill.fee(desk.market.connection.balance(caller), fee)
    return bill


def _of_bond(amount: int) -> str:
    return f"{tokens(amount)} of it out of the bond" if amount else ""


def units_at(units: int, price: int) -> str:
    return f"{units:,} at {format_amount(price)} per 10^12"
