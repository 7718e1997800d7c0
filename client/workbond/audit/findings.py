"""What an audit objects to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MAX_FINDINGS = 1_000  # kept; a lying node could cause any number, so the rest are only counted


@dataclass(frozen=True)
class Finding:
    """One contradiction; `text` holds both values. `log_index` is None for storage.

    Codes:
        order      an event that does not come after the one before it
        block      an event of a block that the chain does not have
        gap        an event that can't follow the job's state: one before it is missing
        rule       an event whose values break the protocol's rules
        identity   an id, seal or card digest that is not the hash of what it names
        overdrawn  more left a balance than was in it
        unknown    an event that this version of the protocol does not emit
        token      market and token disagree about what came in or went out
        storage    the contract holds something else than its events tell
        insolvent  the market owns fewer tokens than it owes
    """

    code: str
    block: int
    log_index: int | None
    text: str

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "block": self.block,
            "log_index": self.log_index,
            "text": self.text,
        }

    def __str__(self) -> str:
        place = f"block {self.block}"
        if self.log_index is not None:
            place += f", log {self.log_index}"
        return f"{self.code} ({place}): {self.text}"


@dataclass
class Findings:
    """The first `MAX_FINDINGS` findings, and how many there were of each code."""

    kept: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, block: int, log_index: int | None, text: str) -> None:
        self.counts[code] = self.counts.get(code, 0) + 1
        if len(self.kept) < MAX_FINDINGS:
            self.kept.append(Finding(code, block, log_index, text))

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def has(self, code: str) -> bool:
        return code in self.counts
