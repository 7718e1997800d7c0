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


def anchors(text: str) -> set[str]:
    """What headings can be linked by, as code forges make it of them."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title) for title in titles]
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in plain}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_headings_lead_to_one(document: Path) -> None:
    missing = []
    for file, anchor in re.findall(r"\]\(([^)#\s]*)#([^)]+)\)", document.read_text("utf-8")):
        target = (document.parent / file) if file else document
        ours = target.suffix == ".md" and "://" not in file
        if ours and anchor not in anchors(target.read_text("utf-8")):
            missing.append(f"{file}#{anchor}")
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    missing = [link for link in links(text) if not (document.parent / link).exists()]
    missing += [path for path in paths(text) if not (ROOT / path).exists()]
    assert missing == []


def test_the_documents_are_found() -> None:
    assert {"README.md", "protocol.md", "design.md"} <= {path.name for path in DOCUMENTS}
