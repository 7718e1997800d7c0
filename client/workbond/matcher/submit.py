"""From pairs to transactions: simulate each match, send batches, learn what was skipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from workbond.accounts import Signer
from workbond.accounts.verify import Verifier
from workbond.chain.abi import Event
from workbond.chain.answers import CallReverted
from workbond.chain.market import Market
from workbond.chain.orders import Pairing, match_batch
from workbond.chain.reverts import explain
from workbond.chain.rules import ERC1271_GAS
from workbond.chain.transactions import FailedInBlock, Receipt, Signed, send
from workbond.chain.types import Offer, Request
from workbond.errors import Reverted
from workbond.matcher.entry import Entry
from workbond.matcher.store import Store

OFFER_SIDE = ("TooLate", "OfferRevoked", "OfferUsedUp", "InsufficientStake", "StakeTooLow")
WALLET_GAS = ERC1271_GAS + 10_000
"""Spare gas for each wallet (ERC-1271): one can be thrifty while gas is estimated, and then burn
all that the market gives it, which must not starve what comes after."""
PENDING = "pending"  # the note under which a sent transaction is remembered


@dataclass(frozen=True)
class Matched:
    """A request's entry and the offer's that it goes to."""

    request: Entry
    offer: Entry


@dataclass(frozen=True)
class Setback:
    """A match that the market refused: `blamed` is the order to try less often."""

    pair: Matched
    blamed: bytes
    code: str
    text: str
    paid: bool = False

    @property
    def author(self) -> str:
        """Of the order that is blamed."""
        pair = self.pair
        return pair.offer.author if self.blamed == pair.offer.id else pair.request.author


@dataclass
class Outcome:
    """What became of some pairs."""

    done: list[Matched] = field(default_factory=list)
    setbacks: list[Setback] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)


class Submitter:
    """Submits matches for the tips.

    Args:
        market: where.
        signer: the matcher's account.
        store: remembers a transaction whose end is not known.
        verifier: tells signatures by keys from those by contracts.
    """

    def __init__(self, market: Market, signer: Signer, store: Store, verifier: Verifier) -> None:
        self._market, self._signer, self._store = market, signer, store
        self._verifier = verifier

    def is_waiting(self) -> bool:
        """Whether a transaction that an earlier turn or process sent may still land."""
        noted = self._store.note(PENDING)
        if noted is None:
            return False
        connection, tx_hash = self._market.connection, bytes.fromhex(noted)
        if connection.receipt(tx_hash) is None and connection.knows_transaction(tx_hash):
            return True
        self._store.put_note(PENDING, None)
        return False

    def submit(self, pairs: Sequence[Matched]) -> Outcome:
        """Sends those of `pairs` that the market would take now, in one transaction.

        But each whose order a contract signed goes alone: such a contract may say yes when asked,
        and in the block say no and take all the gas it gets. Then it has no second one sent.

        Raises:
            ChainError: the node fails, or the account has too little gas coin.
        """
        outcome = Outcome()
        good = []
        for pair in pairs:
            refused = self._simulated(pair)
            if refused is None:
                good.append(pair)
            else:
                outcome.setbacks.append(refused)
        keyed = [pair for pair in good if self._is_by_keys(pair)]
        keyed.sort(key=lambda pair: pair.offer.id)  # side by side they share an offer's bytes
        self._send(keyed, outcome)
        fickle: set[str] = set()
        for pair in good:
            authors = {pair.request.author, pair.offer.author}
            if not self._is_by_keys(pair) and not authors & fickle:
                self._send([pair], outcome)
                fickle |= {setback.author for setback in outcome.setbacks if setback.paid}
        return outcome

    def _alone(self, pair: Matched, failure: Reverted | FailedInBlock) -> Setback:
        if isinstance(failure, Reverted):
            return setback(pair, failure)
        # what can take more gas in the block than in the estimate is a contract's word
        by_contract = (order for order in (pair.request, pair.offer) if not self._is_by_key(order))
        blamed = next(by_contract, pair.request)
        return Setback(pair, blamed.id, type(failure).__name__, str(failure), paid=True)

    def _is_by_keys(self, pair: Matched) -> bool:
        return self._is_by_key(pair.request) and self._is_by_key(pair.offer)

    def _is_by_key(self, entry: Entry) -> bool:
        order = entry.order
        return self._verifier.is_by_key(order.author, order.struct_hash, order.signature)

    def _send(self, pairs: Sequence[Matched], outcome: Outcome) -> None:
        if not pairs:
            return
        try:
            receipt, events = self._transact(pairs)
        except (Reverted, FailedInBlock) as failure:
            # all of it: one entry may take more gas than a block has, so halves are tried
            if len(pairs) == 1:
                outcome.setbacks.append(self._alone(pairs[0], failure))
                return
            middle = len(pairs) // 2
            self._send(pairs[:middle], outcome)
            self._send(pairs[middle:], outcome)
            return
        skipped = self._skipped(events, pairs)
        outcome.receipts.append(receipt)
        outcome.setbacks += skipped
        out = {setback.pair.request.id for setback in skipped}
        outcome.done += [pair for pair in pairs if pair.request.id not in out]

    def _transact(self, pairs: Sequence[Matched]) -> tuple[Receipt, list[Event]]:
        """One batch. It is remembered while it is under way: killed meanwhile, we don't send the
        same matches again before it is known what became of it."""
        market = self._market
        data = market.abi.call_data("matchBatch", [match_batch(list(map(pairing, pairs)))])

        def remember(signed: Signed) -> None:
            self._store.put_note(PENDING, signed.hash.hex())

        orders = {order.id: order for pair in pairs for order in (pair.request, pair.offer)}
        receipt = send(
            market.connection,
            self._signer,
            market.address,
            data,
            spare_gas=WALLET_GAS * sum(not self._is_by_key(order) for order in orders.values()),
            before_sending=remember,
        )
        self._store.put_note(PENDING, None)
        own = [log for log in receipt.logs if log.address == market.address]
        return receipt, [market.decode(log) for log in own]

    def _simulated(self, pair: Matched) -> Setback | None:
        """The match alone as a call at the latest block."""
        one = pairing(pair)
        data = self._market.abi.call_data(
            "matchOrders",
            [
                one.request.to_tuple(),
                one.request_signature,
                one.offer.to_tuple(),
                one.offer_signature,
                one.proof,
            ],
        )
        connection, sender = self._market.connection, self._signer.address
        try:
            connection.call(self._market.address, data, sender=sender)
        except CallReverted as refusal:
            return setback(pair, explain(refusal))
        return None

    def _skipped(self, events: Sequence[Event], pairs: Sequence[Matched]) -> list[Setback]:
        found = []
        for event in events:
            if event.name != "EntrySkipped" or event.args["entry"] >= len(pairs):
                continue
            refusal = explain(CallReverted("the entry was skipped", event.args["reason"]))
            found.append(setback(pairs[event.args["entry"]], refusal, paid=True))
        return found


def pairing(pair: Matched) -> Pairing:
    """The pair as the market takes it."""
    request, offer = pair.request.order, pair.offer.order
    assert isinstance(request.order, Request)
    assert isinstance(offer.order, Offer)
    proof = request.proof_for(offer.author)
    return Pairing(request.order, request.signature, offer.order, offer.signature, proof)


def setback(pair: Matched, refusal: Reverted, *, paid: bool = False) -> Setback:
    """Whose fault a refused match is: what the error names, else the request's."""
    named = {value for value in refusal.values if isinstance(value, bytes | str)}
    offer = pair.offer
    at_offer = refusal.name in OFFER_SIDE or offer.id in named or offer.author in named
    if pair.request.id in named or pair.request.author in named:
        at_offer = False
    blamed = offer.id if at_offer else pair.request.id
    return Setback(pair, blamed, refusal.name, str(refusal), paid)
