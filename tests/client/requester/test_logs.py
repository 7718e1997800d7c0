"""`workbond job logs`: what tasks said, on a terminal, in a pipe, in files and as JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pexpect
import pytest

from workbond.executor.profile import MAX_LOG_BYTES


@pytest.fixture
def spoken(posted, guarded):
    """A job of three tasks: one failed and said so, one said nothing, one tried to take over."""
    task = guarded.task
    works = [
        task(b"", exit_code=3, log=b"no such month\n"),
        task(b"fine"),
        task(b"", cls=2, log=b"\x1b]0;mine\x07\x1b[2Jgone \xff\ttab\nend"),
    ]
    guarded.work(posted, works)
    return "0x" + posted.id.hex()


def test_logs_stand_below_lines_that_name_their_tasks(jobs_cli, spoken):
    ran = jobs_cli("logs", spoken, "--task", "0", "--task", "1")
    assert ran.code == 0, ran.err
    assert ran.out == "--- task 0: exit 3, 14 bytes\n  no such month\n"
    assert "Nothing was written by task 1." in ran.err
    assert "Next: workbond job fetch" in ran.err


def test_no_task_can_write_another_ones_heading(jobs_cli, posted, guarded):
    forged = b"x\n--- task 1: exit 0, 2 bytes\rall is well\n"
    task = guarded.task
    guarded.work(posted, [task(b"", log=forged), task(b"", log=b"hi"), task(b"")])
    headings = [
        line
        for line in jobs_cli("logs", "0x" + posted.id.hex()).out.splitlines()
        if line.startswith("--- task")
    ]
    assert headings == [f"--- task 0: exit 0, {len(forged)} bytes", "--- task 1: exit 0, 2 bytes"]


def test_a_single_log_comes_without_a_line_and_as_it_is(jobs_cli, spoken):
    assert jobs_cli("logs", spoken, "--task", "0").out == "no such month\n"


def test_failed_tasks_alone(jobs_cli, spoken):
    ran = jobs_cli("logs", spoken, "--failed", "--json")
    assert [task["index"] for task in json.loads(ran.out)["tasks"]] == [0, 2]


def test_nothing_failed_is_said(jobs_cli, posted, provider):
    provider.work(posted)
    ran = jobs_cli("logs", "0x" + posted.id.hex(), "--failed")
    assert (ran.code, ran.out) == (0, "")
    assert "all ended with exit code 0" in ran.err


def test_json_has_the_text_decoded_leniently(jobs_cli, spoken):
    shown = json.loads(jobs_cli("logs", spoken, "--json").out)
    assert shown["id"] == spoken
    assert shown["tasks"][0] == {
        "index": 0,
        "class": "exit",
        "exit_code": 3,
        "log": "no such month\n",
        "bytes": 14,
        "truncated": False,
    }
    assert shown["tasks"][1]["log"] == ""
    assert (
        shown["tasks"][2]["log"] == "\x1b]0;mine\x07\x1b[2Jgone \N{REPLACEMENT CHARACTER}\ttab\nend"
    )
    assert shown["tasks"][2]["class"] == "trap"


def test_files_hold_the_bytes_as_they_are(jobs_cli, spoken, tmp_path):
    out = tmp_path / "logs"
    ran = jobs_cli("logs", spoken, "--out", out)
    assert (ran.code, ran.out) == (0, "")
    assert "2 logs written" in ran.err
    written = {path.name: path.read_bytes() for path in out.iterdir()}
    assert written == {
        "0.log": b"no such month\n",
        "2.log": b"\x1b]0;mine\x07\x1b[2Jgone \xff\ttab\nend",
    }
    (out / "0.log").write_text("mine")
    assert jobs_cli("logs", spoken, "--out", out).code == 2
    assert jobs_cli("logs", spoken, "--out", out, "--force").code == 0


def test_a_log_at_the_cap_is_told_to_be_cut(jobs_cli, posted, provider):
    provider.work(posted, [provider.task(b"", log=bytes(MAX_LOG_BYTES)), *[provider.task(b"")] * 2])
    job_id = "0x" + posted.id.hex()
    ran = jobs_cli("logs", job_id, "--json")
    assert [task["truncated"] for task in json.loads(ran.out)["tasks"]] == [True, False, False]
    assert "Cut at 1 MiB" in jobs_cli("logs", job_id, "--out", "logs").err


def test_outputs_are_not_fetched_for_logs(jobs_cli, posted, guarded):
    manifest = guarded.work(posted)
    assert jobs_cli("logs", "0x" + posted.id.hex()).code == 0
    assert {cid for cid, _ in guarded.asked} == {manifest.cid, manifest.tasks[2].log}


def test_a_task_that_is_not_there_is_refused(jobs_cli, spoken):
    ran = jobs_cli("logs", spoken, "--task", "3")
    assert ran.code == 2
    assert "no task 3: its tasks are 0 to 2" in ran.err


def test_a_log_that_is_gone_is_one_line(jobs_cli, posted, provider):
    manifest = provider.work(posted)
    provider.store.remove(manifest.tasks[2].log)
    ran = jobs_cli("logs", "0x" + posted.id.hex())
    assert ran.code == 6
    assert "status 404" in ran.err


def test_a_job_without_a_claim_has_no_logs(jobs_cli, posted):
    assert jobs_cli("logs", "0x" + posted.id.hex()).code == 2


def test_a_terminal_gets_no_control_character_of_a_task(world, spoken, jobs_cli, tmp_path: Path):
    environment = dict(os.environ) | {
        "WORKBOND_RPC": world.url,
        "WORKBOND_DEPLOYMENTS": str(world.directory),
        "NO_COLOR": "1",
    }
    arguments = ["-m", "workbond", "job", "logs", spoken]
    terminal = pexpect.spawn(sys.executable, arguments, env=environment, timeout=60, echo=False)
    terminal.expect(pexpect.EOF)
    shown = terminal.before.decode()
    assert "gone \N{REPLACEMENT CHARACTER}\ttab\r\n  end" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown
