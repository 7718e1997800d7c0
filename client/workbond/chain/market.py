"""The market's functions, typed; `contracts/interfaces/IMarket.sol` says what each requires.

Methods that take a `signer` send a transaction, wait for its block, and raise the `Reverted`
subclass of the Solidity error that the interface names. Views take the block to read at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from workbond.chain.abi import Abi, Event
from workbond.chain.artifacts import artifact
from workbond.chain.connection import BlockId, Connection
from workbond.chain.contract import Contract
from workbond.chain.transactions import Receipt, Signer
from workbond.chain.types import Account, Job, Request, State
from workbond.errors import ChainError


class Market(Contract):
    """A deployed market. Use `workbond.deployments.load` to find and check its address."""

    def __init__(self, connection: Connection, address: str) -> None:
        super().__init__(connection, address, Abi(artifact("Market").abi))

    def decode(self, log: Any) -> Event:
        """As `Contract.decode`; the `request` of a `JobPosted` becomes a `Request`."""
        event = super().decode(log)
        if "request" not in event.args:
            return event
        return replace(
            event, args=event.args | {"request": Request.from_args(event.args["request"])}
        )

    # ───────────────────────────── ledger and stake ───────────────────────────

    def deposit(self, signer: Signer, amount: int) -> Receipt:
        """Pulls `amount` tokens, which must be approved, into the free balance."""
        return self.transact(signer, "deposit", amount)

    def withdraw(self, signer: Signer, to: str, amount: int) -> Receipt:
        """Sends `amount` of the free balance to the token address `to`."""
        return self.transact(signer, "withdraw", to, amount)

    def stake(self, signer: Signer, amount: int) -> Receipt:
        """Moves `amount` from free to staked."""
        return self.transact(signer, "stake", amount)

    def unstake(self, signer: Signer, amount: int) -> Receipt:
        """Sends unbonded stake into the cooldown, which restarts for all that is in it."""
        return self.transact(signer, "unstake", amount)

    def withdraw_stake(self, signer: Signer) -> Receipt:
        """Moves all matured stake to the free balance."""
        return self.transact(signer, "withdrawStake")

    # ────────────────────────────── life of a job ─────────────────────────────

    def post(self, signer: Signer, request: Request, gateway: str) -> Receipt:
        """Opens the job and locks its escrow (`rules.escrow`); `gateway` serves its blobs."""
        return self.transact(signer, "post", request.to_tuple(), gateway)

    def accept(self, signer: Signer, request: Request, proof: Sequence[bytes] = ()) -> Receipt:
        """Takes the job at the ramp's price of this moment and locks the bond."""
        return self.transact(signer, "accept", request.to_tuple(), list(proof))

    def submit(
        self, signer: Signer, job_id: bytes, job: Job, seal: bytes, manifest: bytes
    ) -> Receipt:
        """Commits to a result; `manifest` is the SHA-256 in the result manifest's CID."""
        return self.transact(signer, "submit", job_id, job.to_tuple(), seal, manifest)

    def approve(
        self, signer: Signer, job_id: bytes, job: Job, root: bytes, total_units: int
    ) -> Receipt:
        """The requester pays at once."""
        return self.transact(signer, "approve", job_id, job.to_tuple(), root, total_units)

    def finalize(
        self, signer: Signer, job_id: bytes, job: Job, root: bytes, total_units: int
    ) -> Receipt:
        """Pays once the window is over, within the grace; anyone with the opening may call."""
        return self.transact(signer, "finalize", job_id, job.to_tuple(), root, total_units)

    def cancel(self, signer: Signer, request: Request) -> Receipt:
        """Ends an open job: the requester at any time, anyone from openUntil on."""
        return self.transact(signer, "cancel", request.to_tuple())

    def release(self, signer: Signer, job_id: bytes, job: Job) -> Receipt:
        """The provider gives a running job back (`rules.released`)."""
        return self.transact(signer, "release", job_id, job.to_tuple())

    def expire(self, signer: Signer, job_id: bytes, job: Job) -> Receipt:
        """Ends a job without a claim in time (`rules.expired`)."""
        return self.transact(signer, "expire", job_id, job.to_tuple())

    def void(self, signer: Signer, job_id: bytes, job: Job) -> Receipt:
        """Ends a claim that nobody opened within the grace (`rules.voided`)."""
        return self.transact(signer, "void", job_id, job.to_tuple())

    def announce(self, signer: Signer, json: bytes) -> Receipt:
        """Publishes the signer's card: canonical JSON of 2 to 4,096 bytes."""
        return self.transact(signer, "announce", json)

    # ────────────────────────────────── views ─────────────────────────────────

    def job_id(self, request: Request, at: BlockId = "latest") -> bytes:
        """The id as the contract computes it; `Request.job_id` computes the same locally."""
        return bytes(self.read("jobId", request.to_tuple(), at=at)[0])

    def state_of(self, job_id: bytes, at: BlockId = "latest") -> State:
        return _state(self.read("stateOf", job_id, at=at)[0])

    def check(self, job_id: bytes, job: Job, at: BlockId = "latest") -> State:
        """The job's state; raises `JobMismatch` if it is live and `job` isn't its record."""
        return _state(self.read("check", job_id, job.to_tuple(), at=at)[0])

    def slot_of(self, job_id: bytes, at: BlockId = "latest") -> tuple[State, int]:
        """State and record hash (`Job.hash248`) in the job's storage slot."""
        state, job_hash = self.read("slotOf", job_id, at=at)
        return _state(state), int(job_hash)

    def account_of(self, account: str, at: BlockId = "latest") -> Account:
        return Account.from_args(self.read("accountOf", account, at=at)[0])

    @cached_property
    def token_address(self) -> str:
        return str(self.read("token")[0])

    @cached_property
    def cooldown_s(self) -> int:
        """Seconds that leaving stake waits."""
        return int(self.read("cooldown")[0])


def _state(code: int) -> State:
    if code > State.VOID:
        raise ChainError(
            f"the market answered state {code}, which no job has: check the deployment"
        )
    return State(code)
