"""What events tell of signed orders, known by their digests, and of who may act for whom.

Offers themselves never get on the chain: an event has the digest, and which provider is bound by
it. So nothing here knows an offer's limits, nor `maxJobs`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from workbond.audit.problems import Problem, differs, shown
from workbond.chain.abi import Event
from workbond.chain.reverts import explain_reason
from workbond.chain.types import State
from workbond.jobs import JobRecord

# Solidity's names of all errors with which the market refuses an entry of a batch.
REFUSALS = {
    *("WrongState", "FieldOutOfRange", "NotAllowed", "TooEarly", "TooLate", "ProviderNotAllowed"),
    *("CounterMismatch", "OfferExceeded", "OfferRevoked", "OfferUsedUp", "SignatureRefused"),
    *("InsufficientFree", "StakeTooLow", "InsufficientStake"),
    *("JobMismatch", "SealMismatch", "DemandOpen"),
}
OF_JOBS = {"WrongState", "JobMismatch", "DemandOpen"}  # these name the job


class SignedOrders:
    """Digests of offers and requests after the events so far.

    `uses` counts the matches of offers; `authors` are the signers, as far as they are known;
    `revoked` counts the cancellations; `delegates` are by account, the zero address included.
    """

    def __init__(self) -> None:
        self.uses: Counter[bytes] = Counter()
        self.authors: dict[bytes, str] = {}
        self.revoked: Counter[bytes] = Counter()
        self.delegates: dict[str, str] = {}

    def use(self, offer: bytes, provider: str) -> Iterator[Problem]:
        """A match binds the provider by its offer."""
        self.uses[offer] += 1
        if offer in self.revoked:
            yield "rule", f"JobMatched uses the offer {shown(offer)}, which was cancelled before"
        yield from self._author("JobMatched: provider of the offer", offer, provider)

    def begin(self, event: Event) -> Iterator[Problem]:
        """A job begins, whose request must not be revoked."""
        job_id = event.args["id"]
        if job_id in self.revoked:
            yield "rule", f"{event.name} of job {shown(job_id)}, which was revoked before"

    def cancel(self, digest: bytes, author: str, is_job: bool) -> Iterator[Problem]:
        """Somebody revokes an order of its own."""
        self.revoked[digest] += 1
        if is_job:
            yield "rule", f"OrderCancelled of job {shown(digest)}, which had begun before"
        yield from self._author("OrderCancelled: author", digest, author)

    def _author(self, what: str, digest: bytes, author: str) -> Iterator[Problem]:
        yield from differs(what, author, self.authors.setdefault(digest, author))


def skipped(event: Event, record: JobRecord | None, is_revoked: bool) -> Iterator[Problem]:
    """An entry of a batch must be left out for something that the market refuses."""
    refusal = explain_reason(event.args["reason"])
    name = f"EntrySkipped of job {shown(event.args['id'])}"
    if refusal.name not in REFUSALS or not refusal.values:
        yield "rule", f"{name}: the reason {shown(event.args['reason'][:4])} is no such refusal"
        return
    if refusal.name in OF_JOBS and refusal.values[0] != event.args["id"]:
        yield "rule", f"{name}: the reason is about job {shown(refusal.values[0])}"
    if refusal.name == "WrongState":
        state = record.state if record else State.CANCELLED if is_revoked else State.NONE
        yield from differs(f"{name}: state", refusal.values[2], int(state))
