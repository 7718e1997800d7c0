"""The options that say which jobs a provider takes: of `provider run` and of `provider why`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.options import TOKENS, Settings
from workbond.provider.terms import LOCK_S, UNITS_PER_SECOND

if TYPE_CHECKING:
    from workbond.provider.terms import Terms

SECTIONS = {
    "What a job must offer": ("min_price", "min_flat", "max_lock"),
    "What this machine gives": (
        "cores",
        "max_memory",
        "max_download",
        "max_output",
        "units_per_second",
        "region",
    ),
}


def size(text: str) -> int:
    """Option type: bytes, or a size like "8 GiB"."""
    from workbond.sizes import parse_size

    return parse_size(int(text) if text.isascii() and text.isdigit() else text)


_OPTIONS: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...] = (
    click.option(
        "--min-price",
        type=TOKENS,
        metavar="AMOUNT",
        help="Tokens per 10^12 units below which no job is taken; rising prices are waited for. "
        "Without it, unpaid work is taken too; `run` asks first.",
    ),
    click.option(
        "--min-flat",
        type=TOKENS,
        default="0",
        show_default=True,
        metavar="AMOUNT",
        help="Tokens that a job must pay for the job as a whole.",
    ),
    click.option(
        "--cores",
        type=click.IntRange(1, 1024),
        metavar="N",
        help="Tasks at once; default: all available cores.",
    ),
    click.option(
        "--max-memory",
        type=size,
        metavar="SIZE",
        help="Most memory of all tasks at once; default: three quarters of the machine's.",
    ),
    click.option(
        "--max-download",
        type=size,
        default="4 GiB",
        show_default=True,
        metavar="SIZE",
        help="Most to download for one job: its program and inputs.",
    ),
    click.option(
        "--max-output",
        type=size,
        default="4 GiB",
        show_default=True,
        metavar="SIZE",
        help="Most that the outputs of one job may need, all at their cap.",
    ),
    click.option(
        "--units-per-second",
        type=click.IntRange(1),
        default=UNITS_PER_SECOND,
        show_default=True,
        metavar="N",
        help="Units per second of one core in the worst case; jobs without time for it are not "
        "taken.",
    ),
    click.option(
        "--max-lock",
        type=click.IntRange(0),
        default=LOCK_S,
        show_default=True,
        metavar="SECONDS",
        help="Longest challenge window, in which the bond stays locked.",
    ),
    click.option(
        "--region",
        default="",
        metavar="CODE",
        help='Where this machine stands, like "de" or "us-ca".',
    ),
)


def terms_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; the command gets their values as one dictionary, `terms`, for `make_terms`.

    Settings come first, as `with_settings` passes them.
    """
    fields = [name for names in SECTIONS.values() for name in names]

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        terms = {field: kwargs.pop(field) for field in fields}
        return command(*args, terms=terms, **kwargs)

    wrapped: Callable[..., Any] = wrapper
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def make_terms(given: dict[str, Any]) -> Terms:
    """The terms that the options' values come to on this machine."""
    from workbond.provider import machine
    from workbond.provider.terms import Terms

    return Terms(
        cores=given["cores"] or machine.available_cores(),
        memory_bytes=given["max_memory"] or machine.default_memory_bytes(),
        min_price=given["min_price"] or 0,
        min_flat=given["min_flat"],
        download_bytes=given["max_download"],
        output_bytes=given["max_output"],
        units_per_second=given["units_per_second"],
        lock_s=given["max_lock"],
        region=given["region"],
    )


def node_home(settings: Settings, address: str) -> Path:
    """The directory of the node of account `address`."""
    return settings.home / "provider" / address.lower()
