"""How long a node runs and what it keeps."""

from __future__ import annotations

from dataclasses import dataclass

from workbond.provider.books import SUMMARY_S
from workbond.provider.terms import KEEP_BYTES

POLL_S = 1.0


@dataclass(frozen=True)
class Plan:
    """How long the node runs and what it keeps.

    Args:
        once: take the jobs that are open now, finish all live ones, end.
        max_jobs: accept so many, finish, end; 0: no bound.
        keep_bytes: results of ended jobs that stay on disk; of fetched inputs as much again.
        poll_s: between two looks at the chain.
        summary_s: at least between two summaries of why jobs are not taken.
    """

    once: bool = False
    max_jobs: int = 0
    keep_bytes: int = KEEP_BYTES
    poll_s: float = POLL_S
    summary_s: float = SUMMARY_S
