"""The committee's functions, typed; `contracts/interfaces/ICommittee.sol` says what each requires.

Methods that take a `signer` send a transaction, wait for its block, and raise the `Reverted`
subclass of the Solidity error that the interface names. Views take the block to read at. A case has
the id of its job, and calls that take a `Job` want its record in the market as it is now.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from workbond.chain.abi import Abi
from workbond.chain.artifacts import artifact
from workbond.chain.cases import (
    MAX_CHALLENGES,
    ROUND_SEATS,
    Case,
    Challenge,
    Round,
    Seating,
    Verifier,
)
from workbond.chain.connection import BlockId, Connection
from workbond.chain.reverts import about_committee
from workbond.chain.transactions import Fee, Receipt, Signer
from workbond.chain.treasury import Treasury
from workbond.chain.types import Job, Request
from workbond.errors import ChainError


class Committee(Treasury):
    """A deployed committee, the resolver of jobs that name it."""

    def __init__(self, connection: Connection, address: str) -> None:
        super().__init__(connection, address, Abi(artifact("Committee").abi))

    def read(self, function: str, *args: Any, at: BlockId = "latest") -> tuple[Any, ...]:
        """As `Contract.read`."""
        with about_committee():
            return super().read(function, *args, at=at)

    def transact(self, signer: Signer, function: str, *args: Any) -> Receipt:
        """As `Contract.transact`."""
        with about_committee():
            return super().transact(signer, function, *args)

    def fee(self, sender: str, function: str, *args: Any, then_gas: int = 0) -> Fee:
        """As `Contract.fee`."""
        with about_committee():
            return super().fee(sender, function, *args, then_gas=then_gas)

    # ────────────────────────────── opening a case ────────────────────────────

    def challenge(self, signer: Signer, request: Request, job: Job, seal: bytes) -> Receipt:
        """Says that a claim is wrong, with the signer's own `seal` (`tree.seal`): opens its case or
        joins it, for a bond (`cases.challenge_bond`) from the free balance here."""
        return self.transact(signer, "challenge", request.to_tuple(), job.to_tuple(), seal)

    def audit(self, signer: Signer, request: Request, job: Job) -> Receipt:
        """Opens the case of a claim that the lottery chose (`cases.is_audited`), for a tip."""
        return self.transact(signer, "audit", request.to_tuple(), job.to_tuple())

    # ─────────────────────────────── life of a case ───────────────────────────

    def draw(self, signer: Signer, case_id: bytes) -> Receipt:
        """Draws the seats of the case's round, for a tip; where its seed was missed, asks for
        another (`SeedRequested`) instead."""
        return self.transact(signer, "draw", case_id)

    def commit(
        self, signer: Signer, case_id: bytes, seats: Sequence[int], commitments: Sequence[bytes]
    ) -> Receipt:
        """The signer's `seats` of the current round commit (`cases.commitment`)."""
        return self.transact(signer, "commit", case_id, list(seats), list(commitments))

    def reveal(
        self,
        signer: Signer,
        case_id: bytes,
        seats: Sequence[int],
        votes: Sequence[bytes],
        salts: Sequence[bytes],
    ) -> Receipt:
        """Opens commitments of the current round; anyone who knows votes and salts may."""
        opened = (list(seats), list(votes), list(salts))
        return self.transact(signer, "reveal", case_id, *opened)

    def appeal(self, signer: Signer, case_id: bytes, job: Job) -> Receipt:
        """Asks for a further round, prepaid (`cases.appeal_price`) from the free balance here."""
        return self.transact(signer, "appeal", case_id, job.to_tuple())

    def close(self, signer: Signer, case_id: bytes, job: Job) -> Receipt:
        """Ends a case that nobody can appeal any more, or that can't be drawn, for a tip."""
        return self.transact(signer, "close", case_id, job.to_tuple())

    def abandon(self, signer: Signer, case_id: bytes) -> Receipt:
        """Ends a case that the market timed out: bonds and prepaid rounds return."""
        return self.transact(signer, "abandon", case_id)

    # ────────────────────────────────── views ─────────────────────────────────

    def case_of(self, case_id: bytes, at: BlockId = "latest") -> Case:
        """The job's case; one of phase `NONE` if there is none."""
        return Case.from_args(self.read("caseOf", case_id, at=at)[0])

    def seating_of(self, case_id: bytes, round: int, at: BlockId = "latest") -> Seating:
        """A round of the case, and its seats; there are none if it is not drawn."""
        facts, verifiers, words = self.read("roundOf", case_id, round, at=at)
        if len(verifiers) != len(words) or len(words) > ROUND_SEATS[-1]:
            raise ChainError(
                f"the committee answered {len(words)} votes of {len(verifiers)} seats, which no "
                "round has: check the deployment"
            )
        return Seating(Round.from_args(facts), tuple(verifiers), tuple(map(bytes, words)))

    def challenge_of(self, case_id: bytes, index: int, at: BlockId = "latest") -> Challenge:
        """Challenge `index` (from 0) of the case, in their order."""
        return Challenge.from_args(self.read("challengeOf", case_id, index, at=at)[0])

    def challenges_of(
        self, case_id: bytes, count: int | None = None, at: BlockId = "latest"
    ) -> tuple[Challenge, ...]:
        """All challenges of the case, in their order; `count` is its `Case.challenges`, read here
        unless it is given."""
        if count is None:
            count = self.case_of(case_id, at).challenges
        if count > MAX_CHALLENGES:
            raise ChainError(
                f"the committee answered {count} challenges, which no case has: check the "
                "deployment"
            )
        return tuple(self.challenge_of(case_id, index, at) for index in range(count))

    def verifier_of(self, account: str, at: BlockId = "latest") -> Verifier:
        """The account's money here, whether it ever staked or not."""
        return Verifier.from_args(self.read("verifierOf", account, at=at)[0])

    def total_active(self, at: BlockId = "latest") -> int:
        """All stake that is drawn in this epoch."""
        return int(self.read("totalActive", at=at)[0])

    @cached_property
    def market_address(self) -> str:
        """The market whose claims are judged here."""
        return str(self.read("market")[0])

    @cached_property
    def min_stake(self) -> int:
        """The least that somebody who stakes has staked in the end."""
        return int(self.read("minStake")[0])
