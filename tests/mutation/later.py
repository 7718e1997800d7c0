"""What the model did not notice in a few episodes, against the other tests that CI runs.

Forge's directed tests and more episodes of the model, on the mutant's own code as it would ship.
What is left is explained in docs/security/mutation.md.
"""

from __future__ import annotations

import argparse

from . import forge_oracle, model_oracle
from .builds import single
from .compiler import Compiler
from .run import SEED, SIZE, Run

EPISODES = 24  # of the 120 and more that CI plays


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--size", type=int, default=SIZE)
    options = parser.parse_args()
    with Compiler() as compiler:
        run = Run(options.seed, compiler)
        left = [entry for entry in run.counted(options.size) if entry["result"] == "survived"]
        left = [entry for entry in left if not entry["by"]]
        print(f"{len(left)} left", flush=True)
        assert forge_oracle.passes(), "forge's tests must pass before they can notice anything"
        for entry in left:
            number = entry["number"]
            word = noticed(compiler, run, number)
            run.note(number, "killed" if word else "survived", word or "by all tests here")


def noticed(compiler: Compiler, run: Run, number: int) -> str | None:
    """Which test does first, if one does."""
    codes = single(compiler, run.order[number]) or {}
    for contract, code in codes.items():
        if word := forge_oracle.noticed(contract, code):
            return f"forge: {word}"
    for contract, code in codes.items():
        seeds = model_oracle.seeds_for(contract)[:EPISODES]
        if word := model_oracle.noticed(contract, code, seeds):
            return f"model: {word}"
    return None


if __name__ == "__main__":
    main()
