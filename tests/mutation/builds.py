"""From mutants to code that can be deployed: many at once where they can be switched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .compiler import ROOT, BadSource, Compiler, NotBuilt, sources_of
from .mutants import Mutant
from .sample import contracts_of
from .switches import LIBRARY, SOURCE, Edit, Tree, disjoint, edit_of, impure, switched

AT_ONCE = 48  # more would make the contract's code, and the compiler's work, grow beyond measure


class Batch(NamedTuple):
    """Mutants in one code, of which `switches.alive` picks one."""

    code: str
    numbers: list[int]


class Builder:
    """Of one contract, with mutants by number (from 1 on)."""

    def __init__(self, compiler: Compiler, contract: str, trees: Mapping[str, Tree]) -> None:
        self.compiler, self.contract, self.trees = compiler, contract, trees
        self.alone: list[int] = []  # those that have no switch

    def batches(self, mutants: Mapping[int, Mutant]) -> Iterator[Batch]:
        """All that can be switched; the others are noted as `alone`."""
        waiting: list[dict[int, tuple[str, Edit]]] = []
        for number, mutant in mutants.items():
            edit = edit_of(self.trees[mutant.path], mutant, number)
            if edit is None:
                self.alone.append(number)
                continue
            for batch in waiting:
                same_file = (e for path, e in batch.values() if path == mutant.path)
                if len(batch) < AT_ONCE and disjoint(edit, same_file):
                    batch[number] = mutant.path, edit
                    break
            else:
                waiting.append({number: (mutant.path, edit)})
        for batch in waiting:
            yield from self.built(batch)

    def built(self, batch: dict[int, tuple[str, Edit]]) -> Iterator[Batch]:
        """Without those that don't compile: the compiler says where it stopped."""
        while batch:
            files = {
                path: switched(
                    self.trees[path], {n: edit for n, (p, edit) in batch.items() if p == path}
                )
                for path in {path for path, _ in batch.values()}
            }
            changed = {LIBRARY: SOURCE}
            for path, source in sources_of(self.contract).items():
                if path.startswith("contracts/"):
                    text = files[path].text.decode() if path in files else source
                    changed[path] = impure(text)
            try:
                code = self.compiler.creation_code(self.contract, changed, limited=False)
            except BadSource as error:
                wrong = {
                    number
                    for path, start, end in error.places
                    if path in files
                    for number, places in files[path].places.items()
                    if any(first < end and start < last for first, last in places)
                }
                if not wrong:
                    yield from self.halves(batch)
                    return
                self.alone += sorted(wrong)
                batch = {n: edit for n, edit in batch.items() if n not in wrong}
            else:
                yield Batch(code, sorted(batch))
                return

    def halves(self, batch: dict[int, tuple[str, Edit]]) -> Iterator[Batch]:
        numbers = sorted(batch)
        if len(numbers) == 1:
            self.alone += numbers
            return
        middle = len(numbers) // 2
        for half in (numbers[:middle], numbers[middle:]):
            yield from self.built({n: batch[n] for n in half})


def trees(compiler: Compiler, contract: str) -> dict[str, Tree]:
    """Of all its sources."""
    found = compiler.trees(contract).items()
    return {path: Tree((ROOT / path).read_bytes(), tree) for path, tree in found}


def single(compiler: Compiler, mutant: Mutant) -> dict[str, str] | None:
    """The code of each contract that the mutant makes another; None if one can't be built."""
    codes = {}
    for contract in contracts_of(mutant.path):
        try:
            code = compiler.creation_code(contract, mutant.changed)
        except NotBuilt:
            return None
        if code != compiler.right(contract):
            codes[contract] = code
    return codes
