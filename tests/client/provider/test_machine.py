"""What of the machine a provider gives to jobs, if nothing is said: what it may use itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbond.provider import machine


@pytest.fixture
def cgroups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The process stands in `/system/node` of a tree of cgroups without limits."""
    (tmp_path / "own").write_text("1:cpu:/other\n0::/system/node\n")
    root = tmp_path / "cgroups"
    for place in (root, root / "system", root / "system" / "node"):
        place.mkdir()
        if place != root:
            (place / "cpu.max").write_text("max 100000\n")
            (place / "memory.max").write_text("max\n")
    monkeypatch.setattr(machine, "CGROUP", tmp_path / "own")
    monkeypatch.setattr(machine, "CGROUPS", root)
    return root


def test_without_limits_it_is_the_machine(cgroups: Path) -> None:
    assert machine.available_cores() >= 1
    assert machine.default_memory_bytes() > 1 << 28


def test_the_cores_of_a_container_are_its_quota(cgroups: Path) -> None:
    (cgroups / "system" / "cpu.max").write_text("150000 100000\n")
    assert machine.available_cores() == 1
    (cgroups / "system" / "cpu.max").write_text("20000 100000\n")
    assert machine.available_cores() == 1


def test_the_memory_of_a_container_is_its_limit(cgroups: Path) -> None:
    (cgroups / "system" / "node" / "memory.max").write_text("4000000\n")
    (cgroups / "system" / "memory.max").write_text("8000000\n")
    assert machine.default_memory_bytes() == 3_000_000


def test_a_system_without_cgroups_is_taken_as_it_is(
    cgroups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "CGROUP", cgroups / "missing")
    assert machine.default_memory_bytes() > 1 << 28
