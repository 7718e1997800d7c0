"""One episode: random calls on both sides, then closing time."""

import random
from dataclasses import dataclass, field

from .actors import Actors
from .batching import Batcher
from .calls import Call
from .cast import PASSER_BY
from .market import Market
from .pair import Divergence, Pair, Stage
from .rules import DAY_S
from .shrink import shrink
from .spoil import Spoiler
from .tally import Tally, count, deadlines
from .words import State

MAX_TRACE = 20  # calls shown of a trace that could not be shortened
BATCHES = 0.08  # share of calls
SPOILED = 0.3  # share of calls that are made wrong on purpose
SPOILED_MORE = {"answer": 0.5, "match_orders": 0.4}  # in many ways


@dataclass
class Episode:
    """What happened under one seed, until model and contracts diverged, if they did."""

    seed: int
    model_class: type[Market]
    tally: Tally = field(default_factory=Tally)
    calls: list[Call] = field(default_factory=list)
    divergence: Divergence | None = None


def run(seed: int, steps: int, model_class: type[Market] = Market) -> Episode:
    """Play `steps` random calls, then end every job and pay everybody out."""
    episode = Episode(seed, model_class)
    pair = Pair(Stage.of(seed), model_class)
    rng = random.Random(seed)
    actors = Actors(rng, pair)
    spoiler = Spoiler(rng, actors)
    batcher = Batcher(rng, actors, spoiler)
    try:
        for _ in range(steps):
            batch = batcher.next_call() if rng.random() < BATCHES else None
            call = batch or actors.next_call()
            if not batch and rng.random() < SPOILED_MORE.get(call.function, SPOILED):
                call = spoiler.spoil(call)
            episode.calls.append(call)
            due = deadlines(pair.model, call)
            outcome = pair.perform(call)
            count(episode.tally, call, due, outcome, pair.chain.gas_used)
            actors.learn(call, outcome)
        pair.compare_all()
        close(pair, actors)
    except Divergence as divergence:
        episode.divergence = divergence
    return episode


def close(pair: Pair, actors: Actors) -> None:
    """A year later a passer-by, who has no rights, ends every job, each at the first attempt; then
    everybody can take everything out, and what is left is what was burned or given away."""
    at, block = actors.now + 365 * DAY_S, actors.block + 1

    def must(function: str, caller: str, *args: object) -> None:
        outcome = pair.perform(Call(function, caller, args, at, block))
        if outcome.refused:
            raise Divergence(f"closing: {function} by {caller} was refused: {outcome.refused}")

    for id_, record in [*pair.model.records.items()]:
        if record.state == State.OPEN:
            must("cancel", PASSER_BY, actors.requests[id_])
        elif record.job:
            must("expire" if record.state == State.RUNNING else "void", PASSER_BY, id_, record.job)
    for owner in pair.watched[:-1]:
        account = pair.model.accounts[owner]
        if account.staked:
            must("unstake", owner, account.staked)
    at += pair.model.cooldown_s
    for owner in pair.watched[:-1]:
        account = pair.model.accounts[owner]
        if account.unbonding:
            must("withdraw_stake", owner)
        if account.free:
            must("withdraw", owner, owner, account.free)
    burned = pair.audit.burned()
    left = pair.chain.balance(pair.chain.market)
    pair.same("left in the market: burned and given", burned + pair.donated, left)


def explain(episode: Episode) -> str:
    """Seed, step, difference, and the few calls that lead to it."""
    trace = shrink(Stage.of(episode.seed), episode.model_class, episode.calls)
    shown = trace[-MAX_TRACE:]
    head = f"seed {episode.seed}, step {len(episode.calls)}: {episode.divergence}"
    title = f"the last {len(shown)} of {len(trace)} calls that lead there:"
    return "\n".join([head, title, *(f"  {call}" for call in shown)])
