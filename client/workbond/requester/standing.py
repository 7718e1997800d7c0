"""Where a signed order stands by the chain, which alone decides; what books say is a hint.

standing = standing_of(desk, signed)
standing.code, standing.words
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from workbond.chain import rules
from workbond.chain.contract import topic
from workbond.chain.types import Offer, Request, State
from workbond.money import tokens
from workbond.orders import SignedOrder
from workbond.requester.desk import Desk
from workbond.words import duration, plural

JOBS_MAX = 1_000  # of an offer, that are listed


class Code(Enum):
    """What an order is good for now; the value is a short explanation."""

    WAITING = "it can be used"
    UNFUNDED = "the requester's free balance does not cover it now"
    UNSTAKED = "the provider's unlocked stake does not cover its largest bond now"
    MATCHED = "it became a job"
    POSTED = "it was posted, and waits for a provider"
    USED_UP = "it made as many jobs as it was signed for"
    CANCELLED = "its author cancelled it on the chain"
    COUNTER = "it was signed under another order counter than its author has now"
    CLOSED = "its time is over"
    FORGED = "its author did not sign it"

    @property
    def lives(self) -> bool:
        """Whether somebody may still bind its author by it, now or later."""
        return self in (Code.WAITING, Code.UNFUNDED, Code.UNSTAKED)


@dataclass(frozen=True)
class OrderStanding:
    """One order at chain time `now_s`.

    `left_s` are the seconds until its time is over; `uses` how many jobs it made, of `most`;
    `jobs` their ids, the latest first, as far as they were looked up.
    """

    code: Code
    words: str
    now_s: int
    left_s: int
    uses: int
    most: int
    jobs: tuple[bytes, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code.name,
            "words": self.words,
            "now": self.now_s,
            "seconds_left": self.left_s,
            "uses": self.uses,
            "max_uses": self.most,
            "jobs": ["0x" + job.hex() for job in self.jobs],
        }


def standing_of(desk: Desk, signed: SignedOrder) -> OrderStanding:
    """The order's standing now; raises `ChainError`."""
    order = signed.order
    if isinstance(order, Request):
        return _of_request(desk, signed.id, order)
    return _of_offer(desk, signed.id, order)


def checked_standing(desk: Desk, signed: SignedOrder) -> OrderStanding:
    """As `standing_of`, but of an order whose signature is not known to be its author's."""
    from workbond.accounts.verify import Busy, Signed, Verifier

    standing = standing_of(desk, signed)
    if not standing.code.lives:
        return standing
    verifier = Verifier(
        desk.market.connection, desk.market.address, contract_gas=rules.ERC1271_CALL_GAS
    )
    try:
        how = verifier.check(signed.author, signed.struct_hash, signed.signature)
    except Busy:
        return standing
    if how is not Signed.NOT:
        return standing
    words = "its signature is not its author's: nobody can use it"
    return replace(standing, code=Code.FORGED, words=words)


def _of_request(desk: Desk, job_id: bytes, request: Request) -> OrderStanding:
    state, now_s = desk.market.state_of(job_id), desk.now_s()
    left_s = max(0, request.open_until - now_s)
    account = desk.market.account_of(request.requester)
    needed = rules.match_escrow(request, rules.unit_price(request, now_s))
    uses = 0
    if state == State.NONE:
        if account.counter != request.counter:
            code, words = Code.COUNTER, _counter_words(account.counter, request.counter)
        elif left_s == 0:
            code, words = Code.CLOSED, "nobody matched it in time; nothing was locked"
        elif account.free < needed:
            code = Code.UNFUNDED
            words = (
                f"a match would lock {tokens(needed)} now, and {tokens(account.free)} are free: "
                "deposit more"
            )
        else:
            code, words = Code.WAITING, f"waits for a match, {duration(left_s)} left"
    elif state == State.OPEN:
        code, words = Code.POSTED, "it was posted, and waits for a provider"
    elif state == State.CANCELLED:
        code, words = Code.CANCELLED, "cancelled before it became a job"
    else:
        uses, code, words = 1, Code.MATCHED, f"it became a job, which is {state.label}"
    jobs = (job_id,) if state not in (State.NONE, State.CANCELLED) else ()
    return OrderStanding(code, words, now_s, left_s, uses, 1, jobs)


def _of_offer(desk: Desk, digest: bytes, offer: Offer) -> OrderStanding:
    market, now_s = desk.market, desk.now_s()
    used = market.offer_uses(digest)
    account = market.account_of(offer.provider)
    left_s = max(0, offer.valid_until - now_s)
    jobs = _jobs_of(desk, digest, offer.provider)
    uses = len(jobs) if used == rules.OFFER_REVOKED else used
    so_far = f"used {uses:,} of {plural(offer.max_jobs, 'time')}"
    if used == rules.OFFER_REVOKED:
        code, words = Code.CANCELLED, f"cancelled on the chain; {so_far}"
    elif used >= offer.max_jobs:
        code, words = Code.USED_UP, so_far
    elif account.counter != offer.counter:
        code, words = Code.COUNTER, _counter_words(account.counter, offer.counter)
    elif left_s == 0:
        code, words = Code.CLOSED, f"its time is over; {so_far}"
    elif account.unbonded < offer.max_bond:
        code = Code.UNSTAKED
        words = (
            f"{tokens(account.unbonded)} of the stake are unlocked, and it admits bonds up to "
            f"{tokens(offer.max_bond)}; {so_far}, {duration(left_s)} left"
        )
    else:
        code, words = Code.WAITING, f"{so_far}, {duration(left_s)} left"
    return OrderStanding(code, words, now_s, left_s, uses, offer.max_jobs, jobs)


def _jobs_of(desk: Desk, digest: bytes, provider: str) -> tuple[bytes, ...]:
    events = desk.market.events(
        desk.since_block,
        desk.head().number,
        names=["JobMatched"],
        topics=[None, None, topic(provider)],
    )
    ids = [bytes(event.args["id"]) for event in events if event.args["offer"] == digest]
    return tuple(ids[::-1][:JOBS_MAX])


def _counter_words(current: int, given: int) -> str:
    if given > current:
        return f"signed under order counter {given}, and its author's is {current}"
    return f"revoked: signed under order counter {given}, and its author raised it to {current}"
