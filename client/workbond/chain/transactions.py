"""Sending transactions: fees, nonces, and finding out what became of them.

A transaction's hash is known before the node sees it. So whatever the node says, it is asked about
that hash first: "already known", a lost answer and "nonce too low" may all mean that it landed.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Protocol

from eth_hash.auto import keccak

from workbond.chain.abi import Event, RawLog
from workbond.chain.connection import CallReverted, Connection, NodeRefused, RawReceipt
from workbond.chain.reverts import explain
from workbond.errors import ChainError
from workbond.money import format_amount
from workbond.progress import progress

GAS_MARGIN_PERCENT = 25  # between estimate and execution, others may change what is touched
MAX_PRIORITY_FEE = 100 * 10**9  # wei per gas; a node that proposes more is broken or greedy
MAX_TRANSACTION_FEE = 10**18  # wei; above one whole coin something is wrong
SEND_TRIES = 4
WAIT_S = 300.0
FIRST_PAUSE_S, LAST_PAUSE_S = 0.02, 1.0


class Signer(Protocol):
    """Whoever signs: an address, and a signature for a transaction's fields."""

    @property
    def address(self) -> str: ...

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes: ...


@dataclass(frozen=True)
class Receipt:
    """A transaction that succeeded. `fee` in wei; `events` are those of the called contract."""

    tx_hash: bytes
    block_number: int
    gas_used: int
    fee: int
    contract: str | None
    logs: tuple[RawLog, ...] = field(repr=False)
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Fee:
    """The most that a transaction (or several) can cost the sender: gas, and wei for each of it."""

    gas: int
    max_fee_per_gas: int

    @property
    def most(self) -> int:
        """Wei."""
        return self.gas * self.max_fee_per_gas


class TransactionUnresolved(ChainError):
    """Sent, but not mined in time: it may still land. `tx_hash` tells which one."""

    def __init__(self, message: str, tx_hash: bytes) -> None:
        super().__init__(message)
        self.tx_hash = tx_hash


# One lock per (chain, account): a nonce is read and used before another thread reads it.
_LOCKS: defaultdict[tuple[int, str], threading.Lock] = defaultdict(threading.Lock)
_LOCKS_GUARD = threading.Lock()


def send(
    connection: Connection,
    signer: Signer,
    to: str | None,
    data: bytes,
    *,
    value: int = 0,
    wait_s: float = WAIT_S,
) -> Receipt:
    """Signs and sends a call (`to` None: a deployment), waits for its block.

    Raises:
        Reverted: the contract refuses it, noticed before it is sent or after it was mined.
        TransactionUnresolved: not mined within `wait_s`.
        ChainError: no gas coin, absurd fees, or the node fails.
    """
    try:
        estimate = connection.estimate_gas(to, data, sender=signer.address, value=value)
    except CallReverted as refusal:
        raise explain(refusal) from refusal
    except NodeRefused as refusal:
        if "insufficient funds" in refusal.reason.lower():
            raise _too_poor(connection, signer.address, value) from refusal
        raise
    tx: dict[str, Any] = {"type": 2, "chainId": connection.chain_id, "data": data, "value": value}
    tx |= _fees(connection, estimate)
    if to is not None:
        tx["to"] = to
    cost = tx["gas"] * tx["maxFeePerGas"] + value
    if connection.balance(signer.address) < cost:
        raise _too_poor(connection, signer.address, cost)
    raw, tx_hash = _broadcast(connection, signer, tx)
    with progress("waiting for the transaction's block"):
        receipt = _await(connection, raw, tx_hash, wait_s)
    if not receipt.succeeded:
        raise _why_failed(connection, signer.address, tx, receipt)
    return Receipt(
        tx_hash,
        receipt.block_number,
        receipt.gas_used,
        receipt.gas_used * receipt.gas_price,
        receipt.contract,
        receipt.logs,
    )


def estimate_fee(
    connection: Connection,
    sender: str,
    to: str | None,
    data: bytes,
    *,
    value: int = 0,
    then_gas: int = 0,
) -> Fee:
    """What `send` would offer for the same call now; nothing is signed or sent.

    Args:
        then_gas: gas of transactions that can be estimated only after this one, added to it.

    Raises:
        Reverted: the contract refuses the call.
        ChainError: the sender has too little gas coin, absurd fees, or the node fails.
    """
    try:
        estimate = connection.estimate_gas(to, data, sender=sender, value=value)
    except CallReverted as refusal:
        raise explain(refusal) from refusal
    except NodeRefused as refusal:
        if "insufficient funds" in refusal.reason.lower():
            raise _too_poor(connection, sender, value) from refusal
        raise
    offered = _fees(connection, estimate)
    fee = Fee(offered["gas"] + then_gas, offered["maxFeePerGas"])
    if connection.balance(sender) < fee.most + value:
        raise _too_poor(connection, sender, fee.most + value)
    return fee


