"""What the contracts need of a chain's EVM, found out by calls before money is spent."""

from __future__ import annotations

from workbond.chain.answers import CallReverted, NodeRefused
from workbond.chain.connection import Connection
from workbond.errors import ChainError

# Instructions of the shipped code that came after London: (name, hard fork, creation code that
# uses it). tests/client/chain/test_evm.py finds all that are there.
PROBES = (
    ("PUSH0", "Shanghai", "5f5ff3"),
    ("MCOPY", "Cancun", "6000600060005e60006000f3"),
    ("TLOAD", "Cancun", "60005c5060006000f3"),
    ("TSTORE", "Cancun", "600060005d60006000f3"),
)
_PLAIN = bytes.fromhex("60006000f3")  # returns nothing, in any EVM
NEEDED = "Cancun"


def missing(connection: Connection) -> list[tuple[str, str]]:
    """Instructions (with their hard forks) that the chain's EVM lacks, as far as it tells.

    A node that refuses even the plainest creation in a call tells nothing: then the list is empty.
    """
    lacking = [
        (name, fork) for name, fork, code in PROBES if not _runs(connection, bytes.fromhex(code))
    ]
    return lacking if lacking and _runs(connection, _PLAIN) else []


def require(connection: Connection) -> None:
    """Raises `ChainError` if the chain can't run the contracts."""
    lacking = missing(connection)
    if lacking:
        names = ", ".join(name for name, _ in lacking)
        forks = " and ".join(dict.fromkeys(fork for _, fork in lacking))
        raise ChainError(
            f"chain {connection.chain_id} can't run the market: its EVM lacks {names} (of the "
            f"{forks} upgrade): choose a chain that has {NEEDED}"
        )


def _runs(connection: Connection, code: bytes) -> bool:
    try:
        connection.call(None, code)
    except (CallReverted, NodeRefused):
        return False
    return True
