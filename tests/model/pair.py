"""Model and contracts side by side: every call goes to both, and everything visible must agree."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from .audit import Audit
from .calls import Call, Outcome, ask_model, show
from .cast import ACTORS, BANK, EVERYBODY, ODD, WALLETS
from .chain import CHAIN_ID, Chain, Terms
from .committee.audit import PREFIX, CommitteeAudit
from .committee.blocks import Blocks
from .committee.verdicts import Committee
from .erc20 import Token
from .hashing import job_id
from .market import Market
from .records import Record
from .rules import DAY_S, SINK
from .signers import Signers
from .views import Views
from .watch import differences
from .words import Request

START = 1_800_000_000  # seconds; any time
YESTERDAY = START - DAY_S
SUPPLY = 2**97  # twice what the market can hold
COMPARE_ALL = 50  # calls after which all there ever was is compared
NAMING = ("set_delegate", "deposit_with_permit", "permit")
UNLIMITED = 2**256 - 1


class Divergence(AssertionError):
    """Model and contracts disagree, or an invariant is broken."""


class Classes(NamedTuple):
    """The model, right or wrong."""

    market: type[Market] = Market
    committee: type[Committee] = Committee


RIGHT = Classes()


@dataclass(frozen=True)
class Stage:
    """How an episode begins: who owns and stakes what, and the contracts' few parameters."""

    cooldown_s: int
    wealth: tuple[int, ...]  # tokens of each actor
    judged: bool = False  # is it about cases, mostly?
    min_stake: int = 0
    history: bool = True  # of block hashes
    forgetful: bool = False  # do so many blocks pass that most hashes are lost?
    stakes: tuple[int, ...] = ()  # in the committee since yesterday, of each actor

    @classmethod
    def of(cls, seed: int) -> "Stage":
        """Poor, ordinary and absurdly rich actors; together more than a market may hold."""
        rng = random.Random(seed)
        rich = (2**96 - 1, 2**95, 10**24, 10**21, 10**7)
        usual = cls(rng.choice((0, 1, 600, 5 * 3600)), tuple(rng.sample(rich, len(rich))))
        if seed % 2 == 0:
            return usual
        judging = cls.judging(usual, rng)
        return replace(judging, history=False, forgetful=True) if seed % 64 == 9 else judging

    @classmethod
    def judging(cls, usual: "Stage", rng: random.Random) -> "Stage":
        """Mostly all have the same, and each stakes some of it."""
        wealth = usual.wealth if rng.random() < 0.2 else (10 ** rng.choice((7, 12, 24)),) * 5
        most = min(min(wealth) // 4, sum(wealth) // 50)
        some = (0, rng.randint(1, most), most, most // 2, most // 100)
        some = some if rng.random() < 0.5 else (most // 2, most)
        scale = rng.choice((1, 1, 1, 10**3, 10**5))  # against the fees of seats
        stakes = [rng.choice(some) // scale for _ in wealth]
        staking = rng.random() < 0.9
        return cls(
            usual.cooldown_s,
            wealth,
            judged=True,
            min_stake=rng.choice((0, 1, 10**4)),
            history=rng.random() < 0.7,
            stakes=tuple(stakes if staking else ()),
        )


@contextmanager
def invariants() -> Iterator[None]:
    try:
        yield
    except AssertionError as broken:
        raise Divergence(f"invariant: {broken}") from broken


class Pair:
    """A fresh market on both sides. `perform` raises Divergence at the first difference."""

    def __init__(self, stage: Stage, classes: Classes = RIGHT, stride: int = 1) -> None:
        self.stage = stage
        self.stride = stride  # calls from one look at storage and invariants to the next
        terms = Terms(BANK, SUPPLY, stage.cooldown_s, stage.min_stake, stage.history)
        self.chain = Chain(YESTERDAY, terms, WALLETS)
        token = Token(SUPPLY, BANK, self.chain.token, CHAIN_ID)
        market_terms = (stage.cooldown_s, CHAIN_ID, Signers(WALLETS))
        self.model = classes.market(self.chain.market, token, *market_terms)
        blocks = Blocks(stage.history)
        self.committee = classes.committee(
            self.chain.committee, self.model, stage.min_stake, blocks
        )
        self.audit = Audit()
        self.books = CommitteeAudit(self.chain.committee, self.audit)
        self.donated = 0
        self.compared = 0
        self.records: dict[bytes, Record] = {}  # as compared last
        self.uses: dict[bytes, int] = {}
        self.watched = (*EVERYBODY, *(wallet.address for wallet in ODD[:2]), SINK)
        for owner, wealth in zip(ACTORS, stage.wealth, strict=True):
            self.setup("transfer", BANK, owner, wealth)
            self.setup("approve", owner, self.chain.market, UNLIMITED)
            self.setup("approve", owner, self.chain.committee, UNLIMITED)
        for owner, amount in zip(ACTORS, stage.stakes, strict=False):
            if amount >= max(stage.min_stake, 1):
                self.setup("deposit", owner, 2 * amount, contract="committee")
                self.setup("stake", owner, amount, contract="committee")
        if stage.judged:
            for owner, wealth in zip(ACTORS, stage.wealth, strict=True):
                some = min(wealth // 4, 2**93)
                self.setup("deposit", owner, some, contract="market")
                self.setup("stake", owner, some // 2, contract="market")
                self.setup("deposit", owner, some // 2, contract="committee")

    def setup(self, function: str, caller: str, *args: object, contract: str = "token") -> None:
        outcome = self.perform(Call(function, caller, args, YESTERDAY, 1, contract=contract))
        self.same(f"{function} by {caller}", None, outcome.refused)

    def perform(self, call: Call) -> Outcome:
        """Make the call on both sides and compare what came of it."""
        expected, answer = ask_model(self.committee, call), self.chain.ask(call)
        if not answer.says(expected):
            self.same("outcome", expected, answer.outcome())
            raise Divergence(f"the same outcome in other bytes: {answer}")
        if call.contract == "token" and call.function == "transfer" and not expected.refused:
            self.donated += call.args[1] if call.args[0] == self.chain.market else 0
        self.compared += 1
        with invariants():
            for event in expected.events:
                if not str(event[0]).startswith(PREFIX):
                    self.audit.read(event)
                self.books.read(event, call.at)
        if self.compared % self.stride == 0:
            self.look(call, bool(expected.refused))
        return expected

    def look(self, call: Call, refused: bool) -> None:
        """Compare storage, and hold both sides' money against the events."""
        self.compare_storage()
        if self.compared % COMPARE_ALL == 0:
            self.compare_all()
        if refused and self.stride == 1:
            return  # the EVM has undone what the call did, and there was none since the last look
        self.compare_views(call)
        with invariants():
            held = self.model.token.balances[self.chain.market]
            accounts = {owner: self.model.accounts[owner] for owner in self.owners}
            self.audit.check(held, self.donated, accounts)
            self.audit.check_jobs(self.model)
            self.books.check(self.committee, self.watched, call.at)

    @property
    def owners(self) -> tuple[str, ...]:
        return (*self.watched, self.chain.committee, self.chain.market)

    def compare_storage(self) -> None:
        """Everybody's money, and every job that is live or has just ceased to be."""
        records = self.model.records
        ids = [i for i, r in records.items() if r.job or self.records.get(i) is not r]
        for difference in differences(self.committee, self.chain, self.owners, ids):
            self.compare_all()  # it says the same in words
            raise Divergence(difference)
        self.records = {**records}

    def compare_views(self, call: Call) -> None:
        """What else the call can have changed."""
        views = Views(self.committee, self.chain)
        for digest, times in self.model.offer_uses.items():
            if self.uses.get(digest) != times:
                views.uses(digest)
        self.uses = {**self.model.offer_uses}
        if call.function in NAMING:
            views.names(call.caller)
        if call.contract == "committee":
            views.active()
            views.verifier(call.caller)
            for id_ in self.subjects(call):
                views.case(id_)
                for verifier in {*self.committee.dockets[id_].rounds[-1].verifiers}:
                    views.verifier(verifier)
        self.compare(views)

    def compare_all(self) -> None:
        """Every owner, job, case and offer that there ever was, as the contracts show them."""
        views = Views(self.committee, self.chain)
        for owner in self.owners:
            views.money(owner)
            views.verifier(owner)
            views.names(owner)
        views.active()
        for id_ in self.model.records:
            views.slot(id_)
        for id_ in self.committee.dockets:
            views.case(id_)
        for digest in self.model.offer_uses:
            views.uses(digest)
        self.compare(views)

    def compare(self, views: Views) -> None:
        for difference in views.differences():
            raise Divergence(difference)

    def subjects(self, call: Call) -> list[bytes]:
        """The cases that the call is about, if there are any."""
        first = call.args[0] if call.args else None
        id_ = job_id(self.model.domain, first) if isinstance(first, Request) else first
        return [id_] if isinstance(id_, bytes) and id_ in self.committee.dockets else []

    def same(self, what: str | bytes, expected: object, actual: object) -> None:
        if expected != actual:
            raise Divergence(f"{show(what)}\n    model:    {expected}\n    contract: {actual}")
