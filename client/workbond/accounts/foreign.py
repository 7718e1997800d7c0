"""Keystores of other tools, read where they are; nothing is ever written there.

Foundry keeps `~/.foundry/keystores/NAME`, without an address in it; geth keeps files named
`UTC--<time>--<address>`, on macOS in another directory.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbond.accounts import keystores
from workbond.accounts.entry import FILE, FOUNDRY, GETH, Entry
from workbond.accounts.known import Known
from workbond.errors import AuthError

MAX_FILES = 4_096  # looked at in one directory


def directories(extra: Sequence[Path] = ()) -> list[tuple[str, Path]]:
    """Where other tools keep keystores, with who writes there: `extra` first."""
    home = Path.home()
    geth = "Library/Ethereum/keystore" if sys.platform == "darwin" else ".ethereum/keystore"
    return [
        *((FILE, directory) for directory in extra),
        (FOUNDRY, home / ".foundry" / "keystores"),
        (GETH, home / geth),
    ]


def entries(known: Known, extra: Sequence[Path] = ()) -> Iterator[Entry]:
    """All sound keystores there; what is none is passed over, as it is not ours to judge."""
    for source, directory in directories(extra):
        for path in _files(directory):
            try:
                yield entry_of(path, source, known)
            except AuthError:
                continue


def named(name: str, known: Known, extra: Sequence[Path] = ()) -> Entry | None:
    """The keystore with that file name, `.json` left out or not."""
    for source, directory in directories(extra):
        for path in (directory / name, directory / f"{name}.json"):
            if path.parent == directory and keystores.is_file(path):
                return entry_of(path, source, known)
    return None


def entry_of(path: Path, source: str, known: Known, name: str | None = None) -> Entry:
    """The account in a keystore file; raises `AuthError` if it is none."""
    keystore = keystores.read(path)
    address = keystore.address or known.address_of(keystore)
    if name is None:  # geth's file names are no names for people
        by_address = source == GETH or path.name.startswith("UTC--")
        name = address if by_address and address else path.name.removesuffix(".json")
    return Entry(name, address, path, source)


def _files(directory: Path) -> list[Path]:
    try:
        found = sorted(path for path in directory.iterdir() if not path.name.startswith("."))
    except OSError:
        return []
    return [path for path in found[:MAX_FILES] if keystores.is_file(path)]
