"""Calls on posted and accepted jobs that suit the state of the market."""

from collections.abc import Callable
from dataclasses import replace

from . import rules, validity
from .calls import Call
from .cast import ACTORS, EVERYBODY
from .crowd import LIVING, PATIENCE_S, Crowd
from .hashing import seal_of
from .trees import LIES, random_claim
from .words import ZERO32, Request, State

BUSY = 10  # jobs that are not final, above which nobody posts


class Jobbers(Crowd):
    """From posting to payment, and the ways out."""

    def post(self) -> Call | None:
        requester, model = self.rng.choice(ACTORS), self.model
        free = model.accounts[requester].free
        if free == 0 or self.busy():
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

    def busy(self) -> bool:
        return len(self.live(*LIVING)) > BUSY

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
        job = self.last[id_]
        seal = self.seal(job.provider, id_, job.tasks, job.max_units)
        at = self.near(rules.run_end(job))
        caller = self.acting_for(job.provider)
        return self.call("submit", caller, id_, job, seal, self.rng.randbytes(32), at=at)

    def seal(self, provider: str, id_: bytes, tasks: int, most: int) -> bytes:
        """Over results that mostly are as they should be."""
        units = self.rng.choice((0, 1, most // 2, most, most + 1, 2**64 - 1))
        lie = self.rng.choice(LIES) if self.rng.random() < 0.08 else ""
        claim = random_claim(self.rng, tasks, units, lie)
        seal = seal_of(provider, id_, *claim.opening)
        self.claims[seal] = claim
        return seal

    def approve(self) -> Call | None:
        id_ = self.pick(State.CLAIMED, self.void_from)
        if id_ is None:
            return None
        job = self.last[id_]
        at = self.near(job.window_end)
        return self.call("approve", job.requester, id_, job, *self.opening(id_), at=at)

    def finalize(self) -> Call | None:
        moved = [i for i in self.live(State.CLAIMED) if self.moved(i)]
        id_ = self.claimed(waiting=self.rng.random() < 0.1)
        if moved and self.rng.random() < 0.5:
            id_ = min(moved, key=lambda i: self.last[i].window_end)
        if id_ is None:
            return None
        job = self.last[id_]
        patience_s = self.rng.choice((PATIENCE_S, PATIENCE_S, PATIENCE_S, 2 * rules.DAY_S))
        at = self.near(job.window_end, rules.grace_end(job), patience_s=patience_s)
        if id_ in moved and self.rng.random() < 0.5:
            at = job.window_end + self.rng.choice((-1, 0, 1))
        caller = self.rng.choice((job.provider, *EVERYBODY))
        return self.call("finalize", caller, id_, job, *self.opening(id_), at=at)

    def moved(self, id_: bytes) -> bool:
        """Whether the last answer has moved a window's end that is still to come."""
        job = self.last[id_]
        return job.window_end > max(self.now, job.claimed_at + job.challenge_for)

    def void(self) -> Call | None:
        return self.exit("void", State.CLAIMED, self.void_from)

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
