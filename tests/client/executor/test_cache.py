"""The cache of compiled programs: private, checked before use, bounded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbond.errors import ExecutionError
from workbond.executor import cache as cache_module
from workbond.executor import engine
from workbond.executor.cache import Cache, Program, file_sha256
from workbond.executor.runner import Executor, Limits, Task

TEXT = '(module (memory (export "memory") 1) (func (export "_start")))'
TASK = Task(0, bytes(32), None, Limits(1000, 65_536, 0))


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "program.wasm"
    path.write_bytes(engine.wat2wasm(TEXT))
    return path


def make(tmp_path: Path) -> Executor:
    return Executor(tmp_path / "cache", tmp_path / "work", 1, 60)


def test_a_program_is_compiled_once(tmp_path: Path, module: Path) -> None:
    with make(tmp_path) as executor:
        first = executor.prepare(module)
        inode = first.code_path.stat().st_ino
        assert executor.prepare(module) == first
    with make(tmp_path) as executor:
        assert executor.prepare(module) == first
    assert first.code_path.stat().st_ino == inode


def test_the_cache_is_made_for_this_user_alone(tmp_path: Path, module: Path) -> None:
    with make(tmp_path) as executor:
        executor.prepare(module)
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_cache_that_others_can_enter_is_refused(tmp_path: Path, mode: int) -> None:
    directory = tmp_path / "cache"
    directory.mkdir()
    directory.chmod(mode)
    with pytest.raises(ExecutionError, match="mode 0700"):
        make(tmp_path)


def test_a_cache_opened_to_others_later_is_refused(tmp_path: Path, module: Path) -> None:
    with make(tmp_path) as executor:
        executor.prepare(module)
        (tmp_path / "cache").chmod(0o777)
        with pytest.raises(ExecutionError, match="mode 0700"):
            executor.prepare(module)


def test_a_link_to_a_cache_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "cache").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ExecutionError, match="mode 0700"):
        make(tmp_path)


def test_a_cache_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path).close()
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(ExecutionError, match="of this user"):
        make(tmp_path)


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "code gone", "note gone", "note"])
def test_a_damaged_entry_is_compiled_again(tmp_path: Path, module: Path, damage: str) -> None:
    with make(tmp_path) as executor:
        program = executor.prepare(module)
        code, note = program.code_path, program.code_path.with_suffix(".json")
        data = code.read_bytes()
        if damage == "flip":
            code.write_bytes(data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])
        elif damage == "note":
            note.write_text('["not", "a", "note"]')
        elif damage in ("cut", "empty"):
            code.write_bytes(data[: 4096 if damage == "cut" else 0])
        else:
            (code if damage == "code gone" else note).unlink()
        again = executor.prepare(module)
        assert again == program
        assert code.read_bytes() == data
        assert [result.cls for result in executor.run(again, [TASK])] == [0]


def test_code_that_the_engine_refuses_is_no_result(tmp_path: Path, module: Path) -> None:
    with make(tmp_path) as executor:
        program = executor.prepare(module)
        program.code_path.write_bytes(b"\x7fELF" + bytes(5000))
        with pytest.raises(ExecutionError, match="can't be loaded"):
            list(executor.run(program, [TASK]))


def test_the_key_holds_module_and_profile(
    tmp_path: Path, module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make(tmp_path) as executor:
        program = executor.prepare(module)
        assert program.digest == file_sha256(module, 10**6)
        monkeypatch.setattr(cache_module, "PROFILE_ID", bytes(32))
        assert executor.prepare(module).code_path != program.code_path


def fill(cache: Cache, number: int, size: int) -> Program:
    file = cache.new_file()
    file.write_bytes(bytes([number]) * size)
    facts: dict[str, object] = {"memory_bytes": 0, "table_elements": 0}
    facts["code_sha256"] = file_sha256(file, size).hex()
    program = cache.add(bytes([number]) * 32, file, facts)
    os.utime(program.code_path.with_suffix(".json"), (number, number))
    return program


def test_the_programs_unused_for_longest_leave_a_full_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", max_bytes=3000)
    for number in (1, 2, 3):
        fill(cache, number, 1000)
    assert cache.find(b"\1" * 32) is not None  # used: now the youngest
    fill(cache, 4, 1000)
    kept = [number for number in (1, 2, 3, 4) if cache.find(bytes([number]) * 32)]
    assert kept == [1, 3, 4]
    assert len(list((tmp_path / "cache").iterdir())) == 6
    fill(cache, 5, 5000)
    assert [n for n in (1, 3, 4, 5) if cache.find(bytes([n]) * 32)] == [5]


def test_what_crashes_left_in_the_cache_goes(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", max_bytes=3000)
    widow = fill(cache, 1, 1000).code_path
    widow.with_suffix(".json").unlink()
    os.utime(widow, (1, 1))
    draft = cache.new_file()
    os.utime(draft, (1, 1))
    fresh = cache.new_file()
    for number in (2, 3, 4):
        fill(cache, number, 1000)
    assert not widow.exists()
    assert not draft.exists()
    assert fresh.exists()  # another executor may be writing it
