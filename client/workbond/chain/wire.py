"""Values on their way to and from web3: built from ours, and checked before they become ours.

The checks raise `ValueError` with a few words, which `Connection` turns into "answered nonsense".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_utils.address import to_checksum_address

from workbond.chain.abi import RawLog

Topic = bytes | Sequence[bytes] | None  # one value, any of several, or anything


def call_fields(
    to: str | None, data: bytes, sender: str | None, value: int, gas: int | None = None
) -> dict[str, Any]:
    """The fields of a call that is not sent."""
    tx: dict[str, Any] = {"data": "0x" + data.hex(), "value": value}
    if to is not None:
        tx["to"] = to_checksum_address(to)
    if sender is not None:
        tx["from"] = to_checksum_address(sender)
    if gas is not None:
        tx["gas"] = gas
    return tx


def raw_log(entry: Any) -> RawLog:
    """A log entry; its shape is checked, not what it says."""
    return RawLog(
        address=to_checksum_address(entry["address"]),
        topics=tuple(bytes32(topic) for topic in entry["topics"]),
        data=raw_bytes(entry["data"]),
        block_number=uint(entry["blockNumber"]),
        block_hash=bytes32(entry["blockHash"]),
        tx_hash=bytes32(entry["transactionHash"]),
        log_index=uint(entry["logIndex"]),
    )


def topic_param(topic: Topic) -> Any:
    """A topic filter in JSON-RPC's form."""
    if topic is None:
        return None
    return "0x" + topic.hex() if isinstance(topic, bytes) else ["0x" + t.hex() for t in topic]


def admits(asked: Sequence[Topic], given: Sequence[bytes]) -> bool:
    """Whether topics `given` pass the filter `asked`."""
    return len(given) >= len(asked) and all(
        topic is None or (value == topic if isinstance(topic, bytes) else value in topic)
        for topic, value in zip(asked, given, strict=False)
    )


def uint(value: Any) -> int:
    """`value` if it is an unsigned integer of at most 256 bits."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**256:
        raise ValueError("a number that is none")
    return value


def quantity(value: Any) -> int:
    """A number that web3 leaves as it came, in hexadecimal; 0 if it is missing."""
    return uint(int(value, 16)) if isinstance(value, str) else uint(value or 0)


def raw_bytes(value: Any) -> bytes:
    """`value` if it is bytes."""
    if not isinstance(value, bytes):  # bytes(10**12) would be a terabyte of zeros
        raise ValueError("bytes that are none")
    return bytes(value)


def bytes32(value: Any) -> bytes:
    """`value` if it is 32 bytes."""
    raw = raw_bytes(value)
    if len(raw) != 32:
        raise ValueError("a hash without 32 bytes")
    return raw
