"""Model against contracts for as long as you like.

    make soak-model
    make soak-model SEED=7 STEPS=1000000

Without a seed one is drawn, and printed: the same seed plays the same episodes again.
"""

import argparse
import random
import sys

from .driver import explain, run
from .tally import Tally

EPISODE_STEPS = 500
DEFAULT_STEPS = 200_000  # some minutes
MAX_SEED = 10**9
PROGRESS = 20  # episodes between two lines


def main() -> int:
    """Play until the steps are done or model and contracts differ; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, help="of the first episode, the next ones follow")
    parser.add_argument("--steps", type=int, default=DEFAULT_STEPS)
    options = parser.parse_args()
    first = random.randrange(MAX_SEED) if options.seed is None else options.seed
    episodes = max(1, -(-options.steps // EPISODE_STEPS))
    seeds = range(first, first + episodes)
    print(f"SEED={first} STEPS={episodes * EPISODE_STEPS}", flush=True)
    total = Tally()
    for played, seed in enumerate(seeds, 1):
        episode = run(seed, EPISODE_STEPS)
        total += episode.tally
        if episode.divergence:
            print(explain(episode))
            print(f"again: make soak-model SEED={seed} STEPS={EPISODE_STEPS}")
            return 1
        if played % PROGRESS == 0:
            print(f"{played} of {episodes} episodes", flush=True)
    print("\n".join(total.lines(seeds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
