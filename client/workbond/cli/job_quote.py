"""`workbond job quote`: what a job will cost, before anything is signed."""

from __future__ import annotations

import itertools
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbond.cli.asking import gas_coin, signed
from workbond.cli.job_bills import locked_bill
from workbond.cli.job_judging import judging_options, settled
from workbond.cli.options import Settings, with_settings
from workbond.cli.output import emit, next_step, note, say, table
from workbond.errors import ChainError, ExecutionError, UsageError
from workbond.money import format_amount, tokens, unit
from workbond.words import exact_duration, plural

if TYPE_CHECKING:
    from workbond.chain.connection import Connection
    from workbond.jobfile import JobFile
    from workbond.requester.exits_money import Exit
    from workbond.requester.judged import Choice
    from workbond.requester.quote import Quote
    from workbond.requester.sample import Sample

ALL = "all"
SHOWN_FAILURES = 10
ASSUMED = "0x00000000000000000000000000000000000000c0"  # a committee's address that nobody knows


def count(text: str) -> int | None:
    """How many tasks to sample; None for all."""
    if text == ALL:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise UsageError(f"--sample is {text[:40]!r}: give a number of tasks, 0 for none, or `all`")
    return int(text)


@click.command(short_help="Say what a job will cost, before anything is signed.")
@click.argument("job_file", type=click.Path(path_type=Path), metavar="JOB.toml")
@click.option(
    "--sample",
    "wanted",
    type=count,
    metavar="N",
    default="3",
    show_default=True,
    help="Run so many of the tasks here first; 0 for none, `all` for all.",
)
@click.option(
    "--sample-timeout",
    "timeout_s",
    type=click.IntRange(1, 7 * 86_400),
    metavar="SECONDS",
    default=120,
    show_default=True,
    help="Run them for so long at most.",
)
@judging_options
@click.option("--signed", is_flag=True, help="For a signed order, as `submit --book` makes one.")
@with_settings("rpc", "deployments", "home", "json")
def quote(
    settings: Settings,
    job_file: Path,
    wanted: int | None,
    timeout_s: int,
    choice: Choice,
    signed: bool,
) -> None:
    """Say what a job will cost, before anything is signed.

    What posting locks (or a match, with --signed), what it will cost by a sample of its tasks run
    on this machine, and what every way in which it can end gives or costs each side, a case about
    the result included. Warns where its terms would let somebody gain by cheating. Needs no
    account. A chain is asked for the network's fees, the token's symbol and the market's committee;
    without one, a committee is assumed.

    \b
    Examples:
      workbond job quote examples/climate/job.toml
      workbond job quote job.toml --sample all --json
      workbond job quote job.toml --value 1000 --seats 7
    """
    from workbond.jobfile import load_job_file
    from workbond.requester.exits_money import Entry
    from workbond.requester.pack import check_program
    from workbond.requester.quote import make_quote

    job = load_job_file(job_file)
    check_program(job)
    connection, committee, least_stake = _connected(settings)
    job = settled(settings, job, choice, committee)
    sample = _sampled(settings, job, wanted, timeout_s)
    entry = Entry.MATCHED if signed else Entry.POSTED
    gas_price = None if connection is None else _gas_price(connection)
    made = make_quote(
        job,
        sample=sample,
        gas_price=gas_price,
        entry=entry,
        least_stake=least_stake,
        committee=None if committee == ASSUMED else committee,
    )
    if settings.json:
        emit(made.to_json())
        return
    say(str(locked_bill(job, made.cost, signed=signed)))
    for warning in made.warnings:
        say(f"WARNING: {warning.text}.")
    if sample is not None:
        say()
        _say_sample(made, sample)
    say()
    _say_exits(made)
    say()
    _say_free_again(made)
    _say_fees(made)
    book = " --book URL" if signed else ""
    next_step(f"workbond job submit {shlex.quote(str(job_file))}{book}")


def _sampled(settings: Settings, job: JobFile, wanted: int | None, timeout_s: int) -> Sample | None:
    """The sample, or None with a note why there is none: the rest of the quote stands without."""
    from workbond.requester.sample import run_sample, spread

    if wanted == 0:
        return None
    indices = spread(job.tasks if wanted is None else wanted, job.tasks)
    folder = settings.home / "requester" / "sample"
    try:
        return run_sample(job, indices, folder, timeout_s=timeout_s)
    except ExecutionError as error:
        note(f"Note: no sample was run: {error}")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        note(f"Note: no sample was run: {folder} can't be used ({reason}); name another --home")
    return None


