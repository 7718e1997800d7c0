"""What is done of a long run, in a file that outlives it."""

import json
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from .tally import Tally
from .wire import CONTRACTS, artifact


def fingerprint() -> str:
    """Of the contracts that are played against."""
    code = "".join(artifact(name)["bytecode"] for name in CONTRACTS)
    return sha256(code.encode()).hexdigest()


@dataclass
class Progress:
    """The seeds with which finished parts began, and all that those did."""

    seeds: range
    path: Path | None = None
    done: set[int] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)
    cpu_s: float = 0

    @classmethod
    def of(cls, seeds: range, path: Path | None) -> "Progress":
        """Goes on with the same run against the same contracts, if the file tells of one."""
        if path is None or not path.exists():
            return cls(seeds, path)
        told = json.loads(path.read_text())
        same = told["contracts"] == fingerprint() and told["seeds"] == [seeds.start, seeds.stop]
        if not same:
            raise SystemExit(f"{path} tells of another run: remove it, or name another file")
        tally = Tally()
        for name, rows in told["tally"].items():
            getattr(tally, name).update({unlisted(key): count for key, count in rows})
        return cls(seeds, path, {*told["done"]}, tally, told["cpu_s"])

    def add(self, first: int, tally: Tally, cpu_s: float) -> None:
        """Another part is finished."""
        self.done.add(first)
        self.tally += tally
        self.cpu_s += cpu_s
        if self.path:
            self.save(self.path)

    def save(self, path: Path) -> None:
        counters: dict[str, Counter[Any]] = vars(self.tally)
        told = {
            "contracts": fingerprint(),
            "seeds": [self.seeds.start, self.seeds.stop],
            "steps": self.tally.steps,
            "cpu_s": self.cpu_s,
            "done": sorted(self.done),
            "tally": {name: [*counter.items()] for name, counter in counters.items()},
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(told))
        new.replace(path)  # whatever stops us leaves the one or the other


def unlisted(key: object) -> object:
    """A counter's key, as JSON tells it: lists were tuples."""
    return tuple(key) if isinstance(key, list) else key
