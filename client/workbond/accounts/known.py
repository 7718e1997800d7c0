"""Addresses of keystores that don't tell theirs, remembered when they were opened.

`<home>/addresses.json` maps a file's SHA-256 to its account's address: nothing secret. A changed
file is another file. Without it (or when it is damaged) one is asked to open the keystore again.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from workbond.accounts.keystores import Keystore
from workbond.chain.types import address as checked
from workbond.errors import UsageError
from workbond.wholefile import replace_file

MAX_BYTES = 1 << 20
MAX_ENTRIES = 1_000  # the oldest are forgotten


class Known:
    """The memory in `home`."""

    def __init__(self, home: Path) -> None:
        self._path = home / "addresses.json"
        self._found: dict[str, Any] | None = None

    def address_of(self, keystore: Keystore) -> str | None:
        """What the keystore's address was when it was opened last."""
        if self._found is None:
            self._found = self._read()
        try:
            return checked(str(self._found[keystore.digest]))
        except (KeyError, UsageError):
            return None

    def remember(self, keystore: Keystore, address: str) -> None:
        """Keeps it for the next time; a home that can't be written is no failure."""
        if keystore.address is not None or self.address_of(keystore) == address:
            return
        found = self._read()
        found.pop(keystore.digest, None)
        found[keystore.digest] = address
        content = dict(list(found.items())[-MAX_ENTRIES:])
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self._path, json.dumps(content).encode())

    def _read(self) -> dict[str, Any]:
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(MAX_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}
