"""What a transaction offers per gas, on chains with and without EIP-1559's fee market.

A chain whose blocks carry a base fee gets transactions of type 2, another one legacy transactions,
which carry the chain's id too (EIP-155). What a node proposes is bounded: it may be broken or
greedy, and on a legacy chain the whole proposal is paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median_low

from workbond.chain.abi import encode
from workbond.chain.answers import Block, NodeRefused
from workbond.chain.connection import Connection
from workbond.errors import ChainError
from workbond.money import format_amount

FALLBACK_TIP = 10**9  # wei per gas, where a node proposes none
# Wei per gas. A node that proposes more is broken or greedy, unless the base fee is high as well.
MAX_TIP = 100 * 10**9
TIP_BLOCKS = 10  # whose tips are looked at where a node proposes none
# GasPriceOracle of the OP stack, at the same address on every such rollup; `getL1Fee(bytes)`.
OP_FEE_ORACLE = "0x420000000000000000000000000000000000000F"
_GET_L1_FEE = bytes.fromhex("49948e0e")


@dataclass(frozen=True)
class Price:
    """The fee fields of a transaction, and in wei what one gas costs at most, and costs now."""

    fields: dict[str, int]
    per_gas: int
    likely: int


def price(connection: Connection, head: Block | None = None) -> Price:
    """What to offer now; EIP-1559 leaves room for the base fee to double (six full blocks)."""
    head = head or connection.block()
    if head.base_fee is None:
        proposed = connection.gas_price()
        return Price({"gasPrice": proposed}, proposed, proposed)
    tip = min(_tip(connection), max(MAX_TIP, 2 * head.base_fee))
    most = 2 * head.base_fee + tip
    fields = {"type": 2, "maxFeePerGas": most, "maxPriorityFeePerGas": tip}
    return Price(fields, most, head.base_fee + tip)


def _tip(connection: Connection) -> int:
    try:
        return connection.priority_fee()
    except NodeRefused:  # not every node proposes one
        pass
    try:
        paid = [tip for tip in connection.recent_tips(TIP_BLOCKS) if tip]
    except ChainError:
        paid = []
    return median_low(paid) if paid else FALLBACK_TIP


def data_fee(connection: Connection, data: bytes) -> int:
    """What a rollup of the OP stack takes for publishing `data`, in wei; 0 on other chains.

    Other rollups count it as gas, so that an estimate of gas contains it.
    """
    if not connection.code(OP_FEE_ORACLE):
        return 0
    call = _GET_L1_FEE + encode([{"type": "bytes"}], [data], "getL1Fee")
    try:
        return int.from_bytes(connection.call(OP_FEE_ORACLE, call)[:32], "big")
    except ChainError:
        return 0


def require_payable(connection: Connection, gas: int, price: Price) -> None:
    """Raises `ChainError` if `gas` may cost more than the connection's `max_fee`."""
    most = gas * price.per_gas
    if most > connection.max_fee:
        raise ChainError(
            f"the transaction may cost up to {format_amount(most)} {connection.currency} ({gas} "
            f"gas at {price.per_gas} wei), more than {format_amount(connection.max_fee)}, the most "
            "allowed: wait for lower fees, or raise the setting max_fee if that is little money"
        )
