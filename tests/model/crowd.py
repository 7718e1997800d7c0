"""What all actors know, and how they choose."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice

from . import rules
from .author import Author
from .calls import Call
from .cast import signature
from .hashing import job_id, offer_digest
from .pair import START, Pair
from .records import Record
from .trees import Claim
from .words import NOBODY, Job, Offer, Request, State

PATIENCE_S = 4 * rules.HOUR_S  # how long a call mostly waits: other jobs' deadlines come nearer
WITH_PROVIDER = (State.RUNNING, State.CLAIMED, State.DISPUTED)
LIVING = (State.OPEN, *WITH_PROVIDER)


@dataclass(frozen=True)
class Deal:
    """Two signed orders that fit each other, and the proof that the list admits the provider."""

    request: Request
    request_signature: bytes
    offer: Offer
    offer_signature: bytes
    proof: tuple[bytes, ...]

    @property
    def args(self) -> tuple[object, ...]:
        """As `match_orders` takes them."""
        return tuple(vars(self).values())


class Crowd:
    """The time, every order and every claim that was made, and the model as a view of the chain."""

    def __init__(self, rng: random.Random, pair: Pair) -> None:
        self.rng, self.model, self.committee = rng, pair.model, pair.committee
        self.now, self.block = START, 1
        self.author = Author(rng, pair.committee.address if pair.stage.judged else NOBODY)
        self.waiting: Call | None = None  # comes next, whatever else comes to mind
        self.living: dict[bytes, Record] = {}  # of the ids seen on record
        self.seen = 0
        self.requests: dict[bytes, Request] = {}  # of every job that ever was
        self.last: dict[bytes, Job] = {}  # the last known record of every job with a provider
        self.claims: dict[bytes, Claim] = {}  # what the seals hide
        self.demanded: dict[bytes, tuple[int, ...]] = {}  # pairs by job
        self.found: dict[tuple[bytes, str], bytes] = {}  # D by case and challenger
        self.secrets: dict[tuple[bytes, int, int], tuple[bytes, bytes]] = {}  # votes and salts
        self.gaps, self.forgetful = 0.0, pair.stage.forgetful
        self.manner: dict[str, str] = {}  # of verifiers
        self.deals: dict[bytes, Deal] = {}  # by the job that they may become
        self.offers: dict[bytes, tuple[Offer, bytes]] = {}  # with their signatures, by digest

    def call(self, function: str, caller: str, *args: object, at: int | None = None) -> Call:
        time = self.now if at is None else max(at, self.now)
        return Call(function, caller, args, time, self.block)

    def on_committee(
        self, function: str, caller: str, *args: object, at: int | None = None
    ) -> Call:
        return replace(self.call(function, caller, *args, at=at), contract="committee")

    @property
    def midnight(self) -> int:
        """The next one: then stakes change."""
        return (self.now // rules.DAY_S + 1) * rules.DAY_S

    def live(self, *states: State) -> dict[bytes, Record]:
        wanted = states or WITH_PROVIDER
        return {id_: record for id_, record in self.living.items() if record.state in wanted}

    def look(self) -> None:
        """Take note of the jobs that are on record, but for those that are final."""
        records = self.model.records
        ids = (*self.living, *islice(records, self.seen, None))
        self.seen = len(records)
        self.living = {id_: r for id_ in ids if (r := self.model.record(id_)).state in LIVING}

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

    def void_from(self, id_: bytes) -> int:
        return rules.void_from(self.last[id_])

    def opening(self, id_: bytes) -> tuple[bytes, int]:
        """What the job's seal hides, as far as anybody knows."""
        claim = self.claims.get(self.last[id_].seal)
        return claim.opening if claim else (bytes(32), 0)

    def case_end(self, id_: bytes) -> int:
        return rules.case_end(self.last[id_])

    def claimed(self, state: State = State.CLAIMED, *, waiting: bool) -> bytes | None:
        """A claim that isn't over; does it wait for answers to a demand?"""
        ids = [
            id_
            for id_ in self.live(state)
            if self.void_from(id_) > self.now and bool(rules.unanswered(self.last[id_])) == waiting
        ]
        return self.rng.choice(ids) if ids else None

    def acting_for(self, owner: str) -> str:
        """The owner or its delegate."""
        delegate = self.model.delegates.get(owner, NOBODY)
        return owner if delegate == NOBODY else self.rng.choice((owner, delegate))

    def sign_request(self, request: Request, domain: bytes | None = None) -> bytes:
        digest = job_id(domain or self.model.domain, request)
        return signature(self.rng, request.requester, digest)

    def sign_offer(self, offer: Offer, domain: bytes | None = None) -> bytes:
        digest = offer_digest(domain or self.model.domain, offer)
        return signature(self.rng, offer.provider, digest)

    def near(self, *times: int, patience_s: int = PATIENCE_S) -> int:
        """Now, or often the second before, at or after one of these times."""
        ahead = [time for time in times if -1 <= time - self.now < patience_s]
        if not ahead or self.rng.random() < 0.5:
            return self.now
        return self.rng.choice(ahead) + self.rng.choice((-1, 0, 1))
