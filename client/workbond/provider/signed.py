"""Whether a signed request could become a job now: by its signatures, and by the chain."""

from __future__ import annotations

from workbond.accounts.verify import Busy, Signed, Verifier
from workbond.chain import rules
from workbond.chain.answers import Block
from workbond.chain.market import Market
from workbond.chain.types import Request, State
from workbond.money import tokens
from workbond.orders.details import RequestDetails
from workbond.orders.envelope import SignedOrder
from workbond.provider.fit import Misfit, Refusal


def check_signed(
    market: Market, verifier: Verifier, order: SignedOrder, head: Block
) -> Refusal | None:
    """Why the market would refuse a match or a filling of the request in `order`, if it would.

    Args:
        market: the deployed market.
        verifier: of signatures made for it.
        order: a signed request.
        head: the latest block.
    """
    request = order.order
    assert isinstance(request, Request)
    try:
        signed = signatures_hold(market, verifier, order)
    except Busy:
        return Refusal(Misfit.RPC, "its signature can't be checked now", passing=True)
    if not signed:
        return Refusal(Misfit.SIGNATURE, f"requester {request.requester}")
    state = market.state_of(order.id)
    if state is State.CANCELLED:
        return Refusal(Misfit.REVOKED, "it was cancelled on the chain")
    if state is not State.NONE:
        return Refusal(Misfit.TAKEN, f"it is {state.label}")
    for field, value, least, most in rules.bounds(request, head.timestamp):
        if not least <= value <= most:
            return Refusal(Misfit.BOUNDS, f"{field} is {value}, the market takes {least} to {most}")
    account = market.account_of(request.requester)
    if account.counter != request.counter:
        detail = f"counter {request.counter}, its author's is {account.counter}"
        return Refusal(Misfit.REVOKED, detail, passing=request.counter > account.counter)
    needed = rules.match_escrow(request, rules.unit_price(request, head.timestamp + 1))
    if account.free < needed:
        return Refusal(
            Misfit.FUNDS,
            f"{tokens(needed)}, it has {tokens(account.free)}",
            passing=True,
            numbers={"missing": needed - account.free},
        )
    return None


def signatures_hold(market: Market, verifier: Verifier, order: SignedOrder) -> bool:
    """Whether an order is signed by its author, and what is said of it too (or by the author's
    delegate); raises `Busy` if that can't be told now."""
    author = order.author
    if verifier.check(author, order.struct_hash, order.signature) is Signed.NOT:
        return False
    said = order.details_hash, order.details_signature
    if verifier.is_by_key(author, *said):
        return True
    delegate = market.delegate_of(author)
    if delegate is not None and verifier.is_by_key(delegate, *said):
        return True
    # last, as strangers' orders can use up how often contracts are asked
    whose = (author,) if delegate is None else (author, delegate)
    return any(verifier.is_by_contract(who, *said) for who in whose)


def admitted_by(order: SignedOrder | None) -> tuple[str, ...]:
    """The providers that a signed request's list admits; none where there is no such list."""
    if order is None or not isinstance(order.details, RequestDetails):
        return ()
    return order.details.admitted
