"""One job's case: its events among the job's own, checked by the rules and against storage."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import merge
from typing import Any

from workbond.audit.committee.compare import compare_challenge, compare_head, compare_round
from workbond.audit.committee.docket import Docket, as_told
from workbond.audit.committee.examine import rules_of
from workbond.audit.findings import Findings
from workbond.audit.problems import Problem
from workbond.casebook import CASE_EVENTS, CaseRecord
from workbond.chain.abi import Event
from workbond.chain.answers import Block
from workbond.chain.cases import Phase
from workbond.chain.committee import Committee
from workbond.chain.contract import topic
from workbond.jobs import JobRecord


class Trial:
    """The case of one job. Stakes are not known here: that seats were drawn by them, and that a
    penalty took all it could, only the audit of the whole ledger can tell.

    `merged` are the job's events and the case's, in the order of the chain.
    """

    def __init__(
        self,
        committee: Committee,
        job_id: bytes,
        blocks: tuple[int, int],
        events: Sequence[Event],
        block: Block,
    ) -> None:
        """Reads the case's events in `blocks` (first and last); `events` are the job's."""
        self._committee, self._id = committee, job_id
        own = committee.events(*blocks, names=CASE_EVENTS, topics=[topic(job_id)])
        found = merge(events, own, key=lambda event: (event.block_number, event.log_index))
        self.merged = tuple(found)
        by = rules_of(committee, self.merged, block)
        self._docket = Docket(by, None, as_told)

    @property
    def address(self) -> str:
        return self._committee.address

    @property
    def record(self) -> CaseRecord | None:
        return self._docket.book.cases.get(self._id)

    def take(self, event: Event, time_s: int, job: JobRecord | None) -> list[Problem]:
        """Takes in an event of the case; returns what is wrong with it."""
        return self._docket.take(event, time_s, job)[1]

    def compare(self, job: JobRecord | None, block: int, findings: Findings) -> None:
        """Objects wherever storage at `block` isn't what the events tell."""
        record, head = self.record, self._committee.case_of(self._id, block)
        if record is None or job is None or not record.rounds:
            if head.phase is not Phase.NONE:
                text = f"case is not in the events but {head.phase.label} in storage"
                findings.add("storage", block, None, f"committee: {text}")
            return
        deadline = self._docket.deadlines.get(self._id, 0)
        compare_head(record, deadline, job.request.run_for, head, block, findings)
        for number in range(len(record.rounds)):
            seating = self._committee.seating_of(self._id, number, block)
            compare_round(record, number, seating, block, findings)
        for number in range(len(record.challenges)):
            challenge = self._committee.challenge_of(self._id, number, block)
            compare_challenge(record, number, challenge, block, findings)


def case_json(record: CaseRecord) -> dict[str, Any]:
    """The case as JSON: who challenged, each round's seats with their votes, who was paid.

    Amounts are decimal strings of base units; a vote of zeros is UNAVAILABLE, null: none was
    revealed.
    """
    closing = record.closing
    return {
        "phase": record.phase.label,
        "outcome": None if record.outcome is None else record.outcome.label,
        "winner": None if closing is None else "0x" + closing["winner"].hex(),
        "audited_by": record.opener,
        "first_seats": record.policy.seats,
        "audit_rate_bps": record.policy.rate_bps,
        "challenges": [
            {"challenger": each.challenger, "bond": str(each.bond), "seal": "0x" + each.seal.hex()}
            for each in record.challenges
        ],
        "rounds": [
            {
                "appellant": round.appellant if number else None,
                "prepaid": str(round.prepaid),
                "drawer": round.drawer if round.seating.round.is_drawn else None,
                "seats": [
                    {
                        "verifier": verifier,
                        "committed": round.seating.has_committed(seat),
                        "vote": None if vote is None else "0x" + vote.hex(),
                    }
                    for seat, (verifier, vote) in enumerate(
                        zip(round.verifiers, round.seating.votes, strict=True)
                    )
                ],
            }
            for number, round in enumerate(record.rounds)
        ],
        "locked": str(record.locked),
    }
