"""Actors who mostly know what they are doing: random calls that suit the state of the market."""

import random
from collections.abc import Callable
from dataclasses import replace

from . import rules, validity
from .author import Author
from .calls import Call, Outcome
from .hashing import seal_of
from .pair import ACTORS, EVERYBODY, PASSER_BY, START, Pair
from .words import ZERO32, Job, Request, State

BUSY = 10  # jobs that are not final, above which nobody posts
PATIENCE_S = 4 * rules.HOUR_S  # how long a call mostly waits: other jobs' deadlines come nearer
Maker = Callable[[], Call | None]


class Actors:
    """Five actors, each in every role, so that some deal with themselves; and a passer-by."""

    def __init__(self, rng: random.Random, pair: Pair) -> None:
        self.rng, self.model = rng, pair.model
        self.now, self.block = START, 1
        self.author = Author(rng)
        self.requests: dict[bytes, Request] = {}  # every job ever posted
        self.last: dict[bytes, Job] = {}  # the last known record of every accepted job
        self.openings: dict[bytes, tuple[bytes, int]] = {}  # what the seals hide
        self.makers: dict[Maker, int] = {
            self.post: 13,
            self.accept: 24,
            self.submit: 30,
            self.approve: 9,
            self.finalize: 16,
            self.cancel: 9,
            self.release: 9,
            self.expire: 8,
            self.void: 8,
            self.deposit: 4,
            self.withdraw: 3,
            self.stake: 5,
            self.unstake: 3,
            self.withdraw_stake: 3,
            self.announce: 1,
            self.check: 2,
            self.token: 1,
        }

    def next_call(self) -> Call:
        """A call that a reasonable actor might make now, give or take a second."""
        self.now += self.rng.choice((0, 0, 1, 12, 12, 60))
        self.block += 1
        while True:
            maker = self.rng.choices([*self.makers], weights=[*self.makers.values()])[0]
            call = maker()
            if call:
                self.now = call.at
                return call

    def learn(self, call: Call, outcome: Outcome) -> None:
        """Take note of what a call has changed."""
        if outcome.refused:
            return
        if call.function == "post":
            self.requests[outcome.returned] = call.args[0]
        self.last |= {id_: record.job for id_, record in self.live().items()}

    # ─────────────────────────────── what there is ───────────────────────────

    def live(self, *states: State) -> dict[bytes, object]:
        wanted = states or (State.RUNNING, State.CLAIMED)
        return {i: r for i, r in self.model.records.items() if r.state in wanted}

    def pick(self, state: State, end: Callable[[bytes], int]) -> bytes | None:
        """A job in that state, rather one whose `end` is not over."""
        ids = [*self.live(state)]
        in_time = [id_ for id_ in ids if end(id_) > self.now]
        some = in_time or (ids if self.rng.random() < 0.05 else [])
        return self.rng.choice(some) if some else None

    def open_until(self, id_: bytes) -> int:
        return self.requests[id_].open_until

    def run_end(self, id_: bytes) -> int:
        return rules.run_end(self.last[id_])

    def grace_end(self, id_: bytes) -> int:
        return rules.grace_end(self.last[id_])

    def call(self, function: str, caller: str, *args: object, at: int | None = None) -> Call:
        time = self.now if at is None else max(at, self.now)
        return Call(function, caller, args, time, self.block)

    def opening(self, id_: bytes) -> tuple[bytes, int]:
        """What the seal hides, as far as anybody knows."""
        return self.openings.get(id_, (bytes(32), 0))

    def near(self, *times: int, patience_s: int = PATIENCE_S) -> int:
        """Now, or often the second before, at or after one of these times."""
        ahead = [time for time in times if -1 <= time - self.now < patience_s]
        if not ahead or self.rng.random() < 0.5:
            return self.now
        return self.rng.choice(ahead) + self.rng.choice((-1, 0, 1))

    # ───────────────────────────── life of a job ─────────────────────────────

    def post(self) -> Call | None:
        requester, model = self.rng.choice(ACTORS), self.model
        free = model.accounts[requester].free
        if free == 0 or len(self.live(State.OPEN, State.RUNNING, State.CLAIMED)) > BUSY:
            return None
        budget = self.rng.choice((free, free // 3, free // 100))
        busy = [a for a in ACTORS if model.accounts[a].bonded]
        greedy = bool(busy) and self.rng.random() < 0.3  # a bond that busy providers can't lock too
        provider = model.accounts[self.rng.choice(busy if greedy else ACTORS)]
        stake = provider.staked - provider.bonded
        counter = model.accounts[requester].counter
        request = self.author.request(requester, budget, stake, counter, self.now)
        if greedy:
            request = replace(request, bond=max(stake + 1, validity.MIN_BOND), providers=ZERO32)
        gateway = self.rng.choice(("", "http://127.0.0.1:8080", "ä" * 256))
        return self.call("post", requester, request, gateway)

    def accept(self) -> Call | None:
        id_ = self.pick(State.OPEN, self.open_until)
        if id_ is None:
            return None
        request = self.requests[id_]
        able = [a for a in self.author.admitted(request) if self.can_bond(a, request)]
        if not able:
            return None
        provider = self.rng.choice(able)
        at = self.near(request.ramp_start, request.ramp_end, request.open_until)
        proof = self.author.proof(request, provider)
        return self.call("accept", provider, request, proof, at=at)

    def can_bond(self, owner: str, request: Request) -> bool:
        account = self.model.accounts[owner]
        return account.staked >= max(request.min_stake, account.bonded + request.bond)

    def submit(self) -> Call | None:
        id_ = self.pick(State.RUNNING, self.run_end)
        if id_ is None:
            return None
        job, rng = self.last[id_], self.rng
        root = rng.randbytes(32)
        units = rng.choice((0, 1, job.max_units // 2, job.max_units, job.max_units + 1, 2**64 - 1))
        self.openings[id_] = root, units
        seal = seal_of(job.provider, id_, root, units)
        at = self.near(rules.run_end(job))
        return self.call("submit", job.provider, id_, job, seal, rng.randbytes(32), at=at)

    def approve(self) -> Call | None:
        id_ = self.pick(State.CLAIMED, self.grace_end)
        if id_ is None:
            return None
        job = self.last[id_]
        at = self.near(job.window_end)
        return self.call("approve", job.requester, id_, job, *self.opening(id_), at=at)

    def finalize(self) -> Call | None:
        id_ = self.pick(State.CLAIMED, self.grace_end)
        if id_ is None:
            return None
        job = self.last[id_]
        patience_s = self.rng.choice((PATIENCE_S, 2 * rules.DAY_S))
        at = self.near(job.window_end, rules.grace_end(job), patience_s=patience_s)
        caller = self.rng.choice((job.provider, *EVERYBODY))
        return self.call("finalize", caller, id_, job, *self.opening(id_), at=at)

    def void(self) -> Call | None:
        return self.exit("void", State.CLAIMED, self.grace_end)

    def expire(self) -> Call | None:
        return self.exit("expire", State.RUNNING, self.run_end)

    def exit(self, function: str, state: State, end: Callable[[bytes], int]) -> Call | None:
        """Anybody ends what is over; if nothing is, somebody may wait for the next deadline."""
        ids = sorted(self.live(state), key=end)
        over = [id_ for id_ in ids if end(id_) <= self.now]
        if not over and (not ids or self.rng.random() < 0.7):
            return None
        id_ = self.rng.choice(over or ids[:1])
        at = self.now if over else end(id_) + self.rng.choice((-1, 0, 1))
        return self.call(function, self.rng.choice(EVERYBODY), id_, self.last[id_], at=at)

    def release(self) -> Call | None:
        id_ = self.pick(State.RUNNING, self.run_end)
        if id_ is None:
            return None
        job = self.last[id_]
        return self.call("release", job.provider, id_, job, at=self.near(rules.run_end(job)))

    def cancel(self) -> Call | None:
        """Anybody from openUntil on; or the requester changes its mind, or somebody tries."""
        over = [id_ for id_ in self.live(State.OPEN) if self.open_until(id_) <= self.now]
        id_ = self.pick(State.OPEN, self.open_until)
        if over and (id_ is None or self.rng.random() < 0.7):
            request = self.requests[self.rng.choice(over)]
            return self.call("cancel", self.rng.choice(EVERYBODY), request)
        if id_ is None or self.rng.random() < 0.5:
            return None
        request = self.requests[id_]
        at = self.near(request.open_until)
        waited = at >= request.open_until - 1
        caller = self.rng.choice(EVERYBODY) if waited else request.requester
        return self.call("cancel", caller, request, at=at)

    # ──────────────────────────────── money ──────────────────────────────────

    def some(self, limit: int) -> int:
        return max(1, self.rng.choice((limit, limit // 2, limit // 10, 1)))

    def deposit(self) -> Call | None:
        owner = self.rng.choice(ACTORS)
        amount = self.some(self.model.token.balances[owner])
        return self.call("deposit", owner, min(amount, rules.MAX_AMOUNT))

    def withdraw(self) -> Call | None:
        owner = self.rng.choice(ACTORS)
        free = self.model.accounts[owner].free
        return self.call("withdraw", owner, self.rng.choice(EVERYBODY), self.some(free // 5))

    def stake(self) -> Call | None:
        owner = self.rng.choice(ACTORS)
        return self.call("stake", owner, self.some(self.model.accounts[owner].free // 2))

    def unstake(self) -> Call | None:
        owner = self.rng.choice(ACTORS)
        account = self.model.accounts[owner]
        return self.call("unstake", owner, self.some((account.staked - account.bonded) // 2))

    def withdraw_stake(self) -> Call | None:
        accounts = self.model.accounts
        owners = [a for a in ACTORS if accounts[a].unbonding]
        if not owners:
            return None
        waiting = [a for a in owners if accounts[a].matures_at > self.now]
        owner = self.rng.choice(waiting or owners)
        at = self.near(accounts[owner].matures_at, patience_s=rules.DAY_S)
        return self.call("withdraw_stake", owner, at=at)

    # ─────────────────────────────── the rest ────────────────────────────────

    def announce(self) -> Call | None:
        card = self.rng.choice((b"{}", b'{"region":"EU"}', b"x" * 4096))
        return self.call("announce", self.rng.choice(EVERYBODY), card)

    def check(self) -> Call | None:
        if not self.last:
            return None
        live = [*self.live(State.RUNNING, State.CLAIMED)]
        id_ = self.rng.choice(live or [*self.last])
        return self.call("check", PASSER_BY, id_, self.last[id_])

    def token(self) -> Call | None:
        """Tokens given to the market outright, or an allowance changed."""
        owner, market = self.rng.choice(ACTORS), self.model.address
        give = self.rng.random() < 0.3
        amount = self.rng.choice((0, 1, 1000) if give else (5, 2**96, 2**256 - 1, 2**256 - 1))
        function = "transfer" if give else "approve"
        call = self.call(function, owner, market, amount)
        return replace(call, contract="token")
