"""Which account is meant: by name, address, file, or because there is only one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from workbond.accounts import foreign, keystores, own, records
from workbond.accounts.entry import FILE, Entry
from workbond.accounts.known import Known
from workbond.chain.types import address as checked
from workbond.errors import AuthError, UsageError

SHOWN_NAMES = 8


def entries(home: Path, keystore_dirs: Sequence[Path] = ()) -> list[Entry]:
    """All accounts: those of `home` by name, then other tools'. Damaged files of `home` raise
    `AuthError`; what other tools keep that is no keystore is passed over."""
    found = _ours(home)
    names = {entry.name for entry in found}
    for entry in foreign.entries(Known(home), keystore_dirs):
        # --account takes the name for the earlier one; this one's path is free
        named = replace(entry, name=str(entry.path)) if entry.name in names else entry
        names.add(named.name)
        found.append(named)
    return found


def find(home: Path, name: str | None, keystore_dirs: Sequence[Path] = ()) -> Entry:
    """The account meant by `name`: a name, an address in any case, or a keystore's path.

    `home` comes first, then `keystore_dirs`, then Foundry's and geth's directories. With None it is
    the only account of `home`, or the only one elsewhere if `home` has none.
    """
    if name is None:
        return _only(home, keystore_dirs)
    if "/" in name or (name.endswith(".json") and keystores.is_file(Path(name))):
        path = Path(name)
        with contextlib.suppress(RuntimeError):  # ~ of a user whom nobody knows
            path = path.expanduser()
        return foreign.entry_of(path, FILE, Known(home), name)
    if re.fullmatch("0x[0-9a-f]{40}", name.lower()):
        return _by_address(home, checked(name.lower()), keystore_dirs)
    found = _by_name(home, name, keystore_dirs)
    if found is None:
        raise AuthError(f"there is no account {name!s:.80}{_others(home, keystore_dirs)}")
    return found


def _by_name(home: Path, name: str, keystore_dirs: Sequence[Path]) -> Entry | None:
    if own.is_name(name):
        if own.path_of(home, name).is_file():
            return _own(own.path_of(home, name), Known(home))
        if own.signer_path_of(home, name).is_file():
            return records.read(own.signer_path_of(home, name))
    return foreign.named(name, Known(home), keystore_dirs)


def _by_address(home: Path, address: str, keystore_dirs: Sequence[Path]) -> Entry:
    for entry in entries(home, keystore_dirs):
        if entry.known_address == address:
            return entry
    raise AuthError(
        f"no keystore or signer here has the address {address}: see `workbond account list`"
    )


def _only(home: Path, keystore_dirs: Sequence[Path]) -> Entry:
    found, where = _ours(home), ""
    if not found:
        found, where = entries(home, keystore_dirs), f", none of them in {home}"
    if not found:
        raise AuthError(f"no account in {home}: make one with `workbond account new NAME`")
    if len(found) > 1:
        raise UsageError(
            f"several accounts{where}: {_names(found)}; choose one with --account NAME"
        )
    return found[0]


def _ours(home: Path) -> list[Entry]:
    known = Known(home)
    found = [_own(path, known) for path in own.paths(home)]
    return sorted([*found, *records.all_of(home)], key=lambda entry: entry.name)


def _own(path: Path, known: Known) -> Entry:
    keystore = keystores.read(path)
    return Entry(path.stem, keystore.address or known.address_of(keystore), path)


def _others(home: Path, keystore_dirs: Sequence[Path]) -> str:
    names = [path.stem for path in (*own.paths(home), *records.paths(home))]
    names = sorted(names) + [e.name for e in foreign.entries(Known(home), keystore_dirs)]
    if not names:
        return f" in {home}: make one with `workbond account new NAME`"
    return f"; there are: {_listed(names)}"


def _names(found: Iterable[Entry]) -> str:
    return _listed([entry.name for entry in found])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN_NAMES]) + (", ..." if len(names) > SHOWN_NAMES else "")
