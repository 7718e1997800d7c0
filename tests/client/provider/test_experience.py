"""What a node learns from its jobs, and that no job, file or clock teaches it nonsense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbond.provider.experience import (
    FILE,
    OVERHEAD_MS,
    REQUESTERS_MAX,
    SPEED,
    TASK_MS,
    Experience,
)
from workbond.provider.returns import PPM, Habits

ALICE = "0x" + "a1" * 20
SOUND: dict[str, Any] = {
    "tasks": 4,
    "cores": 2,
    "paid_units": 10**12,
    "units": 10**10,
    "ms": 10_000,
}


def test_it_begins_with_the_documented_figures(tmp_path: Path) -> None:
    made = Experience(tmp_path)
    assert (made.habits(ALICE), made.jobs, made.problem) == (Habits(), 0, "")


def test_a_long_job_teaches_speed_and_a_short_one_the_start_of_a_task(tmp_path: Path) -> None:
    made = Experience(tmp_path)
    # 10^10 units in 10 s on two cores: 500 million and a bit a second each, as starts take time
    made.executed(ALICE, **SOUND)
    assert Habits().units_per_second < made.habits().units_per_second < 530_000_000
    assert made.habits().task_ms == Habits().task_ms
    made.executed(ALICE, **(SOUND | {"units": 4, "ms": 20}))
    assert made.habits().task_ms < Habits().task_ms


def test_it_comes_close_to_the_truth_after_a_few_jobs(tmp_path: Path) -> None:
    made = Experience(tmp_path)
    for _ in range(20):
        made.executed(ALICE, **(SOUND | {"ms": 20 + 1_000}))
    # 10^10 units in about 1 s on two cores
    assert 4.5e9 < made.habits().units_per_second < 12e9
    assert 9_000 < made.habits(ALICE).usage_ppm < 20_000


def test_use_is_learnt_by_requester_and_overall(tmp_path: Path) -> None:
    made = Experience(tmp_path)
    for _ in range(10):
        made.executed(ALICE, **(SOUND | {"units": 0}))
    assert made.habits(ALICE).usage_ppm < 50_000
    stranger = made.habits("0x" + "b2" * 20).usage_ppm
    assert made.habits(ALICE).usage_ppm <= stranger < Habits().usage_ppm


def test_what_was_learnt_is_there_after_a_restart(tmp_path: Path) -> None:
    made = Experience(tmp_path)
    made.executed(ALICE, **SOUND)
    made.claimed(9_000)
    made.save()
    again = Experience(tmp_path)
    assert again.habits(ALICE) == made.habits(ALICE) != Habits()
    assert again.jobs == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[" * 100_000,
        b"\xff",
        b'{"version":2}',
        b'{"a":1,"a":2}',
        b"x" * (1 << 20),
    ],
    ids=range(7),
)
def test_a_damaged_file_is_no_reason_to_stop(tmp_path: Path, data: bytes) -> None:
    (tmp_path / FILE).write_bytes(data)
    made = Experience(tmp_path)
    assert made.problem
    assert "\n" not in made.problem
    assert made.habits() == Habits()
    made.save()
    assert Experience(tmp_path).problem == ""


@pytest.mark.parametrize(
    "change",
    [
        {"units_per_second": 0},
        {"units_per_second": 10**18},
        {"task_ms": -1},
        {"usage_ppm": PPM + 1},
        {"requesters": {ALICE: -1}},
        {"requesters": {"nobody": 1}},
        {"more": 1},
    ],
)
def test_a_file_with_values_beyond_their_bounds_is_not_believed(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    Experience(tmp_path).save()
    document = json.loads((tmp_path / FILE).read_text()) | change
    (tmp_path / FILE).write_text(json.dumps(document))
    assert Experience(tmp_path).problem


def test_requesters_are_forgotten_in_time(tmp_path: Path) -> None:
    made = Experience(tmp_path)
    for number in range(REQUESTERS_MAX + 10):
        made.executed(f"0x{number:040x}", **SOUND)
    made.save()
    assert len(json.loads((tmp_path / FILE).read_text())["requesters"]) == REQUESTERS_MAX
    assert Experience(tmp_path).problem == ""


NUMBER = st.integers(-(2**70), 2**70)


@given(
    st.lists(st.tuples(st.integers(-1, 70_000), st.integers(-1, 64), NUMBER, NUMBER, NUMBER)),
    st.lists(NUMBER),
)
def test_whatever_it_is_told_its_figures_stay_within_bounds(
    tmp_path_factory: pytest.TempPathFactory, jobs: list[Any], overheads: list[int]
) -> None:
    made = Experience(tmp_path_factory.mktemp("experience"))
    for tasks, cores, paid, units, ms in jobs:
        made.executed(ALICE, tasks=tasks, cores=cores, paid_units=paid, units=units, ms=ms)
    for ms in overheads:
        made.claimed(ms)
    found = made.habits(ALICE)
    assert SPEED[0] <= found.units_per_second <= SPEED[1]
    assert TASK_MS[0] <= found.task_ms <= TASK_MS[1]
    assert OVERHEAD_MS[0] <= found.overhead_ms <= OVERHEAD_MS[1]
    assert 0 <= found.usage_ppm <= PPM
    made.save()
