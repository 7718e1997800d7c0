"""Live jobs whose claims the committee judges, from the market's events.

Nothing of it is kept on disk. Jobs with another resolver, and those that ended, are forgotten, so
it stays small whatever happens on the market.
"""

from __future__ import annotations

from workbond.chain.abi import Event
from workbond.chain.contract import topic
from workbond.chain.market import Market
from workbond.chain.types import State
from workbond.jobs import JOB_EVENTS, HistoryGap, JobBook, JobRecord

BEGINNINGS = ("JobPosted", "JobMatched")
JOBS_MAX = 10_000  # beyond this, those go that lock the least money
TRIM_EVERY = 100


class Claims:
    """Jobs of `market` whose resolver is `committee`.

    Args:
        market: the deployed market.
        committee: the resolver's address.
        first_block: where the market was deployed.
    """

    def __init__(self, market: Market, committee: str, first_block: int) -> None:
        self._market, self._committee, self._first_block = market, committee, first_block
        self._book = JobBook()
        self._began = 0

    def claimed(self) -> list[JobRecord]:
        """Jobs with a claim and without a case, whose window ends first at the front."""
        found = [job for job in self._book.jobs.values() if job.state is State.CLAIMED]
        return sorted(found, key=lambda job: job.live_job().window_end)

    def find(self, job_id: bytes) -> JobRecord | None:
        return self._book.jobs.get(job_id)

    def apply(self, event: Event) -> None:
        """Takes in an event of the market; one that was taken in before changes nothing."""
        job_id = event.args["id"]
        known = self._book.jobs.get(job_id)
        if known is None:
            if event.name in BEGINNINGS and event.args["request"].resolver == self._committee:
                self._book.apply(event)
                self._trim()
            return
        if any(_place(event) == _place(earlier) for earlier in known.events):
            return
        try:
            self._book.apply(event)
        except HistoryGap:
            self.reload(job_id, event.block_number)
            return
        if known.state.is_final:
            self._book.jobs.pop(job_id, None)

    def reload(self, job_id: bytes, to_block: int) -> JobRecord | None:
        """Reads one job's history again, up to `to_block`; returns its record if it is live.

        An answer that can't be true, as a node that lags behind gives it, changes nothing.
        """
        events = self._market.events(
            self._first_block, to_block, names=JOB_EVENTS, topics=[topic(job_id)]
        )
        try:
            record = JobBook(events).jobs.get(job_id)
        except HistoryGap:
            return self.find(job_id)
        self._book.jobs.pop(job_id, None)
        if record is None or record.request.resolver != self._committee or record.state.is_final:
            return None
        self._book.jobs[job_id] = record
        return record

    def rewind(self, last: int) -> None:
        """A reorganisation took the blocks after `last` back."""
        for record in list(self._book.jobs.values()):
            if any(event.block_number > last for event in record.events):
                self.reload(record.id, last)

    def _trim(self) -> None:
        self._began += 1
        if self._began % TRIM_EVERY or len(self._book.jobs) <= JOBS_MAX:
            return
        by_money = sorted(self._book.jobs.values(), key=_money, reverse=True)
        for record in by_money[JOBS_MAX:]:
            del self._book.jobs[record.id]


def _money(record: JobRecord) -> tuple[bool, int]:
    """What a job locks: an open one could name any bond, as nobody has put it up."""
    return record.job is not None, record.locked if record.job is None else record.job.bond


def _place(event: Event) -> tuple[bytes, bytes, int]:
    return event.block_hash, event.tx_hash, event.log_index
