"""Bring anvil, the local chain: from PATH if it is there, else from npm into this environment."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from npm import FOUNDRY, foundry_binary, install

# Where `workbond chain` looks when there is none on PATH.
PREFIX = Path(sys.prefix) / "workbond-anvil"


def main() -> None:
    found = shutil.which("anvil")
    if found is None:
        PREFIX.mkdir(exist_ok=True)
        install(PREFIX, f"@foundry-rs/anvil@{FOUNDRY}")
        found = str(foundry_binary(PREFIX, "anvil"))
    print(f"anvil: {found}")


if __name__ == "__main__":
    main()
