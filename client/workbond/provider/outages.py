"""Failed turns of a loop that follows the chain: told once each, and tried again ever later."""

from __future__ import annotations

import re

from workbond.provider.journal import Journal, Level

OUTAGE_PAUSE_MAX_S = 60.0


class Outages:
    """Counts the failed turns since the last one that worked.

    Args:
        journal: told of each new problem, and of its end.
        poll_s: the usual pause; it doubles with each failure.
    """

    def __init__(self, journal: Journal, poll_s: float) -> None:
        self._journal, self._poll_s = journal, poll_s
        self._problem = ""  # the one told last, without its numbers
        self.failures = 0

    def failed(self, problem: str, pause_max_s: float = OUTAGE_PAUSE_MAX_S) -> float:
        """Takes note of a failed turn; returns how long to pause."""
        self.failures += 1
        kind = re.sub(r"[0-9]", "", problem)  # a number that changes, like a fee, is no news
        if kind != self._problem:
            self._problem = kind
            self._journal.say(
                f"{problem} - trying again until it works", "OUTAGE", level=Level.WARNING
            )
        return min(self._poll_s * float(1 << min(self.failures, 10)), pause_max_s)

    def over(self, **numbers: int) -> None:
        """Takes note of a turn that worked; `numbers` are told too, if others failed before."""
        if self.failures:
            self._journal.say(
                f"going on after {self.failures} failed tries",
                "RECOVERED",
                numbers={"tries": self.failures, **numbers},
            )
        self.failures, self._problem = 0, ""
