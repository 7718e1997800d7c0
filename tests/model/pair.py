"""Model and contracts side by side: every call goes to both, and everything visible must agree."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from .audit import Audit
from .calls import Call, Outcome, ask_model, show
from .cast import ACTORS, BANK, EVERYBODY, ODD, WALLETS
from .chain import CHAIN_ID, Chain
from .erc20 import Token
from .market import Market
from .records import Record
from .rules import SINK
from .signers import Signers
from .words import NOBODY, Account

START = 1_800_000_000  # seconds; any time
SUPPLY = 2**97  # twice what the market can hold
COMPARE_ALL = 20  # calls after which all there ever was is compared
UNLIMITED = 2**256 - 1


class Divergence(AssertionError):
    """Model and contracts disagree, or an invariant is broken."""


@dataclass(frozen=True)
class Stage:
    """How an episode begins: who owns what, and the market's one parameter."""

    cooldown_s: int
    wealth: tuple[int, ...]  # tokens of each actor

    @classmethod
    def of(cls, seed: int) -> "Stage":
        """Poor, ordinary and absurdly rich actors; together more than a market may hold."""
        rng = random.Random(seed)
        rich = (2**96 - 1, 2**95, 10**24, 10**21, 10**7)
        return cls(rng.choice((0, 1, 600, 5 * 3600)), tuple(rng.sample(rich, len(rich))))


class Pair:
    """A fresh market on both sides. `perform` raises Divergence at the first difference."""

    def __init__(self, stage: Stage, model_class: type[Market] = Market) -> None:
        self.chain = Chain(START, BANK, SUPPLY, stage.cooldown_s, WALLETS)
        token = Token(SUPPLY, BANK, self.chain.token, CHAIN_ID)
        terms = (stage.cooldown_s, CHAIN_ID, Signers(WALLETS))
        self.model = model_class(self.chain.market, token, *terms)
        self.audit = Audit()
        self.donated = 0
        self.compared = 0
        self.records: dict[bytes, Record] = {}  # as compared last
        self.uses: dict[bytes, int] = {}
        self.watched = (*EVERYBODY, *(wallet.address for wallet in ODD[:2]), SINK)
        for owner, wealth in zip(ACTORS, stage.wealth, strict=True):
            self.setup("transfer", BANK, owner, wealth)
            self.setup("approve", owner, self.chain.market, UNLIMITED)

    def setup(self, function: str, caller: str, *args: object) -> None:
        self.perform(Call(function, caller, args, START, 1, contract="token"))

    def perform(self, call: Call) -> Outcome:
        """Make the call on both sides and compare all there is."""
        expected, actual = ask_model(self.model, call), self.chain.ask(call)
        self.same("outcome", expected, actual)
        if call.contract == "token" and call.function == "transfer" and not actual.refused:
            self.donated += call.args[1] if call.args[0] == self.chain.market else 0
        accounts = self.compare_storage(call)
        try:
            for event in actual.events:
                self.audit.read(event)
            self.audit.check(self.chain.balance(self.chain.market), self.donated, accounts)
            self.audit.check_jobs(self.model)
        except AssertionError as broken:
            raise Divergence(f"invariant: {broken}") from broken
        return actual

    def compare_storage(self, call: Call) -> dict[str, Account]:
        """Everybody's accounts and tokens, and what else the call could have changed; returns the
        accounts. Now and then everything."""
        accounts = {owner: self.chain.account(owner) for owner in self.watched}
        for owner, account in accounts.items():
            self.same(owner, self.model.accounts[owner], account)
        for owner in (*self.watched, self.chain.market):
            balance = self.model.token.balances[owner]
            self.same(f"tokens of {owner}", balance, self.chain.balance(owner))
        self.compared += 1
        if self.compared % COMPARE_ALL == 0:
            self.compare_all()
            return accounts
        self.compare_owner(call.caller)
        records = self.model.records
        self.compare_slots(i for i, r in records.items() if r.job or self.records.get(i) is not r)
        uses = self.model.offer_uses
        self.compare_offers([digest for digest in uses if uses[digest] != self.uses.get(digest)])
        self.records, self.uses = {**records}, {**uses}
        return accounts

    def compare_all(self) -> None:
        """Every owner, job and offer that there ever was."""
        for owner in self.watched:
            self.compare_owner(owner)
        self.compare_slots(self.model.records)
        self.compare_offers(self.model.offer_uses)

    def compare_owner(self, owner: str) -> None:
        delegate = self.model.delegates.get(owner, NOBODY)
        self.same(f"delegate of {owner}", delegate, self.chain.delegate(owner))
        permits = self.model.token.nonces[owner]
        self.same(f"permits of {owner}", permits, self.chain.nonce(owner))

    def compare_slots(self, ids: Iterable[bytes]) -> None:
        for id_ in ids:
            record = self.model.records[id_]
            self.same(id_, (record.state, record.hash), self.chain.slot(id_))

    def compare_offers(self, digests: Iterable[bytes]) -> None:
        for digest in digests:
            self.same(digest, self.model.offer_uses[digest], self.chain.uses(digest))

    def same(self, what: str | bytes, expected: object, actual: object) -> None:
        if expected != actual:
            raise Divergence(f"{show(what)}\n    model:    {expected}\n    contract: {actual}")
