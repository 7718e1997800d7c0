"""How long a user waits for the command line, against a bare Python, in one run.

    python benchmarks/startup.py     # prints a table, writes benchmarks/results/startup.json

Times are medians of whole processes; only their ratios carry over to another machine. Ends with 1
if the help takes more than `HELP_MOST` times a bare Python.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "startup.json"
ROUNDS = 15
HELP_MOST = 8.0
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "workbond --help": ["-m", "workbond", "--help"],
    "workbond config show": ["-m", "workbond", "config", "show"],
    "workbond job --help": ["-m", "workbond", "job", "--help"],
    "workbond job submit --help": ["-m", "workbond", "job", "submit", "--help"],
    "import workbond.chain.connection (web3)": ["-c", "import workbond.chain.connection"],
}


def seconds(arguments: list[str]) -> float:
    started = time.perf_counter()
    quiet = subprocess.DEVNULL
    subprocess.run([sys.executable, *arguments], stdout=quiet, stderr=quiet, check=True)
    return time.perf_counter() - started


def main() -> None:
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):  # interleaved, so that a busy moment hits all alike
        for name, arguments in COMMANDS.items():
            taken[name].append(seconds(arguments))
    medians = {name: statistics.median(values) for name, values in taken.items()}
    base = medians["python -c pass"]
    ratios = {name: round(value / base, 1) for name, value in medians.items()}
    for name, ratio in ratios.items():
        print(f"{name:42} {medians[name] * 1000:7.0f} ms {ratio:7.1f} times")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"ratio_to_bare_python": ratios}, indent=1) + "\n")
    if ratios["workbond --help"] > HELP_MOST:
        sys.exit(f"workbond --help takes more than {HELP_MOST} times a bare Python: import less")


if __name__ == "__main__":
    main()
