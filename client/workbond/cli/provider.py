"""`workbond provider`: stake, and execute jobs for pay."""

from __future__ import annotations

import click

from workbond.cli.group import OrderedGroup
from workbond.cli.options import TOKENS, Settings, sending, suggest, with_settings
from workbond.cli.output import emit, say, table, tokens
from workbond.provider.terms import LOCK_S, UNITS_PER_SECOND
from workbond.words import duration, plural


def _size(text: str) -> int:
    """Option type: bytes, or a size like "8 GiB"."""
    from workbond.jobfile import parse_size

    return parse_size(int(text) if text.isascii() and text.isdigit() else text)


_size.__name__ = "size"  # click names an option's type in its errors


@click.group(cls=OrderedGroup)
def provider() -> None:
    """Stake, and execute jobs for pay.

    \b
    Example:
      workbond provider stake 100 --account provider
      workbond provider run --account provider --min-price 1000
    """


@provider.command()
@click.argument("amount", type=TOKENS, metavar="AMOUNT")
@with_settings("rpc", "deployments", "account", "password", "json")
def stake(settings: Settings, amount: int) -> None:
    """Move AMOUNT from the free balance to the stake.

    Each job that is accepted locks its bond in there.

    \b
    Example:
      workbond provider stake 100 --account provider
    """
    place, signer = settings.place(), settings.signer()
    with sending():
        receipt = place.market.stake(signer, amount)
    account = place.market.account_of(signer.address)
    if settings.json:
        emit(
            {
                "address": signer.address,
                "staked": str(account.staked),
                "free": str(account.free),
                "transactions": ["0x" + receipt.tx_hash.hex()],
            }
        )
        return
    say(f"Staked {tokens(amount)}; in all {tokens(account.staked)}.")
    suggest(settings, "workbond provider run")


@provider.command()
@click.argument("amount", type=TOKENS, metavar="AMOUNT")
@with_settings("rpc", "deployments", "account", "password", "json")
def unstake(settings: Settings, amount: int) -> None:
    """Let AMOUNT of unlocked stake leave, after a cooldown.

    The cooldown restarts for all that is in it.

    \b
    Example:
      workbond provider unstake 50 --account provider
    """
    from workbond.chain.reverts import InsufficientStake

    place, signer = settings.place(), settings.signer()
    unlocked = place.market.account_of(signer.address).unbonded
    if unlocked < amount:
        raise InsufficientStake(
            f"account {signer.address} has {tokens(unlocked)} of unlocked stake, {tokens(amount)} "
            "can't leave: unstake less, or wait until live jobs free their bonds"
        )
    with sending():
        receipt = place.market.unstake(signer, amount)
    account = place.market.account_of(signer.address)
    if settings.json:
        emit(
            {
                "address": signer.address,
                "staked": str(account.staked),
                "unbonding": str(account.unbonding),
                "matures_at": account.matures_at,
                "transactions": ["0x" + receipt.tx_hash.hex()],
            }
        )
        return
    wait_s = max(0, account.matures_at - place.connection.now_s())
    say(f"{tokens(account.unbonding)} leave the stake in {duration(wait_s)} of chain time.")
    say("After that:")
    suggest(settings, "workbond provider withdraw")


@provider.command()
@with_settings("rpc", "deployments", "account", "password", "json")
def withdraw(settings: Settings) -> None:
    """Move the stake whose cooldown is over to the free balance.

    \b
    Example:
      workbond provider withdraw --account provider
    """
    place, signer = settings.place(), settings.signer()
    before = place.market.account_of(signer.address)
    with sending():
        receipt = place.market.withdraw_stake(signer)
    account = place.market.account_of(signer.address)
    if settings.json:
        emit(
            {
                "address": signer.address,
                "withdrawn": str(before.unbonding),
                "free": str(account.free),
                "transactions": ["0x" + receipt.tx_hash.hex()],
            }
        )
        return
    say(f"{tokens(before.unbonding)} left the stake; free in the market: {tokens(account.free)}.")
    suggest(settings, "workbond account withdraw AMOUNT")


@provider.command()
@with_settings("rpc", "deployments", "account", "json")
def status(settings: Settings) -> None:
    """Show the stake, and the live jobs with their deadlines.

    \b
    Example:
      workbond provider status --account provider
    """
    from workbond.provider.status import next_deadline, read_status

    place, address = settings.place(), settings.entry().address
    found = read_status(place.market, address, place.deployment.market.block)
    account = found.account
    if settings.json:
        amounts = ("free", "staked", "bonded", "unbonding")
        emit(
            {
                "address": address,
                **{name: str(getattr(account, name)) for name in amounts},
                "matures_at": account.matures_at,
                "now": found.now_s,
                "jobs": [
                    {
                        "id": "0x" + record.id.hex(),
                        "state": record.state.label,
                        "tasks": record.request.tasks,
                        "bond": str(record.live_job().bond),
                        "waits_for": next_deadline(record)[0],
                        "deadline": next_deadline(record)[1],
                    }
                    for record in found.jobs
                ],
            }
        )
        return
    say(f"Provider {address}")
    rows = [
        ["free", tokens(account.free), ""],
        ["staked", tokens(account.staked), f"of which {tokens(account.bonded)} locked by jobs"],
    ]
    if account.unbonding:
        left_s = account.matures_at - found.now_s
        when = f"in {duration(left_s)} of chain time" if left_s > 0 else "now: provider withdraw"
        rows.append(["unbonding", tokens(account.unbonding), f"leaves the stake {when}"])
    say(table(["", "", ""], rows).lstrip("\n"))
    if found.jobs:
        say("Live jobs, most urgent first:")
    for record in found.jobs:
        waits_for, when_s = next_deadline(record)
        left_s = when_s - found.now_s
        left = f"{duration(left_s)} left" if left_s > 0 else f"{duration(-left_s)} ago"
        say(f"  0x{record.id.hex()}")
        tasks = plural(record.request.tasks, "task")
        say(f"    {record.state.label}, {tasks}, {waits_for} {when_s} ({left})")
    if not found.jobs:
        say("No live jobs.")
    suggest(
        settings, "workbond provider run" if account.staked else "workbond provider stake AMOUNT"
    )


