"""The words of storage that hold everybody's money: read as they are, much quicker than by views.

What they mean is the views' business. Here a word that has changed only tells whom to ask about.
"""

from collections.abc import Iterable
from functools import cache

from .chain import Chain
from .hashing import keccak, word

ACCOUNTS = 0  # the slot of the mapping from accounts, in the market, the committee and the token
SIZES = {"market": 2, "committee": 1, "token": 1}  # words of an account

Words = tuple[int, ...]


@cache
def slot_of(owner: str) -> int:
    """Where a mapping in slot `ACCOUNTS` holds an account."""
    return int.from_bytes(keccak(word(owner) + word(ACCOUNTS)), "big")


def account_words(chain: Chain, contract: str, owners: Iterable[str]) -> dict[str, Words]:
    """All words of each of these accounts in a contract."""
    storage, address, places = chain.evm.storage, chain.contracts[contract], range(SIZES[contract])
    return {
        owner: tuple([storage(address, slot_of(owner) + at) for at in places]) for owner in owners
    }
