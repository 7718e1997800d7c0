"""How many jobs the node has seen, and why it took which: the figures behind an idle machine.

Each distinct job counts once, under what became of it last: a job that waited for its price and was
then taken by somebody else counts as TAKEN. The last few thousand jobs are remembered one by one,
older ones are numbers only.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from workbond.provider.fit import Misfit, Refusal

REMEMBERED = 5_000
OPEN, TOOK = "OPEN", "TOOK"  # beside the codes of `Misfit`: not decided yet, and ours


@dataclass(frozen=True)
class Seen:
    """A job that is remembered: its code, the one before it, and the numbers of its refusal."""

    code: str = OPEN
    before: str = OPEN
    numbers: Mapping[str, int] = field(default_factory=dict)


class Tally:
    """Counts; times are none of its business. `seen` is always the sum of `counts`."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._most = remembered
        self._jobs: OrderedDict[bytes, Seen] = OrderedDict()
        self._counts: Counter[str] = Counter()
        self.resumed = 0
        """Own jobs found at the start, which are not among those seen."""
        self.done = 0
        self.failed = 0
        self.earned = 0
        """Base units, of jobs that were paid."""
        self.lost = 0
        """Base units of bonds."""

    @property
    def counts(self) -> dict[str, int]:
        """Distinct jobs by code: `OPEN`, `TOOK`, or a misfit's name."""
        return {code: number for code, number in self._counts.items() if number}

    @property
    def seen(self) -> int:
        return sum(self._counts.values())

    @property
    def not_taken(self) -> int:
        return self.seen - self._counts[OPEN] - self._counts[TOOK]

    def with_code(self, code: str) -> list[Seen]:
        """The remembered jobs under `code`, those seen first at the front."""
        return [seen for seen in self._jobs.values() if seen.code == code]

    def see(self, job_id: bytes) -> None:
        """An open job came into sight."""
        if job_id not in self._jobs:
            self._set(job_id, Seen())

    def refuse(self, job_id: bytes, refusal: Refusal) -> None:
        """It does not fit, for good or for now."""
        known, code = self._jobs.get(job_id, Seen()), refusal.reason.name
        before = known.before if known.code == code else known.code
        self._set(job_id, Seen(code, before, refusal.numbers or known.numbers))

    def suits(self, job_id: bytes) -> None:
        """It fits now, whatever it was refused for before; it counts as not decided."""
        self.see(job_id)
        known = self._jobs[job_id]
        if known.code not in (OPEN, TOOK):
            self._set(job_id, replace(known, code=OPEN, before=known.code))

    def take(self, job_id: bytes) -> None:
        """It is ours."""
        known = self._jobs.get(job_id, Seen())
        self._set(job_id, replace(known, code=TOOK, before=known.code))

    def miss(self, job_id: bytes, reason: Misfit) -> None:
        """It is not to be had any more.

        Args:
            job_id: an open job so far.
            reason: TAKEN, or RPC for what was taken during an outage and would have been looked at
                otherwise. CLOSED says only that its time is over, so that an earlier reason stands.
        """
        known = self._jobs.get(job_id, Seen())
        if known.code == reason.name or (reason is Misfit.CLOSED and known.code != OPEN):
            return
        if reason is Misfit.RPC and known.code != OPEN:
            reason = Misfit.TAKEN
        self._set(job_id, replace(known, code=reason.name, before=known.code))

    def end(self, *, earned: int | None = None, lost: int = 0) -> None:
        """A job of ours ended: paid `earned`, or void."""
        if earned is None:
            self.failed += 1
        else:
            self.done += 1
            self.earned += earned
        self.lost += lost

    def _set(self, job_id: bytes, seen: Seen) -> None:
        known = self._jobs.get(job_id)
        if known is not None:
            self._counts[known.code] -= 1
        self._counts[seen.code] += 1
        self._jobs[job_id] = seen
        if len(self._jobs) > self._most:
            self._jobs.popitem(last=False)  # its code stays counted