@provider.command()
@click.option(
    "--min-price",
    type=TOKENS,
    default="0",
    show_default=True,
    metavar="AMOUNT",
    help="Tokens per 10^12 units below which no job is taken; rising prices are waited for.",
)
@click.option(
    "--min-flat",
    type=TOKENS,
    default="0",
    show_default=True,
    metavar="AMOUNT",
    help="Tokens that a job must pay for the job as a whole.",
)
@click.option(
    "--cores",
    type=click.IntRange(1, 1024),
    metavar="N",
    help="Tasks at once; default: all available cores.",
)
@click.option(
    "--max-memory",
    type=_size,
    metavar="SIZE",
    help="Most memory of all tasks at once; default: three quarters of the machine's.",
)
@click.option(
    "--max-download",
    type=_size,
    default="4 GiB",
    show_default=True,
    metavar="SIZE",
    help="Most to download for one job: its program and inputs.",
)
@click.option(
    "--max-output",
    type=_size,
    default="4 GiB",
    show_default=True,
    metavar="SIZE",
    help="Most that the outputs of one job may need, all at their cap.",
)
@click.option(
    "--units-per-second",
    type=click.IntRange(1),
    default=UNITS_PER_SECOND,
    show_default=True,
    metavar="N",
    help="Units per second of one core in the worst case; jobs without time for it are not taken.",
)
@click.option(
    "--max-lock",
    type=click.IntRange(0),
    default=LOCK_S,
    show_default=True,
    metavar="SECONDS",
    help="Longest challenge window, in which the bond stays locked.",
)
@click.option(
    "--region", default="", metavar="CODE", help='Where this machine stands, like "de" or "us-ca".'
)
@click.option(
    "--listen",
    default="127.0.0.1:8480",
    show_default=True,
    metavar="HOST:PORT",
    help="Where results are served over HTTP; port 0 takes a free one.",
)
@click.option(
    "--public-url",
    default="",
    metavar="URL",
    help="Address under which others reach it, if --listen is not it.",
)
@click.option(
    "--keep-bytes",
    type=_size,
    default="10 GiB",
    show_default=True,
    metavar="SIZE",
    help="Most to keep on disk of ended jobs' results, and as much again of fetched inputs.",
)
@click.option("--once", is_flag=True, help="Take the open jobs that fit, finish them, end.")
@click.option(
    "--max-jobs", type=click.IntRange(1), metavar="N", help="Accept N jobs, finish them, end."
)
@with_settings("rpc", "deployments", "account", "password")
def run(
    settings: Settings,
    min_price: int,
    min_flat: int,
    cores: int | None,
    max_memory: int | None,
    max_download: int,
    max_output: int,
    units_per_second: int,
    max_lock: int,
    region: str,
    listen: str,
    public_url: str,
    keep_bytes: int,
    once: bool,
    max_jobs: int | None,
) -> None:
    """Take open jobs that fit, execute them, get paid.

    Tells what it does, and why it does not take a job. Ctrl-C or SIGTERM stops it. Jobs under way
    stay on the chain: started again, it finishes them.

    \b
    Examples:
      workbond provider run --account provider --min-price 1000
      workbond provider run --account provider --min-price 1000 \\
        --listen 0.0.0.0:8480 --public-url http://provider.example.org:8480
    """
    from workbond.executor.host import require_host
    from workbond.provider import machine
    from workbond.provider.node import Plan
    from workbond.provider.run import Address, parse_listen
    from workbond.provider.run import run as run_provider
    from workbond.provider.terms import Terms

    require_host()
    host, port = parse_listen(listen)
    place, signer = settings.place(), settings.signer()
    terms = Terms(
        cores=cores or machine.available_cores(),
        memory_bytes=max_memory or machine.default_memory_bytes(),
        min_price=min_price,
        min_flat=min_flat,
        download_bytes=max_download,
        output_bytes=max_output,
        units_per_second=units_per_second,
        lock_s=max_lock,
        region=region,
    )
    run_provider(
        place.market,
        signer,
        place.deployment.market.block,
        settings.home / "provider" / signer.address.lower(),
        Address(host, port, public_url),
        terms,
        Plan(once=once, max_jobs=max_jobs or 0, keep_bytes=keep_bytes),
    )
