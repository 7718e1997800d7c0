"""Getting a signed request that a book lists, once all it names is here and compiled.

    for us alone        execute first, then fill and claim in one transaction
    anybody may have it sign an offer for exactly it, for the books to match; if nobody does while
                        it is valid (`fill_after_s`), fill it ourselves
    only its matcher    the offer, and no more

One deal at a time: an offer may bind the machine until its time is over, whatever became of the
request that it was made for, so nothing else is begun before.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from workbond.accounts.signer import Signer
from workbond.accounts.verify import Verifier
from workbond.chain.answers import Block
from workbond.chain.market import Market
from workbond.chain.types import ZERO_ADDRESS, Offer, State
from workbond.errors import AuthError, TimedOut
from workbond.jobs import JobRecord
from workbond.money import tokens
from workbond.orders.details import OfferDetails
from workbond.orders.envelope import SignedOrder
from workbond.orders.signing import sign_offer
from workbond.provider.binder import Binder
from workbond.provider.board import Board
from workbond.provider.fit import Misfit, Refusal
from workbond.provider.journal import Journal
from workbond.provider.offering import bound_offer, standing_offer
from workbond.provider.pledges import Pledges
from workbond.provider.signed import admitted_by, check_signed
from workbond.provider.terms import FILL_AFTER_S, SUBMIT_S, Terms
from workbond.provider.work import Sealed
from workbond.words import duration

MATCHER_FOR_S = 120  # an offer where only the named matcher can do something
STANDING_FOR_S = 600


@dataclass
class Deal:
    """One under way; `ends` is chain time. Then our offer is over, and we fill the request
    ourselves if we may; with `direct` it is executed first, until `sealed`.
    """

    record: JobRecord
    order: SignedOrder
    ends: int
    may_fill: bool = True
    direct: bool = False
    sealed: Sealed | None = None


class Deals:
    """At most one deal, and the offers that are out.

    Args:
        market: the deployed market.
        signer: the provider's account.
        board: knows signed requests, and what became of them.
        terms: the provider's.
        journal: told what happens.
        binder: sends what binds our stake.
        pledges: keeps our offers.
        verifier: checks signatures.
        details: what to say of the machine in an offer.
        fill_after_s: how long others have for matching; 0: no offer is made where we may fill.
    """

    def __init__(
        self,
        market: Market,
        signer: Signer,
        board: Board,
        terms: Terms,
        journal: Journal,
        binder: Binder,
        pledges: Pledges,
        verifier: Callable[[], Verifier],
        details: Callable[[], OfferDetails],
        fill_after_s: int = FILL_AFTER_S,
    ) -> None:
        self._market, self._signer, self._board = market, signer, board
        self._terms, self._journal, self._binder = terms, journal, binder
        self._pledges, self._details = pledges, details
        self._verifier, self._fill_after_s = verifier, fill_after_s
        self._vain: set[str] = set()  # requesters for whom we executed in vain
        self.current: Deal | None = None

    # ──────────────────────────────── judging ─────────────────────────────────

    def promised(self, head: Block) -> int:
        """Base units of stake that offers which are out can still lock."""
        return self._pledges.promised(head.timestamp)

    def admitted(self, job_id: bytes) -> tuple[str, ...]:
        """The providers that a signed request's list admits."""
        return admitted_by(self._board.order(job_id))

    def check(self, record: JobRecord, head: Block) -> Refusal | None:
        """Whether a signed request could become a job now; None for a posted one."""
        order = self._board.order(record.id)
        return None if order is None else check_signed(self._market, self._verifier(), order, head)

    # ──────────────────────────────── dealing ─────────────────────────────────

    def begin(self, record: JobRecord, head: Block) -> bool:
        """Begins to deal for a signed request that suits us and is here; returns whether it may
        become ours."""
        order, request = self._board.order(record.id), record.request
        assert order is not None
        refusal = self.check(record, head)
        if refusal is not None:
            if refusal.passing:
                self._binder.retries.failed(record.id)
            self._binder.refuse(record, refusal)
            return False
        may_fill = request.matcher == ZERO_ADDRESS
        alone = request.providers == bytes.fromhex(self._signer.address[2:]).rjust(32, b"\0")
        if may_fill and alone and request.requester not in self._vain:
            self.current = Deal(record, order, ends=request.open_until, direct=True)
            return True
        if may_fill and (alone or not self._fill_after_s):
            return self._fill(record, order)
        return self._offer(record, order, head, may_fill=may_fill)

    def tend(self, head: Block) -> None:
        """What the deal needs now."""
        deal = self.current
        if deal is None:
            return
        found = self._board.find(deal.record.id)
        if found is None or found.state is not State.OPEN:  # ours, another's, or withdrawn
            self.current = None
            if deal.direct and (found is None or not found.state.is_live):
                self._vain.add(deal.record.request.requester)
        elif deal.direct:
            if deal.sealed is not None:
                self.current = None
                if not self._fill(found, deal.order, deal.sealed):
                    self._vain.add(found.request.requester)
            elif head.timestamp + SUBMIT_S >= deal.ends:
                self.current = None
                self._binder.refuse(found, Refusal(Misfit.CLOSED, "before it was done"))
        elif head.timestamp >= deal.ends:
            self.current = None
            if deal.may_fill and head.timestamp < found.request.open_until:
                self._fill(found, deal.order)
                return
            again = self._binder.retries.failed(found.id)
            self._binder.refuse(
                found, Refusal(Misfit.UNMATCHED, "our offer is over", passing=again)
            )

    def executed(self, job_id: bytes, sealed: Sealed | None, problem: str = "") -> None:
        """Takes the result of a job that is executed before it is ours."""
        deal = self.current
        if deal is None or deal.record.id != job_id:
            return
        if sealed is not None:
            deal.sealed = sealed
            return
        self.current = None
        again = self._binder.retries.failed(job_id)
        self._binder.refuse(deal.record, Refusal(Misfit.MACHINE, problem, passing=again))

    @property
    def to_execute(self) -> JobRecord | None:
        """A job that is to be executed before it is ours."""
        deal = self.current
        return deal.record if deal is not None and deal.direct and deal.sealed is None else None

    def _fill(self, record: JobRecord, order: SignedOrder, sealed: Sealed | None = None) -> bool:
        request, signature = record.request, order.signature
        if sealed is None:
            proof = order.proof_for(self._signer.address)
            return self._binder.bind(
                record, lambda: self._market.fill(self._signer, request, signature, proof)
            )
        seal, manifest = sealed.seal, sealed.manifest
        return self._binder.bind(
            record,
            lambda: self._market.fill_and_claim(self._signer, request, signature, seal, manifest),
        )

    # ───────────────────────────────── offers ─────────────────────────────────

    def _offer(self, record: JobRecord, order: SignedOrder, head: Block, *, may_fill: bool) -> bool:
        lasts_s = self._fill_after_s if may_fill else MATCHER_FOR_S
        ends = min(record.request.open_until - 1, head.timestamp + lasts_s)
        provider = self._signer.address
        counter = self._market.account_of(provider).counter
        offer = bound_offer(record.request, self._terms, provider, counter, ends, os.urandom(32))
        try:
            signed = self._sign(offer)
        except (AuthError, TimedOut) as error:
            self._binder.retries.failed(record.id)
            self._binder.refuse(record, Refusal(Misfit.SIGNER, str(error), passing=True))
            return False
        self._pledges.add(signed, head.timestamp)
        self.current = Deal(record, order, ends, may_fill)
        self._journal.say(
            f"job 0x{record.id.hex()}: offered for it at the books, for "
            f"{duration(ends - head.timestamp)}",
            "OFFERED",
            job=record.id,
            numbers={"offer": f"0x{signed.id.hex()}", "valid_until": ends},
        )
        return True

    def offer_standing(self, head: Block) -> None:
        """An offer for any spec, unless one is out; raises `AuthError` or `TimedOut`."""
        if self._pledges.open(head.timestamp):
            return
        account = self._market.account_of(self._signer.address)
        ends = head.timestamp + STANDING_FOR_S
        offer = standing_offer(
            self._terms,
            self._signer.address,
            account.unbonded,
            account.counter,
            ends,
            os.urandom(32),
        )
        signed = self._sign(offer)
        self._pledges.add(signed, head.timestamp)
        self._journal.say(
            f"a standing offer is out for {duration(STANDING_FOR_S)}: one job of any spec, bond up "
            f"to {tokens(offer.max_bond)}",
            "OFFERED",
            numbers={
                "offer": f"0x{signed.id.hex()}",
                "valid_until": ends,
                "max_bond": str(offer.max_bond),
            },
        )

    def _sign(self, offer: Offer) -> SignedOrder:
        chain_id, market = self._market.connection.chain_id, self._market.address
        return sign_offer(self._signer, offer, chain_id, market, self._details())
