"""A contract's source with one small thing wrong."""

from __future__ import annotations

from typing import NamedTuple

from .compiler import ROOT


class Mutant(NamedTuple):
    """Bytes `start` to `end` of a source file are replaced by `new`."""

    path: str
    start: int
    end: int
    new: str
    operator: str  # what made it

    @property
    def source(self) -> bytes:
        return (ROOT / self.path).read_bytes()

    @property
    def old(self) -> str:
        return self.source[self.start : self.end].decode()

    @property
    def line(self) -> int:
        return self.source[: self.start].count(b"\n") + 1

    @property
    def changed(self) -> dict[str, str]:
        """The file as it would be."""
        source = self.source
        return {self.path: (source[: self.start] + self.new.encode() + source[self.end :]).decode()}
