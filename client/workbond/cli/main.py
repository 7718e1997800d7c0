"""`workbond`: finds the noun's module, runs it, and turns failures into one line and a code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from workbond import __version__
from workbond.cli.group import LazyGroup
from workbond.cli.output import fitted, printable
from workbond.errors import Cancelled, WorkbondError

# Noun: (module, one line of help), in the order a newcomer meets them. Only the noun that is called
# gets imported.
NOUNS = {
    "demo": ("workbond.cli.demo", "Play the whole market on a local chain, in a minute."),
    "chain": ("workbond.cli.chain", "Run a local chain (anvil) with funded accounts."),
    "deploy": ("workbond.cli.deploy", "Deploy the token and the market."),
    "deployment": ("workbond.cli.deployment", "Show and verify a chain's market."),
    "account": ("workbond.cli.account", "Keys, balances, deposits; a faucet on local chains."),
    "provider": ("workbond.cli.provider", "Stake, and execute jobs for pay."),
    "job": ("workbond.cli.job", "Submit jobs, fetch and check results, pay for them."),
    "order": ("workbond.cli.order", "Sign requests and offers, send them to order books."),
    "verifier": ("workbond.cli.verifier", "Stake, find wrong results, judge them for pay."),
    "matcher": ("workbond.cli.matcher", "Run an order book that matches, for the tips."),
    "audit": ("workbond.cli.audit", "Read events, tell a job's story, check the whole ledger."),
    "config": ("workbond.cli.config", "Settings, networks, and where each value comes from."),
    "completion": ("workbond.cli.completion", "Let your shell complete commands and names."),
}
EXIT_CODES = """\b
Exit codes:
  0 done   1 failed   2 wrong input   4 account or password   5 chain or market
  6 blobs, gateways, books   7 execution   8 a job ended without a result
  9 a check found a difference   124 waited as long as you said   130 stopped by you"""
BROKEN_PIPE = 141  # as a shell reports death by SIGPIPE


@click.group(
    cls=LazyGroup,
    found=NOUNS,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="workbond")
@click.option("--debug", is_flag=True, help="Show the Python traceback of a failure.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """A decentralized market for bonded compute.

    \b
    See all of it in a minute, without setting anything up:
      workbond demo
    Or step by step, beginning with a chain of your own:
      workbond chain
      workbond deploy     (in another terminal; each command names the next)
    """
    ctx.obj["debug"] = debug


def run(args: Sequence[str] | None = None) -> int:
    """Runs one command line and returns the process's exit code (see `workbond.errors`)."""
    state = {"debug": False}
    try:
        code = cli.main(args, prog_name="workbond", obj=state, standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        if state["debug"] and not isinstance(error, click.ClickException | click.Abort):
            import traceback

            traceback.print_exc()
        return _report(error)


def main() -> NoReturn:
    """The console script."""
    sys.exit(run())


def _report(error: Exception) -> int:
    if isinstance(error, Cancelled):
        return _complain(str(error), error.exit_code, "Stopped:")
    if isinstance(error, WorkbondError):
        return _complain(str(error), error.exit_code)
    if isinstance(error, click.Abort):
        return _complain("interrupted", Cancelled.exit_code, "Stopped:")
    if isinstance(error, click.UsageError):
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            error.show()
            return error.exit_code
        path = error.ctx.command_path if error.ctx else "workbond"
        return _complain(f"{_sentence(error)} See `{path} --help`", error.exit_code)
    if isinstance(error, click.ClickException):
        return _complain(error.format_message(), error.exit_code)
    return _complain(
        f"internal error ({type(error).__name__}): run `workbond --debug ...` to see where, and "
        "report it",
        1,
    )


def _sentence(error: click.UsageError) -> str:
    message = error.format_message()
    return message if message.endswith((".", "?")) else f"{message}."


def _complain(message: str, code: int, label: str = "Error:") -> int:
    line = printable(" ".join(message.split()))
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    colored = sys.stderr.isatty() and not plain
    text = fitted(f"{label} {line}", sys.stderr).removeprefix(label)
    click.echo((click.style(label, fg="red") if colored else label) + text, err=True)
    return code