def _connected(settings: Settings) -> tuple[Connection | None, str | None, int | None]:
    """The chain, if it answers; its market's committee, if it has one, and the least stake there.
    Without a market, a committee is assumed."""
    try:
        connection = settings.connect()
    except ChainError as error:
        note(f"Note: the network's fees are left out: {error}")
        return None, ASSUMED, None
    try:
        committee = settings.place(connection).committee
    except ChainError:  # a quote needs no market, which names the unit
        return connection, ASSUMED, None
    if committee is None:
        return connection, None, None
    return connection, committee.address, committee.min_stake


def _gas_price(connection: Connection) -> int | None:
    from workbond.requester.quote import current_gas_price

    try:
        return current_gas_price(connection)
    except ChainError as error:
        note(f"Note: the network's fees are left out: {error}")
        return None


def _say_sample(made: Quote, sample: Sample) -> None:
    limit = made.job.limits.units
    what = f"{len(sample.tasks):,} of {plural(sample.of, 'task')}"
    if sample.cut_short:
        note(f"Note: the time for the sample was over after {what}: give a longer --sample-timeout")
    if not sample.tasks:
        return
    low, high = made.request.min_unit_price, made.request.max_unit_price
    each = f"{sample.least:,} to {sample.most:,} each, {sample.mean:,} in the mean"
    rows = [["sampled", f"{what}, run here"], ["units", f"{each}; the limit is {limit:,}"]]
    exact = "exactly" if len(sample.tasks) == sample.of else "about"
    rows.append(["in all", f"{exact} {made.expected_units:,} units"])
    least, most = made.expected_payment(low), made.expected_payment(high)
    assert least is not None
    assert most is not None
    price = format_amount(least) if low == high else f"{format_amount(least)} to"
    costs = price if low == high else f"{price} {format_amount(most)}"
    rows.append(["expected", f"{costs} {unit()} to pay, of {tokens(made.cost.escrow)} locked"])
    say(table(["", ""], rows))
    _say_failures(sample)
    _say_advice(made, sample)


def _say_failures(sample: Sample) -> None:
    if not sample.failed:
        return
    failed = plural(len(sample.failed), "sampled task")
    say(f"WARNING: {failed} did not end with exit code 0. You would pay for that too:")
    rows = [
        [task.index, task.name[:40], task.ending, f"{task.units:,}", task.complaint]
        for task in sample.failed[:SHOWN_FAILURES]
    ]
    headers = ["task", "input", "ending", "units", "last line of its standard error"]
    say(table(headers, rows, right=["task", "units"]))
    if len(sample.failed) > SHOWN_FAILURES:
        say(f"... and {len(sample.failed) - SHOWN_FAILURES:,} more")


def _say_advice(made: Quote, sample: Sample) -> None:
    limit = made.job.limits.units
    tighter = sample.tighter(limit)
    if tighter is not None:
        now, then = tokens(made.cost.escrow), tokens(made.escrow_with(tighter))
        say(f"The limit is far above that: `units = {tighter:_}` would lock {then} in place of")
        say(f"{now}, and providers would plan for less time.")
    elif sample.near(limit):
        say(f"WARNING: that is near limits.units ({limit:,}): a task that needs more ends without")
        say("a result and is paid. Raise the limit, or sample more tasks.")


def _say_exits(made: Quote) -> None:
    from workbond.requester.exits_money import DISPUTE

    say(f"How it can end, and what that gives (+) or costs (-) each side, in {unit()}:")
    tipped = any(case.change.matcher for one in made.exits for case in one.cases)
    shown: dict[tuple[str, str], list[str]] = {}
    for one in made.exits:
        for case in () if one.after == DISPUTE else one.cases:
            change = case.change
            amounts = [change.requester, change.provider, change.caller, change.burned]
            if tipped:
                amounts.append(change.matcher)
            cells = [signed(amount) for amount in amounts]
            key = (case.name, "".join(cells))
            names = shown.setdefault(key, ["", case.name, *cells])
            if one.name not in names[0].split(", "):
                names[0] = f"{names[0]}, {one.name}".removeprefix(", ")
    headers = ["exit", "case", "you", "provider", "caller", "burned"]
    headers += ["matcher"] if tipped else []
    say(table(headers, _stacked(list(shown.values())), right=headers[2:]))
    say()
    _say_cases(made)
    rows = [[one.name, _who(one), _when(one)] for one in made.exits]
    say(table(["exit", "who may call it", "when"], _grouped(rows)))
    say("The caller of expire and void gets 1% of the bond, whoever it is: you, if you call it.")
    if tipped:
        say("A provider that takes the signed job itself, without a matcher, leaves you the tip.")
    _say_demand(made)
    say("Nobody wins or loses more than this by any end, gas aside.")


