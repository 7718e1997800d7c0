"""The committed program is exactly what its source builds, with the compiler that the flags pin."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from workbond.demo.climate import data_dir

REPOSITORY = Path(__file__).resolve().parents[3]


def check(source: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(REPOSITORY / "scripts" / "build_wasm.py"), "--check", str(source)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_the_committed_program_is_what_its_source_builds() -> None:
    done = check(data_dir() / "climate.c")
    assert done.returncode == 0, done.stderr


def test_another_directory_builds_the_same_bytes_and_a_changed_byte_is_noticed(
    tmp_path: Path,
) -> None:
    for name in ("climate.c", "climate.wasm"):
        shutil.copyfile(data_dir() / name, tmp_path / name)
    assert check(tmp_path / "climate.c").returncode == 0

    program = tmp_path / "climate.wasm"
    changed = bytearray(program.read_bytes())
    changed[-1] ^= 1
    program.write_bytes(changed)
    done = check(tmp_path / "climate.c")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "is not what its source builds" in done.stderr
    assert program.read_bytes() == changed


def test_a_missing_program_is_noticed(tmp_path: Path) -> None:
    shutil.copyfile(data_dir() / "climate.c", tmp_path / "climate.c")
    done = check(tmp_path / "climate.c")
    assert done.returncode == 1
    assert "climate.wasm is missing" in done.stderr
