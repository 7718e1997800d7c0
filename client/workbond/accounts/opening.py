"""From an entry to a signer: a keystore wants its password, a remote signer none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workbond.accounts import keystores
from workbond.accounts.entry import Entry
from workbond.accounts.keys import LocalSigner, WrongPassword
from workbond.accounts.known import Known
from workbond.accounts.remote import RemoteSigner
from workbond.accounts.signer import Signer
from workbond.errors import AuthError

MAX_PASSWORD_BYTES = 4 * 1024


def open_account(entry: Entry, password: str) -> LocalSigner:
    """Decrypts a keystore; raises `AuthError` for a wrong password or a damaged file."""
    return keystores.read(entry.path).open(password, entry.name)


def open_entry(
    home: Path,
    entry: Entry,
    ask: Callable[[], str],
    *,
    tries: int = 1,
    told: Callable[[str], None] = lambda _: None,
) -> Signer:
    """Opens any account, and remembers the address of a keystore that does not tell it.

    Args:
        ask: gives the password; called for keystores only.
        tries: how often a wrong password is asked again, the first time included.
        told: gets the message of each wrong one but the last.
    """
    if entry.is_remote:
        return RemoteSigner(entry)
    while True:
        password = ask()
        tries -= 1
        try:
            keystore = keystores.read(entry.path)
            signer = keystore.open(password, entry.name)
        except WrongPassword as error:
            if tries <= 0:
                raise
            told(str(error))
            continue
        Known(home).remember(keystore, signer.address)
        return signer


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
