"""What a requester is told at each point of a job's life."""

from __future__ import annotations

import json

import pytest

from workbond.requester.exits import cancel, end
from workbond.requester.status import status_of
from workbond.words import duration

WORK = 10**18


@pytest.fixture
def status(desk, posted):
    return lambda: status_of(desk.job(posted.id), desk.now_s())


def test_an_open_job_tells_the_time_and_the_escrow(status, posted):
    shown = status()
    assert "waits for a provider" in shown.words
    assert 600 <= shown.left_s <= 615
    assert shown.money.locked == WORK // 2 + 9 * WORK // 10
    assert shown.next == f"workbond job fetch 0x{posted.id.hex()} --wait"


def test_the_price_of_an_open_job_is_that_of_this_moment(status, world):
    assert status().unit_price == 100 * WORK
    world.advance(165)
    assert 200 * WORK <= status().unit_price < 210 * WORK


def test_a_running_job_names_its_provider(status, posted, provider):
    provider.accept(posted)
    shown = status()
    assert "at work" in shown.words
    assert shown.to_json()["provider"] == provider.signer.address
    assert shown.next == f"workbond job fetch 0x{posted.id.hex()} --wait"


def test_a_claimed_job_asks_to_be_checked(status, posted, provider):
    provider.work(posted)
    shown = status()
    assert "left to check it" in shown.words
    assert shown.units is None  # the seal hides them until it is opened


@pytest.mark.parametrize(
    ("seconds", "due"), [(700, "cancel"), (10 * 86_400, "cancel")], ids=["late", "very late"]
)
def test_what_is_due_is_named_with_the_command_that_ends_it(status, world, seconds, due):
    world.advance(seconds)
    shown = status()
    assert shown.due == due
    assert shown.next.startswith("workbond job end 0x")


def test_an_expired_job_points_to_its_end(status, world, posted, provider):
    provider.accept(posted)
    world.advance(301)
    assert (status().due, status().words) == ("expire", "the provider missed its time")


def test_ended_jobs_say_how(status, desk, world, posted, provider):
    provider.accept(posted)
    world.advance(301)
    end(desk, world.requester, desk.job(posted.id))
    assert status().words == "the provider missed its time; the escrow is back"
    assert status().left_s is None


def test_a_cancelled_job_has_no_next_command(status, desk, world, posted):
    cancel(desk, world.requester, desk.job(posted.id))
    assert status().next is None


def test_json_carries_amounts_as_strings_of_base_units(status, posted):
    shown = json.loads(json.dumps(status().to_json()))
    assert shown["id"] == "0x" + posted.id.hex()
    assert shown["money"]["locked"] == "1400000000000000000"
    assert shown["unit_price"] == "100000000000000000000"
    assert shown["state"] == "Open"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (12_000, "3 h 20 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations_are_short(seconds, text):
    assert duration(seconds) == text
