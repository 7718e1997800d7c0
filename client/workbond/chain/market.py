"""The market's functions, typed; `contracts/interfaces/IMarket.sol` says what each requires.

Methods that take a `signer` send a transaction, wait for its block, and raise the `Reverted`
subclass of the Solidity error that the interface names. Views take the block to read at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from workbond.chain import orders
from workbond.chain.abi import Abi, Event
from workbond.chain.artifacts import artifact
from workbond.chain.connection import BlockId, Connection
from workbond.chain.orders import Pairing, Terms
from workbond.chain.transactions import Receipt, Signer
from workbond.chain.treasury import Treasury
from workbond.chain.types import ZERO_ADDRESS, Account, Job, Offer, Request, State, Verdict
from workbond.errors import ChainError


class Market(Treasury):
    """A deployed market. Use `workbond.deployments.load` to find and check its address."""

    def __init__(self, connection: Connection, address: str) -> None:
        super().__init__(connection, address, Abi(artifact("Market").abi))

    def decode(self, log: Any) -> Event:
        """As `Contract.decode`; the `request` of a `JobPosted` becomes a `Request`, and to the
        `terms` of a `JobMatched` come what they hold (`orders.Terms`), as further arguments."""
        event = super().decode(log)
        found: dict[str, Any] = {}
        if event.name == "JobPosted":
            found["request"] = Request.from_args(event.args["request"])
        elif event.name == "JobMatched":
            terms = Terms.unpack(event.args["requester"], event.args["terms"])
            found = {
                "request": terms.request,
                "unitPrice": terms.unit_price,
                "acceptedAt": terms.accepted_at,
                "offer": terms.offer,
                "matcher": terms.matcher,
            }
        return replace(event, args=event.args | found)

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
        """Ends an open job: the requester at any time, anyone from openUntil on.

        A request that never became a job is revoked by its requester.
        """
        return self.transact(signer, "cancel", request.to_tuple())

    def release(self, signer: Signer, job_id: bytes, job: Job) -> Receipt:
        """The provider gives a running job back (`rules.released`)."""
        return self.transact(signer, "release", job_id, job.to_tuple())

    def expire(self, signer: Signer, job_id: bytes, job: Job) -> Receipt:
        """Ends a job without a claim in time (`rules.expired`)."""
        return self.transact(signer, "expire", job_id, job.to_tuple())

    def void(self, signer: Signer, job_id: bytes, job: Job) -> Receipt:
        """Ends a claim that nobody opened or whose demand was not answered (`rules.voids_from`)."""
        return self.transact(signer, "void", job_id, job.to_tuple())

    # ────────────────────────────── signed orders ─────────────────────────────

    def match_orders(
        self,
        signer: Signer,
        request: Request,
        request_signature: bytes,
        offer: Offer,
        offer_signature: bytes,
        proof: Sequence[bytes] = (),
    ) -> Receipt:
        """Binds both signers to a job; the request's tip is the sender's."""
        signed = (request.to_tuple(), request_signature, offer.to_tuple(), offer_signature)
        return self.transact(signer, "matchOrders", *signed, list(proof))

    def fill(
        self, signer: Signer, request: Request, signature: bytes, proof: Sequence[bytes] = ()
    ) -> Receipt:
        """The sender becomes the provider of a signed request, without an offer or a tip."""
        return self.transact(signer, "fill", request.to_tuple(), signature, list(proof))

    def fill_and_claim(
        self, signer: Signer, request: Request, signature: bytes, seal: bytes, manifest: bytes
    ) -> Receipt:
        """`fill` and `submit` in one, for a provider that executed first; not for those on a list.

        The request should name the provider, so that nobody else can be faster.
        """
        order = (request.to_tuple(), signature)
        return self.transact(signer, "fillAndClaim", *order, seal, manifest)

    def match_batch(self, signer: Signer, pairs: Sequence[Pairing]) -> Receipt:
        """`match_orders` of several pairs; those of one offer are best next to each other.

        An entry that fails is skipped with an `EntrySkipped` event, as in the other batches.
        """
        return self.transact(signer, "matchBatch", orders.match_batch(pairs))

    def submit_batch(
        self, signer: Signer, claims: Sequence[tuple[bytes, Job, bytes, bytes]]
    ) -> Receipt:
        """`submit` of several jobs: id, running record, seal and manifest of each."""
        return self.transact(signer, "submitBatch", orders.submit_batch(claims))

    def finalize_batch(
        self, signer: Signer, openings: Sequence[tuple[bytes, Job, bytes, int]]
    ) -> Receipt:
        """`finalize` of several jobs: id, claimed record, root and total units of each."""
        return self.transact(signer, "finalizeBatch", orders.finalize_batch(openings))

    def raise_counter(self, signer: Signer) -> Receipt:
        """Revokes whatever the signer signed so far that is no job yet."""
        return self.transact(signer, "raiseCounter")

    def cancel_offer(self, signer: Signer, offer: Offer) -> Receipt:
        """Revokes one offer of the signer's."""
        return self.transact(signer, "cancelOffer", offer.to_tuple())

    def set_delegate(self, signer: Signer, delegate: str) -> Receipt:
        """`delegate` may submit and answer for the signer, and nothing else; zero: nobody may."""
        return self.transact(signer, "setDelegate", delegate)

    # ───────────────────────────────── disputes ───────────────────────────────

    def dispute(self, signer: Signer, job_id: bytes, job: Job) -> Receipt:
        """The job's resolver opens its case, before the window ends, once."""
        return self.transact(signer, "dispute", job_id, job.to_tuple())

    def resolve(
        self, signer: Signer, job_id: bytes, job: Job, verdict: Verdict, challenger: str
    ) -> Receipt:
        """The job's resolver ends the case; `challenger` (zero: nobody) proved a wrong result."""
        return self.transact(signer, "resolve", job_id, job.to_tuple(), int(verdict), challenger)

    def timeout(self, signer: Signer, job_id: bytes, job: Job) -> Receipt:
        """Ends the case of a resolver that stayed silent: the claim stands."""
        return self.transact(signer, "timeout", job_id, job.to_tuple())

    # ───────────────────────────────── demands ────────────────────────────────

    def demand(self, signer: Signer, job_id: bytes, job: Job, pairs: Sequence[int]) -> Receipt:
        """The requester asks to be shown chunks of outputs (`types.pair`), for a fee each."""
        return self.transact(signer, "demand", job_id, job.to_tuple(), list(pairs))

    def answer(
        self,
        signer: Signer,
        job_id: bytes,
        job: Job,
        pairs: Sequence[int],
        root: bytes,
        total_units: int,
        answers: Sequence[bytes],
    ) -> Receipt:
        """Shows demanded chunks (`workbond.answers`); `pairs` are all of the demand's."""
        opening = (list(pairs), root, total_units)
        return self.transact(signer, "answer", job_id, job.to_tuple(), *opening, list(answers))

    # ────────────────────────────────── cards ─────────────────────────────────

    def announce(self, signer: Signer, json: bytes) -> Receipt:
        """Publishes the signer's card: canonical JSON of 2 to 4,096 bytes."""
        return self.transact(signer, "announce", json)

    # ────────────────────────────────── views ─────────────────────────────────

    def job_id(self, request: Request, at: BlockId = "latest") -> bytes:
        """The id as the contract computes it; `Request.job_id` computes the same locally."""
        return bytes(self.read("jobId", request.to_tuple(), at=at)[0])

    def offer_digest(self, offer: Offer, at: BlockId = "latest") -> bytes:
        """The digest as the contract computes it; `Offer.digest` computes the same locally."""
        return bytes(self.read("offerDigest", offer.to_tuple(), at=at)[0])

    def offer_uses(self, digest: bytes, at: BlockId = "latest") -> int:
        """Jobs that the offer was matched to; `rules.OFFER_REVOKED` if it was cancelled."""
        return int(self.read("offerUses", digest, at=at)[0])

    def delegate_of(self, account: str, at: BlockId = "latest") -> str | None:
        """Who may submit and answer for `account`; None: only itself."""
        delegate = str(self.read("delegateOf", account, at=at)[0])
        return None if delegate == ZERO_ADDRESS else delegate

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
