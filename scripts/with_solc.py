"""Run a command that compiles with py-solc-x (brownie): native solc if possible, else npm's.

python scripts/with_solc.py brownie test tests/contracts
"""

from __future__ import annotations

import os
import sys

from build_contracts import SOLC, compiler


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit("name the command to run: python scripts/with_solc.py brownie compile")
    print(f"solc {SOLC}: {compiler()}", flush=True)
    os.execvp(sys.argv[1], sys.argv[1:])  # compiler() left what it found in the environment


if __name__ == "__main__":
    main()
