"""The part of the played history that begins with signatures, and demands."""

from __future__ import annotations

import io
from typing import Any

from workbond.accounts import Signer
from workbond.answers import build_answer
from workbond.chain.orders import Pairing
from workbond.chain.types import Job, Offer, Request, demand_hash, pair
from workbond.tree import Leaf, ResultTree, output_digest, seal

WORK = 10**18
DAY_S = 86_400
TIP = WORK // 10
MANIFEST = b"\x04" * 32
OUTPUTS = [b"left" * 5_000, b""]
PAIRS = [pair(0, 1), pair(1, 0)]
TREE = ResultTree(
    Leaf(task, 0, 0, 10**11, len(output), output_digest(output))
    for task, output in enumerate(OUTPUTS)
)

Salts = Any  # salts() gives a new one as keyword


def play_ended(world: Any, ids: dict[str, bytes], salts: Salts) -> None:
    """Signed orders and demands that end, and everything that is revoked."""
    market = world.market
    market.set_delegate(world.provider, world.pauper.address)
    offer = world.offer(max_jobs=9, valid_until=world.now() + 30 * DAY_S)
    _play_batch(world, ids, offer, salts)

    request = world.request(tip=TIP, **salts())
    ids["direct"] = job_id = world.id_of(request)
    signature = world.sign(world.requester, request)
    receipt = market.fill_and_claim(
        world.provider, request, signature, _seal(world, job_id), MANIFEST
    )
    job = _claimed(Job.accepted(request, world.provider.address, *_price(receipt)), receipt)
    market.approve(world.requester, job_id, job, TREE.root, TREE.total_units)

    job_id, job = _matched_claim(world, offer, salts)
    ids["answered"] = job_id
    job = answer(world, job_id, demand(world, job_id, job), [1])
    world.advance(200)
    job = answer(world, job_id, job, [0])
    world.advance(job.window_end - world.now())
    market.finalize(world.stranger, job_id, job, TREE.root, TREE.total_units)

    _, job_id, job = world.claimed(TREE.root, TREE.total_units, **salts())
    ids["unanswered"] = job_id
    job = answer(world, job_id, demand(world, job_id, job), [0])
    world.advance(DAY_S)
    market.void(world.stranger, job_id, job)

    _, job_id, job = world.claimed(TREE.root, TREE.total_units, **salts())
    ids["waived"] = job_id
    job = demand(world, job_id, job)
    market.approve(world.requester, job_id, job, TREE.root, TREE.total_units)

    request = world.request(**salts())
    ids["revoked"] = world.id_of(request)
    market.cancel(world.requester, request)
    unused = world.offer(salt=b"\x77" * 32)
    ids["offer"] = market.offer_digest(unused)
    market.cancel_offer(world.provider, unused)
    market.cancel_offer(world.provider, unused)  # an offer may be cancelled again
    market.raise_counter(world.stranger)
    market.raise_counter(world.stranger)


def play_live(world: Any, ids: dict[str, bytes], salts: Salts) -> None:
    """A matched job that runs, with its offer cancelled since, and an open demand."""
    offer = world.offer(valid_until=world.now() + 30 * DAY_S, salt=b"\x78" * 32)
    job_id, job = _matched_claim(world, offer, salts)
    ids["demanding"] = job_id
    answer(world, job_id, demand(world, job_id, job), [1])
    _, ids["matched"], _ = world.matched(offer, tip=TIP, **salts())
    world.market.cancel_offer(world.provider, offer)


def demand(world: Any, job_id: bytes, job: Job) -> Job:
    """The record after a demand of PAIRS."""
    (event,) = world.market.demand(world.requester, job_id, job, PAIRS).events
    return job.demanded(demand_hash(PAIRS), len(PAIRS), event.args["answerBy"])


def answer(world: Any, job_id: bytes, job: Job, places: list[int], by: Signer | None = None) -> Job:
    """The record after the provider's delegate, or `by`, has answered the pairs at `places`."""
    shown = [
        build_answer(place, PAIRS[place], TREE, io.BytesIO(OUTPUTS[PAIRS[place] >> 32]))
        for place in places
    ]
    opening = (TREE.root, TREE.total_units)
    signer = by or world.pauper
    (event,) = world.market.answer(signer, job_id, job, PAIRS, *opening, shown).events
    return job.answered_with(event.args["answered"], event.args["windowEnd"])


def _play_batch(world: Any, ids: dict[str, bytes], offer: Offer, salts: Salts) -> None:
    """One job through all three batches, and an entry of each that is left out."""
    market = world.market
    first, second = (world.request(tip=TIP, bond=b, **salts()) for b in (9 * WORK, 11 * WORK))
    ids["batched"] = job_id = world.id_of(first)

    def pairing(request: Request) -> Pairing:
        signatures = world.sign(world.requester, request), world.sign(world.provider, offer)
        return Pairing(request, signatures[0], offer, signatures[1])

    matched = market.match_batch(world.stranger, [*map(pairing, (first, second, first))])
    job = Job.accepted(first, world.provider.address, *_price(matched), TIP)
    claim = (job_id, job, _seal(world, job_id), MANIFEST)
    submitted = market.submit_batch(world.pauper, [claim, claim])
    job = _claimed(job, submitted, 0)
    world.advance(300)
    opening = (job_id, job, TREE.root, TREE.total_units)
    market.finalize_batch(world.stranger, [opening, opening])


def _matched_claim(world: Any, offer: Offer, salts: Salts) -> tuple[bytes, Job]:
    _, job_id, job = world.matched(offer, tip=TIP, **salts())
    receipt = world.market.submit(world.pauper, job_id, job, _seal(world, job_id), MANIFEST)
    return job_id, _claimed(job, receipt)


def _price(receipt: Any) -> tuple[int, int]:
    args = receipt.events[0].args
    return args["unitPrice"], args["acceptedAt"]


def _claimed(job: Job, receipt: Any, place: int = -1) -> Job:
    args = receipt.events[place].args
    return job.claimed(args["seal"], args["claimedAt"], args["claimBlock"])


def _seal(world: Any, job_id: bytes) -> bytes:
    return seal(world.provider.address, job_id, TREE.opening)
