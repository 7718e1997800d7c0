"""Accounts: keystore V3 files under `<home>/keystores`; the one module that imports eth_account.

A file `<name>.json` (mode 0600 in a directory of mode 0700) holds one key under a password. Keys
live in `Signer` objects only: never in arguments, messages, logs or `repr`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account as _EthAccount
from eth_account.messages import SignableMessage, encode_defunct
from eth_account.signers.local import LocalAccount

from workbond.chain.types import address as checked
from workbond.errors import AuthError, UsageError
from workbond.progress import progress
from workbond.recursion import restore_limit

restore_limit()

MAX_KEYSTORE_BYTES = 64 * 1024
MAX_PASSWORD_BYTES = 4 * 1024
SCRYPT_N = 2**18  # geth's standard: about a second and 256 MiB
LIGHT_SCRYPT_N = 2**12  # geth's --lightkdf: milliseconds, for accounts that hold nothing of value
MAX_SCRYPT_MEMORY = 2**30  # bytes; a crafted file must not fill memory
MAX_PBKDF2_ROUNDS = 10**7
KEY_BYTES = 32  # derived: 16 to decrypt with, 16 for the check

DEV_MNEMONIC = "test test test test test test test test test test test junk"  # anvil's, public
DEV_ACCOUNTS = 10

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
SECP256K1_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


class WrongPassword(AuthError):
    """The password is not the account's."""


@dataclass(frozen=True)
class Entry:
    """A keystore file: its account's name and address."""

    name: str
    address: str
    path: Path


class Signer:
    """An open account: it signs, and shows nothing but its address."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The signed transaction, ready to send; its keccak256 is the transaction's hash."""
        return bytes(self._account.sign_transaction(transaction).raw_transaction)

    def sign_typed_data(
        self, domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any]
    ) -> bytes:
        """EIP-712 signature (65 bytes) of `message`, whose type is the one no other refers to."""
        return bytes(self._account.sign_typed_data(domain, types, message).signature)

    def sign_message(self, message: bytes) -> bytes:
        """EIP-191 signature (65 bytes) of a plain message."""
        return bytes(self._account.sign_message(encode_defunct(primitive=message)).signature)

    def __repr__(self) -> str:
        return f"Signer({self.address})"

    def __reduce__(self) -> str:
        raise TypeError("a signer is not copied or stored: it holds a key")


def require_new(home: Path, name: str) -> None:
    """Raises `UsageError` if `name` is taken or no name, before anybody types a password."""
    path = _path(home, name)
    if path.exists():
        raise _taken(path, name)


def create(home: Path, name: str, password: str, *, light_kdf: bool = False) -> Entry:
    """A new random key under `name`; raises `UsageError` if the name is taken or no name."""
    return _store(home, name, _EthAccount.create(), password, light_kdf)


def import_key(home: Path, name: str, key: str, password: str, *, light_kdf: bool = False) -> Entry:
    """Stores `key` (64 hexadecimal digits, 0x before them or not)."""
    try:
        raw = bytes.fromhex(key.strip().removeprefix("0x"))
        # The order of secp256k1 bounds keys; not every backend of eth-keys refuses what is outside.
        is_key = len(raw) == 32 and 0 < int.from_bytes(raw, "big") < SECP256K1_ORDER
        account = _EthAccount.from_key(raw) if is_key else None
    except Exception:  # whatever it says may quote the key
        account = None
    if account is None:
        raise AuthError("that is no private key: give 64 hexadecimal digits, not all zero")
    return _store(home, name, account, password, light_kdf)


def import_dev_key(home: Path, name: str, index: int, password: str) -> Entry:
    """Stores anvil's dev account `index`; light, as its key is public anyway."""
    return _store(home, name, _dev_account(index), password, light_kdf=True)


def dev_signer(index: int) -> Signer:
    """Anvil's dev account `index` (0 to 9), whose key everybody knows."""
    return Signer(_dev_account(index))


def entries(home: Path) -> list[Entry]:
    """All accounts of `home` by name; damaged files raise `AuthError`."""
    return [_entry(path) for path in sorted(_directory(home).glob("*.json"))]


def find(home: Path, name: str | None) -> Entry:
    """The account `name`; with None the only one there is."""
    if name is not None:
        path = _path(home, name)
        if not path.is_file():
            raise AuthError(f"there is no account {name}{_others(home)}")
        return _entry(path)
    paths = sorted(_directory(home).glob("*.json"))
    if not paths:
        raise AuthError(f"no account in {home}: make one with `workbond account new NAME`")
    if len(paths) > 1:
        raise UsageError(f"several accounts: {_names(home)}; choose one with --account NAME")
    return _entry(paths[0])


