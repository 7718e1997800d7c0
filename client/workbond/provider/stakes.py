"""What a provider puts at risk by running, and what running costs: figures to show before it."""

from __future__ import annotations

from dataclasses import dataclass

from workbond.chain import fees, rules
from workbond.chain.committee import Committee
from workbond.chain.market import Market
from workbond.chain.types import Account
from workbond.provider.gas import job_fee
from workbond.provider.terms import Terms


@dataclass(frozen=True)
class Stakes:
    """Balances at one moment.

    `gas` and `job_fee` are wei: what the operator has (the account itself, or its delegate), and
    what accept, submit and finalize of one job cost at present fees. `judged`: jobs are taken whose
    results somebody judges; `held` is what is free in the committee, from failed challenges.
    """

    address: str
    operator: str
    account: Account
    gas: int
    job_fee: int
    judged: bool = False
    held: int = 0

    @property
    def worst(self) -> int:
        """Base units that would be lost if every bond that the stake can cover had the worst end:
        void, or rejected where results are judged."""
        return self.account.staked * (100 if self.judged else rules.VOID_PERCENT) // 100

    @property
    def jobs_payable(self) -> int | None:
        """How many jobs the gas coin lasts for; None where transactions cost nothing."""
        return self.gas // self.job_fee if self.job_fee else None

    @property
    def released(self) -> str:
        low, high = rules.RELEASE_PERCENT, rules.RELEASE_PERCENT + rules.RELEASE_ELAPSED_PERCENT
        return f"-{low}% to -{high}%"

    @property
    def expired(self) -> str:
        return f"-{rules.EXPIRE_PERCENT}%"

    @property
    def voided(self) -> str:
        return f"-{rules.VOID_PERCENT}%"


def held_in(market: Market, committee: str, address: str) -> int:
    """What `address` has free in the committee at `committee`, which may be none (empty)."""
    if not committee:
        return 0
    return Committee(market.connection, committee).verifier_of(address).free


def read_stakes(
    market: Market, address: str, operator: str = "", terms: Terms | None = None
) -> Stakes:
    """The figures of the provider `address` now, whose transactions `operator` pays; `terms` say
    who may judge its results."""
    operator = operator or address
    connection = market.connection
    head = connection.block()
    return Stakes(
        address=address,
        operator=operator,
        account=market.account_of(address, at=head.number),
        gas=connection.balance(operator),
        job_fee=job_fee(fees.price(connection, head)),
        judged=terms is not None and bool(terms.committee or terms.resolvers),
        held=0 if terms is None else held_in(market, terms.committee, address),
    )
