"""The part of the played history in which a resolver, here a plain key, judges claims."""

from __future__ import annotations

from typing import Any

from workbond.chain.types import ZERO_ADDRESS, Job, Verdict

from . import signed

WORK = 10**18
HOUR_S = 3_600
CASE_FEE = WORK + 1
OPENING = (signed.TREE.root, signed.TREE.total_units)

Salts = Any  # salts() gives a new one as keyword


def play_ended(world: Any, ids: dict[str, bytes], salts: Salts) -> None:
    """Claims that are upheld, with and without a challenger, rejected likewise, or timed out."""
    market, anyone, challenger = world.market, world.stranger, world.pauper
    for name, challenged in (("rejected", challenger.address), ("condemned", ZERO_ADDRESS)):
        ids[name], job = disputed(world, salts)
        market.resolve(world.stranger, ids[name], job, Verdict.REJECTED, challenged)

    ids["upheld"], job = disputed(world, salts)
    job = signed.answer(world, ids["upheld"], job, [0], world.provider)
    job = _upheld(job, market.resolve(anyone, ids["upheld"], job, Verdict.UPHELD, ZERO_ADDRESS))
    job = signed.answer(world, ids["upheld"], job, [1], world.provider)
    market.finalize(anyone, ids["upheld"], job, *OPENING)

    ids["defended"], job = disputed(world, salts)
    resolved = market.resolve(
        world.stranger, ids["defended"], job, Verdict.UPHELD, challenger.address
    )
    job = _upheld(job, resolved)
    job = signed.answer(world, ids["defended"], job, [0, 1], world.provider)
    market.approve(world.requester, ids["defended"], job, *OPENING)

    ids["timed out"], job = disputed(world, salts)
    job = signed.answer(world, ids["timed out"], job, [0, 1], world.provider)
    world.advance(job.case_for)
    job = _upheld(job, market.timeout(anyone, ids["timed out"], job))
    market.finalize(anyone, ids["timed out"], job, *OPENING)


def play_live(world: Any, ids: dict[str, bytes], salts: Salts) -> None:
    """An open case, of a claim with an open demand."""
    ids["disputed"], _ = disputed(world, salts)


def disputed(world: Any, salts: Salts) -> tuple[bytes, Job]:
    """A claim whose output is demanded, and whose case is open."""
    judged = {"resolver": world.stranger.address, "case_for": HOUR_S, "case_fee": CASE_FEE}
    _, job_id, job = world.claimed(*OPENING, **judged, **salts())
    job = signed.demand(world, job_id, job)
    (event,) = world.market.dispute(world.stranger, job_id, job).events
    return job_id, job.disputed(event.args["disputedAt"])


def _upheld(job: Job, receipt: Any) -> Job:
    (event,) = receipt.events
    return job.upheld(event.args["windowEnd"])