def _say_cases(made: Quote) -> None:
    """What a case about the result gives or costs."""
    from workbond.chain.cases import Policy, challenge_bond, seat_fee
    from workbond.requester.exits_money import DISPUTE

    found = [case for one in made.exits if one.after == DISPUTE for case in one.cases]
    if not found:
        return
    request = made.request
    seats = Policy.decode(request.policy).seats
    say("If the result is disputed, before the job ends as above, or in place of that if it is")
    say("found wrong:")
    rows = []
    for case in found:
        change = case.change
        amounts = (change.requester, change.provider, change.challenger, change.judges)
        rows.append([case.name, *map(signed, (*amounts, change.burned))])
    headers = ["case", "you", "provider", "challenger", "committee", "burned"]
    say(table(headers, rows, right=headers[1:]))
    say(
        f"Anyone may challenge it, you too, within {exact_duration(request.challenge_for)} of the "
        f"claim, for a bond of {tokens(challenge_bond(request.case_fee, request.bond))}."
    )
    say(
        f"The committee: {seats} seats at {tokens(seat_fee(request.case_fee, seats))} each, all of "
        "which vote, and tips."
    )
    say()


def _say_demand(made: Quote) -> None:
    from workbond.chain.rules import ANSWER_FOR_S, MAX_PAIRS

    time, fee = exact_duration(ANSWER_FOR_S), tokens(made.request.demand_fee)
    say(f"Output that can't be fetched you can demand, {MAX_PAIRS} pieces of it: the provider has")
    say(f"{time} to show them on the chain, and gets {fee} of yours for each.")


def _stacked(rows: list[list[str]]) -> list[list[str]]:
    """The rows with the names in a repeated first cell below each other, one a row as far as the
    rows go: amounts need the width."""
    stacked = []
    for cell, group in itertools.groupby(rows, key=lambda row: row[0]):
        same = list(group)
        names = cell.split(", ")
        last = min(len(names), len(same)) - 1
        firsts = [f"{name}," for name in names[:last]] + [", ".join(names[last:])]
        firsts += [""] * (len(same) - len(firsts))
        stacked += [[first, *row[1:]] for first, row in zip(firsts, same, strict=True)]
    return stacked


def _grouped(rows: list[list[str]]) -> list[list[str]]:
    """The rows with a repeated first cell left empty."""
    before = [""] + [row[0] for row in rows]
    return [
        ["" if row[0] == last else row[0], *row[1:]]
        for row, last in zip(rows, before, strict=False)
    ]


def _who(one: Exit) -> str:
    if one.who == "requester":
        return "you"
    return "the provider" if one.who == "provider" else one.who


def _when(one: Exit) -> str:
    end = {
        "posting": "until it is accepted",
        "signing": "until it is matched",
        "claim": "until it is settled or void",
        "dispute": "until the case is over",
    }
    start = f"from {exact_duration(one.from_s)} after the {one.after} on" if one.from_s else ""
    if one.until_s is not None:
        stop = f"until {exact_duration(one.until_s)} after the {one.after}"
        return f"{start.removesuffix(' on')}, {stop}" if start else stop
    return start or f"after the {one.after}, {end[one.after]}"


def _say_free_again(made: Quote) -> None:
    start = "signing" if made.entry.signed else "posting"
    say(f"Whatever others do, you can have your money back so long after {start}, at the latest:")
    rows = [[exact_duration(s), f"if {what}"] for what, s in made.free_again_s.items()]
    say(table(["", ""], rows))


def _say_fees(made: Quote) -> None:
    if made.fees is None:
        return
    say()
    say("The network takes, at its price of now, about (gas coin):")
    rows = [[fee.exit, gas_coin(fee.requester), gas_coin(fee.provider)] for fee in made.fees]
    say(
        table(
            ["exit", "from you", "from the provider"], rows, right=["from you", "from the provider"]
        )
    )
