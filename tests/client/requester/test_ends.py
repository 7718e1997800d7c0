"""Every way a job ends, and that money never stays locked."""

from __future__ import annotations

import pytest

from workbond.chain.types import State, VoidReason
from workbond.errors import BlobError, UsageError
from workbond.requester.approve import approve
from workbond.requester.exits import cancel, due_exit, end
from workbond.requester.fetch import fetch_result
from workbond.requester.status import money_of, status_of

WORK = 10**18


def test_nothing_is_due_while_a_provider_may_still_accept(desk, world, posted):
    with pytest.raises(UsageError, match=r"can't be ended for \d+ s yet; its requester can take"):
        end(desk, world.stranger, desk.job(posted.id))


def test_anyone_ends_a_job_that_nobody_accepted(desk, world, posted):
    world.advance(700)
    end(desk, world.stranger, desk.job(posted.id))
    record = desk.job(posted.id)
    assert record.state == State.CANCELLED
    assert money_of(record).refunded == WORK // 2 + 9 * WORK // 10
    assert money_of(record).locked == 0


def test_anyone_ends_a_job_whose_provider_is_too_late(desk, world, posted, provider):
    provider.accept(posted)
    world.advance(400)
    end(desk, world.stranger, desk.job(posted.id))
    record = desk.job(posted.id)
    assert (record.state, record.reason) == (State.VOID, VoidReason.EXPIRED)
    money = money_of(record)
    assert (money.compensated, money.rewarded) == (5 * WORK * 24 // 100, 5 * WORK // 100)
    assert money.refunded == WORK // 2 + 9 * WORK // 10


def test_anyone_settles_a_claim_when_the_window_is_over(desk, world, posted, provider):
    provider.work(posted)
    with pytest.raises(UsageError, match="is Claimed and can't be ended"):
        end(desk, world.stranger, desk.job(posted.id))
    world.advance(130)
    end(desk, world.stranger, desk.job(posted.id))
    record = desk.job(posted.id)
    assert record.state == State.SETTLED
    assert record.ending["approved"] is False
    assert status_of(record, world.now()).units == 6_000


def test_a_claim_whose_manifest_is_gone_can_be_voided_after_the_grace(
    desk, world, posted, provider
):
    manifest = provider.work(posted)
    provider.store.remove(manifest.cid)
    world.advance(130)
    with pytest.raises(BlobError, match=r"the job can be voided in \d+ s"):
        end(desk, world.stranger, desk.job(posted.id))
    world.advance(86_400)
    end(desk, world.stranger, desk.job(posted.id))
    record = desk.job(posted.id)
    assert (record.state, record.reason) == (State.VOID, VoidReason.UNOPENED)
    assert money_of(record).compensated == 5 * WORK * 49 // 100


def test_an_ended_job_is_not_ended_again(desk, world, posted):
    cancel(desk, world.requester, desk.job(posted.id))
    with pytest.raises(UsageError, match=r"has ended already \(Cancelled\)"):
        end(desk, world.requester, desk.job(posted.id))


def test_an_accepted_job_is_not_cancelled_any_more(desk, world, posted, provider):
    provider.accept(posted)
    with pytest.raises(UsageError, match="is Running and can't be cancelled"):
        cancel(desk, world.requester, desk.job(posted.id))


def test_a_verified_result_is_paid_at_once(desk, world, posted, provider):
    provider.work(posted)
    record = desk.job(posted.id)
    approve(desk, world.requester, record, fetch_result(desk, record))
    money = money_of(desk.job(posted.id))
    assert money.paid == WORK // 2 + 6_000 * record.live_job().unit_price // 10**12
    assert money.paid + money.refunded == WORK // 2 + 9 * WORK // 10


def test_a_late_claim_can_still_be_approved(desk, world, posted, provider):
    provider.work(posted)
    world.advance(3_600)
    record = desk.job(posted.id)
    assert due_exit(record, world.now()) == "finalize"
    approve(desk, world.requester, record, fetch_result(desk, record))
    assert desk.job(posted.id).state == State.SETTLED


def test_only_the_requester_approves(desk, world, posted, provider):
    provider.work(posted)
    record = desk.job(posted.id)
    with pytest.raises(UsageError, match="only its requester approves"):
        approve(desk, world.stranger, record, fetch_result(desk, record))


def test_nothing_is_approved_twice(desk, world, posted, provider):
    provider.work(posted)
    record = desk.job(posted.id)
    result = fetch_result(desk, record)
    approve(desk, world.requester, record, result)
    with pytest.raises(UsageError, match="is Settled and can't be approved"):
        approve(desk, world.requester, desk.job(posted.id), result)


def test_the_result_of_one_job_does_not_pay_another(desk, world, job, package, provider, post_job):
    first = post_job(job, package)
    second = post_job(job, package)
    provider.work(first)
    provider.work(second)
    result = fetch_result(desk, desk.job(first.id))
    with pytest.raises(UsageError, match="can't settle another job"):
        approve(desk, world.requester, desk.job(second.id), result)
