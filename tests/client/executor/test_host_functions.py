"""What a program sees of the world: its input, arguments, environment, clock and random bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from hashlib import sha256, shake_256

import pytest
import wasmtime

from workbond.executor import profile
from workbond.executor.runner import TaskResult
from workbond.tree import output_digest

Run = Callable[..., tuple[TaskResult, bytes]]

HEAD = """(module
 (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
 (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
 (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "args_sizes_get" (func $nargs (param i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "environ_sizes_get" (func $nenv (param i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "clock_time_get"
  (func $clock (param i32 i64 i32) (result i32)))
 (memory (export "memory") 2)
 ;; writes `length` bytes from `start` to `fd`; the buffer's description stands at 0
 (func $put (param $fd i32) (param $start i32) (param $length i32)
  (i32.store (i32.const 0) (local.get $start)) (i32.store (i32.const 4) (local.get $length))
  (drop (call $write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
"""

ECHO = f"""{HEAD}(func (export "_start") (local $n i32)
 (loop
  (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 5000))
  (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
  (local.set $n (i32.load (i32.const 8)))
  (call $put (i32.const 1) (i32.const 1024) (local.get $n))
  (br_if 0 (local.get $n)))))"""


def program(body: str) -> str:
    return f'{HEAD}(func (export "_start") {body}))'


@pytest.mark.parametrize("length", [0, 1, 4999, 5000, 5001, 100_000])
def test_input_arrives_whole_and_output_leaves_whole(run_program: Run, length: int) -> None:
    data = bytes(k * k % 251 for k in range(length))
    result, output = run_program(ECHO, stdin=data)
    assert output == data
    assert (result.cls, result.exit_code, result.length) == (0, 0, length)
    assert result.digest == output_digest(data) == result.leaf.digest


def test_standard_error_is_the_log_and_no_output(run_program: Run) -> None:
    text = program(
        "(i32.store (i32.const 1024) (i32.const 0x21214948))"
        "(call $put (i32.const 2) (i32.const 1024) (i32.const 4))"
    )
    result, output = run_program(text)
    assert (output, result.log.read_bytes()) == (b"", b"HI!!")


def test_a_write_gathers_its_buffers_in_order(run_program: Run) -> None:
    text = (
        HEAD
        + r"""(data (i32.const 16) "\40\00\00\00\02\00\00\00\00\00\00\00\00\00\00\00"
      "\42\00\00\00\03\00\00\00") (data (i32.const 64) "abcde") (func (export "_start")
      (call $exit (call $write (i32.const 1) (i32.const 16) (i32.const 3) (i32.const 8)))))"""
    )
    result, output = run_program(text)
    assert (output, result.exit_code) == (b"abcde", 0)


@pytest.mark.parametrize(("sizes", "get"), [("$nargs", "$args"), ("$nenv", "$env")])
def test_arguments_and_environment_are_those_of_the_task(
    run_program: Run, sizes: str, get: str
) -> None:
    # counts to 512 and 516, pointers to 1024, texts to 2048; all of it to the output
    body = f"""(drop (call {sizes} (i32.const 512) (i32.const 516)))
     (drop (call {get} (i32.const 1024) (i32.const 2048)))
     (call $put (i32.const 1) (i32.const 512) (i32.const 8))
     (call $put (i32.const 1) (i32.const 1024) (i32.const 8))
     (call $put (i32.const 1) (i32.const 2048) (i32.load (i32.const 516)))"""
    variables = {"ZÜ": "1", "A": "b=c"}
    _, output = run_program(program(body), arguments=("tool", "ä"), environment=variables)
    if get == "$args":
        texts, starts = b"tool\0\xc3\xa4\0", (2048, 2053)
    else:
        texts, starts = "A=b=c\0ZÜ=1\0".encode(), (2048, 2054)
    assert output == struct.pack("<4I", 2, len(texts), *starts) + texts


def test_nothing_of_the_host_is_in_the_environment(
    run_program: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "x")
    body = """(drop (call $nenv (i32.const 512) (i32.const 516)))
     (call $exit (i32.load (i32.const 516)))"""
    assert run_program(program(body))[0].exit_code == 0


def test_a_closed_descriptor_stays_closed(run_program: Run) -> None:
    body = """(drop (call $close (i32.const 1)))
     (call $put (i32.const 1) (i32.const 0) (i32.const 9))
     (call $exit (call $close (i32.const 1)))"""
    result, output = run_program(program(body))
    assert (result.exit_code, output) == (8, b"")


def test_random_bytes_are_the_stream_that_the_profile_describes(run_program: Run) -> None:
    body = """(drop (call $random (i32.const 1024) (i32.const 5)))
     (drop (call $random (i32.const 1029) (i32.const 9000)))
     (call $put (i32.const 1) (i32.const 1024) (i32.const 9005))"""
    spec, index = bytes(range(100, 132)), 7
    seed = sha256(spec + index.to_bytes(4, "big")).digest()
    blocks = (shake_256(seed + k.to_bytes(8, "big")).digest(4096) for k in range(3))
    _, output = run_program(program(body), spec=spec, index=index)
    assert output == b"".join(blocks)[:9005]
    assert output != run_program(program(body), spec=spec, index=8)[1]


def test_the_clock_starts_with_the_profile_and_moves_by_the_units_used(run_program: Run) -> None:
    body = """(drop (call $clock (i32.const 0) (i64.const 1) (i32.const 1024)))
     (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 1032)))
     (call $put (i32.const 1) (i32.const 1024) (i32.const 16))"""
    result, output = run_program(program(body))
    first, second = struct.unpack("<QQ", output)
    start = profile.CLOCK_START_S * 10**9
    assert start + profile.CALL_UNITS <= first
    assert first + profile.CALL_UNITS <= second <= start + result.units


def test_calls_and_bytes_are_charged_as_the_profile_says(run_program: Run) -> None:
    def units(length: int, calls: int = 1) -> int:
        body = f"(call $put (i32.const 1) (i32.const 0) (i32.const {length}))" * calls
        return run_program(program(body))[0].units

    one, byte = units(0), units(1)
    assert byte - one == profile.WRITE_BYTE_UNITS
    assert units(50_000) - one == 50_000 * profile.WRITE_BYTE_UNITS
    own = 20  # the guest's own instructions around a call
    charged = units(0, 2) - one
    assert 0 <= charged - profile.CALL_UNITS - profile.IOVEC_UNITS < own


# The four that C libraries call at the start, beside those in HEAD.
MORE = """(module
 (import "wasi_snapshot_preview1" "fd_seek"
  (func $seek (param i32 i64 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "clock_res_get" (func $res (param i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $stat (param i32 i32) (result i32)))
"""


def more(body: str) -> str:
    return program(body).replace("(module\n", MORE, 1)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("(call $seek (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 1024))", 70),
        ("(call $seek (i32.const 2) (i64.const -1) (i32.const 9) (i32.const -1))", 70),
        ("(call $seek (i32.const 3) (i64.const 0) (i32.const 0) (i32.const 1024))", 8),
        ("(call $prestat (i32.const 0) (i32.const 1024))", 8),
        ("(call $prestat (i32.const 3) (i32.const -1))", 8),
        ("(call $res (i32.const 4) (i32.const -1))", 28),
        ("(call $res (i32.const 3) (i32.const 0x1fff9))", 21),
        ("(call $stat (i32.const 3) (i32.const -1))", 8),
        ("(call $stat (i32.const 0) (i32.const 0x1ffe9))", 21),
    ],
)
def test_descriptors_and_clocks_give_the_error_numbers_of_the_profile(
    run_program: Run, call: str, error: int
) -> None:
    assert run_program(more(f"(call $exit {call})"))[0].exit_code == error


def test_every_clock_counts_in_nanoseconds(run_program: Run) -> None:
    calls = "".join(
        f"(drop (call $res (i32.const {clock}) (i32.const {1024 + 8 * clock})))"
        for clock in range(4)
    )
    shown = "(call $put (i32.const 1) (i32.const 1024) (i32.const 32))"
    _, output = run_program(more(calls + shown))
    assert struct.unpack("<4Q", output) == (1, 1, 1, 1)


@pytest.mark.parametrize(("fd", "right"), [(0, 2), (1, 64), (2, 64)])
def test_a_descriptor_has_no_type_and_one_right(run_program: Run, fd: int, right: int) -> None:
    # all ones before, so that zeros were written
    body = f"""(memory.fill (i32.const 1024) (i32.const 255) (i32.const 25))
     (drop (call $stat (i32.const {fd}) (i32.const 1024)))
     (call $put (i32.const 1) (i32.const 1024) (i32.const 25))"""
    _, output = run_program(more(body))
    kind, flags, rights, inherited = struct.unpack_from("<B1xH4xQQ", output)
    assert (kind, flags, rights, inherited) == (0, 0, right, 0)
    assert output[24:] == b"\xff"


def test_the_signatures_are_those_of_preview_1() -> None:
    engine = wasmtime.Engine()
    linker, store = wasmtime.Linker(engine), wasmtime.Store(engine)
    linker.define_wasi()
    letters = {"i32": "i", "i64": "I"}
    for name, parameters in profile.WASI_IMPORTS.items():
        function = linker.get(store, profile.WASI_MODULE, name)
        assert isinstance(function, wasmtime.Func)
        signature = function.type(store)
        assert "".join(letters[str(kind)] for kind in signature.params) == parameters, name
        assert len(signature.results) == (name != "proc_exit")
    assert len(profile.WASI_IMPORTS) == 46
