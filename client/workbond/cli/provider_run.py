"""`workbond provider run`: the node."""

from __future__ import annotations

import click

from workbond.cli.options import TOKENS, Settings, with_settings
from workbond.provider.terms import LOCK_S, UNITS_PER_SECOND


def _size(text: str) -> int:
    """Option type: bytes, or a size like "8 GiB"."""
    from workbond.sizes import parse_size

    return parse_size(int(text) if text.isascii() and text.isdigit() else text)


_size.__name__ = "size"  # click names an option's type in its errors


@click.command()
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
