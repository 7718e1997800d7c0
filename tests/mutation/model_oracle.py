"""Does the Python model notice? The cheapest oracle: the episodes that CI plays (tests/model)."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable
from functools import partial
from multiprocessing.connection import Connection

from pyrevm import EVM, CfgEnv, Env
from tests.model import chain, test_agreement, test_agreement_on_cases, wire
from tests.model.driver import run

MARKET_SEEDS = tuple(test_agreement.SEEDS)
CASE_SEEDS = tuple(test_agreement_on_cases.SEEDS)
STEPS = test_agreement.STEPS
STUCK_S = 180  # in one episode, which takes seconds: the mutant runs in circles
MAX_GAS = 30_000_000  # a block's: endless loops end there
# Contracts with many mutants have more code than a chain takes.
ROOMY = Env(cfg=CfgEnv(chain_id=chain.CHAIN_ID, limit_contract_code_size=2**18))


def seeds_for(contract: str) -> tuple[int, ...]:
    """All that CI plays, those of the contract's own matters first."""
    own, other = (MARKET_SEEDS, CASE_SEEDS) if contract == "Market" else (CASE_SEEDS, MARKET_SEEDS)
    return own + other


def noticed(contract: str, code: str, seeds: Iterable[int]) -> str | None:
    """What the model says of `contract` with this creation code (hex); None if it agrees."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    fork = multiprocessing.get_context("fork")
    player = fork.Process(target=play, args=(theirs, contract, code, tuple(seeds)))
    player.start()
    theirs.close()
    try:
        while ours.poll(STUCK_S):
            word: str | None = ours.recv()
            if word != "on":
                return word
        return f"no end within {STUCK_S} s"
    except EOFError:
        return "the EVM stopped"
    finally:
        player.kill()
        player.join()


def play(pipe: Connection, contract: str, code: str, seeds: tuple[int, ...]) -> None:
    """In a process of its own: an endless loop in the EVM ends with it alone."""
    shipped = wire.artifact

    def artifact(name: str) -> dict[str, object]:
        return {**shipped(name), **({"bytecode": code} if name == contract else {})}

    wire.artifact = artifact  # type: ignore[assignment]
    chain.EVM = partial(EVM, env=ROOMY, gas_limit=MAX_GAS)  # type: ignore[assignment, attr-defined]
    for seed in seeds:
        try:
            episode = run(seed, STEPS)
        except Exception as error:  # the test would fail with it
            pipe.send(f"seed {seed}: {type(error).__name__}: {str(error)[:200]}")
            return
        if episode.divergence:
            what = str(episode.divergence).splitlines()[0]
            step = len(episode.calls)
            call = episode.calls[-1].function if step else "its beginning"
            pipe.send(f"seed {seed}, step {step}, at {call}: {what[:200]}")
            return
        pipe.send("on")
    pipe.send(None)
