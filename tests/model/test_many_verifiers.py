"""The tree of stakes against a plain list, with as many verifiers as change its shape."""

import random
from dataclasses import replace

import pytest

from .author import Author
from .calls import Call, Outcome
from .cast import ANN, BANK, BEN, PASSER_BY, signature
from .committee import rules
from .hashing import job_id
from .keys import address_of
from .pair import START, Pair, Stage
from .rules import DAY_S
from .words import NOBODY, ZERO32

STAGE = Stage(600, (10**24,) * 5)
EPOCHS = 3


class Court:
    """Some verifiers who come one after another, and whatever they do with their stakes."""

    def __init__(self, count: int, stage: Stage = STAGE) -> None:
        self.rng, self.pair = random.Random(count), Pair(stage)
        self.at, self.block = START - 1, 1
        self.verifiers = [address_of(f"verifier {number}") for number in range(count)]
        committee = self.pair.chain.committee
        self.pair.watched = (*self.verifiers, *self.pair.watched)
        for owner in self.verifiers:
            self.pair.setup("transfer", BANK, owner, 10**6)
            self.pair.setup("approve", owner, committee, 10**6)
            self.pair.setup("deposit", owner, 10**6, contract="committee")

    def call(self, function: str, caller: str, *args: object, contract: str = "committee") -> None:
        self.pair.same(
            function, None, self.attempt(function, caller, *args, contract=contract).refused
        )

    def attempt(
        self, function: str, caller: str, *args: object, contract: str = "committee"
    ) -> Outcome:
        self.block += 1
        call = Call(function, caller, args, self.at, self.block, contract=contract)
        return self.pair.perform(call)

    def restake(self) -> None:
        """Half of them stake more, or less, or all."""
        committee = self.pair.committee
        for owner in self.verifiers:
            staked, free = committee.staked(owner), committee.purses[owner].free
            if self.rng.random() < 0.5 or (staked == 0 and free == 10**6):
                some = min(self.rng.choice((1, 1000, free // 2, free)), free)
                if staked and self.rng.random() < 0.5:
                    self.call("unstake", owner, self.rng.choice((1, staked, -(-staked // 2))))
                elif some:
                    self.call("stake", owner, some)

    def draw(self) -> tuple[str, ...]:
        """The 31 seats of a case of its own."""
        return tuple(self.pair.committee.dockets[self.seated()].rounds[0].verifiers)

    def seated(self) -> bytes:
        """A case whose 31 seats are drawn."""
        author = Author(self.rng)
        request = replace(
            author.request(ANN, 0, 0, 0, self.at),
            run_for=60,
            challenge_for=60,
            open_until=self.at + 60,
            ramp_start=0,
            ramp_end=0,
            resolver=self.pair.committee.address,
            policy=rules.pack_policy(31, rules.MAX_RATE),
            case_for=rules.course_of(31, 60),
            providers=ZERO32,
            matcher=NOBODY,
        )
        id_ = job_id(self.pair.model.domain, request)
        signed = signature(self.rng, ANN, id_)
        args = (request, signed, ZERO32, ZERO32)
        self.call("fill_and_claim", BEN, *args, contract="market")
        self.call("audit", PASSER_BY, request, self.pair.model.records[id_].job)
        self.block += rules.SEED_DELAY
        self.call("draw", PASSER_BY, id_)
        return id_


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9, 16, 17, 40])
def test_seats_fall_to_the_same_verifiers_however_many_there_are(count: int) -> None:
    court = Court(count)
    drawn: set[str] = set()
    for _ in range(EPOCHS):
        court.restake()
        court.at += DAY_S
        drawn |= {*court.draw()}
        court.restake()  # counts for nothing today
        drawn |= {*court.draw()}
    assert drawn <= {*court.verifiers}
    assert len(drawn) >= min(count, 2)
