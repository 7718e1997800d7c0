"""Demands for output, and answers."""

from . import rules
from .calls import Call
from .crowd import Crowd
from .rules import DAY_S, HOUR_S
from .trees import Claim
from .words import State


class Curious(Crowd):
    """Requesters who want to see, and providers who show."""

    def demand(self) -> Call | None:
        ids = [
            id_
            for id_ in self.live(State.CLAIMED, State.DISPUTED)
            if self.last[id_].window_end > self.now and not self.last[id_].answer_by
        ]
        affordable = [id_ for id_ in ids if self.most_pairs(id_)]
        if not affordable:
            return None
        id_ = self.rng.choice(affordable)
        job = self.last[id_]
        claim = self.claims.get(job.seal)
        count = self.rng.randint(1, self.most_pairs(id_))
        count = self.rng.choice((1, min(2, count), count))
        pairs = tuple(self.pair(job.tasks, claim) for _ in range(count))
        at = self.near(job.window_end)
        return self.call("demand", job.requester, id_, job, pairs, at=at)

    def most_pairs(self, id_: bytes) -> int:
        """How many the requester can pay for."""
        job = self.last[id_]
        free = self.model.accounts[job.requester].free
        return min(rules.MAX_PAIRS, free // job.demand_fee if job.demand_fee else rules.MAX_PAIRS)

    def pair(self, tasks: int, claim: Claim | None) -> int:
        """Mostly one that can be shown, a chunk beyond the output now and then."""
        if claim is None or self.rng.random() < 0.03:
            return self.rng.randrange(tasks) << 32 | self.rng.choice((0, 1, 2**32 - 1))
        task = self.rng.choice([*claim.shown])
        output = claim.shown[task].output
        index = 2**32 - 1 if self.rng.random() < 0.1 else output.index
        return task << 32 | index

    def answer(self) -> Call | None:
        id_ = self.claimed(State.DISPUTED, waiting=True) if self.rng.random() < 0.9 else None
        id_ = id_ or self.claimed(waiting=True)
        if id_ is None:
            return None
        job, pairs = self.last[id_], self.demanded[id_]
        answers = self.answers(id_)
        if not answers:
            return None
        self.rng.shuffle(answers)
        count = self.rng.choice((1, self.rng.randint(1, len(answers)), len(answers)))
        patience_s = self.rng.choice((HOUR_S, HOUR_S, HOUR_S, 2 * DAY_S))
        at = self.near(job.answer_by, job.window_end, patience_s=patience_s)
        opening = self.opening(id_)
        caller = self.acting_for(job.provider)
        shown = tuple(answers[:count])
        return self.call("answer", caller, id_, job, pairs, *opening, shown, at=at)

    def answers(self, id_: bytes) -> list[bytes]:
        """To all pairs that wait, as far as they can be shown."""
        job = self.last[id_]
        claim = self.claims.get(job.seal)
        if claim is None:
            return []
        known = (
            claim.answer(position, pair)
            for position, pair in enumerate(self.demanded[id_])
            if not job.answered >> position & 1
        )
        return [answer for answer in known if answer]
