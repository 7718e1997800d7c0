"""Orders that strangers send: checked against the chain, cheapest first, then put in the book."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import NoReturn

from workbond.accounts.verify import Busy, Verifier
from workbond.chain import rules
from workbond.chain.market import Market
from workbond.chain.types import ZERO_ADDRESS, Request
from workbond.errors import ChainError
from workbond.matcher.book import Book
from workbond.matcher.codes import Code, Refusal, Refused
from workbond.matcher.entry import Entry, Verdict
from workbond.matcher.ledger import Ledger
from workbond.matcher.limits import Rates
from workbond.matcher.terms import Terms
from workbond.matcher.truth import Truth, names_other_matcher
from workbond.matcher.upkeep import Upkeep
from workbond.money import tokens
from workbond.orders.envelope import SignedOrder, Withdrawal
from workbond.orders.listing import OrderState

DETAILS_AHEAD_S = 600  # by which an author's clock may be ahead of ours and the chain's
_ENDED = {
    Code.EXPIRED: Refusal.EXPIRED,
    Code.REVOKED: Refusal.COUNTER,
    Code.CANCELLED: Refusal.CANCELLED,
    Code.MATCHED: Refusal.USED,
    Code.POSTED: Refusal.USED,
    Code.USED_UP: Refusal.USED,
}


class Intake:
    """Takes orders and withdrawals. Usable from several threads.

    Args:
        market: whose orders.
        matcher: who submits the matches.
        terms: the operator's.
        book, ledger, truth, upkeep: of the same market.
        verifier: checks signatures.
    """

    def __init__(
        self,
        market: Market,
        matcher: str,
        terms: Terms,
        book: Book,
        ledger: Ledger,
        truth: Truth,
        upkeep: Upkeep,
        verifier: Verifier,
    ) -> None:
        self._chain_id, self._market = market.connection.chain_id, market.address
        self._matcher, self._terms = matcher, terms
        self._book, self._ledger, self._truth = book, ledger, truth
        self._upkeep, self._verifier = upkeep, verifier
        self._rates = Rates(terms.orders_per_minute)

    def take(self, order: SignedOrder) -> tuple[Entry, bool]:
        """The order's entry, and whether it is new.

        Raises:
            Refused: with a code, and a line that says what to do.
            BookError: the database fails.
        """
        head = self._upkeep.head
        if head is None:
            raise Refused(
                Refusal.LATER,
                f"the book still reads the chain, now at block {self._upkeep.block:,}: try again "
                "soon",
            )
        self._check_place(order)
        self._check_terms(order, head.timestamp)
        known = self._book.find(order.id)
        if known is not None and known.code != Code.PUSHED_OUT:
            return self._known(known, order, head.timestamp), False
        self._check_signatures(order, head.timestamp)
        self._count(order.author)
        verdict = self._verdict(order, head.timestamp)
        if verdict.state in (OrderState.USED, OrderState.ENDED):
            self._refuse_ended(verdict)
        if known is not None:  # it was pushed out, and there may be room again
            block, now_s = head.number, head.timestamp
            entry = self._book.revise(
                order.id, lambda old: _back(old, order, verdict, block, now_s)
            )
        else:
            entry = self._book.add(order, head.timestamp, verdict, head.number)
        self._upkeep.look_again(order.id)
        return self._book.find(order.id) or entry, True

    def withdraw(self, withdrawal: Withdrawal) -> Entry:
        """Ends an order in this book at its author's word.

        Raises:
            Refused: it isn't here, or the word is not its author's.
        """
        entry = self._book.find(withdrawal.order)
        if entry is None:
            raise Refused(Refusal.UNKNOWN, f"order 0x{withdrawal.order.hex()} is not in this book")
        author = entry.author
        if not self._holds(author, withdrawal.struct_hash, withdrawal.signature, delegate=True):
            raise Refused(
                Refusal.SIGNATURE, f"the withdrawal is not signed by {author}: sign it anew"
            )
        if entry.is_live or entry.code == Code.PUSHED_OUT:
            return self._book.revise(entry.id, lambda old: old.ended(Code.WITHDRAWN))
        return entry

    def _known(self, entry: Entry, order: SignedOrder, now_s: int) -> Entry:
        """Sent again: later details replace those that are here."""
        if entry.code == Code.WITHDRAWN:
            raise Refused(
                Refusal.WITHDRAWN,
                "its author withdrew this order from the book: sign another, with another salt",
            )
        if not entry.is_live:
            self._refuse_ended(Verdict(entry.state, entry.code))
        entry = self._signed_anew(entry, order)
        if order.details == entry.order.details:
            return entry
        if order.details.issued <= entry.order.details.issued:
            raise Refused(
                Refusal.STALE_DETAILS,
                f"the book has details of {entry.order.details.issued} (Unix seconds), which are "
                f"not older than these of {order.details.issued}: sign new ones",
            )
        self._check_details(order, now_s)
        self._count(order.author)
        return self._book.revise(entry.id, lambda old: _with_later(old, order))

    def _signed_anew(self, entry: Entry, order: SignedOrder) -> Entry:
        """A contract may have changed its mind of the signature that is here, which perhaps a
        stranger sent; then another that it holds to now takes its place."""
        author, signature = order.author, order.signature
        kept = entry.order.signature
        if signature == kept or self._verifier.is_by_key(author, order.struct_hash, kept):
            return entry
        if not self._holds(author, order.struct_hash, signature):
            return entry
        self._count(author)
        return self._book.revise(
            entry.id, lambda old: replace(old, order=replace(old.order, signature=signature))
        )

    def _check_place(self, order: SignedOrder) -> None:
        if order.chain_id != self._chain_id:
            raise Refused(
                Refusal.CHAIN,
                f"the order is for chain {order.chain_id}, this book for chain {self._chain_id}",
            )
        if order.market != self._market:
            raise Refused(
                Refusal.MARKET,
                f"the order is for the market {order.market}, this book for {self._market}",
            )
        if names_other_matcher(order.order, self._matcher):
            raise Refused(
                Refusal.MATCHER,
                f"only the matcher {order.order.matcher} may match it, this book's is "
                f"{self._matcher}",
            )

    def _check_terms(self, order: SignedOrder, now_s: int) -> None:
        struct = order.order
        if not isinstance(struct, Request):
            if not struct.max_jobs:
                raise Refused(Refusal.BOUNDS, "maxJobs is 0: the offer is good for no job")
            if now_s >= struct.valid_until:
                self._refuse_ended(Verdict(OrderState.ENDED, Code.EXPIRED))
            return
        if now_s >= struct.open_until:
            self._refuse_ended(Verdict(OrderState.ENDED, Code.EXPIRED))
        for field, value, low, high in rules.bounds(struct, now_s):
            if not low <= value <= high:
                raise Refused(
                    Refusal.BOUNDS,
                    f"{field} is {value} but must lie in {low}..{high}: the market would refuse it",
                )
        if struct.tip < self._terms.min_tip:
            raise Refused(
                Refusal.TIP,
                f"the tip is {tokens(struct.tip)}, this book takes requests from "
                f"{tokens(self._terms.min_tip)} on",
            )

    def _check_signatures(self, order: SignedOrder, now_s: int) -> None:
        if not self._holds(order.author, order.struct_hash, order.signature):
            raise Refused(
                Refusal.SIGNATURE,
                f"the order is not signed by {order.author}: sign it with that account, for chain "
                f"{self._chain_id} and the market {self._market}",
            )
        self._check_details(order, now_s)

    def _check_details(self, order: SignedOrder, now_s: int) -> None:
        latest_s = max(now_s, int(time.time())) + DETAILS_AHEAD_S
        if order.details.issued > latest_s:  # nobody could replace them for long
            raise Refused(
                Refusal.STALE_DETAILS,
                f"the details were issued at {order.details.issued}, later than {latest_s}: check "
                "the clock of the machine that signed them",
            )
        hashed, signature = order.details_hash, order.details_signature
        if not self._holds(order.author, hashed, signature, delegate=True):
            raise Refused(
                Refusal.DETAILS_SIGNATURE,
                f"the details are not signed by {order.author} or its delegate: sign them anew",
            )

    def _holds(
        self, author: str, struct_hash: bytes, signature: bytes, *, delegate: bool = False
    ) -> bool:
        """Whether `author` signed; with `delegate`, that one's word counts too."""
        try:
            whose, said = [author], (struct_hash, signature)
            if self._verifier.is_by_key(author, *said):
                return True
            if delegate and (other := self._truth.delegate(author)) != ZERO_ADDRESS:
                whose.append(other)
                if self._verifier.is_by_key(other, *said):
                    return True
            # last, as strangers can use up how often contracts are asked
            return any(self._verifier.is_by_contract(who, *said) for who in whose)
        except Busy as error:
            raise Refused(
                Refusal.LATER, f"the contract at {author} can't be asked now: send it later"
            ) from error
        except ChainError as error:
            raise self._unread(error) from error

    def _verdict(self, order: SignedOrder, now_s: int) -> Verdict:
        try:
            return self._truth.verdict(order, self._ledger.of(order.author), now_s)
        except ChainError as error:
            raise self._unread(error) from error

    def _count(self, author: str) -> None:
        """After the signatures were checked: strangers must not use up an author's rate."""
        if not self._rates.admit(author):
            raise Refused(
                Refusal.RATE,
                f"{author} sends more than {self._terms.orders_per_minute} orders a minute: send "
                "the others later",
                self._rates.retry_s,
            )

    @staticmethod
    def _unread(error: ChainError) -> Refused:
        return Refused(Refusal.LATER, f"the chain can't be read now, send it later: {error}")

    @staticmethod
    def _refuse_ended(verdict: Verdict) -> NoReturn:
        code = Code(verdict.code)
        refusal = _ENDED.get(code, Refusal.USED)
        raise Refused(refusal, f"the order can't be used any more: {code.text}")


def _back(entry: Entry, order: SignedOrder, verdict: Verdict, block: int, now_s: int) -> Entry:
    """An order that was pushed out, sent again: perhaps by a stranger who has old details of it."""
    if entry.code != Code.PUSHED_OUT:  # another thread was quicker
        return entry
    if order.details.issued < entry.order.details.issued:
        order = order.with_details(entry.order)
    return replace(entry, order=order).judged(verdict, block, now_s)


def _with_later(entry: Entry, order: SignedOrder) -> Entry:
    """With the details of `order`, unless another thread put later ones there meanwhile."""
    if order.details.issued <= entry.order.details.issued:
        return entry
    return replace(entry, order=entry.order.with_details(order))
