"""The narrow door for whoever judges claims (docs/protocol.md sections 2 and 5).

Claimed ─dispute─▶ Disputed ─resolve upheld, timeout─▶ Claimed
                      │
               resolve rejected
                      ▼
                    Void
"""

from dataclasses import replace

from . import rules
from .errors import require
from .exits import Exits
from .records import Record
from .words import NOBODY, Job, State, Verdict, VoidReason


class Disputes(Exits):
    """A job's resolver pushes; the market never asks it."""

    def dispute(self, caller: str, id_: bytes, job: Job) -> None:
        """Claimed → Disputed: the resolver opens the one case that a claim can have, as the case
        that is over has ended the window."""
        self.require_disputable(caller, id_, job)
        self.records[id_] = Record(State.DISPUTED, replace(job, disputed_at=self.now))
        self.emit("JobDisputed", id_, caller, job.provider, self.now)

    def resolve(self, caller: str, id_: bytes, job: Job, verdict: int, challenger: str) -> None:
        """Disputed → Claimed, or Void: the resolver says how, and whom its case was about."""
        require(verdict in [*Verdict], "Malformed")
        self.require_record(id_, job, State.DISPUTED)
        require(caller == job.resolver, "NotAllowed", caller, job.resolver)
        self.require_before(rules.case_end(job))
        challenged = challenger != NOBODY
        if verdict == Verdict.UPHELD:
            self.uphold(id_, job, challenger, 0 if challenged else job.case_fee, timed_out=False)
            return
        to_resolver, to_challenger, rest = rules.rejection(job, challenged)
        self.accounts[caller].free += to_resolver
        self.accounts[challenger].free += to_challenger
        given = (to_resolver, to_challenger)
        self.emit("CaseResolved", id_, caller, challenger, True, False, *given, 0, 0)
        self.fail(caller, id_, job, VoidReason.REJECTED, rest, sum(given))

    def timeout(self, caller: str, id_: bytes, job: Job) -> None:
        """Disputed → Claimed: the resolver was silent, and gets nothing."""
        self.require_record(id_, job, State.DISPUTED)
        self.require_from(rules.case_end(job))
        self.uphold(id_, job, NOBODY, 0, timed_out=True)

    def require_disputable(self, caller: str, id_: bytes, job: Job) -> None:
        self.require_record(id_, job, State.CLAIMED)
        require(caller == job.resolver, "NotAllowed", caller, job.resolver)
        self.require_before(job.window_end)

    def uphold(
        self, id_: bytes, job: Job, challenger: str, to_resolver: int, *, timed_out: bool
    ) -> None:
        """The claim stands and its window is over; demands that are open still bind."""
        refund = job.case_fee - to_resolver
        upheld = replace(job, case_fee=0, disputed_at=0, case_done=True, window_end=self.now)
        self.accounts[job.resolver].free += to_resolver
        self.accounts[job.requester].free += refund
        self.records[id_] = Record(State.CLAIMED, upheld)
        told = (challenger, False, timed_out, to_resolver, 0, refund, self.now)
        self.emit("CaseResolved", id_, job.resolver, *told)
