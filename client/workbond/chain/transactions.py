"""Sending transactions: fees, nonces, and finding out what became of them.

A transaction's hash is known before the node sees it. So whatever the node says, it is asked about
that hash first: "already known", a lost answer and "nonce too low" may all mean that it landed.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from eth_hash.auto import keccak

from workbond.chain import fees
from workbond.chain.abi import Event, RawLog
from workbond.chain.answers import CallReverted, NodeRefused, RawReceipt
from workbond.chain.connection import Connection
from workbond.chain.reverts import explain
from workbond.errors import ChainError
from workbond.money import format_amount
from workbond.progress import progress

GAS_MARGIN_PERCENT = 25  # between estimate and execution, others may change what is touched
SEND_TRIES = 4
OUTBID_PERCENT = 113  # of each fee, at which nodes take another transaction in one's place
WAIT_S = 300.0
FIRST_PAUSE_S, LAST_PAUSE_S = 0.02, 1.0


class Signer(Protocol):
    """Whoever signs: an address, and a signature for a transaction's fields."""

    @property
    def address(self) -> str: ...

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes: ...


@dataclass(frozen=True)
class Signed:
    """A signed transaction, ready to be handed over any number of times."""

    raw: bytes = field(repr=False)
    nonce: int
    gas: int

    @property
    def hash(self) -> bytes:
        return bytes(keccak(self.raw))


