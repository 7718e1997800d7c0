"""What the network charges a provider for a job, in the chain's own coin (wei)."""

from __future__ import annotations

from workbond.chain.fees import Price
from workbond.chain.measured import ACCEPT, FINALIZE, SUBMIT
from workbond.chain.transactions import GAS_MARGIN_PERCENT

JOB_GAS = {"accept": ACCEPT, "submit": SUBMIT, "finalize": FINALIZE}  # of one honest job


def job_fee(price: Price) -> int:
    """What the transactions of a job cost at the present fees."""
    return sum(JOB_GAS.values()) * price.likely


def job_reserve(price: Price) -> int:
    """What must be there so that all of them can be sent: fees may double meanwhile."""
    gas = sum(JOB_GAS.values()) * (100 + GAS_MARGIN_PERCENT) // 100
    return gas * max(price.per_gas, 2 * price.likely)
