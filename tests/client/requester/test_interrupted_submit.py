"""Ctrl-C at each point of a submission says how the job stands; once with a real signal."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import sys

import pytest

from workbond.chain.connection import Connection
from workbond.chain.market import Market
from workbond.chain.types import State
from workbond.errors import Cancelled
from workbond.requester.submit import Posting, draft, explaining_ctrl_c

PATIENCE_S = 60
COMMAND = "from workbond.cli.main import main; main()"


@pytest.fixture
def submission(jobs_cli, job_path, world):
    """`workbond job submit` in a process of its own, which its terminal's Ctrl-C reaches."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "job", "submit", str(job_path), "--yes"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    yield process
    process.kill()
    process.communicate()


def test_ctrl_c_leaves_the_job_open_and_says_how_to_go_on(
    submission, jobs_cli, desk, provider, tmp_path
):
    for line in submission.stdout:
        if line.startswith("Serving its inputs at"):
            break
    submission.send_signal(signal.SIGINT)
    _, err = submission.communicate(timeout=PATIENCE_S)
    assert submission.returncode == 130
    match = re.search(r"job (0x[0-9a-f]{64}) stays open", err)
    assert match, err
    assert f"`workbond job serve {match[1][:18]}`" in err
    assert f"`workbond job cancel {match[1][:18]}`" in err
    record = desk.job(bytes.fromhex(match[1][2:]))
    assert record.state == State.OPEN

    taker = provider.take_again(Posting(record.id, record.request, record.gateway))
    served = jobs_cli("serve", match[1])
    taker.join()
    assert served.code == 0, served.err
    assert desk.job(record.id).state == State.RUNNING


@pytest.fixture
def interrupted(desk):
    """The message that Ctrl-C leads to while a job is worked on."""

    def interrupt(job_id: bytes) -> str:
        with pytest.raises(Cancelled) as caught, explaining_ctrl_c(desk, job_id):
            raise KeyboardInterrupt
        return str(caught.value)

    return interrupt


def test_before_the_posting_is_mined_nobody_knows(interrupted, desk, world, job, package):
    posting = draft(desk, world.requester.address, job, package, "")
    assert "it may still get there" in interrupted(posting.id)


def test_a_running_job_goes_on(interrupted, posted, provider):
    provider.accept(posted)
    assert "is Running and goes on without you" in interrupted(posted.id)


def test_a_dead_node_does_not_hide_the_id(desk, world, posted):
    unreachable = Market(Connection("http://127.0.0.1:1"), world.market.address)
    cut_off = dataclasses.replace(desk, market=unreachable)
    with (
        pytest.raises(Cancelled, match=f"job 0x{posted.id.hex()} stands could not be asked"),
        explaining_ctrl_c(cut_off, posted.id),
    ):
        raise KeyboardInterrupt
