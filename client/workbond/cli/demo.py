"""`workbond demo`: the whole market on one machine, in a minute."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbond.cli.options import with_settings
from workbond.cli.output import emit, next_step, note, say, table
from workbond.money import format_amount, unit

if TYPE_CHECKING:
    from workbond.cli.options import Settings
    from workbond.demo.outcome import JobOutcome
    from workbond.demo.play import Played

ROWS = (
    "state",
    "verdict",
    "tasks",
    "units",
    "paid to the provider",
    "refunded to the requester",
    "slashed from the provider's bond",
    "  of it to the requester",
    "  of it to who was right first",
    "  of it to the committee",
    "  of it to whoever ended the job",
    "  of it burned",
)


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="workbond-demo",
    show_default=True,
    metavar="DIR",
    help="Where the plot, the outputs and the logs stay.",
)
@with_settings("json")
def demo(settings: Settings, out: Path) -> None:
    """Play the whole market on a local chain, in a minute.

    Two providers stake; a job on real weather data is posted, executed, checked and paid; a second
    job's provider is killed and its bond compensates the requester; a third one's provider lies, a
    verifier challenges it, a committee decides, and the whole bond is paid out; a fourth one's is
    wrongly accused and made whole; an auditor rebuilds the ledger from events. The chain's clock is
    moved through the hours in which votes and appeals are waited for. Exits 0 only if all of it
    held. Needs anvil and Linux on x86-64.

    \b
    Examples:
      workbond demo
      workbond demo --json --out /tmp/demo
    """
    from workbond.demo.play import play
    from workbond.executor.host import require_host

    require_host()
    started = time.monotonic()
    played = play(out, note if settings.json else say)
    if settings.json:
        emit(played.to_json())
        return
    _say_played(played)
    say(f"\nAll of it held, in {time.monotonic() - started:.0f} s.")
    next_step("workbond chain   (a market of your own, step by step)")


def _say_played(played: Played) -> None:
    say(f"\nWhat the jobs cost ({unit()})\n")
    columns = [_column(job) for job in played.jobs]
    rows = [[label, *cells] for label, *cells in zip(ROWS, *columns, strict=True)]
    headers = ["", *(job.id[:10] for job in played.jobs)]
    say(_indented(table(headers, rows, right=headers[1:])))
    for number, job in enumerate(played.jobs, start=1):
        if job.verdict is not None:
            _say_got(number, job)
    say("\nThe ledger, rebuilt from events alone\n")
    say(f"  matches the contract's storage   {_yes(played.ledger['matches_storage'])}")
    say(f"  the market owns all it owes      {_yes(played.ledger['solvent'])}")
    say("\nWhat was computed: Seattle's weather by month (first and last of 48)\n")
    lines = played.table.splitlines()
    say(_indented("\n".join([*lines[:4], "  ...", *lines[-2:]])))
    say(f"\nThe plot of all months is in {played.plot}")


def _column(job: JobOutcome) -> list[str]:
    bond = (job.slashed, job.compensated, job.challenger, job.court, job.rewarded, job.burned)
    amounts = map(_short, (job.paid, job.refunded, *bond))
    return [job.state, job.verdict or "", str(job.tasks), f"{job.units:,}", *amounts]


def _say_got(number: int, job: JobOutcome) -> None:
    """Who got what, of a job that the committee judged."""
    say(f"\nWho got and lost what by job {number} ({unit()})\n")
    rows = [[gain.who or "nobody", _signed(gain.amount), gain.what] for gain in job.got]
    say(_indented(table(["who", "amount", "for"], rows, right=["amount"])))


def _signed(amount: int) -> str:
    return f"-{_short(-amount)}" if amount < 0 else _short(amount)


def _short(amount: int) -> str:
    """Six decimals at the most, rounded down: for reading, the exact amounts are in --json."""
    return format_amount(amount - amount % 10**12)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _yes(held: bool) -> str:
    return "yes" if held else "NO"
