"""The mutants that slither's own operators make of the contracts, as JSON on standard output.

    .venv-slither/bin/python tests/mutation/by_slither.py

Runs in slither's environment, which has nothing of ours; `slither-mutate` itself would test each
mutant by a command that compiles everything anew, a minute and more for each.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from slither import Slither
from slither.core.compilation_unit import SlitherCompilationUnit
from slither.core.declarations import Contract
from slither.tools.mutator.mutators import all_mutators
from slither.tools.mutator.mutators.abstract_mutator import AbstractMutator

# Visibility and mutability: what the compiler checks, not what the code does.
WITHOUT_EFFECT = ("FHR",)
ROOT = Path(__file__).resolve().parents[2]
OURS = ("contracts/market/", "contracts/committee/", "contracts/libraries/")
BUILD = "build/slither"


def main() -> None:
    os.chdir(ROOT)
    os.environ.update(FOUNDRY_OUT=BUILD, FOUNDRY_CACHE_PATH=f"{BUILD}-cache")
    compiled = "--compiled" in sys.argv
    options = {"compile_force_framework": "foundry", "foundry_out_directory": BUILD}
    analysed = Slither(".", ignore_compile=compiled, **options)
    mutants, done = [], set()
    for unit in analysed.compilation_units:
        for contract in unit.contracts:
            file = contract.source_mapping.filename.relative
            if file.startswith(OURS) and contract.name not in done:
                done.add(contract.name)
                mutants += made_of(contract, unit, file)
    json.dump(mutants, sys.stdout)


def made_of(
    contract: Contract, unit: SlitherCompilationUnit, file: str
) -> Iterator[dict[str, object]]:
    for mutator in vars(all_mutators).values():
        if not isinstance(mutator, type) or not issubclass(mutator, AbstractMutator):
            continue
        if mutator.NAME in WITHOUT_EFFECT:
            continue
        try:
            made = mutator(unit, 0, "", "", contract, "", False, ROOT / "build", [])._mutate()
        except Exception as error:  # as slither-mutate does
            print(f"{mutator.NAME} failed on {contract.name}: {error}", file=sys.stderr)
            continue
        for patches in made.get("patches", {}).values():
            for patch in patches:
                place = {"path": file, "start": patch["start"], "end": patch["end"]}
                new = str(patch["new_string"])
                yield {**place, "new": new, "operator": f"slither {mutator.NAME}"}


if __name__ == "__main__":
    main()
