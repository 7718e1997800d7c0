"""Keystore V3 files (Web3 Secret Storage), whoever wrote them; they may be crafted.

Workbond, geth and Foundry write the same format: scrypt or PBKDF2, then AES-128-CTR. What varies is
the cost, the case of names, and whether the address is told.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbond.accounts.keys import LocalSigner, WrongPassword, decrypted
from workbond.chain.types import address as checked
from workbond.errors import AuthError, UsageError
from workbond.progress import progress

MAX_KEYSTORE_BYTES = 64 * 1024
MAX_SCRYPT_MEMORY = 2**30  # bytes; a crafted file must not fill memory
MAX_SCRYPT_WORK = 2**25  # n * r * p: half a minute; geth's standard is 2^21
MAX_SCRYPT_R = 64  # everybody writes 1 or 8; a huge block costs hours that n * r * p does not tell
MAX_PBKDF2_ROUNDS = 10**7
DERIVED_BYTES = 32  # 16 to decrypt with, 16 for the check


@dataclass(frozen=True)
class Keystore:
    """A file's content, names in lower case; `digest` is the file's SHA-256, in hexadecimal."""

    path: Path
    data: dict[str, Any] = field(repr=False)
    digest: str

    @property
    def address(self) -> str | None:
        """As the file tells it, with checksum: not proven before it is opened."""
        told = self.data.get("address")
        if told in (None, ""):
            return None
        try:
            return checked("0x" + str(told).lower().removeprefix("0x"))
        except UsageError:
            raise damaged(self.path) from None

    def open(self, password: str, name: str) -> LocalSigner:
        """Decrypts the key; `name` is the account's, for messages.

        Raises:
            WrongPassword: the password is another one.
            AuthError: the file is damaged, or was changed to claim another address.
        """
        try:
            with progress("deriving the key from the password"):
                signer = decrypted(self.data, password)
        except WrongPassword:
            raise WrongPassword(f"wrong password for account {name}: try again") from None
        if signer is None:
            raise damaged(self.path)
        if self.address not in (None, signer.address):
            raise AuthError(
                f"{self.path} holds the key of {signer.address} but says {self.address}: it was "
                "changed; restore it from a copy"
            )
        return signer


def read(path: Path) -> Keystore:
    """Reads a keystore; raises `AuthError` unless it is one that may be opened."""
    try:
        if not path.is_file():  # a pipe would be waited for
            raise AuthError(f"there is no keystore file {path}: check the path")
        with path.open("rb") as file:
            text = file.read(MAX_KEYSTORE_BYTES + 1)
        parsed = json.loads(text) if len(text) <= MAX_KEYSTORE_BYTES else None
        data = _lower(parsed)
    except OSError as error:
        raise AuthError(f"can't read {path} ({error.strerror}): check its permissions") from error
    except (ValueError, RecursionError):
        raise damaged(path) from None
    if not isinstance(data, dict) or data.get("version") != 3 or not _affordable(data):
        raise damaged(path)
    return Keystore(path, data, hashlib.sha256(text).hexdigest())


def is_file(path: Path) -> bool:
    """Whether a file is there; a name that no file can have, or one that is kept away, is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def damaged(path: Path) -> AuthError:
    return AuthError(f"{path} is no sound keystore V3 file: restore it from a copy")


def _lower(value: Any) -> Any:
    """Names in lower case, as some tools write `Crypto`; `ValueError` if two become one.

    The library does the same and lets the last one win: of two, another one would be checked than
    is used.
    """
    if not isinstance(value, dict):
        return value
    lower = {key.lower(): _lower(inner) for key, inner in value.items()}
    if len(lower) != len(value):
        raise ValueError("a name stands there twice")
    return lower


def _affordable(keystore: dict[str, Any]) -> bool:
    """Whether the key derivation of a perhaps crafted file stays within bounds."""
    try:
        crypto = keystore["crypto"]
        params = crypto["kdfparams"]
        if params["dklen"] != DERIVED_BYTES:
            return False
        if crypto["kdf"] == "scrypt":
            n, r, p = int(params["n"]), int(params["r"]), int(params["p"])
            return (
                n > 1
                and 0 < r <= MAX_SCRYPT_R
                and p > 0
                and 128 * n * r <= MAX_SCRYPT_MEMORY
                and n * r * p <= MAX_SCRYPT_WORK
            )
        return 0 < int(params["c"]) <= MAX_PBKDF2_ROUNDS
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return False
