"""One episode: random calls on both sides, then closing time."""

import random
from dataclasses import dataclass, field
from functools import partial

from . import rules, validity
from .actors import Actors
from .batching import Batcher
from .calls import Call
from .cast import PASSER_BY
from .committee import rules as courses
from .committee.words import Phase
from .pair import RIGHT, Classes, Divergence, Pair, Stage
from .shrink import shrink
from .spoil import Spoiler
from .tally import Tally, count, deadlines
from .tally_cases import paid, seated
from .words import State

MAX_TRACE = 20  # calls shown of a trace that could not be shortened
BATCHES = 0.08  # share of calls
SPOILED = 0.3  # share of calls that are made wrong on purpose
SPOILED_MORE = {"answer": 0.5, "match_orders": 0.4}  # in many ways
SPOILED_CASES = 0.15  # of the calls on the committee: most cases must come to an end


@dataclass
class Episode:
    """What happened under one seed, until model and contracts diverged, if they did."""

    seed: int
    classes: Classes
    tally: Tally = field(default_factory=Tally)
    calls: list[Call] = field(default_factory=list)
    divergence: Divergence | None = None


def run(seed: int, steps: int, classes: Classes = RIGHT, stride: int = 1) -> Episode:
    """Play `steps` random calls, then end every job and pay everybody out."""
    episode = Episode(seed, classes)
    rng = random.Random(seed)
    try:
        pair = Pair(Stage.of(seed), classes, stride)
        actors = Actors(rng, pair)
        spoiler = Spoiler(rng, actors)
        batcher = Batcher(rng, actors, spoiler)
        for _ in range(steps):
            batch = batcher.next_call() if rng.random() < BATCHES else None
            call = batch or actors.next_call()
            spoiled = SPOILED_MORE.get(call.function, SPOILED)
            spoiled = SPOILED_CASES if call.contract == "committee" else spoiled
            if not batch and rng.random() < spoiled:
                call = spoiler.spoil(call)
            episode.calls.append(call)
            due = deadlines(pair.committee, call)
            outcome = pair.perform(call)
            count(episode.tally, pair.committee, call, due, outcome, pair.chain.gas_used)
            episode.tally.done.update(paid(pair.committee, call, outcome))
            episode.tally.seats.update(actors.manner[owner] for owner in seated(outcome))
            actors.learn(call, outcome)
        pair.compare_all()
        close(pair, actors)
    except Divergence as divergence:
        episode.divergence = divergence
    return episode


def close(pair: Pair, actors: Actors) -> None:
    """A year later a passer-by, who has no rights, ends every job, each at the first attempt; then
    everybody can take everything out, and what is left is what was burned or given away."""
    at, block = actors.now + validity.MAX_CASE_FOR_S, actors.block + 1

    def must(function: str, caller: str, *args: object, contract: str = "market") -> None:
        outcome = pair.perform(Call(function, caller, args, at, block, contract=contract))
        if outcome.refused:
            raise Divergence(f"closing: {function} by {caller} was refused: {outcome.refused}")

    must_committee = partial(must, contract="committee")

    for id_, record in [*pair.model.records.items()]:
        if record.state == State.DISPUTED:
            must("timeout", PASSER_BY, id_, record.job)
    at += rules.GRACE_S
    for id_, record in [*pair.model.records.items()]:
        if record.state == State.OPEN:
            must("cancel", PASSER_BY, actors.requests[id_])
        elif record.job:
            must("expire" if record.state == State.RUNNING else "void", PASSER_BY, id_, record.job)
    for id_, docket in pair.committee.dockets.items():
        if docket.head.phase != Phase.CLOSED:
            must_committee("abandon", PASSER_BY, id_)
    for owner in pair.watched[:-1]:
        if pair.committee.staked(owner):
            must_committee("unstake", owner, pair.committee.staked(owner))
        account = pair.model.accounts[owner]
        if account.staked:
            must("unstake", owner, account.staked)
    at += max(pair.model.cooldown_s, courses.LEAVES_FOR_S)
    for owner in pair.watched[:-1]:
        purse = pair.committee.purses[owner]
        if purse.leaving:
            must_committee("withdraw_stake", owner)
        if purse.free:
            must_committee("withdraw", owner, owner, purse.free)
        account = pair.model.accounts[owner]
        if account.unbonding:
            must("withdraw_stake", owner)
        if account.free:
            must("withdraw", owner, owner, account.free)
    burned = pair.audit.burned() + pair.books.burned()
    left = pair.model.token.balances[pair.chain.market]
    given = pair.donated + pair.books.given
    pair.same("left in the market: burned and given", burned + given, left)


def explain(episode: Episode) -> str:
    """Seed, step, difference, and the few calls that lead to it."""
    trace = shrink(Stage.of(episode.seed), episode.classes, episode.calls)
    shown = trace[-MAX_TRACE:]
    head = f"seed {episode.seed}, step {len(episode.calls)}: {episode.divergence}"
    title = f"the last {len(shown)} of {len(trace)} calls that lead there:"
    return "\n".join([head, title, *(f"  {call}" for call in shown)])
