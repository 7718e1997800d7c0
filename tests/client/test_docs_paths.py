"""What the documents point to exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md")])
FOLDERS = "benchmarks|client|contracts|docs|examples|scripts|tests"


def links(text: str) -> set[str]:
    found = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    return {link for link in found if not link.startswith(("http", "mailto"))}


def paths(text: str) -> set[str]:
    """Paths from the root in backticks; a `…` or `{a,b}` in one is no path."""
    return set(re.findall(rf"`((?:{FOLDERS})/[\w./-]*)`", text))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    missing = [link for link in links(text) if not (document.parent / link).exists()]
    missing += [path for path in paths(text) if not (ROOT / path).exists()]
    assert missing == []


def test_the_documents_are_found() -> None:
    assert {"README.md", "protocol.md", "design.md"} <= {path.name for path in DOCUMENTS}
