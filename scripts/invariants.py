"""The nine invariants over Market and Committee by forge, and whether the play went everywhere.

forge forgets what a run did when it begins the next: each run writes a line of counts to
build/invariants.txt when it is over. Here they are added up, and the script fails if a way out of a
job or a case was taken too rarely, or if too many calls did nothing.
"""

import argparse
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
COUNTS = ROOT / "build" / "invariants.txt"
FORGE = ROOT / "build" / "bin" / "forge"
SEED = "0x776f726b626f6e64"
CALLS = 110_000  # of every invariant: 100,000 at least, and some more for the rarest exits
LEAST = 500  # of every exit
USEFUL_PERCENT = 70  # of the calls do something, or are refused as they should be
DEPTH = 1000  # calls a run, after which all is ended and everybody leaves

EXITS = (
    "cancel by requester",
    "cancel by anyone",
    "revoke",
    "release",
    "expire",
    "approve",
    "finalize",
    "settled after a case",
    "void unanswered",
    "void unopened",
    "uphold, audited",
    "uphold, challenged",
    "reject, audited",
    "reject, challenged",
    "timeout",
    "appeal",
    "close upheld",
    "close rejected",
    "close undecided",
    "close undrawn",
    "close after an appeal",
    "abandon",
)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", default=SEED, help="of forge, to repeat a campaign")
    options.add_argument("--calls", type=int, default=CALLS, help="half of them with a bad token")
    given = options.parse_args()
    COUNTS.unlink(missing_ok=True)
    runs = -(-given.calls // (2 * DEPTH))
    settings = {"FOUNDRY_INVARIANT_RUNS": str(runs), "FOUNDRY_INVARIANT_DEPTH": str(DEPTH)}
    command = [str(FORGE), "test", "--match-path", "tests/forge/invariants/*"]
    command += ["--fuzz-seed", given.seed]
    print(f"seed {given.seed}, {2 * runs} runs of {DEPTH} calls", flush=True)
    if subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=False).returncode:
        return 1
    counts = read(COUNTS.read_text())
    for name, count in counts.most_common():
        print(f"{count:9,} {name}")
    problems = judge(counts, given.calls)
    for problem in problems:
        print(problem, file=sys.stderr)
    return bool(problems)


def read(text: str) -> Counter[str]:
    """Sums by name, and the most of what is gas. forge ends each campaign's last run twice."""
    counts: Counter[str] = Counter()
    for line in set(text.splitlines()):
        for part in line.split(";"):
            name, _, value = part.partition("=")
            if name.startswith("gas "):
                counts[name] = max(counts[name], int(value))
            else:
                counts[name] += int(value)
    return counts


def judge(counts: Counter[str], calls: int) -> list[str]:
    """What is missing."""
    problems = [
        f"{name}: taken {counts[name]} times, not {LEAST}" for name in EXITS if counts[name] < LEAST
    ]
    if counts["played"] < calls:
        problems.append(f"{counts['played']} calls, not {calls}")
    useful = counts["played"] - counts["idle"]
    if useful * 100 < counts["played"] * USEFUL_PERCENT:
        problems.append(f"{useful} of {counts['played']} calls did something: too few")
    return problems


if __name__ == "__main__":
    sys.exit(main())
