"""Waiting on the command line: told why, bounded by the user, and honest about how it ended."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

from workbond.cli import job_why
from workbond.cli.waiting import fetching
from workbond.errors import BlobError, JobFailed, TimedOut
from workbond.requester.submit import until_claimed, until_taken
from workbond.requester.why import lookout

PATIENCE_S = 60
COMMAND = "from workbond.cli.main import main; main()"


@pytest.fixture
def curious(monkeypatch):
    """Reasons are looked for at once, and again and again."""
    monkeypatch.setattr(lookout, "FIRST_S", 0.0)
    monkeypatch.setattr(lookout, "EVERY_S", 0.0)


@pytest.mark.parametrize("command", ["status", "why"])
def test_an_open_job_that_waits_is_explained(jobs_cli, posted, world, command):
    world.advance(60)
    shown = jobs_cli(command, posted.id.hex())
    assert shown.code == 0, shown.err
    assert "1. INPUTS (sure): its inputs can't be fetched from here: " in shown.out
    assert "2. NOBODY (sure): no provider has announced itself" in shown.out
    assert "To do: serve them: `workbond job serve 0x" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80


def test_a_young_job_is_not_explained_yet(jobs_cli, posted, monkeypatch):
    monkeypatch.setattr(job_why, "WAITING_S", 10**6)
    assert "NOBODY" not in jobs_cli("status", posted.id.hex()).out
    assert "why" not in json.loads(jobs_cli("status", posted.id.hex(), "--json").out)


def test_json_has_the_reasons_with_their_codes(jobs_cli, posted, world, provider):
    world.advance(60)
    status = json.loads(jobs_cli("status", posted.id.hex(), "--json").out)
    assert [reason["code"] for reason in status["why"]] == ["INPUTS", "PRICE"]
    shown = json.loads(jobs_cli("why", posted.id.hex(), "--json").out)
    assert [(r["code"], r["weight"]) for r in shown["reasons"]] == [
        ("INPUTS", "sure"),
        ("PRICE", "partly"),
    ]
    assert shown["waits_s"] >= 60
    (candidate,) = shown["providers"]
    assert candidate["address"] == provider.signer.address
    assert candidate["unlocked"] == str(500 * 10**18)
    assert (candidate["gateway_answers"], candidate["obstacles"]) == (True, [])


def test_the_providers_that_were_looked_at_are_listed(jobs_cli, posted, provider):
    shown = jobs_cli("why", posted.id.hex()).out
    address = provider.signer.address
    assert re.search(rf"{address[:10]}\.\.{address[-4:]} +2 +1 GiB +- +500 +yes +nothing", shown)
    assert "Seen: 0 acceptances within the last " in shown


def test_only_an_open_job_has_a_why(jobs_cli, posted, provider):
    provider.accept(posted)
    refused = jobs_cli("why", posted.id.hex())
    assert refused.code == 2
    assert "is Running (the provider is at work, " in refused.err
    assert "only an open job waits for a provider" in refused.err


def test_who_waits_is_told_why_once(desk, world, posted, curious):
    told = []

    def hear(text):
        told.append(text)
        if len(told) == 1:
            threading.Timer(0.5, world.advance, [700]).start()

    with pytest.raises(JobFailed) as caught:
        until_taken(desk, posted, tell_why=hear)
    assert told[0].startswith("No provider has taken it yet: INPUTS: its inputs can't be fetched")
    assert "What to do: serve them: `workbond job serve 0x" in told[0]
    assert len(told) <= 2  # the price reached its maximum, perhaps
    assert re.search(r"in time \(INPUTS: .*then serve them", str(caught.value))


def test_nobody_is_asked_where_nobody_wants_to_hear_it(
    desk, posted, provider, curious, monkeypatch
):
    monkeypatch.setattr(lookout, "survey", lambda *_: pytest.fail("a survey was made"))
    taker = threading.Thread(target=provider.accept, args=[posted])
    taker.start()
    until_taken(desk, posted)
    taker.join()


def test_a_wait_can_be_bounded(desk, posted, provider):
    with pytest.raises(
        TimedOut, match=r"as long as you said; job 0x\w+ stays open: `workbond job s"
    ):
        until_taken(desk, posted, ends=time.monotonic())
    provider.accept(posted)
    with pytest.raises(TimedOut, match="is Running and goes on without you"):
        until_claimed(desk, desk.job(posted.id), ends=time.monotonic())


@pytest.mark.parametrize("command", [["fetch", "--wait"], ["watch"]])
def test_the_command_line_ends_with_124_when_the_time_is_over(jobs_cli, posted, command):
    bound = "--timeout" if command == ["watch"] else "--wait-timeout"
    ended = jobs_cli(*command, posted.id.hex(), bound, "1")
    assert ended.code == 124
    assert "as long as you said" in ended.err


def test_submit_ends_with_124_too_and_the_job_stays_open(jobs_cli, job_path):
    ended = jobs_cli("submit", job_path, "--yes", "--wait-timeout", "1")
    assert ended.code == 124
    assert "stays open: `workbond job serve 0x" in ended.err
    assert json.loads(jobs_cli("status", "last", "--json").out)["state"] == "Open"


def test_a_program_learns_the_id_of_a_job_that_nobody_took_in_time(jobs_cli, job_path):
    ended = jobs_cli("submit", job_path, "--yes", "--json", "--wait-timeout", "1")
    assert ended.code == 124
    told = json.loads(ended.out)
    assert told["state"] == "Open"
    assert told["id"] in ended.err


@pytest.mark.parametrize(("timeout_s", "error"), [(0, TimedOut), (100, BlobError)])
def test_a_fetch_whose_time_is_over_is_told_from_one_that_failed(timeout_s, error):
    with pytest.raises(error, match="too slow"), fetching(timeout_s):
        raise BlobError("too slow")


def test_a_watched_job_is_told_line_by_line(jobs_cli, posted, provider):
    provider.work(posted)
    shown = jobs_cli("watch", posted.id.hex(), "--until", "claimed")
    assert shown.code == 0, shown.err
    lines = [line[21:] for line in shown.out.splitlines()]
    assert lines[0] == "posted: 3 tasks, bond 5 WORK"
    assert lines[1].startswith(f"accepted by {provider.signer.address[:10]}..")
    assert lines[2] == "result sealed on the chain"
    assert lines[3].startswith("Claimed: the result is there, 2 min left to check it")
    assert lines[4].startswith("if it is not approved in 2 min, the provider may settle it")
    assert f"Next: workbond job fetch 0x{posted.id.hex()[:16]} " in shown.err


def test_a_watched_job_is_an_object_a_line_in_json(jobs_cli, posted, provider):
    worker = threading.Timer(0.5, provider.work, [posted])
    worker.start()
    shown = jobs_cli("watch", posted.id.hex(), "--until", "claimed", "--json")
    worker.join()
    views = [json.loads(line) for line in shown.out.splitlines()]
    names = [event["name"] for view in views for event in view["events"]]
    assert names == ["JobPosted", "JobAccepted", "JobClaimed"]
    assert (views[0]["state"], views[-1]["state"]) == ("Open", "Claimed")
    assert all(view["changes"] for view in views)
    assert views[0]["money"]["locked"] == "1400000000000000000"


def test_watching_a_job_that_ended_unpaid_ends_with_8(jobs_cli, posted, world, desk):
    world.market.cancel(world.requester, posted.request)
    ended = jobs_cli("watch", posted.id.hex())
    assert ended.code == 8
    assert "is Cancelled: never accepted" in ended.err
    assert "cancelled: 1.4 WORK back" in ended.out


def test_ctrl_c_ends_the_watching_and_says_that_the_job_goes_on(jobs_cli, posted, provider):
    provider.accept(posted)
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "job", "watch", posted.id.hex()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    for line in process.stdout:
        if "Running: " in line:
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "is Running and goes on without you" in err
