"""What a node answers, in our own types, and the two ways in which it refuses."""

from __future__ import annotations

from dataclasses import dataclass

from workbond.chain.abi import RawLog
from workbond.errors import ChainError


@dataclass(frozen=True)
class Block:
    """A block's header; `timestamp` in Unix seconds, fees in wei.

    `base_fee` is None where the chain has no EIP-1559 fee market.
    """

    number: int
    timestamp: int
    hash: bytes
    base_fee: int | None
    gas_limit: int


@dataclass(frozen=True)
class RawReceipt:
    """What became of a mined transaction; `sender` is None if the node doesn't name it.

    `data_fee` is what a rollup took, in wei, beside the gas for publishing the transaction.
    """

    tx_hash: bytes
    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int
    gas_price: int
    data_fee: int
    contract: str | None
    logs: tuple[RawLog, ...]
    sender: str | None = None


@dataclass(frozen=True)
class RawTransaction:
    """A transaction as it was sent; a deployment has no `to`, a waiting one no `block_number`."""

    sender: str
    to: str | None
    nonce: int
    data: bytes
    block_number: int | None


class NoSuchBlock(ChainError):
    """The node has no such block: the chain is shorter now, or the node keeps no old ones."""


class CallReverted(ChainError):
    """A contract refused a call; `data` is what it returned (see `workbond.chain.reverts`)."""

    def __init__(self, message: str, data: bytes) -> None:
        super().__init__(message)
        self.data = data


class NodeRefused(ChainError):
    """The node itself refused a request; `reason` is in its own words."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
