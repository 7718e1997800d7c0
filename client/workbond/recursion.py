"""Python's recursion limit, put back after libraries that raise it.

eth-keyfile 0.10 (which web3 8 and eth-account 0.14 import) imports py_ecc, and that sets the limit
to 100,000. On Python 3.11 deeply nested JSON from a stranger then overflows the C stack and ends
the process with a segmentation fault, where it should raise `RecursionError`.
"""

from __future__ import annotations

import sys

PYTHONS_DEFAULT = 1_000


def restore_limit() -> None:
    """Lowers the limit to Python's default; called by the modules that import those libraries."""
    sys.setrecursionlimit(min(sys.getrecursionlimit(), PYTHONS_DEFAULT))
