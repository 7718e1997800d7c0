"""The ways out of a job that nobody is paid for (docs/protocol.md section 5)."""

from . import rules
from .errors import require
from .hashing import job_id
from .jobs import Jobs
from .records import Record, require_clean
from .rules import Slash
from .words import Job, Request, State, VoidReason


class Exits(Jobs):
    """Who may end a job, when, and what it costs the provider."""

    def cancel(self, caller: str, request: Request) -> None:
        """Open → Cancelled: the requester whenever it likes, anybody once nobody can accept. None →
        Cancelled: what its author signed, and nobody has used yet, is worth nothing any more."""
        require_clean(request)
        id_ = job_id(self.domain, request)
        if caller == request.requester and self.record(id_).state == State.NONE:
            self.records[id_] = Record(State.CANCELLED)
            self.emit("OrderCancelled", id_, caller)
            return
        self.require_state(id_, State.OPEN)
        allowed = caller == request.requester or self.now >= request.open_until
        require(allowed, "NotAllowed", caller, request.requester)

        refund = rules.escrow_of(request)
        self.accounts[request.requester].free += refund
        self.records[id_] = Record(State.CANCELLED)
        self.emit("JobCancelled", id_, request.requester, caller, refund)

    def release(self, caller: str, id_: bytes, job: Job) -> None:
        """Running → Void: the provider gives up in time."""
        self.require_record(id_, job, State.RUNNING)
        require(caller == job.provider, "NotAllowed", caller, job.provider)
        self.require_before(rules.run_end(job))
        self.fail(caller, id_, job, VoidReason.RELEASED, rules.release_slash(job, self.now))

    def expire(self, caller: str, id_: bytes, job: Job) -> None:
        """Running → Void: no claim came in time."""
        self.require_record(id_, job, State.RUNNING)
        self.require_from(rules.run_end(job))
        slash = rules.failure_slash(job, rules.EXPIRE_PERCENT)
        self.fail(caller, id_, job, VoidReason.EXPIRED, slash)

    def void(self, caller: str, id_: bytes, job: Job) -> None:
        """Claimed → Void: a demand was not answered in time, or nobody opened the seal within the
        grace."""
        self.require_record(id_, job, State.CLAIMED)
        self.require_from(rules.void_from(job))
        slash = rules.failure_slash(job, rules.VOID_PERCENT)
        reason = VoidReason.UNANSWERED if rules.unanswered(job) else VoidReason.UNOPENED
        self.fail(caller, id_, job, reason, slash)

    def fail(
        self, caller: str, id_: bytes, job: Job, reason: VoidReason, slash: Slash, given: int = 0
    ) -> None:
        """End an accepted job unpaid: escrow back, and of the bond what is not slashed, nor was
        `given` away by a verdict."""
        refund = rules.locked_in(job)
        self.accounts[job.provider].bonded -= job.bond
        self.accounts[job.requester].free += refund
        self.slash(job.provider, job.requester, caller, slash)
        self.accounts[job.provider].staked -= given
        self.records[id_] = Record(State.VOID)
        compensation, reward, burned = slash
        head = (id_, job.requester, job.provider, reason)
        tail = (refund, slash.total + given, compensation, caller, reward, burned)
        self.emit("JobVoided", *head, *tail)
