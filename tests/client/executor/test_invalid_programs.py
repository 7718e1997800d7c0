"""Programs that break the profile's static rules are refused before anything runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workbond.errors import ExecutionError, InvalidProgram, UsageError
from workbond.executor import engine, profile
from workbond.executor.runner import Executor, Limits, Task, invalid_leaves
from workbond.tree import EMPTY_DIGEST, ResultTree

START = '(func (export "_start"))'
MEMORY = '(memory (export "memory") 1)'
WASI = "wasi_snapshot_preview1"

INVALID = {
    "no start": f"(module {MEMORY})",
    "no memory": f"(module {START})",
    "memory not exported": f"(module (memory 1) {START})",
    "start is a memory": '(module (memory (export "memory") (export "_start") 1))',
    "memory is a function": '(module (func (export "_start") (export "memory")))',
    "start takes a value": f'(module {MEMORY} (func (export "_start") (param i32)))',
    "start returns a value": f'(module {MEMORY} (func (export "_start") (result i32) i32.const 0))',
    "start is imported": f'(module (import "{WASI}" "sched_yield" (func $y (result i32))) {MEMORY}'
    '(func) (export "_start" (func $y)))',
    "import of another module": f'(module (import "env" "f" (func)) {MEMORY} {START})',
    "import of an unknown function": f'(module (import "{WASI}" "f" (func)) {MEMORY} {START})',
    "import of another version": f'(module (import "wasi_unstable" "sched_yield" '
    f"(func (result i32))) {MEMORY} {START})",
    "import of a wrong type": f'(module (import "{WASI}" "proc_exit" (func)) {MEMORY} {START})',
    "import that is a global": f'(module (import "{WASI}" "proc_exit" (global i32)) {MEMORY} '
    f"{START})",
    "imported memory": '(module (import "env" "memory" (memory 1)) (export "memory" (memory 0)) '
    f"{START})",
    "table above the limit": f"(module (table 1048577 funcref) {MEMORY} {START})",
    "too many tables": f"(module {'(table 1 funcref)' * 5} {MEMORY} {START})",
    "memory of 64 bits": f'(module (memory (export "memory") i64 1) {START})',
    "two memories": f"(module (memory 1) {MEMORY} {START})",
    "shared memory": f'(module (memory (export "memory") 1 1 shared) {START})',
    "exceptions": f"(module (tag $t) {MEMORY} {START})",
    "tail calls": f'(module {MEMORY} (func $f) (func (export "_start") (return_call $f)))',
    "relaxed SIMD": f'(module {MEMORY} (func (export "_start") (drop (i32x4.relaxed_trunc_f32x4_s '
    "(v128.const i32x4 0 0 0 0)))))",
    "garbage collection": f"(module (type (struct)) {MEMORY} {START})",
    "stack that does not match": f'(module {MEMORY} (func (export "_start") drop))',
}


def write(path: Path, program: str | bytes) -> Path:
    path.write_bytes(engine.wat2wasm(program) if isinstance(program, str) else program)
    return path


@pytest.mark.parametrize("why", INVALID)
def test_a_program_outside_the_profile_is_invalid(
    session_executor: Executor, tmp_path: Path, why: str
) -> None:
    module = write(tmp_path / "program.wasm", INVALID[why])
    with pytest.raises(InvalidProgram, match="the program"):
        session_executor.prepare(module)


def test_the_limits_of_tables_and_types_are_inclusive(
    session_executor: Executor, tmp_path: Path
) -> None:
    text = f"(module (type (func (param v128 f32 f64 funcref))) {MEMORY} {START}"
    tables = "(table 1048576 funcref)" * profile.MAX_TABLES
    program = session_executor.prepare(write(tmp_path / "program.wasm", f"{text} {tables})"))
    assert (program.memory_bytes, program.table_elements) == (65_536, 4 * 2**20)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0asm",
        b"\0asm\x0d\0\1\0",
        b"\0asm\1\0\0\0\1\xff",
        b"(module)",
        b"\x7fELF" + bytes(99),
    ],
    ids=["empty", "cut", "component", "cut section", "text", "other file"],
)
def test_bytes_that_are_no_module_are_invalid(
    session_executor: Executor, tmp_path: Path, data: bytes
) -> None:
    with pytest.raises(InvalidProgram):
        session_executor.prepare(write(tmp_path / "program.wasm", data))


def test_text_of_a_whole_program_is_no_program(session_executor: Executor, tmp_path: Path) -> None:
    text = f"(module {MEMORY} {START})"
    session_executor.prepare(write(tmp_path / "good.wasm", text))
    with pytest.raises(InvalidProgram):
        session_executor.prepare(write(tmp_path / "text.wasm", text.encode()))


def test_native_code_is_no_program(session_executor: Executor, tmp_path: Path) -> None:
    program = session_executor.prepare(write(tmp_path / "p.wasm", f"(module {MEMORY} {START})"))
    native = write(tmp_path / "native.wasm", program.code_path.read_bytes())
    with pytest.raises(InvalidProgram, match="no core WebAssembly module"):
        session_executor.prepare(native)


def test_a_module_above_the_size_limit_is_invalid_however_it_goes_on(
    session_executor: Executor, tmp_path: Path
) -> None:
    path = tmp_path / "program.wasm"
    with path.open("wb") as stream:
        stream.truncate(profile.MAX_MODULE_BYTES + 1)
    with pytest.raises(InvalidProgram, match="shrink"):
        session_executor.prepare(path)


def test_a_module_that_is_not_there_is_no_invalid_program(
    session_executor: Executor, tmp_path: Path
) -> None:
    with pytest.raises(ExecutionError, match="can't be read") as caught:
        session_executor.prepare(tmp_path / "none.wasm")
    assert not isinstance(caught.value, InvalidProgram)


def test_more_memory_at_the_start_than_the_task_may_use_is_invalid(
    session_executor: Executor, tmp_path: Path
) -> None:
    text = f'(module (memory (export "memory") 2) {START})'
    program = session_executor.prepare(write(tmp_path / "program.wasm", text))
    fits = Task(0, bytes(32), None, Limits(1000, 2 * 65_536, 0))
    (result,) = session_executor.run(program, [fits])
    assert result.cls == 0
    with pytest.raises(InvalidProgram, match="starts with 131072 bytes"):
        next(session_executor.run(program, [Task(0, bytes(32), None, Limits(1000, 131_071, 0))]))


@pytest.mark.parametrize(
    "limits",
    [
        Limits(0, 65_536, 0),
        Limits(2**53, 65_536, 0),
        Limits(1, 2**32 + 1, 0),
        Limits(1, 65_536, 2**28 + 1),
        Limits(1, 65_536, -1),
    ],
)
def test_limits_outside_the_profile_are_refused(
    session_executor: Executor, tmp_path: Path, limits: Limits
) -> None:
    program = session_executor.prepare(write(tmp_path / "p.wasm", f"(module {MEMORY} {START})"))
    with pytest.raises(UsageError, match="profile wasm-1 allows"):
        next(session_executor.run(program, [Task(0, bytes(32), None, limits)]))


def test_a_refusal_is_one_line_of_printable_text_whatever_the_program_says(
    session_executor: Executor, tmp_path: Path
) -> None:
    name = r"\1b[2J\0a" + "x" * 5000
    text = f'(module (import "{name}" "{name}" (func)) {MEMORY} {START})'
    with pytest.raises(InvalidProgram) as caught:
        session_executor.prepare(write(tmp_path / "program.wasm", text))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_the_result_of_an_invalid_program_is_class_3_and_zero_everywhere() -> None:
    leaves = invalid_leaves(3)
    assert [(leaf.index, leaf.cls, leaf.exit_code, leaf.units) for leaf in leaves] == [
        (0, 3, 0, 0),
        (1, 3, 0, 0),
        (2, 3, 0, 0),
    ]
    assert {(leaf.length, leaf.digest, leaf.extra) for leaf in leaves} == {
        (0, EMPTY_DIGEST, bytes(32))
    }
    assert ResultTree(leaves).total_units == 0


def bomb(rounds: int) -> bytes:
    """A valid module whose one function has many variables, each alive through many loops."""

    def number(value: int) -> bytes:
        low, value = value & 0x7F, value >> 7
        return bytes([low | 0x80]) + number(value) if value else bytes([low])

    def section(kind: int, body: bytes) -> bytes:
        return bytes([kind]) + number(len(body)) + body

    loops = b"".join(
        # loop; local += 1; br_if local = 0; end
        b"\x03\x40\x20" + n + b"\x42\x01\x7c\x21" + n + b"\x20" + n + b"\x50\x0d\x00\x0b"
        for n in map(number, range(rounds))
    )
    function = b"\x01" + number(rounds) + b"\x7e" + loops + b"\x0b"
    exports = b"\x02\x06_start\x00\x00\x06memory\x02\x00"
    sections = [(1, b"\x01\x60\x00\x00"), (3, b"\x01\x00"), (5, b"\x01\x00\x01"), (7, exports)]
    sections.append((10, b"\x01" + number(len(function)) + function))
    return b"\0asm\1\0\0\0" + b"".join(section(*one) for one in sections)


@pytest.mark.parametrize(
    ("tight", "ended_by"),
    [({"compile_cpu_s": 1}, "SIGKILL"), ({"compile_memory_bytes": 2**28}, "SIGABRT|this machine")],
    ids=["time", "memory"],
)
def test_a_compile_bomb_is_refused_without_being_called_invalid(
    tmp_path: Path, tight: dict[str, int], ended_by: str
) -> None:
    with Executor(tmp_path / "cache", tmp_path / "work", 1, 60, **tight) as executor:
        harmless = executor.prepare(write(tmp_path / "small.wasm", bomb(3)))
        assert [result.cls for result in executor.run(harmless, [_task()])] == [0]
        with pytest.raises(
            ExecutionError, match=f"compiling the program failed: .*({ended_by})"
        ) as caught:
            executor.prepare(write(tmp_path / "bomb.wasm", bomb(4000)))
        assert not isinstance(caught.value, InvalidProgram)
        assert list((tmp_path / "cache").glob("tmp-*")) == []


def _task() -> Task:
    return Task(0, bytes(32), None, Limits(10**6, 65_536, 0))


def test_the_module_that_inspects_programs_needs_no_engine() -> None:
    code = "import sys, workbond.executor.module; sys.exit('wasmtime' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
