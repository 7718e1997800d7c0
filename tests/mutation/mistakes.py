"""Mistakes that other markets for work were found to have, made again in our contracts.

Each is a mutant by hand: one statement, as it would read here if we had made the same mistake.
"""

from __future__ import annotations

from typing import NamedTuple

from .compiler import ROOT
from .mutants import Mutant


class Mistake(NamedTuple):
    """What was wrong, with whom; `old` stands once in `path`. `noticed_at` are the calls of which
    one must first give it away."""

    name: str
    peer: str
    path: str
    old: str
    new: str
    noticed_at: tuple[str, ...]

    @property
    def mutant(self) -> Mutant:
        source = (ROOT / self.path).read_bytes()
        old = self.old.encode()
        assert source.count(old) == 1, f"{self.path} has not once: {self.old}"
        start = source.index(old)
        return Mutant(self.path, start, start + len(old), self.new, "by hand")


MISTAKES = (
    Mistake(
        "the clock of the wrong phase lets a cheater escape its judge",
        "Lilypad",
        "contracts/market/Disputes.sol",
        "return uint256(job.disputedAt) + job.caseFor",
        "return uint256(job.claimedAt) + job.caseFor",
        ("timeout", "resolve", "close"),
    ),
    Mistake(
        "a timeout that always reverts leaves the escrow stuck",
        "Lilypad",
        "contracts/market/Disputes.sol",
        "require(block.timestamp >= deadline, TooEarly(block.timestamp, deadline))",
        "_jobs[id].requireState(id, State.Claimed)",
        ("timeout",),
    ),
    Mistake(
        "whoever reports the units sets the price",
        "Lilypad",
        "contracts/market/JobLife.sol",
        "require(opened == job.seal, SealMismatch(job.seal, opened))",
        "opened",
        ("approve", "finalize", "finalize_batch", "answer"),
    ),
    Mistake(
        "a request that nobody has accepted is not funded",
        "Boundless",
        "contracts/market/JobLife.sol",
        "_debit(account, msg.sender, r.escrowOf())",
        "r.escrowOf()",
        ("post",),
    ),
    Mistake(
        "slashing needs the operator's bot",
        "Boundless",
        "contracts/market/JobExits.sol",
        "_void(id, record, VoidReason.Expired, Slashing.expired(record.bond), 0)",
        "require(msg.sender == SINK, NotAllowed(msg.sender, SINK));"
        " _void(id, record, VoidReason.Expired, Slashing.expired(record.bond), 0)",
        ("expire",),
    ),
    Mistake(
        "whoever fails a task loses nothing",
        "iExec",
        "contracts/market/JobExits.sol",
        "_slashBond(job.provider, job.bond, slashed)",
        "_unlockBond(job.provider, job.bond, 0)",
        ("release", "expire", "void", "resolve", "close"),
    ),
    Mistake(
        "only a privileged scheduler finalizes",
        "iExec",
        "contracts/market/JobLife.sol",
        "_settle(id, slot, record, root, totalUnits, false)",
        "require(msg.sender == SINK, NotAllowed(msg.sender, SINK));"
        " _settle(id, slot, record, root, totalUnits, false)",
        ("finalize", "finalize_batch"),
    ),
    Mistake(
        "challengers are heard one at a time",
        "Truebit",
        "contracts/committee/Cases.sol",
        "require(early && c.round == 0, JoinTooLate(id))",
        "require(early && c.challenges == 0, JoinTooLate(id))",
        ("challenge",),
    ),
    Mistake(
        "the rate of audits decays to zero",
        "BOINC",
        "contracts/committee/Cases.sol",
        "require(Courses.isDrawn(ticket, rate), NotDrawn(id))",
        "require(Courses.isDrawn(ticket, rate >> job.claimedAt % 8), NotDrawn(id))",
        ("audit",),
    ),
)
