"""Each call works in one state only, and a final job's id never comes back."""

import pytest
from chainkit import now, refused
from deals import DAY
from results import Result

CODES = {"None": 0, "Open": 1, "Running": 2, "Claimed": 3, "Disputed": 4, "Settled": 5}
CODES |= {"Cancelled": 6, "Void": 7}
# The state that each call needs, and the call, which could not be refused for another reason.
CALLS = {
    "post": ("None", lambda job, who: job.post()),
    "matchOrders": ("None", lambda job, who: job.match()),
    "fill": ("None", lambda job, who: job.fill()),
    "fillAndClaim": ("None", lambda job, who: job.fill_and_claim()),
    "accept": ("Open", lambda job, who: job.accept()),
    "cancel": ("Open", lambda job, who: job.cancel(by=job.requester)),
    "submit": ("Running", lambda job, who: job.submit()),
    "release": ("Running", lambda job, who: job.release()),
    "expire": ("Running", lambda job, who: job.expire(by=who)),
    "approve": ("Claimed", lambda job, who: job.approve()),
    "finalize": ("Claimed", lambda job, who: job.finalize(by=who)),
    "void": ("Claimed", lambda job, who: job.void(by=who)),
    "demand": ("Claimed", lambda job, who: job.demand([0])),
    "dispute": ("Claimed", lambda job, who: job.dispute()),
    "resolve": ("Disputed", lambda job, who: job.resolve(0)),
    "timeout": ("Disputed", lambda job, who: job.timeout(by=who)),
    "answer": ("Claimed", lambda job, who: job.answer([0], RESULT, [RESULT.answer(0, 0, 0)])),
}
RESULT = Result([b"output"])
# An author can revoke what was never posted, and a case stops no demand or answer.
ALSO = {("cancel", "None"), ("answer", "Disputed"), ("demand", "Disputed")}


def bring(job, state, who):
    """Brings a new job to any state."""
    if state in ("Open", "Running", "Claimed", "Disputed"):
        job.until(state)
    elif state == "Settled":
        job.until("Claimed").approve()
    elif state == "Cancelled":
        job.until("Open").cancel(by=job.requester)
    elif state == "Void":
        job.until("Running").release()
    assert job.state == CODES[state]


@pytest.mark.parametrize("state", CODES)
def test_calls_are_refused_in_every_other_state(disputable, stranger, state):
    job = disputable()
    bring(job, state, stranger)
    if not job.job["provider"]:  # None and Open have no record: any sound one will do
        job.job = disputable(salt=b"\1" * 32).until("Running").job
    for name, (needed, call) in CALLS.items():
        if needed != state and (name, state) not in ALSO:
            with refused("WrongState", job.id, CODES[needed], CODES[state]):
                call(job, stranger)
    assert job.state == CODES[state]


@pytest.mark.parametrize("state", ["Settled", "Cancelled", "Void"])
def test_a_final_id_never_comes_back(signed, market, stranger, state):
    """Within openUntil everything about the request is still valid but its id."""
    job = signed(openUntil=now() + 80 * DAY, offer={"validUntil": now() + 80 * DAY})
    bring(job, state, stranger)
    for again in (job.post, job.match, job.fill, job.fill_and_claim):
        with refused("WrongState", job.id, 0, CODES[state]):
            again(at=now() + 10 * DAY)
    assert tuple(market.slotOf(job.id)) == (CODES[state], 0)
