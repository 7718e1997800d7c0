"""Which mutants are tried, and in which order."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections import defaultdict
from collections.abc import Iterator

from .compiler import ROOT, Compiler, sources_of
from .exact import mutants_of
from .mutants import Mutant

CONTRACTS = ("Market", "Committee")
OURS = ("contracts/market/", "contracts/committee/", "contracts/libraries/")
SLITHER = ROOT / ".venv-slither" / "bin" / "python"


def contracts_of(path: str) -> list[str]:
    """Those that consist of this file, among others."""
    return [contract for contract in CONTRACTS if path in sources_of(contract)]


def everything(compiler: Compiler) -> list[Mutant]:
    """All mutants that slither's operators and ours make, each once."""
    found = set(by_slither())
    for contract in CONTRACTS:
        for path, tree in compiler.trees(contract).items():
            if path.startswith(OURS):
                found.update(mutants_of(path, (ROOT / path).read_bytes(), tree))
    texts: dict[tuple[str, str], Mutant] = {}
    for mutant in sorted(found):
        if mutant.new.strip() != mutant.old.strip():
            texts.setdefault((mutant.path, mutant.changed[mutant.path]), mutant)
    return list(texts.values())


def by_slither() -> list[Mutant]:
    """What slither makes, in an environment of its own."""
    search = f"{ROOT / 'build' / 'bin'}{os.pathsep}{os.environ['PATH']}"  # for forge
    command = [str(SLITHER), "tests/mutation/by_slither.py"]
    made = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PATH": search}, stdout=subprocess.PIPE, check=True
    )
    return [Mutant(**entry) for entry in json.loads(made.stdout)]


def in_turns(mutants: list[Mutant], seed: int) -> Iterator[Mutant]:
    """Operators take turns, each with its mutants in an order by chance: some make hundreds that
    any test kills, like a revert instead of a statement."""
    rng = random.Random(seed)
    of: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        of[mutant.operator].append(mutant)
    for operator in sorted(of):
        rng.shuffle(of[operator])
    while of:
        for operator in sorted(of):
            yield of[operator].pop()
            if not of[operator]:
                del of[operator]
