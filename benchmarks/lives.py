"""Whole lives of jobs on a market of their own, transaction by transaction, for benchmarks/gas.py.

All balances that a transaction touches are non-zero before it, an offer was used before, and hashes
are non-zero: so it is for whoever is in business.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from workbond import chunks, tree
from workbond.accounts import Signer, dev_signer
from workbond.answers import build_answer
from workbond.chain import anvil, funds, orders, rules
from workbond.chain.deploy import DEFAULT_COOLDOWN_S, DEFAULT_SUPPLY, deploy
from workbond.chain.market import Market
from workbond.chain.token import Token
from workbond.chain.transactions import Receipt
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Job, Offer, Request, domain, pair
from workbond.orders.typed import ORDER_TYPES, document

START = 2_000_000_000  # a fixed time, so that timestamps have the same bytes in every run
WORK = 10**18
GATEWAY = "http://192.0.2.10:8080"
UNITS = 123_456_789_012
DEPLOYER, REQUESTER, PROVIDER, CALLER = map(dev_signer, range(4))
ROOT = bytes(range(1, 33))
MANIFEST = bytes(range(33, 65))
OPENING = tree.opening_digest(ROOT, UNITS)

Gas = dict[str, int]


class Lives:
    """A market with three customers, and jobs driven through it; `committee` is an address."""

    def __init__(self, chain: anvil.Anvil) -> None:
        self.connection = chain.connection
        anvil.set_time(self.connection, START)
        made = deploy(
            self.connection,
            DEPLOYER,
            recipient=DEPLOYER.address,
            supply=DEFAULT_SUPPLY,
            cooldown_s=DEFAULT_COOLDOWN_S,
        )
        self.token = Token(self.connection, made.token.address)
        self.market = Market(self.connection, made.market.address)
        assert made.committee is not None
        self.committee = made.committee.address
        self.salts = count(1)
        for person in (REQUESTER, PROVIDER, CALLER):
            self.token.transfer(DEPLOYER, person.address, 200_000 * WORK)
            self.token.approve(person, self.market.address, 2**256 - 1)
            funds.deposit(self.market, self.token, person, 100_000 * WORK)
            self.market.stake(person, 5_000 * WORK)
        self.offer = self._offer()
        self.offer_signature = self.sign(PROVIDER, self.offer)

    # ────────────────────────────────── orders ────────────────────────────────

    def request(self, tasks: int = 1) -> Request:
        """A job of realistic numbers; its ramp began ten minutes ago and lasts an hour."""
        now = self.connection.now_s()
        return Request(
            requester=REQUESTER.address,
            spec=tree.opening_digest(MANIFEST, 1),
            profile=tree.opening_digest(MANIFEST, 2),
            tasks=tasks,
            flat=WORK // 100,
            min_unit_price=WORK // 10,
            max_unit_price=WORK // 5,
            ramp_start=now - 600,
            ramp_end=now + 3_000,
            max_units=tasks * 10**12,
            bond=10 * WORK,
            min_stake=WORK,
            tip=0,
            open_until=now + 3_600,
            run_for=7_200,
            challenge_for=3_600,
            resolver=ZERO_ADDRESS,
            policy=ZERO_WORD,
            case_for=0,
            case_fee=0,
            demand_fee=WORK // 1_000,
            providers=ZERO_WORD,
            matcher=ZERO_ADDRESS,
            counter=0,
            salt=tree.opening_digest(ROOT, next(self.salts)),
        )

    def tipped(self, tasks: int = 1) -> Request:
        return replace(self.request(tasks), tip=WORK // 10)

    def _offer(self) -> Offer:
        return Offer(
            provider=PROVIDER.address,
            requester=ZERO_ADDRESS,
            spec=ZERO_WORD,
            profile=self.request().profile,
            resolver=ZERO_ADDRESS,
            policy=ZERO_WORD,
            min_unit_price=WORK // 10,
            min_flat=WORK // 100,
            max_bond=20 * WORK,
            max_units=2**63 - 1,
            max_tasks=rules.MAX_TASKS,
            min_run_for=3_600,
            min_seconds_per_1e12_units=1,
            max_lock_for=10 * 86_400,
            min_demand_fee=WORK // 1_000,
            max_jobs=1_000,
            valid_until=START + 365 * 86_400,
            matcher=ZERO_ADDRESS,
            counter=0,
            salt=tree.opening_digest(ROOT, 2**63),
        )

    def sign(self, signer: Signer, order: Request | Offer) -> bytes:
        under = domain(self.connection.chain_id, self.market.address)
        return signer.sign_typed_data(under, *document(ORDER_TYPES[type(order)], order.to_tuple()))

    def job_id(self, request: Request) -> bytes:
        return request.job_id(self.connection.chain_id, self.market.address)

    def seal(self, request: Request) -> bytes:
        return tree.seal(PROVIDER.address, self.job_id(request), OPENING)

    def pairing(self, request: Request) -> orders.Pairing:
        signature = self.sign(REQUESTER, request)
        return orders.Pairing(request, signature, self.offer, self.offer_signature)

    # ─────────────────────────────── ways into a job ──────────────────────────

    def accepted(self, request: Request) -> tuple[Gas, Job]:
        gas = {"post": self.market.post(REQUESTER, request, GATEWAY).gas_used}
        receipt = self.market.accept(PROVIDER, request)
        return gas | {"accept": receipt.gas_used}, _running(request, receipt)

    def matched(self, request: Request) -> tuple[Gas, Job]:
        signed = (request, self.sign(REQUESTER, request), self.offer, self.offer_signature)
        receipt = self.market.match_orders(CALLER, *signed)
        return {"matchOrders": receipt.gas_used}, _running(request, receipt)

    def filled(self, request: Request) -> tuple[Gas, Job]:
        receipt = self.market.fill(PROVIDER, request, self.sign(REQUESTER, request))
        return {"fill": receipt.gas_used}, _running(request, receipt)

    # ─────────────────────────────── ways out of it ───────────────────────────

    def claimed(self, begun: tuple[Gas, Job], request: Request) -> tuple[Gas, Job]:
        gas, job = begun
        seal = self.seal(request)
        receipt = self.market.submit(PROVIDER, self.job_id(request), job, seal, MANIFEST)
        return gas | {"submit": receipt.gas_used}, _claimed(job, seal, receipt)

    def approved(self, request: Request) -> Gas:
        gas, job = self.claimed(self.accepted(request), request)
        done = self.market.approve(REQUESTER, self.job_id(request), job, ROOT, UNITS)
        return gas | {"approve": done.gas_used}

    def finalized(self, begin: Callable[[Request], tuple[Gas, Job]], request: Request) -> Gas:
        gas, job = self.claimed(begin(request), request)
        anvil.set_time(self.connection, job.window_end)
        done = self.market.finalize(PROVIDER, self.job_id(request), job, ROOT, UNITS)
        return gas | {"finalize": done.gas_used}

    def direct(self) -> Gas:
        """Two transactions in all; the request names its provider, so nobody else can fill it."""
        named = bytes.fromhex(PROVIDER.address[2:]).rjust(32, b"\0")
        request = replace(self.request(), providers=named)
        seal, signature = self.seal(request), self.sign(REQUESTER, request)
        receipt = self.market.fill_and_claim(PROVIDER, request, signature, seal, MANIFEST)
        job = _claimed(_running(request, receipt), seal, receipt)
        done = self.market.approve(REQUESTER, self.job_id(request), job, ROOT, UNITS)
        return {"fillAndClaim": receipt.gas_used, "approve": done.gas_used}

    def batched(self, jobs: int) -> Gas:
        """As many jobs of one requester and one provider in three batches."""
        requests = [self.tipped() for _ in range(jobs)]
        pairs = [self.pairing(request) for request in requests]
        ids, seals = list(map(self.job_id, requests)), list(map(self.seal, requests))
        matched = self.market.match_batch(CALLER, pairs)
        said = _all(matched, "JobMatched", jobs)
        running = [_job(r, args) for r, args in zip(requests, said, strict=True)]
        claims = [(*each, MANIFEST) for each in zip(ids, running, seals, strict=True)]
        submitted = self.market.submit_batch(PROVIDER, claims)
        said = _all(submitted, "JobClaimed", jobs)
        done = [
            job.claimed(seal, args["claimedAt"], args["claimBlock"])
            for job, seal, args in zip(running, seals, said, strict=True)
        ]
        anvil.set_time(self.connection, done[0].window_end)
        openings = [(id_, job, ROOT, UNITS) for id_, job in zip(ids, done, strict=True)]
        finalized = self.market.finalize_batch(PROVIDER, openings)
        _all(finalized, "JobSettled", jobs)
        return {
            "matchBatch": matched.gas_used,
            "submitBatch": submitted.gas_used,
            "finalizeBatch": finalized.gas_used,
        }

    def released(self) -> Gas:
        request = self.request()
        gas, job = self.accepted(request)
        anvil.advance(self.connection, 600)
        done = self.market.release(PROVIDER, self.job_id(request), job)
        return gas | {"release": done.gas_used}

    def expired(self) -> Gas:
        request = self.request()
        gas, job = self.accepted(request)
        anvil.set_time(self.connection, job.accepted_at + job.run_for)
        done = self.market.expire(CALLER, self.job_id(request), job)
        return gas | {"expire": done.gas_used}

    def voided(self) -> Gas:
        request = self.request()
        gas, job = self.claimed(self.accepted(request), request)
        anvil.set_time(self.connection, job.window_end + rules.GRACE_S)
        done = self.market.void(CALLER, self.job_id(request), job)
        return gas | {"void": done.gas_used}

    def answered(self) -> Gas:
        """One chunk of 16 KiB is demanded of a claim, and shown."""
        content = bytes(1 + k % 255 for k in range(chunks.CHUNK_BYTES))
        digest = chunks.output_digest(content)
        leaf = tree.Leaf(0, tree.CLASS_EXIT, 0, UNITS, len(content), digest)
        result = tree.ResultTree([leaf])
        request = self.request()
        id_ = self.job_id(request)
        _, job = self.accepted(request)
        seal = tree.seal(PROVIDER.address, id_, result.opening)
        job = _claimed(job, seal, self.market.submit(PROVIDER, id_, job, seal, MANIFEST))
        pairs = [pair(0, 0)]
        asked = self.market.demand(REQUESTER, id_, job, pairs)
        said = asked.events[0].args
        job = job.demanded(said["demandHash"], 1, said["answerBy"])
        shown = [build_answer(0, pairs[0], result, io.BytesIO(content))]
        given = self.market.answer(PROVIDER, id_, job, pairs, result.root, UNITS, shown)
        return {"demand": asked.gas_used, "answer": given.gas_used}

    def revoked(self) -> Gas:
        return {"cancel": self.market.cancel(REQUESTER, self.request()).gas_used}

    def cancelled(self) -> Gas:
        request = self.request()
        gas = {"post": self.market.post(REQUESTER, request, GATEWAY).gas_used}
        return gas | {"cancel": self.market.cancel(REQUESTER, request).gas_used}


def _running(request: Request, receipt: Receipt) -> Job:
    return _job(request, receipt.events[0].args)


def _job(request: Request, args: dict[str, object]) -> Job:
    price, at = int(args["unitPrice"]), int(args["acceptedAt"])  # type: ignore[call-overload]
    tip = request.tip if args.get("offer", ZERO_WORD) != ZERO_WORD else 0
    return Job.accepted(request, PROVIDER.address, price, at, tip)


def _claimed(job: Job, seal: bytes, receipt: Receipt) -> Job:
    args = next(e.args for e in receipt.events if e.name == "JobClaimed")
    return job.claimed(seal, args["claimedAt"], args["claimBlock"])


def _all(receipt: Receipt, name: str, jobs: int) -> list[dict[str, object]]:
    """The arguments of a batch's events, of which none may be about a skipped entry."""
    found = [event.args for event in receipt.events if event.name == name]
    if len(found) != jobs:
        raise RuntimeError(f"{len(found)} of {jobs} entries: {receipt.events[:3]}")
    return found
