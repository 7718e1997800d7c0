"""The same task has the same result to the last bit, wherever and however it runs."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from workbond.executor import engine
from workbond.executor.runner import Executor, Limits, Task, TaskResult

Run = Callable[..., tuple[TaskResult, bytes]]

# Reads, computes, asks for the time and random bytes, grows its memory, writes.
MIXED = """(module
 (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "clock_time_get"
  (func $clock (param i32 i64 i32) (result i32)))
 (memory (export "memory") 1) (data (i32.const 0) "\\00\\04\\00\\00\\00\\08\\00\\00")
 (func (export "_start") (local $i i32)
  (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
  (drop (call $random (i32.const 1536) (i32.const 100)))
  (drop (memory.grow (i32.const 3)))
  (loop
   (f64.store offset=1700 (i32.const 0) (f64.sqrt (f64.add (f64.load offset=1700 (i32.const 0))
     (f64.convert_i32_u (local.get $i)))))
   (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 50000))))
  (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 1800)))
  (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"""


def test_two_runs_give_the_same_leaf(run_program: Run) -> None:
    first, output = run_program(MIXED, stdin=b"abc" * 100)
    second, again = run_program(MIXED, stdin=b"abc" * 100)
    assert first.leaf == second.leaf
    assert output == again
    assert len(output) == 2048


def test_another_input_gives_another_leaf(run_program: Run) -> None:
    first, _ = run_program(MIXED, stdin=b"abc")
    assert first.leaf != run_program(MIXED, stdin=b"abd")[0].leaf


def test_a_cold_cache_a_warm_one_and_another_machine_give_the_same_leaf(tmp_path: Path) -> None:
    module = tmp_path / "program.wasm"
    module.write_bytes(engine.wat2wasm(MIXED))
    task = Task(3, bytes(32), None, Limits(10**9, 2**20, 2**20))
    leaves = []
    for cache in ("one", "one", "two"):
        with Executor(tmp_path / cache, tmp_path / "work", 1, 60) as executor:
            (result,) = executor.run(executor.prepare(module), [task])
            leaves.append(result.leaf)
    assert len(set(leaves)) == 1


PINNED_UNITS = 849_207
PINNED_DEPTH = 163


def test_the_units_of_a_known_program_are_pinned(run_program: Run) -> None:
    """A change of this number is a change of the profile."""
    assert run_program(MIXED)[0].units == PINNED_UNITS


NAN = "\\7f\\00\\00\\00\\00\\00\\f8\\ff"


@pytest.mark.parametrize(
    "expression",
    [
        "(f64.div (f64.const 0) (f64.load offset=16 (i32.const 0)))",
        "(f64.sqrt (f64.const -1))",
        "(f64.add (f64.load offset=8 (i32.const 0)) (f64.const 1))",
        "(f64.mul (f64.const -nan:0x8000000000001) (f64.load offset=16 (i32.const 0)))",
        "(f64.promote_f32 (f32.const -nan:0x400001))",
        "(f64.floor (f64.load offset=8 (i32.const 0)))",
        "(f64.min (f64.load offset=8 (i32.const 0)) (f64.const 1))",
    ],
)
def test_every_computed_nan_has_the_canonical_bits(run_program: Run, expression: str) -> None:
    text = f"""(module
     (import "wasi_snapshot_preview1" "fd_write"
      (func $write (param i32 i32 i32 i32) (result i32)))
     (memory (export "memory") 1)
     (data (i32.const 0) "\\20\\00\\00\\00\\08\\00\\00\\00{NAN}")
     (func (export "_start") (f64.store (i32.const 32) {expression})
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 40)))))"""
    _, output = run_program(text)
    assert output == struct.pack("<Q", 0x7FF8000000000000)


def test_the_depth_at_which_a_stack_overflows_is_the_same_in_every_process(
    run_program: Run,
) -> None:
    """Every hundredth call leaves a mark in the output, which so shows the depth."""
    text = """(module
     (import "wasi_snapshot_preview1" "fd_write"
      (func $write (param i32 i32 i32 i32) (result i32)))
     (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\01\\00\\00\\00")
     (func $deep (param i64 i64 i64) (result i64)
      (if (i64.eqz (i64.rem_u (local.get 0) (i64.const 100)))
       (then (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
      (i64.add (local.get 1) (call $deep (i64.add (local.get 0) (i64.const 1))
       (i64.mul (local.get 1) (local.get 2)) (i64.add (local.get 2) (local.get 0)))))
     (func (export "_start")
      (drop (call $deep (i64.const 1) (i64.const 1) (i64.const 2)))))"""
    first, output = run_program(text)
    assert first.cls == 2
    assert len(output) == PINNED_DEPTH
    assert run_program(text, environment={"X": "y" * 10_000})[0].leaf == first.leaf
