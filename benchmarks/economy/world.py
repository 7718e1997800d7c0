"""The model of the contracts, with its audit listening to every call."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any

from eth_utils.address import to_checksum_address
from tests.model import words
from tests.model.audit import Audit
from tests.model.erc20 import Token
from tests.model.errors import error_name
from tests.model.hashing import job_id, offer_digest
from tests.model.keys import address_of, key_of, sign
from tests.model.market import Market

from workbond.chain.types import Offer, Request
from workbond.matcher.engine.types import Standing

from .scale import COOLDOWN_S

BANK, MARKET = address_of("bank"), address_of("market")
MATCHER, KEEPER = key_of("matcher"), key_of("keeper")
SUPPLY = 10**27
BLOCK_S = 12
FOR_EVER = 2**256 - 1

checksummed = cache(to_checksum_address)


class World:
    """The market, and what anybody can read from its events.

    Args:
        start_s: the time of its first block.
    """

    def __init__(self, start_s: int) -> None:
        self.token = Token(SUPPLY, BANK)
        self.market = Market(MARKET, self.token, COOLDOWN_S, chain_id=1)
        self.audit = Audit()
        self.now_s = start_s
        self.calls: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()  # entries of batches, by error
        self.settled: Counter[str] = Counter()  # jobs by provider
        self.failed: Counter[str] = Counter()
        self.running: Counter[str] = Counter()
        self.listeners: defaultdict[str, list[Callable[..., None]]] = defaultdict(list)
        self._names: dict[str, str] = {}

    def call(self, function: str, caller: str, *args: object) -> list[tuple[object, ...]]:
        """A transaction at `now_s`; its events. A refusal is a mistake of the simulation."""
        self.market.begin(self.now_s, self.now_s // BLOCK_S)
        getattr(self.market, function)(caller, *args)
        self.calls[function] += 1
        for event in self.market.events:
            self.audit.read(event)
            self._count(event)
            for listener in self.listeners[str(event[0])]:
                listener(*event[1:])
        return self.market.events

    def check(self) -> None:
        """Every invariant that the audit knows, over the whole ledger."""
        held = self.token.balances[MARKET]
        self.audit.check(held, 0, dict(self.market.accounts))
        self.audit.check_jobs(self.market)

    # ───────────────────────────────── accounts ──────────────────────────────

    def account(self, name: str) -> str:
        """The address of a new account, which trusts the market with its tokens."""
        address = key_of(name)
        self._names[address] = name
        self.token.approve(address, MARKET, FOR_EVER)
        return address

    def deposit(self, owner: str, amount: int) -> None:
        """New tokens for an account, paid in at once."""
        self.token.transfer(BANK, owner, amount)
        self.call("deposit", owner, amount)

    def free(self, owner: str) -> int:
        return self.market.accounts[owner].free

    def unbonded(self, owner: str) -> int:
        account = self.market.accounts[owner]
        return account.staked - account.bonded

    def standings(self) -> dict[str, Standing]:
        """What a matcher knows of everybody, from balances and events."""
        return {
            checksummed(owner): Standing(
                staked=account.staked,
                unbonded=account.staked - account.bonded,
                free=account.free,
                live_jobs=self.running[owner],
                settled=self.settled[owner],
                failed=self.failed[owner],
            )
            for owner, account in self.market.accounts.items()
        }

    # ────────────────────────────────── orders ───────────────────────────────

    def signed_request(self, request: words.Request) -> tuple[bytes, bytes]:
        """The job's id, and its author's signature."""
        digest = job_id(self.market.domain, request)
        return digest, sign(self._names[request.requester], digest)

    def signed_offer(self, offer: words.Offer) -> tuple[bytes, bytes]:
        """The offer's digest, and its author's signature."""
        digest = offer_digest(self.market.domain, offer)
        return digest, sign(self._names[offer.provider], digest)

    def _count(self, event: tuple[object, ...]) -> None:
        match event:
            case ("JobMatched", _, _, provider, *_):
                self.running[str(provider)] += 1
            case ("JobClaimed", _, _, provider, *_):
                self.running[str(provider)] -= 1
            case ("JobSettled", _, _, provider, *_):
                self.settled[str(provider)] += 1
            case ("JobVoided", _, _, provider, reason, *_):
                self.failed[str(provider)] += 1
                if reason in (words.VoidReason.RELEASED, words.VoidReason.EXPIRED):
                    self.running[str(provider)] -= 1
            case ("EntrySkipped", _, _, bytes() as data):
                self.skipped[error_name(data)] += 1


def request_of(request: words.Request) -> Request:
    """In the client's words, which spell addresses with a checksum."""
    return Request(*map(_spelled, words.values_of(request)))


def offer_of(offer: words.Offer) -> Offer:
    return Offer(*map(_spelled, words.values_of(offer)))


def _spelled(value: Any) -> Any:
    return checksummed(value) if isinstance(value, str) else value
