"""Jobs are found by their id or its beginning, and only as the chain tells them."""

from __future__ import annotations

import dataclasses

import pytest

from workbond.chain.types import State
from workbond.errors import ChainError, UsageError


def test_a_full_id_needs_no_look_up(desk):
    assert desk.find_id("0x" + "AB" * 32) == b"\xab" * 32


@pytest.mark.parametrize("text", ["", "0x", "0x12345", "0xzzzzzz", "0x" + "a" * 65, "job 1"])
def test_other_texts_are_no_ids(desk, text):
    with pytest.raises(UsageError, match="is not a job id"):
        desk.find_id(text)


def test_six_digits_are_enough(desk, posted, world):
    digits = posted.id.hex()[:6]
    assert desk.find_id(digits) == posted.id
    assert desk.find_id(f"0x{digits.upper()}", world.requester.address) == posted.id


def test_last_is_the_youngest_of_ones_own_jobs(desk, posted, world):
    request = dataclasses.replace(world.request(), salt=b"\x07" * 32)
    world.market.post(world.requester, request, "")
    assert desk.find_id("last", world.requester.address) == world.id_of(request) != posted.id
    with pytest.raises(UsageError, match="no job was posted yet"):
        desk.find_id("last", world.stranger.address)


def test_a_beginning_is_looked_up_among_ones_own_jobs(desk, posted, world):
    with pytest.raises(UsageError, match=f"no job of account {world.stranger.address} begins"):
        desk.find_id(posted.id.hex()[:10], world.stranger.address)


def test_an_ambiguous_beginning_names_the_candidates(world, make_desk):
    """Looks for two requests whose ids begin alike; about 2^12 tries give a pair of six digits."""
    request = world.request()
    seen: dict[str, bytes] = {}
    for number in range(200_000):
        candidate = dataclasses.replace(request, salt=number.to_bytes(32, "big"))
        digits = world.id_of(candidate).hex()[:6]
        if digits in seen:
            break
        seen[digits] = candidate.salt
    for salt in (seen[digits], candidate.salt):
        world.market.post(world.requester, dataclasses.replace(request, salt=salt), "")
    with pytest.raises(UsageError, match=f"2 jobs begin with 0x{digits} .*give more digits"):
        make_desk("desk").find_id(digits)


def test_an_unknown_job_is_told(desk):
    with pytest.raises(UsageError, match=r"there is no job 0x0101.*workbond job list"):
        desk.job(b"\x01" * 32)


def test_jobs_of_others_are_not_listed(desk, posted, world):
    assert [record.id for record in desk.jobs_of(world.requester.address)] == [posted.id]
    assert desk.jobs_of(world.stranger.address) == []


def test_a_node_that_hides_an_event_is_caught(desk, world, posted, provider, monkeypatch):
    provider.accept(posted)
    assert desk.job(posted.id).state == State.RUNNING
    honest = world.market.events

    def without_acceptance(*args, **kwargs):
        return (event for event in honest(*args, **kwargs) if event.name != "JobAccepted")

    monkeypatch.setattr(world.market, "events", without_acceptance)
    with pytest.raises(ChainError, match="say Open, storage says Running"):
        desk.job(posted.id)


def test_a_node_that_makes_up_a_request_is_caught(desk, world, posted, monkeypatch):
    honest = world.market.events

    def cheaper(*args, **kwargs):
        for event in honest(*args, **kwargs):
            request = dataclasses.replace(event.args["request"], bond=0)
            yield dataclasses.replace(event, args=event.args | {"request": request})

    monkeypatch.setattr(world.market, "events", cheaper)
    with pytest.raises(ChainError, match="holds another request"):
        desk.job(posted.id)


def test_two_jobs_of_one_file_have_two_ids(desk, world, job, package, post_job):
    ids = {post_job(job, package).id for _ in range(2)}
    assert len(ids) == 2
