"""A job costs the chain the same whether it has 1 task or 65,536."""

import pytest
from chainkit import event


def life(job):
    """Gas of the four transactions of a job's main way."""
    return [tx.gas_used for tx in (job.post(), job.accept(), job.submit(), job.approve())]


@pytest.mark.parametrize("tasks", [1, 65_536])
def test_a_job_of_any_size_is_paid(deal, tasks):
    job = deal(tasks=tasks).until("Claimed")
    assert event(job.approve(), "JobSettled")["totalUnits"] > 0
    assert job.state == 5


def test_no_step_costs_more_gas_with_more_tasks(deal):
    life(deal(salt=b"\1" * 32))  # the first job of an account writes balances that were zero
    small, large = life(deal(tasks=1)), life(deal(tasks=65_536))
    # Bytes of calldata that are not zero cost more than those that are; nothing else may differ.
    assert all(abs(a - b) < 150 for a, b in zip(small, large, strict=True))
