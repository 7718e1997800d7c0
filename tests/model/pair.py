"""Model and contracts side by side: every call goes to both, and everything visible must agree."""

import random
from dataclasses import dataclass

from .audit import Audit
from .calls import Call, Outcome, address_of, ask_model, show
from .chain import CHAIN_ID, Chain
from .erc20 import Token
from .market import Market
from .rules import SINK
from .words import Account

START = 1_800_000_000  # seconds; any time
SUPPLY = 2**97  # twice what the market can hold
UNLIMITED = 2**256 - 1
BANK = address_of("bank")
ACTORS = tuple(address_of(name) for name in ("ann", "ben", "cat", "dan", "eve"))
PASSER_BY = address_of("passer-by")  # owns nothing, may end what is over
OUTSIDER = address_of("outsider")  # owns nothing, tries everything
EVERYBODY = (*ACTORS, PASSER_BY, OUTSIDER)


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
        self.chain = Chain(START, BANK, SUPPLY, stage.cooldown_s)
        token = Token(SUPPLY, BANK)
        self.model = model_class(self.chain.market, token, stage.cooldown_s, CHAIN_ID)
        self.audit = Audit()
        self.donated = 0
        self.watched = (*EVERYBODY, SINK)
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
        accounts = self.compare_storage()
        try:
            for event in actual.events:
                self.audit.read(event)
            self.audit.check(self.chain.balance(self.chain.market), self.donated, accounts)
        except AssertionError as broken:
            raise Divergence(f"invariant: {broken}") from broken
        return actual

    def compare_storage(self) -> dict[str, Account]:
        """Every account, every token balance, every job's slot; returns the accounts."""
        accounts = {owner: self.chain.account(owner) for owner in self.watched}
        for owner, account in accounts.items():
            self.same(owner, self.model.accounts[owner], account)
        for owner in (*self.watched, self.chain.market):
            balance = self.model.token.balances[owner]
            self.same(f"tokens of {owner}", balance, self.chain.balance(owner))
        for id_, record in self.model.records.items():
            expected = (record.state, record.hash)
            self.same(f"slot of {show(id_)}", expected, self.chain.slot(id_))
        return accounts

    def same(self, what: str, expected: object, actual: object) -> None:
        if expected != actual:
            raise Divergence(f"{what}\n    model:    {expected}\n    contract: {actual}")