def _fees(connection: Connection, estimate: int) -> dict[str, int]:
    """EIP-1559: room for the base fee to double (six full blocks in a row), and a bounded tip."""
    head = connection.block()
    try:
        tip = min(connection.priority_fee(), MAX_PRIORITY_FEE)
    except NodeRefused:  # not every node proposes one
        tip = 10**9
    gas = min(estimate + estimate * GAS_MARGIN_PERCENT // 100, max(head.gas_limit, estimate))
    max_fee = 2 * head.base_fee + tip
    if gas * max_fee > MAX_TRANSACTION_FEE:
        raise ChainError(
            f"the transaction would cost up to {format_amount(gas * max_fee)} of gas coin "
            f"({gas} gas at {max_fee} wei): wait for lower fees, or use another node with --rpc"
        )
    return {"gas": gas, "maxFeePerGas": max_fee, "maxPriorityFeePerGas": tip}


def _broadcast(connection: Connection, signer: Signer, tx: dict[str, Any]) -> tuple[bytes, bytes]:
    """Signs under the next nonce and hands over; returns the raw transaction and its hash."""
    with _LOCKS_GUARD:
        lock = _LOCKS[connection.chain_id, signer.address]
    with lock:
        for attempt in range(SEND_TRIES):
            raw = signer.sign_transaction({**tx, "nonce": connection.nonce(signer.address)})
            tx_hash = bytes(keccak(raw))
            try:
                connection.send_raw(raw)
                return raw, tx_hash
            except ChainError as error:
                if _landed(connection, tx_hash):
                    return raw, tx_hash
                # Another process may have used the nonce between our reading and sending.
                contested = isinstance(error, NodeRefused) and (
                    "nonce" in error.reason.lower() or "underpriced" in error.reason.lower()
                )
                if not contested or attempt == SEND_TRIES - 1:
                    raise
    raise AssertionError("unreachable")


def _landed(connection: Connection, tx_hash: bytes) -> bool:
    try:
        return connection.knows_transaction(tx_hash)
    except ChainError:
        return False


def _await(connection: Connection, raw: bytes, tx_hash: bytes, wait_s: float) -> RawReceipt:
    """Polls for the receipt; a node that lost the transaction is given it again."""
    deadline = time.monotonic() + wait_s
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            receipt = connection.receipt(tx_hash)
            if receipt is not None:
                return receipt
            if pause_s >= LAST_PAUSE_S and not connection.knows_transaction(tx_hash):
                connection.send_raw(raw)
        except ChainError:  # it is sent: a node that fails now may answer later
            pass
        if time.monotonic() > deadline:
            raise TransactionUnresolved(
                f"transaction 0x{tx_hash.hex()} was sent but not mined within {wait_s:g} s and may "
                "still land: look for it before you repeat the command",
                tx_hash,
            )
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LAST_PAUSE_S)


def _why_failed(
    connection: Connection, sender: str, tx: dict[str, Any], receipt: RawReceipt
) -> ChainError:
    """Runs a failed transaction again as a call, on its own block's state, to learn the reason."""
    name = f"transaction 0x{receipt.tx_hash.hex()}"
    if receipt.gas_used >= tx["gas"]:
        return ChainError(f"{name} ran out of its {tx['gas']} gas: repeat the command")
    for at in (receipt.block_number, receipt.block_number - 1):
        try:
            connection.call(tx.get("to"), tx["data"], sender=sender, value=tx["value"], at=at)
        except CallReverted as refusal:
            return explain(refusal)
        except ChainError:  # a node without that state
            break
    return ChainError(
        f"{name} failed in block {receipt.block_number}, after another transaction changed what it "
        "relied on: check the state and repeat the command"
    )


def _too_poor(connection: Connection, account: str, needed: int) -> ChainError:
    has = connection.balance(account)
    if connection.is_local:
        remedy = "get some with `workbond account faucet`"
    else:
        remedy = f"send some to it on chain {connection.chain_id}"
    return ChainError(
        f"account {account} has {format_amount(has)} gas coin but up to {format_amount(needed)} is "
        f"needed: {remedy}"
    )
