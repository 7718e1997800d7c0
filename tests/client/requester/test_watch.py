"""Following a job: each change once, outages borne, and an end in time."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import Any

import pytest

from workbond.chain.connection import Connection
from workbond.chain.market import Market
from workbond.chain.types import State
from workbond.errors import ChainError, JobFailed, TimedOut, UsageError
from workbond.requester import watch as module
from workbond.requester.desk import Desk
from workbond.requester.exits import cancel, end
from workbond.requester.submit import Posting
from workbond.requester.watch import Change, Until, View, follow, require_success
from workbond.requester.why import lookout
from workbond.requester.why.reasons import Code

from ..nodes import Line

FAR = 60.0  # s; a test that needs it has failed


def events(views: list[View]) -> list[str]:
    return [dated.event.name for view in views for dated in view.news]


def test_a_job_is_followed_from_its_posting_to_its_payment(
    desk: Desk, world: Any, posted: Posting, provider: Any
) -> None:
    views = []
    for view in follow(desk, posted.id, ends=time.monotonic() + FAR):
        views.append(view)
        if len(views) == 2:
            provider.work(posted)
        if view.status.record.state == State.CLAIMED:
            world.advance(200)
            end(desk, world.stranger, desk.job(posted.id))
    assert events(views) == ["JobPosted", "JobAccepted", "JobClaimed", "JobSettled"]
    assert views[-1].status.record.state == State.SETTLED
    require_success(views[-1])
    posting, *_ = views[0].events
    assert posting.at_s == world.connection.block(posting.event.block_number).timestamp


def test_each_phase_has_its_beginning_and_end(
    desk: Desk, world: Any, posted: Posting, provider: Any
) -> None:
    def phase() -> tuple[int, int] | None:
        return next(iter(follow(desk, posted.id))).phase

    opened = phase()
    assert opened is not None
    assert opened[1] == posted.request.open_until
    job = provider.accept(posted)
    assert phase() == (job.accepted_at, job.accepted_at + job.run_for)
    _, tree = provider.publish(posted.id)
    provider.claim(posted.id, job, tree.opening, b"m")
    claimed = desk.job(posted.id).live_job()
    assert phase() == (claimed.claimed_at, claimed.window_end)
    world.advance(200)
    assert phase() == (claimed.window_end, claimed.window_end + 86_400)
    world.advance(86_400)
    end(desk, world.stranger, desk.job(posted.id))
    assert phase() is None


@pytest.mark.parametrize(
    ("until", "state"), [(Until.TAKEN, State.RUNNING), (Until.CLAIMED, State.CLAIMED)]
)
def test_following_ends_where_it_was_told_to(
    desk: Desk, posted: Posting, provider: Any, until: Until, state: State
) -> None:
    step = provider.accept if until is Until.TAKEN else provider.work
    worker = threading.Thread(target=step, args=[posted])
    worker.start()
    *_, last = follow(desk, posted.id, until=until, ends=time.monotonic() + FAR)
    worker.join()
    assert last.status.record.state == state
    require_success(last)


def test_a_job_that_ended_unpaid_is_a_failure(desk: Desk, world: Any, posted: Posting) -> None:
    cancel(desk, world.requester, desk.job(posted.id))
    (view,) = follow(desk, posted.id, until=Until.TAKEN)
    with pytest.raises(JobFailed, match="is Cancelled: never accepted, the escrow is back"):
        require_success(view)


def test_a_provider_that_is_late_is_a_change(
    desk: Desk, world: Any, posted: Posting, provider: Any
) -> None:
    provider.accept(posted)
    watched = follow(desk, posted.id, ends=time.monotonic() + FAR)
    assert "if no result comes in" in next(watched).status.then
    world.advance(400)
    late = next(view for view in watched if view.changes)
    assert late.changes == (Change.DUE,)
    assert late.status.then.startswith("anyone may end it now, the provider can't deliver")
    assert "24% of the bond, 1.2 WORK" in late.status.then


def test_why_nobody_takes_it_is_a_change_that_is_told_once(
    desk: Desk, world: Any, posted: Posting, monkeypatch: Any
) -> None:
    monkeypatch.setattr(lookout, "FIRST_S", 0.0)
    monkeypatch.setattr(lookout, "EVERY_S", 0.0)
    watched = follow(desk, posted.id, ends=time.monotonic() + FAR)
    told = next(view for view in watched if Change.WHY in view.changes)
    assert [reason.code for reason in told.reasons] == [Code.INPUTS, Code.NOBODY, Code.PRICE]
    world.advance(320)  # the price has reached its maximum
    again = next(view for view in watched if view.changes)
    assert again.changes == (Change.WHY,)
    assert [reason.code for reason in again.reasons] == [Code.INPUTS, Code.NOBODY]


def test_time_that_is_over_ends_it(desk: Desk, posted: Posting) -> None:
    with pytest.raises(TimedOut, match=r"watched as long as you said; job 0x\w+ stays open"):
        list(follow(desk, posted.id, ends=time.monotonic()))


def test_a_job_that_is_none_is_refused_at_once(desk: Desk) -> None:
    with pytest.raises(UsageError, match="there is no job"):
        next(follow(desk, b"\1" * 32))


@pytest.fixture
def remote(desk: Desk, world: Any, line: Line) -> Desk:
    """The desk at the other end of the line."""
    return dataclasses.replace(desk, market=Market(Connection(line.url), world.market.address))


def test_a_short_outage_is_shown_and_borne(
    remote: Desk, line: Line, posted: Posting, provider: Any
) -> None:
    watched = follow(remote, posted.id, ends=time.monotonic() + FAR)
    next(watched)
    line.cut = True
    view = next(view for view in watched if view.outage)
    assert "can't reach the RPC" in view.outage
    assert view.status.record.state == State.OPEN
    provider.accept(posted)
    line.cut = False
    back = next(view for view in watched if view.changes)
    assert (back.outage, back.status.record.state) == (None, State.RUNNING)


def test_a_long_outage_ends_it(remote: Desk, line: Line, posted: Posting, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "OUTAGE_S", 0.0)
    watched = follow(remote, posted.id)
    next(watched)
    line.cut = True
    with pytest.raises(ChainError, match="can't reach the RPC"):
        list(watched)


def test_a_look_without_a_change_costs_two_small_calls(
    remote: Desk, line: Line, posted: Posting
) -> None:
    watched = follow(remote, posted.id)
    next(watched)
    line.asked.clear()
    for _ in range(5):
        next(watched)
    assert line.asked == ["eth_call", "eth_getBlockByNumber"] * 5
