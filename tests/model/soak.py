"""Model against contracts for as long as you like.

    make soak-model
    make soak-model SEED=7 STEPS=10000000 JOBS=2

Without a seed one is drawn, and printed: the same seed plays the same episodes again. With
`--progress` a run that was stopped goes on where it was: what is done stands in that file.
"""

import argparse
import gc
import random
import sys
import time
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

from .driver import explain, run
from .progress import Progress
from .tally import Tally

EPISODE_STEPS = 500
DEFAULT_STEPS = 200_000  # some minutes
MAX_SEED = 10**9
STRIDE = 25  # calls between two looks at storage: every outcome and event is compared, and the end
RENEWED = 20  # parts after which a process is replaced: pyrevm keeps some of what it had
PART = 20  # episodes between two lines, and two notes of the progress
GARBAGE = 50_000  # objects between two searches for it: episodes make little


class Played(NamedTuple):
    """Some episodes: what they did, and how model and contracts came to differ, if they did."""

    first: int  # seed
    tally: Tally
    divergence: str
    cpu_s: float


def play(first: int) -> Played:
    """The episodes of `PART` seeds, or as many of them as agree."""
    began, tally = time.process_time(), Tally()
    for seed in range(first, first + PART):
        episode = run(seed, EPISODE_STEPS, stride=STRIDE)
        tally += episode.tally
        if episode.divergence:
            again = f"again: make soak-model SEED={seed} STEPS={EPISODE_STEPS}"
            return Played(first, tally, f"{explain(episode)}\n{again}", 0)
    return Played(first, tally, "", time.process_time() - began)


def played(firsts: list[int], jobs: int) -> Iterator[Played]:
    """All of them, in any order."""
    if jobs == 1:
        yield from map(play, firsts)
        return
    with Pool(jobs, maxtasksperchild=RENEWED) as pool:
        yield from pool.imap_unordered(play, firsts)


def main() -> int:
    """Play until the steps are done or model and contracts differ; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, help="of the first episode, the next ones follow")
    parser.add_argument("--steps", type=int, default=DEFAULT_STEPS)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--progress", type=Path, help="file that says what is done")
    options = parser.parse_args()
    gc.set_threshold(GARBAGE)
    first = random.randrange(MAX_SEED) if options.seed is None else options.seed
    episodes = max(1, -(-options.steps // (PART * EPISODE_STEPS))) * PART
    seeds = range(first, first + episodes)
    print(f"SEED={first} STEPS={episodes * EPISODE_STEPS}", flush=True)
    progress = Progress.of(seeds, options.progress)
    rest = [seed for seed in seeds[::PART] if seed not in progress.done]
    for part in played(rest, options.jobs):
        if part.divergence:
            print(part.divergence)
            return 1
        progress.add(part.first, part.tally, part.cpu_s)
        print(f"{PART * len(progress.done)} of {episodes} episodes", flush=True)
    print("\n".join([*progress.tally.lines(seeds), f"{progress.cpu_s:.0f} s of one core"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
