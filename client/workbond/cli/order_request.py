"""`workbond order sign request`: a job as a request for order books."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbond.cli.asking import yes_option
from workbond.cli.job_bills import signing_bill
from workbond.cli.job_common import desk_of
from workbond.cli.job_inputs import check_uploads, upload_options, uploaded
from workbond.cli.job_judging import judging_options, settled_at
from workbond.cli.options import TOKENS, Settings, with_settings
from workbond.cli.order_common import (
    hand_out,
    matcher_option,
    output_option,
    require_clock,
    valid_for_option,
)
from workbond.errors import UsageError
from workbond.money import tokens

if TYPE_CHECKING:
    from workbond.jobfile import JobFile
    from workbond.requester.judged import Choice


@click.command()
@click.argument("job_file", type=click.Path(path_type=Path), metavar="JOB.toml")
@click.option(
    "--public-url",
    metavar="URL",
    help="Where its inputs will be: `workbond job serve ID --listen HOST:PORT` serves them.",
)
@upload_options
@click.option("--tip", type=TOKENS, metavar="AMOUNT", help="For whoever matches it.")
@judging_options
@click.option(
    "--allow",
    multiple=True,
    metavar="ADDRESS",
    help="A provider that may take it, and no other; may be repeated.",
)
@matcher_option
@valid_for_option("How long it can be matched; default: the job file's open_for_s.")
@output_option
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def request(
    settings: Settings,
    job_file: Path,
    public_url: str | None,
    gateways: tuple[str, ...],
    token_file: Path | None,
    tip: int | None,
    choice: Choice,
    allow: tuple[str, ...],
    matcher: str | None,
    valid_for_s: int | None,
    output: Path | None,
    yes: bool,
) -> None:
    """Sign a job as a request for order books.

    Shows the most that it can cost and asks. Its inputs must be where it says as long as it can be
    matched: uploaded with --gateway, or served with `workbond job serve`.

    \b
    Examples:
      workbond order sign request job.toml --public-url http://me.example:8080
      workbond order sign request job.toml --gateway https://gateway.example \\
        --allow 0x7099... --allow 0x3C44... --tip 0.1 --output request.json
    """
    from workbond.chain.types import ZERO_ADDRESS, address
    from workbond.jobfile import load_job_file
    from workbond.requester import signed
    from workbond.requester.order import check_funds, cost_of, with_tip
    from workbond.requester.pack import check_program, pack
    from workbond.requester.submit import posted_gateways

    check_uploads(gateways, token_file)
    if not gateways and public_url is None:
        raise UsageError(
            "nobody would find its inputs: give --gateway URL to upload them, or --public-url URL "
            "to say where you will serve them"
        )
    posted_gateways([public_url] if public_url else gateways)
    admitted, only = signed.admitted_by(allow), address(matcher) if matcher else ZERO_ADDRESS
    job = load_job_file(job_file)
    if tip is not None:
        job = with_tip(job, tip)
    if valid_for_s is not None:
        job = _open_for(job, valid_for_s)
    check_program(job)
    desk, _ = desk_of(settings)
    require_clock(desk)
    job = settled_at(settings, desk, job, choice)
    owner, cost = settings.address(), cost_of(job)
    account = desk.market.account_of(owner)
    check_funds(owner, account, cost.escrow)
    bill = signing_bill(job, cost, account.free)
    quiet = settings.json or output is None  # standard output is the order's
    bill.ask(f"Sign it? It can lock {tokens(cost.escrow)}", yes=yes, json=quiet)
    signer = settings.signer()
    package = pack(job, desk.store)
    with contextlib.ExitStack() as stack:
        url = public_url or ""
        if gateways:
            url = stack.enter_context(uploaded(desk, package, gateways, public_url, token_file))
        drafted = signed.draft(desk, owner, job, package, url, admitted=admitted, matcher=only)
        hand_out(settings, signed.sign(desk, signer, drafted), output)


def _open_for(job: JobFile, seconds: int) -> JobFile:
    """The job with another `timing.open_for_s`; raises `UsageError` if its ramp is longer."""
    if job.price.ramp_s is not None and job.price.ramp_s > seconds:
        raise UsageError(
            f"--valid-for {seconds} is shorter than the job file's ramp_s, {job.price.ramp_s}: the "
            "price would never reach its maximum"
        )
    timing = job.timing.model_copy(update={"open_for_s": seconds})
    return job.model_copy(update={"timing": timing})
