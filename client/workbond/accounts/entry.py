"""An account that is known, not yet open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbond.errors import AuthError

WORKBOND, FOUNDRY, GETH, FILE = "workbond", "foundry", "geth", "file"
WEB3SIGNER, CLEF = "web3signer", "clef"
REMOTE = (WEB3SIGNER, CLEF)


@dataclass(frozen=True)
class Entry:
    """Where an account's key is.

    `name` is what --account takes. `path` is its keystore, or what is on record of its remote
    signer. `source` tells who wrote the keystore (workbond, foundry, geth; file for another place)
    or which signer holds the key (web3signer, clef), at `url`.
    """

    name: str
    known_address: str | None
    path: Path
    source: str = WORKBOND
    url: str | None = None

    @property
    def is_remote(self) -> bool:
        return self.source in REMOTE

    @property
    def address(self) -> str:
        """With checksum; raises `AuthError` if the keystore, never opened yet, does not tell it."""
        if self.known_address is None:
            raise AuthError(
                f"the keystore of account {self.name} does not tell its address: open it once with "
                f"`workbond account address {self.name}`"
            )
        return self.known_address
