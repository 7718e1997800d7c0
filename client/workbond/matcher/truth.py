"""What the chain says of an order: whether it can be used now, later, or never again."""

from __future__ import annotations

from workbond.chain import rules
from workbond.chain.connection import BlockId
from workbond.chain.market import Market
from workbond.chain.types import ZERO_ADDRESS, Account, Offer, Request, State
from workbond.chain.types import address as checked
from workbond.matcher.codes import Code
from workbond.matcher.entry import Entry, Verdict
from workbond.orders.envelope import SignedOrder
from workbond.orders.listing import OrderState


class Truth:
    """Reads the market about orders.

    Args:
        market: whose orders they are.
    """

    def __init__(self, market: Market) -> None:
        self._market = market

    def account(self, who: str, at: BlockId = "latest") -> Account:
        return self._market.account_of(who, at=at)

    def delegate(self, who: str) -> str:
        """Who may speak for `who` beside itself; the zero address: nobody."""
        return checked(str(self._market.read("delegateOf", who)[0]))

    def verdict(
        self, order: SignedOrder, account: Account, now_s: int, at: BlockId = "latest"
    ) -> Verdict:
        """Where `order` stands, its author's account being `account`."""
        if isinstance(order.order, Request):
            return judge_request(order.order, self._market.state_of(order.id, at), account, now_s)
        uses = int(self._market.read("offerUses", order.id, at=at)[0])
        return judge_offer(order.order, uses, account, now_s)


def judge_again(entry: Entry, account: Account, now_s: int) -> Verdict:
    """Where a live order stands that no event named, its author's account being `account` now: the
    chain need not be asked."""
    order = entry.order.order
    if isinstance(order, Request):
        return judge_request(order, State.NONE, account, now_s)
    return judge_offer(order, entry.uses, account, now_s)


def judge_request(request: Request, state: State, account: Account, now_s: int) -> Verdict:
    """Where a request stands whose job is in `state` and whose requester has `account`."""
    if state is State.CANCELLED:
        return Verdict(OrderState.ENDED, Code.CANCELLED)
    if state is State.OPEN:
        return Verdict(OrderState.USED, Code.POSTED)
    if state is not State.NONE:
        return Verdict(OrderState.USED, Code.MATCHED)
    passed = _timely(request.counter, account.counter, request.open_until, now_s)
    if passed is not None:
        return passed
    if account.free < rules.match_escrow(request, rules.unit_price(request, now_s)):
        return Verdict(OrderState.DORMANT, Code.UNFUNDED, backed=account.free > 0)
    return Verdict(backed=account.free > 0)


def judge_offer(offer: Offer, uses: int, account: Account, now_s: int) -> Verdict:
    """Where an offer stands that was used so often and whose provider has `account`."""
    if uses == rules.OFFER_REVOKED:
        return Verdict(OrderState.ENDED, Code.CANCELLED)
    if uses >= offer.max_jobs:
        return Verdict(OrderState.USED, Code.USED_UP, uses)
    passed = _timely(offer.counter, account.counter, offer.valid_until, now_s)
    if passed is not None:
        return Verdict(passed.state, passed.code, uses)
    if not account.staked and offer.max_bond:
        return Verdict(OrderState.DORMANT, Code.UNSTAKED, uses, backed=False)
    return Verdict(uses=uses, backed=account.staked > 0)


def names_other_matcher(order: Request | Offer, matcher: str) -> bool:
    """Whether only somebody else may submit a match of it."""
    return order.matcher not in (ZERO_ADDRESS, matcher)


def _timely(counter: int, current: int, ends_s: int, now_s: int) -> Verdict | None:
    if now_s >= ends_s:
        return Verdict(OrderState.ENDED, Code.EXPIRED)
    if counter < current:
        return Verdict(OrderState.ENDED, Code.REVOKED)
    if counter > current:
        return Verdict(OrderState.DORMANT, Code.COUNTER_AHEAD)
    return None
