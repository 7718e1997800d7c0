"""What the network charges a provider for a job, in the chain's gas coin (wei)."""

from __future__ import annotations

from workbond.chain.connection import Block, Connection, NodeRefused
from workbond.chain.transactions import GAS_MARGIN_PERCENT, MAX_PRIORITY_FEE

JOB_GAS = {"accept": 51_476, "submit": 36_683, "finalize": 48_157}
"""Of one honest job, as benchmarks/gas.py measures them."""
DEFAULT_TIP = 10**9  # wei per gas, where the node proposes none


def tip_now(connection: Connection) -> int:
    """The priority fee per gas that a transaction would offer now."""
    try:
        return min(connection.priority_fee(), MAX_PRIORITY_FEE)
    except NodeRefused:
        return DEFAULT_TIP


def job_fee(head: Block, tip: int) -> int:
    """What the transactions of a job cost at the present fees."""
    return sum(JOB_GAS.values()) * (head.base_fee + tip)


def job_reserve(head: Block, tip: int) -> int:
    """What must be there so that all of them can be sent: fees may double meanwhile."""
    gas = sum(JOB_GAS.values()) * (100 + GAS_MARGIN_PERCENT) // 100
    return gas * (2 * head.base_fee + tip)
