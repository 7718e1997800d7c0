"""What is on record of remote signers: `<home>/signers/NAME.json` with url, address and kind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from workbond.accounts.entry import REMOTE, Entry
from workbond.chain.types import address as checked
from workbond.errors import AuthError, UsageError
from workbond.http import LOOPBACK_HOSTS

MAX_BYTES = 16 * 1024
URL_MAX = 2_048


@dataclass(frozen=True)
class Endpoint:
    """A signer's checked address; `label` leaves out the path, which may hold a secret."""

    url: str
    label: str
    is_loopback: bool


def endpoint(url: str, *, allow_http: bool = False) -> Endpoint:
    """Checks a signer's URL.

    Raises:
        UsageError: it is none, holds a password or query, or is plain http over a network, where
            somebody in between could have anything signed; no message quotes it.
    """
    try:
        parts = urlsplit(url)
        host, usable = parts.hostname, parts.port != 0
    except ValueError:
        host, usable = None, False
    plain = (
        usable and url.isascii() and url.isprintable() and " " not in url and len(url) <= URL_MAX
    )
    if not host or not plain or parts.scheme not in ("http", "https"):
        raise UsageError("a signer's URL must look like http://127.0.0.1:8550: check --signer")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            "a signer's URL may hold no user, password, query or fragment, which would be stored "
            "in clear: leave it out"
        )
    is_loopback = host in LOOPBACK_HOSTS
    label = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme == "http" and not is_loopback and not allow_http:
        raise UsageError(
            f"{label} is plain http over a network: who sits in between could have anything "
            "signed; use https, or a tunnel to 127.0.0.1, or say --allow-http"
        )
    return Endpoint(url, label, is_loopback)


def paths(home: Path) -> list[Path]:
    return sorted((home / "signers").glob("*.json"))


def all_of(home: Path) -> list[Entry]:
    """All remote signers' accounts in `home`; a damaged record raises `AuthError`."""
    return [read(path) for path in paths(home)]


def content(at: Endpoint, address: str, kind: str, *, allow_http: bool) -> dict[str, object]:
    """A record, as it is stored."""
    return {"url": at.url, "address": address, "kind": kind} | (
        {"allow_http": True} if allow_http else {}
    )


def read(path: Path) -> Entry:
    """The account of one record; raises `AuthError` if it is damaged."""
    try:
        if not path.is_file():
            raise ValueError
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
        record = json.loads(text) if len(text) <= MAX_BYTES else {}
        at = endpoint(record["url"], allow_http=record.get("allow_http") is True)
        address, kind = checked(record["address"]), record["kind"]
        if kind not in REMOTE:
            raise ValueError
    except OSError as error:
        raise AuthError(f"can't read {path} ({error.strerror}): check its permissions") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, UsageError):
        raise AuthError(
            f"{path} is no sound record of a remote signer: delete it and add the signer again "
            "with `workbond account add`"
        ) from None
    return Entry(path.stem, address, path, kind, at.url)
