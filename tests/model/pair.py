"""Model and contracts side by side: every call goes to both, and everything visible must agree."""

import random
from collections.abc import Iterable
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
from .words import NOBODY, Account, Request

START = 1_800_000_000  # seconds; any time
YESTERDAY = START - DAY_S
SUPPLY = 2**97  # twice what the market can hold
COMPARE_ALL = 20  # calls after which all there ever was is compared
UNLIMITED = 2**256 - 1
MOVING_TOKENS = ("deposit", "deposit_with_permit", "withdraw")


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


class Pair:
    """A fresh market on both sides. `perform` raises Divergence at the first difference."""

    def __init__(self, stage: Stage, classes: Classes = RIGHT) -> None:
        self.stage = stage
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
        """Make the call on both sides and compare all there is."""
        expected, actual = ask_model(self.committee, call), self.chain.ask(call)
        self.same("outcome", expected, actual)
        if call.contract == "token" and call.function == "transfer" and not actual.refused:
            self.donated += call.args[1] if call.args[0] == self.chain.market else 0
        accounts = self.compare_storage(call)
        try:
            for event in actual.events:
                if not str(event[0]).startswith(PREFIX):
                    self.audit.read(event)
                self.books.read(event, call.at)
            self.audit.check(self.chain.balance(self.chain.market), self.donated, accounts)
            self.audit.check_jobs(self.model)
            self.books.check(self.committee, self.watched, call.at)
        except AssertionError as broken:
            raise Divergence(f"invariant: {broken}") from broken
        return actual

    def compare_storage(self, call: Call) -> dict[str, Account]:
        """Everybody's accounts and tokens, and what else the call could have changed; returns the
        accounts. Now and then everything."""
        owners = (*self.watched, self.chain.committee)
        accounts = {owner: self.chain.account(owner) for owner in owners}
        for owner, account in accounts.items():
            self.same(owner, self.model.accounts[owner], account)
            verifier = self.committee.verifier(owner)
            self.same(f"{owner} in the committee", verifier, self.chain.verifier(owner))
        self.same("active", self.committee.total_active(), self.chain.total_active())
        if call.contract == "token" or call.function in MOVING_TOKENS:
            self.compare_tokens()
        self.compared += 1
        if self.compared % COMPARE_ALL == 0:
            self.compare_all()
            return accounts
        self.compare_owner(call.caller)
        self.compare_cases(self.cases_of(call))
        records = self.model.records
        self.compare_slots(i for i, r in records.items() if r.job or self.records.get(i) is not r)
        uses = self.model.offer_uses
        self.compare_offers([digest for digest in uses if uses[digest] != self.uses.get(digest)])
        self.records, self.uses = {**records}, {**uses}
        return accounts

    def compare_all(self) -> None:
        """Every owner, job, case and offer that there ever was."""
        self.compare_tokens()
        for owner in self.watched:
            self.compare_owner(owner)
        self.compare_slots(self.model.records)
        self.compare_cases(self.committee.dockets)
        self.compare_offers(self.model.offer_uses)

    def compare_tokens(self) -> None:
        for owner in (*self.watched, self.chain.market, self.chain.committee):
            balance = self.model.token.balances[owner]
            self.same(f"tokens of {owner}", balance, self.chain.balance(owner))

    def compare_owner(self, owner: str) -> None:
        delegate = self.model.delegates.get(owner, NOBODY)
        self.same(f"delegate of {owner}", delegate, self.chain.delegate(owner))
        permits = self.model.token.nonces[owner]
        self.same(f"permits of {owner}", permits, self.chain.nonce(owner))

    def cases_of(self, call: Call) -> list[bytes]:
        """Which the call is about, if there is one."""
        first = call.args[0] if call.args and call.contract == "committee" else None
        id_ = job_id(self.model.domain, first) if isinstance(first, Request) else first
        return [id_] if isinstance(id_, bytes) and id_ in self.committee.dockets else []

    def compare_cases(self, ids: Iterable[bytes]) -> None:
        """Heads, all rounds and all challenges."""
        for id_ in ids:
            docket = self.committee.dockets[id_]
            self.same(id_, docket.head, self.chain.case(id_))
            for number, round_ in enumerate(docket.rounds):
                self.same(id_, round_, self.chain.round(id_, number))
            for number, challenge in enumerate(docket.challenges):
                self.same(id_, challenge, self.chain.challenge(id_, number))

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
