"""What a page of docs/contracts says, in the form that docs/contracts/README.md explains."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .walk import NO_DATA, OTHERS

Row = tuple[str, ...]
PAGES = Path(__file__).resolve().parents[2] / "docs" / "contracts"
CODE = re.compile(r"`([^`]+)`")
ERRORS = re.compile(rf"`([\w.]+(?:\([^`]*\))?)`|({NO_DATA}|{OTHERS})")
AS_THERE = re.compile(r"^\[as there\]\(#([\w-]+)\)$")


@dataclass
class Section:
    title: str
    level: int
    lines: list[str] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        return re.sub(r"[^\w -]", "", self.title).lower().replace(" ", "-")

    @property
    def signature(self) -> str | None:
        """The line of code under the title, if it begins so."""
        first = next((line for line in self.lines if line), "")
        found = re.fullmatch(r"`([^`]+)`", first)
        return found[1] if found else None

    def table(self, *heads: str) -> list[Row]:
        """The rows of the table with these heads; none if there is no such table."""
        wanted = f"| {' | '.join(heads)} |"
        if wanted not in self.lines:
            return []
        rows = []
        for line in self.lines[self.lines.index(wanted) + 2 :]:
            if not line.startswith("|"):
                break
            rows.append(tuple(cell.strip() for cell in line.strip("|").split(" | ")))
        assert all(len(row) == len(heads) for row in rows), f"{self.title}: {rows}"
        return rows

    def point(self, name: str) -> str | None:
        """What stands behind `- **name:**`, with its further lines."""
        start = f"- **{name}:** "
        for k, line in enumerate(self.lines):
            if line.startswith(start):
                text = [line.removeprefix(start)]
                for more in self.lines[k + 1 :]:
                    if not more.startswith("  "):
                        break
                    text.append(more.strip())
                return " ".join(text)
        return None


@dataclass(frozen=True)
class Page:
    """The page of contract `name` (or of the libraries), with its text."""

    name: str
    text: str

    @classmethod
    def read(cls, name: str) -> Page:
        return cls(name, (PAGES / f"{name.lower()}.md").read_text("utf-8"))

    @cached_property
    def sections(self) -> list[Section]:
        found = [Section("", 0)]
        for line in self.text.splitlines():
            if title := re.match(r"(#+) (.*)", line):
                found.append(Section(title[2], len(title[1])))
            else:
                found[-1].lines.append(line)
        return found

    def section(self, anchor: str) -> Section:
        (found,) = [one for one in self.sections if one.anchor == anchor]
        return found

    def table(self, *heads: str) -> list[Row]:
        """The rows of all tables with these heads."""
        return [row for section in self.sections for row in section.table(*heads)]

    @property
    def functions(self) -> dict[str, Section]:
        """The sections of functions that write, by signature."""
        return {s.signature: s for s in self.sections if s.level == 3 and s.signature}

    @property
    def views(self) -> dict[str, Row]:
        return {CODE.findall(row[0])[0]: row for row in self.table("view", "tells", "else")}

    def refusals(self, section: Section) -> list[str]:
        """The errors of a section's requirements, in its order."""
        found: list[str] = []
        for _, otherwise in section.table("requires", "else"):
            if there := AS_THERE.match(otherwise):
                found += self.refusals(self.section(there[1]))
            else:
                found += named(otherwise)
        return found


def named(text: str) -> list[str]:
    """Errors in a text: what stands in backticks, and the two ways to fail that have no name."""
    return [code or plain for code, plain in ERRORS.findall(text)]
