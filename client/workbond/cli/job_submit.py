"""`workbond job submit`: posting a job, or signing it for order books."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.asking import yes_option
from workbond.cli.group import sectioned
from workbond.cli.job_bills import posting_bill
from workbond.cli.job_common import desk_of
from workbond.cli.job_inputs import (
    check_uploads,
    public_url_option,
    served,
    upload_options,
    uploaded,
)
from workbond.cli.job_judging import NAMES, judging_options, settled_at
from workbond.cli.job_signed import Signing, submit_signed
from workbond.cli.job_taken import Waiting, last_word, say_next, say_taken
from workbond.cli.options import TOKENS, Settings, form, table_options, with_settings
from workbond.cli.output import emit, note, printable, say
from workbond.cli.waiting import wait_end, wait_timeout
from workbond.errors import UsageError
from workbond.money import tokens
from workbond.settings import kinds

if TYPE_CHECKING:
    from workbond.jobfile import JobFile
    from workbond.requester.desk import Desk
    from workbond.requester.judged import Choice
    from workbond.requester.order import Cost
    from workbond.requester.pack import Package
    from workbond.requester.submit import Posting

ANY_PORT = 65_535  # in an address as long as the one that will be known
POST_AFTER_MAX_S = 90 * 86_400
SECTIONS = {
    "Who gets it, and how": ("books", "post", "post_after_s", "providers", "direct", "output"),
    "What it pays": ("tip",),
    "Who judges its result": NAMES,
    "Where its inputs are": ("listen", "public_url", "gateways", "token_file"),
    "How long to wait": ("wait", "wait_s"),
}

_post = click.option("--post", is_flag=True, help="Post it, also if your settings name books.")
_post_after = click.option(
    "--post-after",
    "post_after_s",
    type=click.IntRange(0, POST_AFTER_MAX_S),
    metavar="SECONDS",
    help="Post it on the chain if nobody has matched it by then.",
)
_providers = click.option(
    "--provider",
    "providers",
    multiple=True,
    metavar="ADDRESS",
    help="Only this provider may take it; several only of a signed job.",
)
_direct = click.option(
    "--direct",
    is_flag=True,
    help="Sign it for the one --provider, which takes it itself; a tip is not charged then.",
)
_output = click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the signed job to this file, to be handed to its provider.",
)
_tip = click.option(
    "--tip",
    type=TOKENS,
    metavar="AMOUNT",
    help="For whoever matches it; default: as the job file says.",
)


@click.command(
    cls=sectioned(SECTIONS), short_help="Post a job and serve its inputs until it is taken."
)
@click.argument("job_file", type=click.Path(path_type=Path), metavar="JOB.toml")
@_post
@_post_after
@_providers
@_direct
@_output
@_tip
@judging_options
@click.option(
    "--listen",
    type=form(kinds.host_port, "--listen"),
    metavar="HOST:PORT",
    default="127.0.0.1:0",
    show_default=True,
    help="Where to serve the inputs; port 0 takes a free one.",
)
@public_url_option
@upload_options
@click.option("--wait", is_flag=True, help="Wait for the provider's result.")
@wait_timeout
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
@table_options("requester", ["books"])
def submit(
    settings: Settings,
    chosen: dict[str, Any],
    job_file: Path,
    post: bool,
    post_after_s: int | None,
    providers: tuple[str, ...],
    direct: bool,
    output: Path | None,
    tip: int | None,
    choice: Choice,
    listen: tuple[str, int],
    public_url: str | None,
    gateways: tuple[str, ...],
    token_file: Path | None,
    wait: bool,
    wait_s: int | None,
    yes: bool,
) -> None:
    """Post a job, or sign it for order books, and serve its inputs until it is taken.

    JOB.toml (or .json) describes it. The cost is shown first and asked about. Ctrl-C leaves the
    job open: `serve` goes on, `cancel` takes it back.

    If its result is disputed, a committee decides, on terms that follow from what a wrong one would
    cost you, unless you say more. The case fee comes back if there is no case.

    With --book it is signed and not posted: that takes no gas, and money is locked only when it is
    matched with an offer or a provider takes it. Who matches it earns the tip.

    \b
    Examples:
      workbond job submit examples/climate/job.toml
      workbond job submit job.toml --book https://book.example --tip 0.1
      workbond job submit job.toml --provider 0x7099... --direct --output job.json
      workbond job submit job.toml --value 1000 --audit-rate 20% --seats 7
      workbond job submit job.toml --listen 0.0.0.0:8080 \\
        --public-url http://requester.example:8080
      workbond job submit job.toml --gateway https://gateway.example \\
        --gateway https://other.example --token-file tokens
    """
    from workbond.jobfile import load_job_file
    from workbond.requester import submit as library
    from workbond.requester.order import with_tip
    from workbond.requester.pack import check_program

    check_uploads(gateways, token_file)
    library.check_addresses(gateways, public_url, listen[0])
    signing = _signing(chosen["books"], post, post_after_s, providers, direct, output)
    job = load_job_file(job_file)
    if direct or tip is not None:
        job = with_tip(job, tip or 0)
    check_program(job)
    desk, _ = desk_of(settings)
    job = settled_at(settings, desk, job, choice)
    if signing is None and providers:
        job = job.model_copy(update={"providers": checked(providers[0])})

    def inputs(package: Package) -> AbstractContextManager[str]:
        if gateways:
            return uploaded(desk, package, gateways, public_url, token_file)
        return served(desk, package, listen, public_url)

    url = public_url or " ".join(gateways) or f"http://{listen[0]}:{listen[1] or ANY_PORT}"
    waiting = Waiting(inputs, url, not gateways, wait, wait_s, yes)
    if signing is not None:
        submit_signed(settings, desk, job, signing, waiting)
    else:
        _post_job(settings, desk, job, waiting)


def checked(text: str) -> str:
    """An address given as --provider."""
    from workbond.chain.types import address

    return address(text)


def _signing(
    books: tuple[str, ...],
    post: bool,
    post_after_s: int | None,
    providers: tuple[str, ...],
    direct: bool,
    output: Path | None,
) -> Signing | None:
    """How the job is to be signed; None: it is to be posted. Refuses what contradicts itself."""
    if post and (direct or output is not None or post_after_s is not None):
        raise UsageError("--post stands against --direct, --output and --post-after: drop one")
    if direct and len(providers) != 1:
        raise UsageError("--direct is for one provider: name it with one --provider ADDRESS")
    if post or not (books or direct or output is not None):
        for given, flag in ((direct, "--direct"), (post_after_s is not None, "--post-after")):
            if given:
                raise UsageError(f"{flag} is for a signed job: give --book URL or --output FILE")
        if len(providers) > 1:
            raise UsageError(
                "a posted job admits one provider or anybody: give one --provider, or --book URL "
                "for a signed job that admits several"
            )
        return None
    if not books and output is None:
        raise UsageError("nobody would see the signed job: give --book URL or --output FILE")
    if direct and post_after_s is not None:
        raise UsageError("--post-after stands against --direct: drop one")
    return Signing(books, tuple(map(checked, providers)), post_after_s, output, direct)


def _post_job(settings: Settings, desk: Desk, job: JobFile, waiting: Waiting) -> None:
    from workbond.chain.types import State
    from workbond.requester import submit as library
    from workbond.requester.order import check_funds, cost_of, posting_fee
    from workbond.requester.pack import pack
    from workbond.requester.status import status_of

    owner, cost = settings.address(), cost_of(job)
    account = desk.market.account_of(owner)
    check_funds(owner, account, cost.escrow)
    fee = posting_fee(desk.market, owner, job, waiting.url)
    bill = posting_bill(job, cost, account.free, desk.market.connection.balance(owner), fee)
    bill.ask(f"Post it and lock {tokens(cost.escrow)}?", yes=waiting.yes, json=settings.json)
    signer = settings.signer()
    package = pack(job, desk.store)
    with waiting.inputs(package) as url:
        posting = library.draft(desk, owner, job, package, url)
        with library.explaining_ctrl_c(desk, posting.id), last_word(settings, desk, posting.id):
            library.post(desk, signer, posting)
            _say_posted(settings, posting, cost, served=waiting.serves)
            ends = wait_end(waiting.wait_s)
            if waiting.serves or waiting.wait:
                library.until_taken(desk, posting, ends=ends, tell_why=note)
    with library.explaining_ctrl_c(desk, posting.id), last_word(settings, desk, posting.id):
        record = desk.job(posting.id)
        say_taken(settings, record)
        if waiting.wait and record.state == State.RUNNING:
            record = library.until_claimed(desk, record, ends=ends)
    if settings.json:
        emit(status_of(record, desk.now_s()).to_json() | {"spec": package.spec.cid})
    else:
        say_next(settings, record)


def _say_posted(settings: Settings, posting: Posting, cost: Cost, *, served: bool) -> None:
    if settings.json:
        note(f"Posted job 0x{posting.id.hex()}.")
        return
    say(f"Posted job 0x{posting.id.hex()}")
    say(f"{tokens(cost.escrow)} are locked.")
    if served:
        say(f"Serving its inputs at {printable(posting.gateway)} until a provider has them.")
    else:
        say(f"Its inputs are at {printable(posting.gateway)}.")
