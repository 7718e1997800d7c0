"""`workbond job quote`: the sample, its advice, and a command that needs no account or chain."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbond.executor.runner import Executor
from workbond.jobfile import load_job_file
from workbond.requester.gas_figures import EXIT_GAS, SIGNED_EXIT_GAS
from workbond.requester.quote import make_quote
from workbond.requester.sample import Sample, SampledTask, run_sample, spread

ROOT = Path(__file__).parents[3]
CLIMATE = ROOT / "examples" / "climate" / "job.toml"
WORK = 10**18
CLIMATE_UNITS = 228_482_755  # as README's transcript has them
NOWHERE = ("--rpc", "http://127.0.0.1:1")


def uleb(number: int) -> bytes:
    out = b""
    while True:
        number, low = number >> 7, number & 0x7F
        out += bytes([low | 0x80 if number else low])
        if not number:
            return out


def section(number: int, content: bytes) -> bytes:
    return bytes([number]) + uleb(len(content)) + content


def module(code: bytes, imports: bytes = b"", data: bytes = b"") -> bytes:
    """A program whose `_start` is `code`; `imports` are functions of wasi_snapshot_preview1."""
    types = b"\x03\x60\0\0\x60\x01\x7f\0\x60\x04\x7f\x7f\x7f\x7f\x01\x7f"
    body = b"\0" + code + b"\x0b"
    count = imports[0] if imports else 0
    parts = [section(1, types)]
    if imports:
        parts.append(section(2, imports))
    parts += [
        section(3, b"\1\0"),
        section(5, b"\1\0\1"),
        section(7, b"\2\6memory\2\0\6_start\0" + bytes([count])),
        section(10, b"\1" + uleb(len(body)) + body),
    ]
    if data:
        parts.append(section(11, b"\1\0\x41\0\x0b" + uleb(len(data)) + data))
    return b"\0asm\1\0\0\0" + b"".join(parts)


def wasi(name: str, kind: int) -> bytes:
    space = b"wasi_snapshot_preview1"
    return bytes([len(space)]) + space + bytes([len(name)]) + name.encode() + b"\0" + bytes([kind])


FOREVER = module(b"\x03\x40\x0c\0\x0b")  # (loop (br 0))
TRAPS = module(b"\0")  # unreachable
# writes "bad input\n" to standard error, exits with 3
COMPLAINS = module(
    b"\x41\2\x41\0\x41\1\x41\x3c\x10\0\x1a\x41\3\x10\1",
    b"\2" + wasi("fd_write", 2) + wasi("proc_exit", 1),
    (8).to_bytes(4, "little") + (21).to_bytes(4, "little") + b"what?\n\x1b[31mbad input\n",
)


def put(job_path: Path, wasm: bytes, **changes: str) -> Path:
    (job_path.parent / "empty.wasm").write_bytes(wasm)
    text = job_path.read_text()
    for old, new in changes.items():
        text = re.sub(rf"{old} = .*", f"{old} = {new}", text)
    job_path.write_text(text)
    return job_path


def sampled(*units: int, of: int = 10, cls: int = 0, code: int = 0) -> Sample:
    tasks = [SampledTask(i, "x", cls, code, n, 0, "") for i, n in enumerate(units)]
    return Sample(tuple(tasks), of=of)


# ─────────────────────────────────── the command ──────────────────────────────


def test_a_quote_needs_no_account_no_password_and_no_chain(cli, monkeypatch):
    for name in ("WORKBOND_PASSWORD_FILE", "WORKBOND_DEPLOYMENTS"):
        monkeypatch.delenv(name)
    ran = cli("job", "quote", CLIMATE, *NOWHERE)
    assert ran.code == 0, ran.err
    assert re.search(r"case fee +8.55  comes back unless it pays for a case", ran.out)
    assert re.search(r"locked +10.97  in all", ran.out)
    assert re.search(r"sampled +3 of 48 tasks, run here", ran.out)
    assert re.search(r"void +sealed, but never opened +\+49 +-50 +\+1 +0", ran.out)
    assert "1 d 17 min 15 s      if the provider seals, but never opens" in ran.out
    note, suggestion = ran.err.splitlines()
    assert note.startswith("Note: the network's fees are left out: can't reach the RPC")
    assert suggestion == f"Next: workbond job submit {CLIMATE}"


def test_sampling_all_of_a_job_tells_exactly_what_it_costs(cli):
    shown = json.loads(cli("job", "quote", CLIMATE, "--sample", "all", "--json", *NOWHERE).out)
    assert shown["expected"]["units"] == str(CLIMATE_UNITS)
    assert shown["expected"]["payment_at_min_price"] == str(956_965_510_000_000_000)
    assert len(shown["sample"]["tasks"]) == 48
    assert shown["network_fees"] is None


def test_with_a_chain_it_adds_what_the_network_takes(world_cli, job_path):
    ran = world_cli("job", "quote", job_path, "--sample", "0", "--json")
    shown = json.loads(ran.out)
    assert (shown["sample"], shown["expected"], ran.err) == (None, None, "")
    assert set(shown["network_fees"]) == {one["exit"] for one in shown["exits"]}
    fees = {name: int(fee["requester"]) for name, fee in shown["network_fees"].items()}
    gas = {name: mine for name, (mine, _) in EXIT_GAS.items()}
    assert len({fees[name] // gas[name] for name in fees}) == 1  # one price for all
    assert "The network takes" in world_cli("job", "quote", job_path, "--sample", "0").out


def test_json_carries_signed_amounts_as_strings(cli, job_path):
    job_path.write_text(job_path.read_text().replace('resolver = "none"', ""))
    shown = json.loads(cli("job", "quote", job_path, "--json", *NOWHERE).out)
    void, unshown = [one for one in shown["exits"] if one["exit"] == "void"]
    assert (unshown["after"], unshown["from_s"]) == ("demand", 86_400)
    assert void["worst"]["provider"]["provider"] == str(-5 * WORK // 2)
    assert (void["after"], void["from_s"], void["until_s"]) == ("claim", 120 + 86_400, None)
    audited = shown["judging"]["seats"] * int(shown["judging"]["seat_fee"])
    audited += 3 * (int(shown["locked"]["case_fee"]) * 5 // 100)
    assert shown["worst"] == {
        "requester": str(-14 * WORK // 10 - audited),
        "provider": str(-5 * WORK),
    }
    assert shown["locked"]["total"] == str(14 * WORK // 10 + int(shown["locked"]["case_fee"]))
    (approve,) = [one for one in shown["exits"] if one["exit"] == "approve"]
    assert set(approve["expected"]) == {
        "expected, lowest price",
        "expected, highest price",
    }


def test_a_failing_task_is_told_loudly_with_its_last_words(cli, job_path):
    ran = cli("job", "quote", put(job_path, COMPLAINS), *NOWHERE)
    assert ran.code == 0, ran.err
    assert "WARNING: 3 sampled tasks did not end with exit code 0" in ran.out
    assert re.search(r"1  b.txt +exit 3 +[\d,]+  .\[31mbad input\n", ran.out)
    assert "\x1b" not in ran.out


@pytest.mark.parametrize(
    ("program", "ending"), [(TRAPS, "trap"), (FOREVER, "out-of-units")], ids=["trap", "forever"]
)
def test_every_bad_end_is_named(cli, job_path, program, ending):
    path = put(job_path, program, units="1_000_000")
    shown = json.loads(cli("job", "quote", path, "--json", *NOWHERE).out)
    assert {task["class"] for task in shown["sample"]["tasks"]} == {ending}


def test_a_sample_ends_when_its_time_is_over(cli, job_path):
    path = put(job_path, FOREVER, units="9_000_000_000_000")
    ran = cli("job", "quote", path, "--sample-timeout", "1", *NOWHERE)
    assert ran.code == 0, ran.err
    assert "the time for the sample was over after 0 of 3 tasks" in ran.err
    assert "How it can end" in ran.out


def test_ctrl_c_ends_the_sample_and_leaves_nothing_behind(job_path, tmp_path):
    path = put(job_path, FOREVER, units="9_000_000_000_000")
    home = tmp_path / "home"
    line = [sys.executable, "-m", "workbond", "job", "quote", str(path), "--home", str(home)]
    child = subprocess.Popen(
        line, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    folder = home / "requester" / "sample"
    while not [*folder.glob("sample-*/run-*/task-*")] and child.poll() is None:
        pass
    os.kill(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err.split()) == (130, "", ["Stopped:", "interrupted"])
    assert [*folder.glob("sample-*")] == []


def test_a_machine_that_cannot_execute_still_gets_the_rest(cli, job_path, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    ran = cli("job", "quote", job_path, *NOWHERE)
    assert ran.code == 0
    assert "Note: no sample was run: profile wasm-1 is executed on Linux on x86-64 only" in ran.err
    assert "How it can end" in ran.out


def test_a_home_that_cannot_be_used_still_gives_the_rest(cli, job_path, tmp_path):
    (tmp_path / "file").write_text("")
    ran = cli("job", "quote", job_path, "--home", tmp_path / "file", *NOWHERE)
    assert ran.code == 0
    assert "Note: no sample was run" in ran.err
    assert "How it can end" in ran.out


def test_a_program_outside_the_profile_is_refused_in_one_line(cli, job_path):
    foreign = module(b"", b"\1" + wasi("sock_open", 0))
    ran = cli("job", "quote", put(job_path, foreign), *NOWHERE)
    assert (ran.code, ran.out) == (2, "")
    assert "empty.wasm" in ran.err
    assert ran.err.count("\n") == 1


def test_code_that_does_not_compile_is_refused_in_one_line(cli, job_path):
    ran = cli("job", "quote", put(job_path, module(b"\x6a")), *NOWHERE)  # i32.add of nothing
    assert (ran.code, ran.out) == (2, "")
    assert "empty.wasm" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("wanted", ["-1", "some", "1.5", "10000000", "²"])
def test_a_wrong_number_of_samples_is_refused(cli, job_path, wanted):
    ran = cli("job", "quote", job_path, f"--sample={wanted}", *NOWHERE)
    assert ran.code == 2
    assert "--sample" in ran.err
    assert ran.err.count("\n") == 1


def test_the_page_about_job_files_shows_what_is_really_printed(cli, monkeypatch):
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "jobs.md").read_text()
    command = "workbond job quote examples/climate/job.toml"
    (shown,) = re.findall(rf"^\$ {command}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    ran = cli(*command.split()[1:], *NOWHERE)
    assert ran.out + ran.err.splitlines()[-1] + "\n" == shown


# ─────────────────────────────────── the library ──────────────────────────────


def test_a_sampled_task_uses_what_a_provider_will_bill(job_path, tmp_path):
    """The same digest of the spec, so the same random bytes; and whatever else counts."""
    from workbond.blobs.store import BlobStore
    from workbond.executor.runner import Limits, Task
    from workbond.requester.pack import pack

    job = load_job_file(CLIMATE)
    sample = run_sample(job, [7], tmp_path / "sample", timeout_s=60)
    package = pack(job, BlobStore(tmp_path / "blobs"))
    with Executor(tmp_path / "cache", tmp_path / "work", 1, 60) as executor:
        task = Task(
            index=7,
            spec=package.spec.digest,
            input=job.input_paths[7],
            limits=Limits(job.limits.units, job.limits.memory, job.limits.output),
            arguments=job.arguments,
        )
        (result,) = executor.run(executor.prepare(job.program_path), [task])
        assert (sample.tasks[0].units, sample.tasks[0].output_bytes) == (
            result.units,
            result.length,
        )


@pytest.mark.parametrize(
    ("count", "tasks", "picked"),
    [
        (3, 48, [0, 23, 47]),
        (1, 48, [24]),
        (2, 2, [0, 1]),
        (9, 3, [0, 1, 2]),
        (3, 65_536, [0, 32_767, 65_535]),
    ],
)
def test_a_sample_is_spread_over_the_inputs(count, tasks, picked):
    assert spread(count, tasks) == picked


def test_what_is_expected_follows_the_mean_and_is_exact_for_all():
    assert sampled(10, 20, of=7).expected_units == 105
    assert sampled(1, 2, of=2).expected_units == 3
    assert sampled().expected_units is None


@pytest.mark.parametrize(
    ("sample", "limit", "near", "tighter"),
    [
        (sampled(4_876_543), 10**7, False, None),
        (sampled(4_876_543), 10**9, False, 9_800_000),
        (sampled(4_876_543, of=1), 10**9, False, 5_400_000),
        (sampled(8_000_000), 10**7, True, None),
        (sampled(7_999_999), 10**7, False, None),
        (sampled(1, cls=2), 10**9, False, None),
        (sampled(0), 10**9, False, 1),
        (sampled(), 10**9, False, None),
    ],
)
def test_the_limit_is_judged_by_the_largest_sampled_task(sample, limit, near, tighter):
    assert (sample.near(limit), sample.tighter(limit)) == (near, tighter)


def test_a_tighter_limit_is_priced(job_path):
    job = load_job_file(job_path)
    quote = make_quote(job, sample=sampled(1_000, of=3))
    assert quote.escrow_with(job.limits.units) == quote.cost.escrow
    assert quote.escrow_with(2_000) == WORK // 2 + 3 * 2_000 * 300 * WORK // 10**12


def test_the_gas_figures_are_those_that_were_measured():
    rows = json.loads((ROOT / "benchmarks" / "results" / "gas.json").read_text())
    measured = {row["name"]: row["gas"] for row in rows}
    names = {"approve": "open_1", "finalize": "open_1_finalize"}
    for name, (mine, theirs) in EXIT_GAS.items():
        if name in ("resolve", "timeout"):  # test_quote_against_chain measures that one
            continue
        assert mine + theirs == pytest.approx(measured[names.get(name, name)], abs=48)
    (signed,) = [row["transactions"] for row in rows if row["name"] == "signed_1"]
    mine, theirs = SIGNED_EXIT_GAS["finalize"]  # the matcher pays for the match
    assert (mine, theirs) == (0, pytest.approx(signed["submit"] + signed["finalize"], abs=150))
    assert SIGNED_EXIT_GAS["cancel"] == (pytest.approx(measured["revoke"], abs=48), 0)
