"""Workbond's own keystores: `<home>/keystores/NAME.json`, mode 0600 in a directory of mode 0700."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from workbond.accounts import keystores
from workbond.accounts.entry import Entry
from workbond.accounts.keys import LocalSigner, dev_signer, new_signer, signer_of
from workbond.errors import AuthError, UsageError
from workbond.progress import progress
from workbond.wholefile import create_file

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


def is_name(name: str) -> bool:
    """Whether an account may be called so."""
    return _NAME.fullmatch(name) is not None and not re.fullmatch(r"0x[0-9a-fA-F]{40}", name)


def path_of(home: Path, name: str) -> Path:
    """Where the keystore of `name` is, or would be; raises `UsageError` if it is no name."""
    if not is_name(name):
        raise UsageError(
            f"{name!r:.80} is no account name: use up to 64 letters, digits, dots, dashes and "
            "underscores, not starting with a dot or dash, and no address"
        )
    return home / "keystores" / f"{name}.json"


def signer_path_of(home: Path, name: str) -> Path:
    """Where the remote signer of `name` is on record, or would be."""
    return home / "signers" / path_of(home, name).name


def paths(home: Path) -> list[Path]:
    return sorted((home / "keystores").glob("*.json"))


def require_new(home: Path, name: str) -> None:
    """Raises `UsageError` if `name` is taken or no name, before anybody types a password."""
    for path in (path_of(home, name), signer_path_of(home, name)):
        if path.exists():
            raise _taken(path, name)


def create(home: Path, name: str, password: str, *, light_kdf: bool = False) -> Entry:
    """A new random key under `name`; raises `UsageError` if the name is taken or no name."""
    return _encrypt(home, name, new_signer(), password, light_kdf)


def import_key(home: Path, name: str, key: str, password: str, *, light_kdf: bool = False) -> Entry:
    """Stores `key` (64 hexadecimal digits, 0x before them or not)."""
    return _encrypt(home, name, signer_of(key), password, light_kdf)


def import_dev_key(home: Path, name: str, index: int, password: str) -> Entry:
    """Stores anvil's dev account `index`; light, as its key is public anyway."""
    return _encrypt(home, name, dev_signer(index), password, light_kdf=True)


def import_keystore(home: Path, name: str, file: Path, password: str) -> Entry:
    """Copies another tool's keystore; it stays under its password, which is checked."""
    require_new(home, name)
    keystore = keystores.read(file)
    address = keystore.open(password, str(file)).address
    told = {**keystore.data, "address": address.removeprefix("0x").lower()}
    return _store(home, name, told, address)


def export(entry: Entry, target: Path) -> None:
    """Writes the account's keystore, still under its password, to a new file of mode 0600."""
    if entry.is_remote:
        raise UsageError(
            f"the key of account {entry.name} is with its signer at {entry.url}: export it there"
        )
    keystore = keystores.read(entry.path)
    told = {**keystore.data}
    if entry.known_address is not None:
        told["address"] = entry.known_address.removeprefix("0x").lower()
    try:
        create_file(target, json.dumps(told).encode())
    except FileExistsError:
        raise UsageError(f"{target} exists already: give another file") from None
    except OSError as error:
        raise AuthError(f"can't write {target} ({error.strerror}): check the directory") from error


def _encrypt(home: Path, name: str, signer: LocalSigner, password: str, light_kdf: bool) -> Entry:
    require_new(home, name)
    if not password:
        raise AuthError("an empty password protects nothing: choose another one")
    with progress("deriving the key from the password"):
        keystore = signer.encrypted(password, light_kdf=light_kdf)
    return _store(home, name, keystore, signer.address)


def _store(home: Path, name: str, keystore: dict[str, Any], address: str) -> Entry:
    path = path_of(home, name)
    store_new(path, name, keystore)
    return Entry(name, address, path)


def store_new(path: Path, name: str, content: dict[str, Any]) -> None:
    """Writes a file of account `name` that nobody else may read; `UsageError` if it exists."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        create_file(path, json.dumps(content).encode())
    except FileExistsError:
        raise _taken(path, name) from None
    except OSError as error:
        raise AuthError(f"can't write {path} ({error.strerror}): check the directory") from error


def _taken(path: Path, name: str) -> UsageError:
    return UsageError(f"account {name} exists already ({path}): choose another name")
