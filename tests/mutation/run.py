"""Mutants against the model: built, played, and noted.

    make mutation                   # seed and size as recorded
    make mutation SEED=7 SIZE=300

What was found stands in build/mutation, so that a run goes on where it was stopped. What the model
does not notice goes on to the other oracles (later.py); results.py writes what came of all of them.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator
from typing import Any

from . import model_oracle
from .builds import Builder, single, trees
from .compiler import ROOT, Compiler
from .mutants import Mutant
from .sample import CONTRACTS, contracts_of, everything, in_turns
from .switches import alive

BUILD = ROOT / "build" / "mutation"
SEED, SIZE = 6, 210
EPISODES = 8  # of the model for each mutant; those that it doesn't notice see all of them later
SHARE = 1.2  # of the mutants about as many as a sixth can't be built or change nothing

Entry = dict[str, Any]


class Run:
    """One seed's: its mutants, in their order, and what is known of them."""

    def __init__(self, seed: int, compiler: Compiler) -> None:
        self.compiler = compiler
        self.place = BUILD / f"seed-{seed}"
        self.place.mkdir(parents=True, exist_ok=True)
        listed = self.place / "mutants.json"
        if not listed.is_file():
            listed.write_text(json.dumps([m._asdict() for m in everything(compiler)]), "utf-8")
        found = [Mutant(**entry) for entry in json.loads(listed.read_text("utf-8"))]
        print(f"seed {seed}: {len(found)} mutants to choose from", flush=True)
        self.order = dict(enumerate(in_turns(found, seed), 1))
        self.progress = self.place / "progress.jsonl"
        self.known: dict[int, Entry] = {}
        if self.progress.is_file():
            for line in self.progress.read_text("utf-8").splitlines():
                entry = json.loads(line)
                self.known[entry["number"]] = entry

    def counted(self, size: int) -> list[Entry]:
        """The first `size` in the order that were built and differ, as far as all is known."""
        known = (self.known.get(number) for number in self.order)
        solid = itertools.takewhile(lambda entry: entry is not None, known)
        counted = (e for e in solid if e and e["result"] in ("killed", "survived"))
        return list(itertools.islice(counted, size))

    def note(self, number: int, result: str, by: str = "") -> None:
        mutant = self.order[number]
        entry = {"number": number, **mutant._asdict(), "line": mutant.line, "old": mutant.old}
        self.known[number] = entry = {**entry, "result": result, "by": by}
        with self.progress.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
        where = f"{mutant.path.removeprefix('contracts/')}:{mutant.line}"
        print(number, result, mutant.operator, where, by, flush=True)

    def go(self, size: int) -> None:
        """Until `size` mutants count."""
        while (missing := size - len(self.counted(size))) > 0:
            fresh = (number for number in self.order if number not in self.known)
            chosen = [*itertools.islice(fresh, int(missing * SHARE) + 1)]
            if not chosen:
                return
            alone = chosen
            for contract in CONTRACTS:
                alone = [*self.together(contract, alone)]
            for number in alone:
                self.alone(number)

    def together(self, contract: str, numbers: list[int]) -> Iterator[int]:
        """Those of a contract, built many at once; yields what is not decided."""
        own = {n: self.order[n] for n in numbers if contract in contracts_of(self.order[n].path)}
        yield from (number for number in numbers if number not in own)
        builder = Builder(self.compiler, contract, trees(self.compiler, contract))
        seeds = model_oracle.seeds_for(contract)[:EPISODES]
        for batch in builder.batches(own):
            word = model_oracle.noticed(contract, alive(batch.code, 0), seeds[:2])
            assert word is None, f"{contract} with switches, none of them on: {word}"
            for number in batch.numbers:
                word = model_oracle.noticed(contract, alive(batch.code, number), seeds)
                if word:
                    self.note(number, "killed", f"model: {word}")
                else:
                    yield number
        yield from builder.alone

    def alone(self, number: int) -> None:
        """As it would ship. The code of a survivor is kept for the other oracles."""
        codes = single(self.compiler, self.order[number])
        if not codes:
            self.note(number, "not built" if codes is None else "same code")
            return
        for contract, code in codes.items():
            seeds = model_oracle.seeds_for(contract)[:EPISODES]
            word = model_oracle.noticed(contract, code, seeds)
            if word:
                self.note(number, "killed", f"model: {word}")
                return
            (self.place / f"{number}.{contract}.hex").write_text(code, "utf-8")
        self.note(number, "survived")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--size", type=int, default=SIZE, help="mutants that differ and are built")
    options = parser.parse_args()
    with Compiler() as compiler:
        run = Run(options.seed, compiler)
        run.go(options.size)


if __name__ == "__main__":
    main()
