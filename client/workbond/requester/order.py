"""From a job file to the request that goes on the chain, and what it will cost."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from workbond.chain import rules
from workbond.chain.market import Market
from workbond.chain.refusals import InsufficientFree
from workbond.chain.transactions import Fee
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Account, Request, encoded
from workbond.errors import UsageError
from workbond.executor.profile import PROFILE_ID
from workbond.jobfile import JobFile
from workbond.money import format_amount, tokens
from workbond.requester.judged import door_of

# The block that takes the posting in comes after the one whose time is read; Ethereum's blocks are
# 12 s apart. The job file's durations count from then, so that none is cut short.
POSTING_MARGIN_S = 15


@dataclass(frozen=True)
class Cost:
    """What posting a job locks, in base units; what isn't used comes back."""

    flat: int
    units: int
    """The most that metered units can cost."""
    tip: int
    """Comes back when a provider accepts the posted job: nobody matched it."""
    case_fee: int = 0
    """Comes back unless it pays for a case."""

    @property
    def escrow(self) -> int:
        return self.flat + self.units + self.tip + self.case_fee


def with_tip(job: JobFile, tip: int) -> JobFile:
    """The job with another tip; raises `UsageError` if the market would refuse it."""
    most = job.price.bond // rules.MAX_TIP_SHARE
    if tip > most:
        raise UsageError(
            f"a tip of {tokens(tip)} is more than 1/{rules.MAX_TIP_SHARE} of the bond: give at "
            f"most {tokens(most)}, or raise the bond"
        )
    return job.model_copy(update={"price": job.price.model_copy(update={"tip": tip})})


def cost_of(job: JobFile) -> Cost:
    """The itemised escrow of `job`; its sum is `rules.escrow` of the request."""
    flat, tip = job.price.flat, job.price.tip
    return Cost(flat, job.max_payment - flat, tip, door_of(job).case_fee)


def make_request(
    job: JobFile,
    spec: bytes,
    requester: str,
    counter: int,
    now_s: int,
    salt: bytes,
    *,
    providers: bytes | None = None,
    matcher: str = ZERO_ADDRESS,
) -> Request:
    """The request for `job`.

    Args:
        job: the job file, its judging settled (`workbond.requester.judged`); as it comes from disk
            nobody judges it, unless it says more of that.
        spec: SHA-256 of the spec's bytes.
        requester: who posts it.
        counter: the requester's order counter on the chain.
        now_s: timestamp of the latest block.
        salt: 32 random bytes, so that the same job can be posted twice.
        providers: who may be its provider, where that is not what the job file says.
        matcher: of a request that is to be signed, the only one that may match it.
    """
    posted_s = now_s + POSTING_MARGIN_S
    open_until_s = min(posted_s + job.timing.open_for_s, now_s + rules.MAX_OPEN_FOR_S)
    ramp_start_s = min(posted_s, open_until_s)
    door = door_of(job)
    return Request(
        requester=requester,
        spec=spec,
        profile=PROFILE_ID,
        tasks=job.tasks,
        flat=job.price.flat,
        min_unit_price=job.min_unit_price,
        max_unit_price=job.price.max_unit_price,
        ramp_start=ramp_start_s,
        ramp_end=min(ramp_start_s + job.ramp_s, open_until_s),
        max_units=job.max_units,
        bond=job.price.bond,
        min_stake=job.price.min_stake,
        tip=job.price.tip,
        open_until=open_until_s,
        run_for=job.timing.run_for_s,
        challenge_for=job.timing.challenge_for_s,
        resolver=door.resolver,
        policy=door.policy,
        case_for=door.case_for,
        case_fee=door.case_fee,
        demand_fee=job.price.demand_fee,
        providers=_only_provider(job.providers) if providers is None else providers,
        matcher=matcher,
        counter=counter,
        salt=salt,
    )


def check_funds(owner: str, account: Account, needed: int) -> None:
    """Raises `InsufficientFree` if the free balance does not cover `needed` base units."""
    if account.free >= needed:
        return
    missing = format_amount(needed - account.free)
    raise InsufficientFree(
        f"the job locks {tokens(needed)}, but account {owner} has {format_amount(account.free)} "
        f"free: `workbond account deposit {missing}` first",
        "InsufficientFree",
        (owner, account.free, needed),
    )


def posting_fee(market: Market, owner: str, job: JobFile, gateway: str) -> Fee:
    """The most gas coin that posting `job` could cost `owner` now.

    Raises:
        Reverted: the market would refuse the request; told before anything is asked or signed.
        ChainError: too little gas coin, or the node fails.
    """
    counter, now_s = market.account_of(owner).counter, market.connection.now_s()
    spec, salt = secrets.token_bytes(32), secrets.token_bytes(32)  # as long as the real ones
    request = make_request(job, spec, owner, counter, now_s, salt)
    return market.fee(owner, "post", request.to_tuple(), gateway)


def _only_provider(address: str | None) -> bytes:
    """The request's `providers`: one address, or zero for anybody."""
    return ZERO_WORD if address is None else encoded(address)
