"""What the commands of `workbond audit` print alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbond.audit.findings import Findings

SHOWN_FINDINGS = 40


def finding_lines(findings: Findings) -> Iterator[str]:
    for finding in findings.kept[:SHOWN_FINDINGS]:
        yield f"! {finding}"
    if findings.total > SHOWN_FINDINGS:
        yield f"! and {findings.total - SHOWN_FINDINGS} more; --json shows up to 1000"


def yes(truth: bool) -> str:
    return "yes" if truth else "no"
