"""Whose turn it is to do what anyone may do: the second to come pays gas for nothing.

Who has something in a case goes first, one after the other in an order that all of them know; each
other account waits a time of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from eth_hash.auto import keccak

TURN_S = 12  # a block of Ethereum's


def patience_s(us: str, act: str, parties: Iterable[str], stagger_s: int) -> int:
    """Seconds of chain time for which `us` leaves an act to others.

    Args:
        us: our address.
        act: its name, the same for all.
        parties: accounts that have something in its case.
        stagger_s: the longest that an account waits that has nothing in it; 0: nobody waits.
    """
    if not stagger_s:
        return 0
    order = sorted(set(parties), key=lambda who: _drawn(who, act))
    if us in order:
        return order.index(us) * TURN_S
    return _drawn(us, act) % stagger_s


def _drawn(who: str, act: str) -> int:
    return int.from_bytes(keccak(f"{who} {act}".encode()), "big")
