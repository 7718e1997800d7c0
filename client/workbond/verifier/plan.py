"""How a verifier's loop runs."""

from __future__ import annotations

from dataclasses import dataclass

POLL_S = 1.0
STAGGER_S = 36  # three of Ethereum's blocks


@dataclass(frozen=True)
class Plan:
    """How the loop runs.

    Args:
        poll_s: between two looks at the chain.
        stagger_s: the longest that it leaves a crank to others, who may be as ready; chain time.
    """

    poll_s: float = POLL_S
    stagger_s: int = STAGGER_S
