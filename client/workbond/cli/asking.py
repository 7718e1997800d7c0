"""Asking before money moves: every command that signs some away takes `--yes`, or asks."""

from __future__ import annotations

import sys

import click

from workbond.cli.output import note
from workbond.errors import Cancelled, UsageError

yes_option = click.option("--yes", "-y", is_flag=True, help="Don't ask for confirmation.")


def confirm(question: str, yes: bool) -> None:
    """Asks on the terminal unless `yes`; raises `Cancelled` for a no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to confirm on: give --yes if you are sure")
    try:
        sure = click.confirm(question, err=True)
    except click.Abort:
        note("")
        sure = False
    if not sure:
        raise Cancelled("nothing was done")
