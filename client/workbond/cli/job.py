"""`workbond job`: the requester's commands, each in a file that is imported when it is called."""

from __future__ import annotations

import click

from workbond.cli.group import LazyGroup

COMMANDS = {
    "quote": ("workbond.cli.job_quote", "Say what a job will cost, before anything is signed."),
    "submit": ("workbond.cli.job_submit", "Post a job and serve its inputs until it is taken."),
    "serve": ("workbond.cli.job_serve", "Go on serving the inputs of a job."),
    "watch": ("workbond.cli.job_watch", "Follow a job live until it ends."),
    "status": ("workbond.cli.job_status", "Show a job's state, time left, money and next command."),
    "why": ("workbond.cli.job_why", "Explain why nobody has taken an open job."),
    "list": ("workbond.cli.job_status:list_", "List the jobs of the account."),
    "fetch": ("workbond.cli.job_result", "Fetch a job's outputs and check every one."),
    "logs": ("workbond.cli.job_logs", "Show what the tasks of a job wrote to standard error."),
    "demand": ("workbond.cli.job_demand", "Have the provider show output on the chain."),
    "challenge": ("workbond.cli.job_challenge", "Say that a result is wrong, for a bond."),
    "appeal": ("workbond.cli.job_challenge", "Have a case heard by more seats, prepaid."),
    "approve": ("workbond.cli.job_result", "Pay for a result after checking all of it."),
    "receipt": ("workbond.cli.job_money", "Show what a job has cost, item by item."),
    "cancel": ("workbond.cli.job_ends", "Take back a job that nobody has accepted."),
    "end": ("workbond.cli.job_ends", "End a job whose time is over; anyone may."),
}


@click.group(cls=LazyGroup, found=COMMANDS)
def job() -> None:
    """Submit jobs, fetch and check results, pay for them.

    An ID may be shortened to its first digits, six at least; `last` is the account's job that was
    posted last.

    \b
    Example, from a job file to its outputs:
      workbond job quote job.toml
      workbond job submit job.toml
      workbond job fetch last --wait
      workbond job approve last
    """