@dataclass(frozen=True)
class Receipt:
    """A transaction that succeeded. `fee` in wei; `events` are those of the called contract."""

    tx_hash: bytes
    block_number: int
    block_hash: bytes
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
    confirmations: int = 1,
    spare_gas: int = 0,
    sent: Sequence[Signed] = (),
    before_sending: Callable[[Signed], None] = lambda signed: None,
    outbids: bool = False,
) -> Receipt:
    """Signs and sends a call (`to` None: a deployment), waits for its block.

    Args:
        wait_s: how long to wait for the block.
        confirmations: blocks to wait for, the transaction's own included.
        spare_gas: to send along beyond the estimate and its margin, where a stranger's code may
            take more when it counts than when it is estimated.
        sent: the same call as an earlier, interrupted run signed it. Whatever became of those, the
            call is not made twice.
        before_sending: gets each signed transaction before the node does, to remember it.
        outbids: of those in `sent`, one that waits as fees rose since is replaced.

    Raises:
        Reverted: the contract refuses it, noticed before it is sent or after it was mined.
        FailedInBlock: it was mined and failed, for another reason.
        TransactionUnresolved: not mined within `wait_s`.
        ChainError: no gas coin, absurd fees, or the node fails.
    """
    pending, nonce = _pending(connection, signer.address, sent)
    if pending is None:
        tx = _compose(connection, signer.address, to, data, value, spare_gas)
        pending = _broadcast(connection, signer, tx, nonce, before_sending)
    elif outbids:
        pending = _outbid(connection, signer, to, data, value, pending, before_sending)
    with progress("waiting for the transaction's block") as bar:
        receipt = _await(connection, pending, wait_s, confirmations, bar.describe)
    if not receipt.succeeded:
        call = {"sender": signer.address, "value": value}
        raise _why_failed(connection, to, data, call, pending.gas, receipt)
    return Receipt(
        receipt.tx_hash,
        receipt.block_number,
        receipt.block_hash,
        receipt.gas_used,
        receipt.gas_used * receipt.gas_price + receipt.data_fee,
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
    gas, price = _offer(connection, sender, to, data, value)
    fee = Fee(gas + then_gas, price.per_gas)
    if connection.balance(sender) < fee.most + value:
        raise too_poor(connection, sender, fee.most + value)
    return fee


def _compose(
    connection: Connection,
    sender: str,
    to: str | None,
    data: bytes,
    value: int,
    spare_gas: int,
) -> dict[str, Any]:
    """The transaction's fields but for its nonce; refuses what can't work or costs too much."""
    gas, price = _offer(connection, sender, to, data, value, spare_gas)
    tx: dict[str, Any] = {"chainId": connection.chain_id, "data": data, "value": value, "gas": gas}
    if to is not None:
        tx["to"] = to
    cost = gas * price.per_gas + value
    if connection.balance(sender) < cost:
        raise too_poor(connection, sender, cost)
    return tx | price.fields


def _offer(
    connection: Connection,
    sender: str,
    to: str | None,
    data: bytes,
    value: int,
    spare_gas: int = 0,
) -> tuple[int, fees.Price]:
    """Gas to send along, and what to pay for it."""
    try:
        estimate = connection.estimate_gas(to, data, sender=sender, value=value)
    except CallReverted as refusal:
        raise explain(refusal) from refusal
    except NodeRefused as refusal:
        raise _plainer(connection, sender, value, refusal) from refusal
    head = connection.block()
    gas = with_margin(estimate, head.gas_limit, spare_gas)
    price = fees.price(connection, head)
    fees.require_payable(connection, gas, price)
    return gas, price


def with_margin(estimate: int, block_gas_limit: int, spare: int = 0) -> int:
    """The gas to send along: more than estimated, but no more than a block holds."""
    return min(
        estimate + estimate * GAS_MARGIN_PERCENT // 100 + spare,
        max(block_gas_limit, estimate),
    )


def _pending(
    connection: Connection, sender: str, sent: Sequence[Signed]
) -> tuple[Signed | None, int | None]:
    """What is left of an interrupted run: the transaction to wait for, or the nonce to use again.

    As long as a nonce is free, each transaction under it may still land, but only one of them.
    """
    if not sent:
        return None, None
    used = connection.nonce(sender, "latest")  # read first: what lands later has a receipt then
    for signed in reversed(sent):
        receipt = connection.receipt(signed.hash)
        if receipt is not None and receipt.succeeded:
            return signed, None
    alive = [signed for signed in reversed(sent) if signed.nonce >= used]
    for signed in alive:
        if connection.knows_transaction(signed.hash):
            return signed, None
    for signed in alive:
        try:
            connection.send_raw(signed.raw)
            return signed, None
        except NodeRefused:  # too cheap by now
            continue
    return None, alive[0].nonce if alive else None


def _broadcast(
    connection: Connection,
    signer: Signer,
    tx: dict[str, Any],
    nonce: int | None,
    before_sending: Callable[[Signed], None],
) -> Signed:
    """Signs under the next nonce (or the given one) and hands over."""
    with _LOCKS_GUARD:
        lock = _LOCKS[connection.chain_id, signer.address]
    with lock:
        for attempt in range(SEND_TRIES):
            number = connection.nonce(signer.address) if nonce is None else nonce
            signed = Signed(signer.sign_transaction({**tx, "nonce": number}), number, tx["gas"])
            before_sending(signed)
            try:
                connection.send_raw(signed.raw)
                return signed
            except ChainError as error:
                if _landed(connection, signed.hash):
                    return signed
                reason = error.reason.lower() if isinstance(error, NodeRefused) else ""
                # Another process may have used the nonce between our reading and sending.
                contested = nonce is None and ("nonce" in reason or "underpriced" in reason)
                if contested and attempt < SEND_TRIES - 1:
                    continue
                if isinstance(error, NodeRefused):
                    raise _plainer(connection, signer.address, tx["value"], error) from error
                raise
    raise AssertionError("unreachable")


def _outbid(
    connection: Connection,
    signer: Signer,
    to: str | None,
    data: bytes,
    value: int,
    pending: Signed,
    before_sending: Callable[[Signed], None],
) -> Signed:
    """Another transaction in the place of one that no block takes at present fees, else itself."""
    from workbond.accounts.proof import offered_fees

    try:
        price, offered = fees.price(connection), offered_fees(pending.raw)
        most = max(offered.values())
        if most >= price.likely or connection.receipt(pending.hash) is not None:
            return pending
        more = {
            name: max(wei * OUTBID_PERCENT // 100 + 1, price.fields.get(name, 0))
            for name, wei in offered.items()
        }
        fees.require_payable(connection, pending.gas, replace(price, per_gas=max(more.values())))
        fields = {"chainId": connection.chain_id, "data": data, "value": value, "gas": pending.gas}
        tx = fields | ({} if to is None else {"to": to}) | {**price.fields, **more}
        return _broadcast(connection, signer, tx, pending.nonce, before_sending)
    except ChainError:  # the first one may land yet
        return pending


def _landed(connection: Connection, tx_hash: bytes) -> bool:
    try:
        return connection.knows_transaction(tx_hash)
    except ChainError:
        return False


def _await(
    connection: Connection,
    pending: Signed,
    wait_s: float,
    confirmations: int,
    describe: Callable[[str], None],
) -> RawReceipt:
    """Polls for the receipt; a node that lost the transaction is given it again.

    Until it is confirmed, its block may be replaced: the receipt is read anew each time.
    """
    deadline = time.monotonic() + wait_s
    pause_s = FIRST_PAUSE_S
    what = "mined"
    while True:
        try:
            receipt = connection.receipt(pending.hash)
            if receipt is None:
                if pause_s >= LAST_PAUSE_S and not connection.knows_transaction(pending.hash):
                    connection.send_raw(pending.raw)
            elif confirmations <= 1 or _depth(connection, receipt) >= confirmations:
                return receipt
            else:
                what = "confirmed"
                describe(f"waiting for {confirmations} confirmations")
        except ChainError:  # it is sent: a node that fails now may answer later
            pass
        if time.monotonic() > deadline:
            raise TransactionUnresolved(
                f"transaction 0x{pending.hash.hex()} was sent but not {what} within {wait_s:g} s "
                "and may still land: look for it before you repeat the command",
                pending.hash,
            )
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LAST_PAUSE_S)


def _depth(connection: Connection, receipt: RawReceipt) -> int:
    """Blocks from the transaction's own to the latest, both included."""
    return connection.block().number - receipt.block_number + 1


class FailedInBlock(ChainError):
    """A transaction was sound when it was sent, and failed in its block: its gas is spent."""


def _why_failed(
    connection: Connection,
    to: str | None,
    data: bytes,
    call: dict[str, Any],
    gas: int,
    receipt: RawReceipt,
) -> ChainError:
    """Runs a failed transaction again as a call, on its own block's state, to learn the reason."""
    name = f"transaction 0x{receipt.tx_hash.hex()}"
    if receipt.gas_used >= gas:
        return FailedInBlock(f"{name} ran out of its {gas} gas: repeat the command")
    for at in (receipt.block_number, receipt.block_number - 1):
        try:
            connection.call(to, data, **call, at=at)
        except CallReverted as refusal:
            return explain(refusal)
        except ChainError:  # a node without that state
            break
    return FailedInBlock(
        f"{name} failed in block {receipt.block_number}, after another transaction changed what it "
        "relied on: check the state and repeat the command"
    )


def _plainer(connection: Connection, sender: str, value: int, refusal: NodeRefused) -> ChainError:
    """The refusal itself, or what it means where a node's own words would puzzle."""
    if "insufficient funds" not in refusal.reason.lower():
        return refusal
    # It may have counted a rollup's data fee, which is no gas.
    return too_poor(connection, sender, value)


def too_poor(connection: Connection, account: str, needed: int) -> ChainError:
    """The error for an account whose coin does not cover `needed` wei."""
    has = connection.balance(account)
    if connection.is_local:
        remedy = "get some with `workbond account faucet`"
    else:
        remedy = f"send some to it on chain {connection.chain_id}"
    least = f"up to {format_amount(needed)} is needed" if needed > has else "more is needed"
    return ChainError(
        f"account {account} has {format_amount(has)} {connection.currency} but {least}: {remedy}"
    )
