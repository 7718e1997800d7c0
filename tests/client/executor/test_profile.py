"""The profile: its identity is pinned, and it is executed on the right machine only."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbond.errors import ExecutionError
from workbond.executor import host, profile
from workbond.executor.runner import Executor

PROFILE_HEX = "97f9789c6fb86cfa2a67f90973ce526e45435b2c99f7feeed8a26fb6c54e38b0"


def test_the_profile_id_is_pinned() -> None:
    """Requests on chains name this hash: another value is another profile with another name."""
    assert profile.PROFILE_ID.hex() == PROFILE_HEX


def test_the_profile_id_is_the_hash_of_its_text() -> None:
    assert hashlib.sha256(profile.PROFILE_TEXT).digest() == profile.PROFILE_ID
    assert json.loads(profile.PROFILE_TEXT) == {"name": "wasm-1", "settings": profile.SETTINGS}


def test_every_number_of_the_profile_fits_a_json_number() -> None:
    def numbers(value: object) -> Iterator[int]:
        if isinstance(value, dict):
            for inner in value.values():
                yield from numbers(inner)
        elif isinstance(value, int):
            yield value

    assert max(numbers(profile.SETTINGS)) == profile.MAX_UNITS == 2**53 - 1


def test_profile_and_runner_load_no_engine() -> None:
    code = (
        "import sys, workbond.executor.profile, workbond.executor.runner;"
        "sys.exit(any(name in sys.modules for name in ('wasmtime', 'web3', 'pydantic')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("system", "machine"), [("darwin", "arm64"), ("linux", "aarch64"), ("win32", "AMD64")]
)
def test_another_platform_is_told_so_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, machine: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(
        ExecutionError, match=f"Linux on x86-64 only, this is {system} on {machine}"
    ):
        Executor(tmp_path / "cache", tmp_path / "work", 1, 60)


@pytest.mark.parametrize("version", ["50.0.0", "51.0.0"])
def test_another_version_of_the_engine_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: version)
    with pytest.raises(ExecutionError, match=f"installed is {version}: run pip install"):
        Executor(tmp_path / "cache", tmp_path / "work", 1, 60)


def test_a_missing_engine_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(ExecutionError, match="installed is none"):
        host.require_host()


def test_a_processor_without_a_feature_of_the_profile_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(host, "CPU_FEATURES", (*profile.CPU_FEATURES, "sse9"))
    with pytest.raises(ExecutionError, match="lacks sse9"):
        host.require_host()


def test_wasmtime_is_imported_in_one_module_only() -> None:
    package = Path(profile.__file__).parents[1]
    importers = [
        path.name
        for path in package.rglob("*.py")
        if any(
            line.lstrip().startswith(("import wasmtime", "from wasmtime"))
            for line in path.read_text().splitlines()
        )
    ]
    assert importers == ["engine.py"]
