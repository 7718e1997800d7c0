"""Where a job's inputs are for its provider: served by this machine, or uploaded to gateways."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from workbond.cli.output import note
from workbond.errors import UsageError

if TYPE_CHECKING:
    from workbond.requester.desk import Desk
    from workbond.requester.pack import Package

TOKEN_VARIABLE = "WORKBOND_GATEWAY_TOKEN"
TOKEN_BYTES_MAX = 4_096

public_url_option = click.option(
    "--public-url", metavar="URL", help="Address that providers use, if --listen is not it."
)
_gateways = click.option(
    "--gateway",
    "gateways",
    multiple=True,
    metavar="URL",
    help="Upload the inputs to this gateway; don't serve them. May be repeated.",
)
_token_file = click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"File with the gateways' upload tokens, a line each (or {TOKEN_VARIABLE}, the first's).",
)


def upload_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --gateway and --token-file."""
    return _gateways(_token_file(command))


def check_uploads(gateways: tuple[str, ...], token_file: Path | None) -> None:
    """Refuses a token file without a gateway."""
    if token_file is not None and not gateways:
        raise UsageError("--token-file is for uploads: give --gateway URL too")


@contextlib.contextmanager
def served(
    desk: Desk, package: Package, listen: tuple[str, int], public_url: str | None
) -> Iterator[str]:
    """Serves the job's blobs from this machine; yields where."""
    from workbond.requester.submit import is_loopback, serving

    host, port = listen
    with serving(desk.store, package.cids, host=host, port=port, public_url=public_url) as url:
        if is_loopback(url) and not desk.market.connection.is_local:
            note(f"Note: only this machine can reach {url}: give --listen and --public-url.")
        yield url


@contextlib.contextmanager
def uploaded(
    desk: Desk,
    package: Package,
    gateways: tuple[str, ...],
    public_url: str | None,
    token_file: Path | None,
) -> Iterator[str]:
    """Uploads the job's blobs to each gateway; yields where they can be had."""
    from workbond.requester.submit import posted_gateways, upload_all

    urls = posted_gateways([public_url] if public_url else gateways)
    for gateway, token in zip(gateways, upload_tokens(token_file, len(gateways)), strict=True):
        upload_all(desk.store, package.cids, gateway, token=token)
    yield urls


def listen_of(gateway: str, name: str) -> tuple[str, int]:
    """Host and port of the job's own gateway, where that is this machine for sure."""
    from workbond.blobs.sources import split_gateways
    from workbond.requester.submit import is_loopback

    for url in split_gateways(gateway):
        with contextlib.suppress(ValueError):
            parts = urlsplit(url)
            if is_loopback(url) and parts.hostname and parts.port:
                return parts.hostname, parts.port
    raise UsageError(
        f"job {name} says that its inputs are at {gateway!r:.120}: say with --listen HOST:PORT "
        "where this machine serves that address"
    )


def upload_tokens(file: Path | None, count: int) -> list[str | None]:
    """A token for each gateway; never from an argument, where other users could read it, and never
    one gateway's for another."""
    if file is None:
        found = [os.environ.get(TOKEN_VARIABLE) or None]
    else:
        try:
            with file.open("rb") as opened:
                lines = opened.read(TOKEN_BYTES_MAX).decode("ascii").splitlines()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not ASCII"
            raise UsageError(f"can't read the token file {file} ({reason}): check it") from None
        found = [line.strip() or None for line in lines[:count]]
        if not any(found):
            raise UsageError(f"the token file {file} has no first line: write the token there")
    return found + [None] * (count - len(found))
