"""Programs that try to hang the host, fill it, flood it or leave the sandbox.

Each ends with the one result that every executor must find. A hang would end as `ExecutionError` by
the wall clock, and fail the test.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from workbond.executor.runner import TaskResult
from workbond.executor.wasi import EBADF, EFAULT, EINVAL, ENOSYS
from workbond.tree import EMPTY_DIGEST

Run = Callable[..., tuple[TaskResult, bytes]]

HEAD = """(module
 (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
 (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "path_open"
  (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "poll_oneoff"
  (func $poll (param i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "sock_send"
  (func $send (param i32 i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "clock_time_get"
  (func $clock (param i32 i64 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $stat (param i32 i32) (result i32)))
 (memory (export "memory") 1)
"""


def program(body: str, more: str = "") -> str:
    return f'{HEAD}{more}(func (export "_start") (local i32) {body}))'


def ended(result: TaskResult) -> tuple[int, int]:
    return result.cls, result.exit_code


def test_an_endless_loop_runs_out_of_units(run_program: Run) -> None:
    result, output = run_program(program("(loop (br 0))"), units=10_000_000)
    assert ended(result) == (1, 0)
    assert result.units == 10_000_000
    assert (output, result.digest) == (b"", EMPTY_DIGEST)


def test_a_program_with_too_few_units_to_start_runs_out_of_them(run_program: Run) -> None:
    result, _ = run_program(program("(call $exit (i32.const 0))"), units=1)
    assert (result.cls, result.units) == (1, 1)


def test_growing_memory_without_end_stops_at_the_limit(run_program: Run) -> None:
    grow = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))"
    result, _ = run_program(
        program(f"{grow} (call $exit (memory.size))"), memory=100 * 65_536 + 65_535
    )
    assert ended(result) == (0, 100)


def test_all_memory_of_32_bits_can_be_granted_and_touched(run_program: Run) -> None:
    body = """(drop (memory.grow (i32.const 65535)))
     (i32.store (i32.const 0xfffffffc) (i32.const 7))
     (call $exit (i32.load (i32.const 0xfffffffc)))"""
    assert ended(run_program(program(body), memory=2**32)[0]) == (0, 7)


def test_growing_a_table_without_end_stops_at_the_limit(run_program: Run) -> None:
    more = "(table $t 1 funcref)"
    grow = "(table.grow $t (ref.null func) (i32.const 65536))"
    body = f"(loop (br_if 0 (i32.ne {grow} (i32.const -1)))) (call $exit (table.size $t))"
    result, _ = run_program(program(body, more))
    assert ended(result) == (0, 15 * 65_536 + 1)


def test_a_flood_of_output_is_cut_exactly_at_the_cap(run_program: Run) -> None:
    body = """(i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 1000))
     (memory.fill (i32.const 1024) (i32.const 120) (i32.const 1000))
     (loop (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0))"""
    result, output = run_program(program(body), output=10_500)
    assert ended(result) == (2, 0)
    assert output == b"x" * 10_500
    assert (result.length, result.units < 10**9) == (10_500, True)


def test_an_output_of_exactly_the_cap_is_no_trap(run_program: Run) -> None:
    body = """(i32.store (i32.const 4) (i32.const 1000))
     (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"""
    result, output = run_program(program(body), output=1000)
    assert (ended(result), len(output)) == ((0, 0), 1000)


def test_a_flood_of_output_is_paid_by_the_byte(run_program: Run) -> None:
    body = """(i32.store (i32.const 4) (i32.const 65536))
     (loop (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0))"""
    result, output = run_program(program(body), units=10_000_000, output=2**28)
    assert (result.cls, result.units) == (1, 10_000_000)
    assert 0 < len(output) <= 10_000_000 // 8


def test_a_flood_of_the_log_is_paid_and_dropped(run_program: Run) -> None:
    body = """(i32.store (i32.const 4) (i32.const 65536))
     (loop (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0))"""
    result, _ = run_program(program(body), units=10**8)
    assert result.cls == 1
    assert result.log.stat().st_size == 2**20


def test_a_stack_overflow_is_a_trap_that_costs_the_limit(run_program: Run) -> None:
    more = "(func $deep (param i64) (call $deep (i64.add (local.get 0) (i64.const 1))))"
    result, _ = run_program(program("(call $deep (i64.const 0))", more), units=10**9)
    assert (ended(result), result.units) == ((2, 0), 10**9)


def test_unreachable_is_a_trap_that_costs_what_was_used(run_program: Run) -> None:
    result, _ = run_program(program("unreachable"))
    assert ended(result) == (2, 0)
    assert 0 < result.units < 10


@pytest.mark.parametrize(
    "trap",
    [
        "(drop (i32.load (i32.const 0x7fffffff)))",
        "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
        "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
        "(drop (i32.trunc_f64_s (f64.const nan)))",
        "(memory.fill (i32.const 65535) (i32.const 0) (i32.const 2))",
        "(call_indirect (i32.const 0))",
        "(call_indirect (i32.const 9))",
    ],
)
def test_work_before_a_trap_of_the_processor_is_never_free(run_program: Run, trap: str) -> None:
    loop = """(loop (local.set 0 (i32.add (local.get 0) (i32.const 1)))
     (br_if 0 (i32.lt_u (local.get 0) (i32.const 1000000))))"""
    result, _ = run_program(program(loop + trap, "(table 1 funcref)"), units=20_000_000)
    assert (ended(result), result.units) == ((2, 0), 20_000_000)


def test_a_start_function_that_traps_is_a_trap(run_program: Run) -> None:
    result, _ = run_program(program("nop", "(func $s unreachable) (start $s)"))
    assert ended(result) == (2, 0)


def test_a_start_function_that_exits_ends_the_program(run_program: Run) -> None:
    more = "(func $s (call $exit (i32.const 5))) (start $s)"
    assert ended(run_program(program("unreachable", more))[0]) == (0, 5)


def test_data_outside_the_memory_is_a_trap(run_program: Run) -> None:
    result, _ = run_program(program("nop", '(data (i32.const 65535) "xx")'))
    assert (ended(result), result.units) == ((2, 0), 10**9)


@pytest.mark.parametrize(("code", "seen"), [(7, 7), (256, 256), (-1, 2**32 - 1)])
def test_exit_codes_are_unsigned_numbers_of_32_bits(run_program: Run, code: int, seen: int) -> None:
    result, _ = run_program(program(f"(call $exit (i32.const {code}))"))
    assert ended(result) == (0, seen)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        # a huge number of buffers, and buffers beyond the memory
        ("(call $write (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 0))", EINVAL),
        ("(call $read (i32.const 0) (i32.const 0) (i32.const 0x7fffffff) (i32.const 0))", EINVAL),
        ("(call $write (i32.const 1) (i32.const 65533) (i32.const 1) (i32.const 0))", EFAULT),
        ("(call $write (i32.const 1) (i32.const -8) (i32.const 1) (i32.const 0))", EFAULT),
        ("(call $write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 65533))", EFAULT),
        ("(call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 0))", EFAULT),
        ("(call $read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 0))", EFAULT),
        ("(call $random (i32.const 65530) (i32.const 7))", EFAULT),
        ("(call $random (i32.const 0) (i32.const -1))", EFAULT),
        ("(call $args (i32.const -1) (i32.const 0))", EFAULT),
        ("(call $clock (i32.const 0) (i64.const 0) (i32.const 65529))", EFAULT),
        ("(call $clock (i32.const 4) (i64.const 0) (i32.const 0))", EINVAL),
        ("(call $stat (i32.const 1) (i32.const 65520))", EFAULT),
        # other files, other functions
        ("(call $write (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))", EBADF),
        ("(call $write (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0))", EBADF),
        ("(call $read (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0))", EBADF),
        (
            "(call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 11) (i32.const 0)"
            "(i64.const -1) (i64.const -1) (i32.const 0) (i32.const 32))",
            ENOSYS,
        ),
        ("(call $poll (i32.const 1024) (i32.const 0) (i32.const 1) (i32.const 0))", ENOSYS),
        (
            "(call $send (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))",
            ENOSYS,
        ),
    ],
)
def test_a_hostile_call_gets_an_error_number_and_nothing_else(
    run_program: Run, call: str, error: int
) -> None:
    # At 16 a buffer that ends one byte beyond the memory; at 1024 a sleep of 2^63 ns.
    more = r"""(data (i32.const 16) "\00\01\00\00\01\ff\00\00") (data (i32.const 96) "/etc/passwd")
     (data (i32.const 1048) "\00\00\00\00\00\00\00\80")"""
    result, output = run_program(program(f"(call $exit {call})", more), stdin=b"input")
    assert (ended(result), output) == ((0, error), b"")


def test_many_overlapping_buffers_cost_by_the_byte(run_program: Run) -> None:
    # 1,024 buffers of the whole memory: 64 MiB in one call, for a guest of 64 KiB.
    fill = """(loop (i32.store offset=4 (local.get 0) (i32.const 65536))
     (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 8))) (i32.const 8192))))"""
    call = "(drop (call $write (i32.const 2) (i32.const 0) (i32.const 1024) (i32.const 8192)))"
    result, _ = run_program(program(fill + call), units=10**9)
    assert ended(result) == (0, 0)
    assert result.units > 1024 * 65_536 * 8
    assert run_program(program(fill + call), units=10**8)[0].cls == 1


def test_a_huge_request_for_random_bytes_costs_by_the_byte(run_program: Run) -> None:
    body = """(drop (memory.grow (i32.const 1023)))
     (call $exit (call $random (i32.const 0) (i32.const 0x4000000)))"""
    dear, _ = run_program(program(body), units=10**9, memory=2**26)
    assert ended(dear) == (0, 0)
    assert dear.units > 2**26 * 8
    assert run_program(program(body), units=2**28, memory=2**26)[0].cls == 1


def test_calls_that_do_nothing_are_paid_as_well(run_program: Run) -> None:
    body = (
        "(loop (drop (call $poll (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))) (br 0))"
    )
    result, _ = run_program(program(body), units=20_000_000)
    assert (result.cls, result.units) == (1, 20_000_000)
