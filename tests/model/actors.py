"""Actors who mostly know what they are doing: random calls that suit the state of the market."""

import random
from bisect import bisect
from collections.abc import Callable
from itertools import accumulate

from .calls import Call, Outcome
from .curious import Curious
from .jurors import Jurors
from .packing import unpack_terms
from .pair import Pair
from .resolvers import Resolvers
from .savers import Savers
from .signatories import Signatories
from .words import Request

PACE_S = (0, 0, 1, 12, 12, 60)
Maker = Callable[[], Call | None]


class Actors(Signatories, Resolvers, Jurors, Savers, Curious):
    """Five actors, each in every role, so that some deal with themselves; and a passer-by."""

    def __init__(self, rng: random.Random, pair: Pair) -> None:
        super().__init__(rng, pair)
        self.makers: dict[Maker, int] = {
            self.post: 10,
            self.accept: 18,
            self.match_orders: 18,
            self.fill: 6,
            self.fill_and_claim: 8,
            self.submit: 34,
            self.approve: 6,
            self.finalize: 14,
            self.demand: 40,
            self.answer: 56,
            self.dispute: 90,
            self.resolve: 100,
            self.timeout: 10,
            self.cancel: 7,
            self.revoke: 2,
            self.cancel_offer: 1,
            self.raise_counter: 1,
            self.release: 6,
            self.expire: 7,
            self.void: 9,
            self.deposit: 5,
            self.deposit_with_permit: 6,
            self.withdraw: 3,
            self.stake: 6,
            self.unstake: 4,
            self.withdraw_stake: 5,
            self.set_delegate: 3,
            self.announce: 1,
            self.check: 2,
            self.token: 1,
        }
        if pair.stage.judged:
            self.makers = self.judging()
        self.picks, self.weights = [*self.makers], [*accumulate(self.makers.values())]
        self.behave()

    def judging(self) -> dict[Maker, int]:
        """Claims, as many as can be, and what the committee makes of them."""
        return {
            self.post: 30,
            self.accept: 50,
            self.match_orders: 30,
            self.fill_and_claim: 60,
            self.submit: 100,
            self.approve: 2,
            self.finalize: 20,
            self.demand: 12,
            self.answer: 30,
            self.cancel: 4,
            self.expire: 6,
            self.void: 6,
            self.deposit: 2,
            self.stake: 4,
            self.challenge: 100,
            self.audit: 90,
            self.draw: 200,
            self.commit: 400,
            self.reveal: 400,
            self.appeal: 70,
            self.close_case: 100,
            self.overrun: 16,
            self.abandon: 10,
            self.save: 3,
            self.save_with_permit: 3,
            self.take_out: 3,
            self.stake_on_seats: 6,
            self.unstake_from_seats: 5,
            self.leave_seats: 12,
        }

    def next_call(self) -> Call:
        """A call that a reasonable actor might make now, give or take a second."""
        self.now += self.rng.choice((0, 0, 0, 1, 1, 12) if self.author.judged else PACE_S)
        self.block += 1
        if self.waiting:
            call, self.waiting = self.waiting, None
            return self.call(call.function, call.caller, *call.args)
        while True:
            number = self.rng.random() * self.weights[-1]
            call = self.picks[bisect(self.weights, number)]()
            if call and not self.neglects(call):
                self.now = call.at
                return call

    def learn(self, call: Call, outcome: Outcome) -> None:
        """Take note of what a call has changed."""
        if outcome.refused:
            return
        self.look()
        for name, *values in outcome.events:
            if name == "JobPosted":
                self.requests[values[0]] = Request(*values[3])
            elif name == "JobMatched":
                self.requests[values[0]] = unpack_terms(values[1], values[3]).request
            elif name == "OutputDemanded":
                self.demanded[values[0]] = values[3]
        self.last |= {id_: record.job for id_, record in self.live().items()}