def open_account(entry: Entry, password: str) -> Signer:
    """Decrypts the key; raises `AuthError` for a wrong password or a damaged file."""
    keystore = _read(entry.path)
    try:
        with progress("deriving the key from the password"):
            key = _EthAccount.decrypt(keystore, password)
        signer = Signer(_EthAccount.from_key(key))
    except Exception as error:  # eth_account 0.13 and 0.14 raise different types, and KeyErrors
        if "mac mismatch" in str(error).lower():
            raise WrongPassword(f"wrong password for account {entry.name}: try again") from None
        raise _damaged(entry.path) from None
    if signer.address != entry.address:
        raise AuthError(
            f"{entry.path} holds the key of {signer.address} but says {entry.address}: it was "
            "changed; restore it from a copy"
        )
    return signer


def recover(domain_separator: bytes, struct_hash: bytes, signature: bytes) -> str | None:
    """The address whose key made the EIP-712 `signature`; None if no key can have made it."""
    message = SignableMessage(b"\x01", domain_separator, struct_hash)
    try:
        return str(_EthAccount.recover_message(message, signature=signature))
    except Exception:  # a stranger's bytes; the backends of eth-keys raise types of their own
        return None


def read_password(path: Path) -> str:
    """The first line of a password file."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_PASSWORD_BYTES + 1)
        text = data.decode("utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise AuthError(f"can't read the password file {path} ({reason}): check it") from error
    lines = text.splitlines()
    if not lines or not lines[0] or len(data) > MAX_PASSWORD_BYTES:
        raise AuthError(
            f"the password file {path} has no usable first line: write the password there"
        )
    return lines[0]


# ───────────────────────────────── files ──────────────────────────────────────


def _store(home: Path, name: str, account: LocalAccount, password: str, light_kdf: bool) -> Entry:
    require_new(home, name)
    path = _path(home, name)
    if not password:
        raise AuthError("an empty password protects nothing: choose another one")
    rounds = LIGHT_SCRYPT_N if light_kdf else SCRYPT_N
    with progress("deriving the key from the password"):
        keystore = _EthAccount.encrypt(account.key, password, kdf="scrypt", iterations=rounds)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        _write_new(path, json.dumps(keystore).encode())
    except FileExistsError:
        raise _taken(path, name) from None
    except OSError as error:
        raise AuthError(f"can't write {path} ({error.strerror}): check the directory") from error
    return Entry(name, str(account.address), path)


def _write_new(path: Path, content: bytes) -> None:
    """Whole or not at all, and never over another file; mkstemp gives mode 0600."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()


def _entry(path: Path) -> Entry:
    keystore = _read(path)
    try:
        return Entry(path.stem, checked("0x" + str(keystore["address"]).removeprefix("0x")), path)
    except (KeyError, UsageError):
        raise _damaged(path) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_KEYSTORE_BYTES + 1)
        keystore = json.loads(text) if len(text) <= MAX_KEYSTORE_BYTES else None
    except OSError as error:
        raise AuthError(f"can't read {path} ({error.strerror}): check its permissions") from error
    except (ValueError, RecursionError):
        keystore = None
    if not isinstance(keystore, dict) or not _affordable(keystore):
        raise _damaged(path)
    return keystore


def _affordable(keystore: dict[str, Any]) -> bool:
    """Whether the key derivation of a perhaps crafted file stays within bounds."""
    try:
        crypto = keystore.get("crypto") or keystore["Crypto"]
        params = crypto["kdfparams"]
        if params["dklen"] != KEY_BYTES:
            return False
        if crypto["kdf"] == "scrypt":
            n, r, p = int(params["n"]), int(params["r"]), int(params["p"])
            return n > 1 and r > 0 and 0 < p <= 16 and 128 * n * r <= MAX_SCRYPT_MEMORY
        return 0 < int(params["c"]) <= MAX_PBKDF2_ROUNDS
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return False


def _directory(home: Path) -> Path:
    return home / "keystores"


def _path(home: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r:.80} is no account name: use up to 64 letters, digits, dots, dashes and "
            "underscores, not starting with a dot or dash"
        )
    return _directory(home) / f"{name}.json"


def _others(home: Path) -> str:
    names = _names(home)
    if not names:
        return f" in {home}: make one with `workbond account new NAME`"
    return f"; there are: {names}"


def _names(home: Path) -> str:
    names = [path.stem for path in sorted(_directory(home).glob("*.json"))]
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")


def _taken(path: Path, name: str) -> UsageError:
    return UsageError(f"account {name} exists already ({path}): choose another name")


def _damaged(path: Path) -> AuthError:
    return AuthError(f"{path} is no sound keystore V3 file: restore it from a copy")


def _dev_account(index: int) -> LocalAccount:
    if not 0 <= index < DEV_ACCOUNTS:
        raise UsageError(f"there is no dev account {index}: choose 0 to {DEV_ACCOUNTS - 1}")
    _EthAccount.enable_unaudited_hdwallet_features()
    account = _EthAccount.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")
    assert isinstance(account, LocalAccount)
    return account
