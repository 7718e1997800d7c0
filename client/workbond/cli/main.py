"""`workbond`: finds the noun's module, runs it, and turns failures into one line and a code."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from workbond import __version__
from workbond.errors import Cancelled, WorkbondError

# Noun: (module, one line of help). Only the noun that is called gets imported.
NOUNS = {
    "account": ("workbond.cli.account", "Keys, balances, deposits; a faucet on local chains."),
    "audit": ("workbond.cli.audit", "Read events; tell a job's story; check the whole ledger."),
    "chain": ("workbond.cli.chain", "Run a local chain (anvil) with funded accounts."),
    "demo": ("workbond.cli.demo", "Play the whole market on a local chain, in a minute."),
    "deploy": ("workbond.cli.deploy", "Deploy the token and the market."),
    "job": ("workbond.cli.job", "Submit jobs, fetch and check results, pay for them."),
    "provider": ("workbond.cli.provider", "Stake, and execute jobs for pay."),
}
BROKEN_PIPE = 141  # as a shell reports death by SIGPIPE


class LazyGroup(click.Group):
    """A group whose help needs no command's module."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NOUNS:
            return None
        command = getattr(importlib.import_module(NOUNS[cmd_name][0]), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(noun, text) for noun, (_, text) in NOUNS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="workbond")
@click.option("--debug", is_flag=True, help="Show the Python traceback of a failure.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """A decentralized market for bonded compute.

    \b
    Try it without any setting up:
      workbond demo
    Or step by step, in terminals of their own:
      workbond chain
      workbond deploy
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
    if isinstance(error, WorkbondError):
        return _complain(str(error), error.exit_code)
    if isinstance(error, click.Abort):
        return _complain("interrupted", Cancelled.exit_code)
    if isinstance(error, click.UsageError):
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            error.show()
            return error.exit_code
        path = error.ctx.command_path if error.ctx else "workbond"
        return _complain(f"{error.format_message()} (see `{path} --help`)", error.exit_code)
    if isinstance(error, click.ClickException):
        return _complain(error.format_message(), error.exit_code)
    return _complain(
        f"internal error ({type(error).__name__}): run `workbond --debug ...` to see where, and "
        "report it",
        1,
    )


def _complain(message: str, code: int) -> int:
    line = " ".join(message.split())
    colored = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    click.echo(click.style("Error:", fg="red") if colored else "Error:", err=True, nl=False)
    click.echo(f" {line}", err=True)
    return code
