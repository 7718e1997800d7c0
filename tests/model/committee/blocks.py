"""Hashes of past blocks, as the chain of these tests has them."""

from dataclasses import dataclass

from ..hashing import keccak
from ..words import ZERO32

OPCODE_BLOCKS = 256
HISTORY_BLOCKS = 8191  # EIP-2935


def hash_of(number: int) -> bytes:
    """Any block's: pyrevm makes it from the number."""
    return keccak(str(number).encode())


@dataclass
class Blocks:
    """What is on record of them: the last 256, or with EIP-2935 the last 8,191."""

    history: bool = True

    def at(self, number: int, now: int) -> bytes:
        """The hash of block `number` in block `now`; zero if it is not on record."""
        most = HISTORY_BLOCKS if self.history else OPCODE_BLOCKS
        return hash_of(number) if now - most <= number < now else ZERO32
