"""Execution profile `wasm-1`: the settings that decide the bits of a result, and their hash.

A profile never changes: whoever changes a value below has made another profile and names it so.
`PROFILE_ID`, the `profile` of a request on the chain, is the SHA-256 of the canonical JSON
(RFC 8785) of `{"name": NAME, "settings": SETTINGS}`; the same bytes are `PROFILE_TEXT`.

This module imports no engine, so that requesters and auditors can use it on any platform.
"""

from __future__ import annotations

import hashlib

import rfc8785

NAME = "wasm-1"
WASMTIME_VERSION = "50.0.1"

PAGE_BYTES = 64 * 1024
"""A page of WebAssembly memory."""
MAX_MODULE_BYTES = 64 * 1024 * 1024
"""Twice the largest program in sight (CPython with its standard library: 26 MB)."""
MAX_MEMORY_BYTES = 4 * 1024**3
"""All that 32-bit addresses can reach."""
MAX_TABLES = 4
"""Compilers emit one; each may cost 8 bytes per element."""
MAX_TABLE_ELEMENTS = 2**20
"""Per table: some 80 times the functions of CPython; 8 MiB of host memory."""
MAX_OUTPUT_BYTES = 256 * 1024 * 1024
"""Per task: outputs are kept, hashed and served by the provider, and fetched whole."""
MAX_LOG_BYTES = 1024 * 1024
"""Of standard error; the rest is charged and dropped, since the log is not part of the result."""
MAX_UNITS = 2**53 - 1
"""The largest integer that a JSON number carries exactly."""
MAX_IOVECS = 1024
"""As IOV_MAX on Linux: bounds what one call can make the host read."""
MAX_WASM_STACK_BYTES = 1024 * 1024
"""Well within the 8 MiB main thread that every Linux gives."""

MEMORY_GUARD_BYTES = 32 * 1024 * 1024
"""Behind the 4 GiB: addresses with a small constant offset need no check."""

CALL_UNITS = 20_000
"""Per host function call: 10 µs (a small write: up to 30 µs), in which loops run 20,000 units."""
IOVEC_UNITS = 1_000
"""Per buffer named in a read or write: about 0.5 µs."""
READ_BYTE_UNITS = 2
"""Per byte copied into the guest: about 1 ns."""
WRITE_BYTE_UNITS = 8
"""Per byte written: copied, stored and hashed twice, about 4 ns."""
RANDOM_BYTE_UNITS = 8
"""Per byte of SHAKE-256: about 3 ns."""

CLOCK_START_S = 1_735_689_600
"""What the guest's clocks show at its start: 2025-01-01T00:00:00Z. A unit adds a nanosecond."""
RANDOM_BLOCK_BYTES = 4096

CPU_FEATURES = ("cmpxchg16b", "popcnt", "sse3", "ssse3", "sse41", "sse42")
"""x86-64-v2, any x86-64 processor since 2009. Code for the features of the machine at hand would
have other stack frames elsewhere, and so another depth at which a stack overflows."""

WASI_MODULE = "wasi_snapshot_preview1"
WASI_IMPORTS = {
    "args_get": "ii",
    "args_sizes_get": "ii",
    "clock_res_get": "ii",
    "clock_time_get": "iIi",
    "environ_get": "ii",
    "environ_sizes_get": "ii",
    "fd_advise": "iIIi",
    "fd_allocate": "iII",
    "fd_close": "i",
    "fd_datasync": "i",
    "fd_fdstat_get": "ii",
    "fd_fdstat_set_flags": "ii",
    "fd_fdstat_set_rights": "iII",
    "fd_filestat_get": "ii",
    "fd_filestat_set_size": "iI",
    "fd_filestat_set_times": "iIIi",
    "fd_pread": "iiiIi",
    "fd_prestat_dir_name": "iii",
    "fd_prestat_get": "ii",
    "fd_pwrite": "iiiIi",
    "fd_read": "iiii",
    "fd_readdir": "iiiIi",
    "fd_renumber": "ii",
    "fd_seek": "iIii",
    "fd_sync": "i",
    "fd_tell": "ii",
    "fd_write": "iiii",
    "path_create_directory": "iii",
    "path_filestat_get": "iiiii",
    "path_filestat_set_times": "iiiiIIi",
    "path_link": "iiiiiii",
    "path_open": "iiiiiIIii",
    "path_readlink": "iiiiii",
    "path_remove_directory": "iii",
    "path_rename": "iiiiii",
    "path_symlink": "iiiii",
    "path_unlink_file": "iii",
    "poll_oneoff": "iiii",
    "proc_exit": "i",
    "proc_raise": "i",
    "random_get": "ii",
    "sched_yield": "",
    "sock_accept": "iii",
    "sock_recv": "iiiiii",
    "sock_send": "iiiii",
    "sock_shutdown": "ii",
}
"""All functions of WASI preview 1 with their parameters (i: i32, I: i64); each but `proc_exit`
returns an i32."""

SETTINGS: dict[str, dict[str, bool | int | str | list[str] | dict[str, str]]] = {
    "engine": {
        "wasmtime": WASMTIME_VERSION,
        "target": "x86_64-unknown-linux-gnu",
        "cpu_features": list(CPU_FEATURES),
        "strategy": "cranelift",
        "opt_level": "speed",
        "consume_fuel": True,
        "nan_canonicalization": True,
        "signals_based_traps": True,
        "max_wasm_stack_bytes": MAX_WASM_STACK_BYTES,
        "memory_init_cow": True,
        "memory_may_move": False,
        "memory_reservation_bytes": MAX_MEMORY_BYTES,
        "memory_guard_bytes": MEMORY_GUARD_BYTES,
    },
    "proposals": {
        "bulk_memory": True,
        "multi_value": True,
        "reference_types": True,
        "simd": True,
        "branch_hinting": False,
        "compact_imports": False,
        "component_model": False,
        "custom_page_sizes": False,
        "exceptions": False,
        "function_references": False,
        "gc": False,
        "memory64": False,
        "multi_memory": False,
        "relaxed_simd": False,
        "shared_memory": False,
        "stack_switching": False,
        "tail_call": False,
        "threads": False,
        "wide_arithmetic": False,
    },
    "limits": {
        "module_bytes": MAX_MODULE_BYTES,
        "memory_bytes": MAX_MEMORY_BYTES,
        "tables": MAX_TABLES,
        "table_elements": MAX_TABLE_ELEMENTS,
        "output_bytes": MAX_OUTPUT_BYTES,
        "log_bytes": MAX_LOG_BYTES,
        "units": MAX_UNITS,
        "iovecs": MAX_IOVECS,
    },
    "charges": {
        "call": CALL_UNITS,
        "iovec": IOVEC_UNITS,
        "read_byte": READ_BYTE_UNITS,
        "write_byte": WRITE_BYTE_UNITS,
        "random_byte": RANDOM_BYTE_UNITS,
    },
    "host": {
        "imports": WASI_IMPORTS,
        "import_module": WASI_MODULE,
        "clock_start_s": CLOCK_START_S,
        "clock": "start + units used so far, in ns",
        "random": "SHAKE-256(seed, block u64) after each other; seed: SHA-256(spec, task u32)",
        "random_block_bytes": RANDOM_BLOCK_BYTES,
        "environment": "NAME=value, sorted by the bytes of NAME",
        "units_of_a_trap": "counted if by unreachable or output over its cap, else the limit",
    },
}
"""Integers stay below 2^53, texts are ASCII."""

PROFILE_TEXT: bytes = rfc8785.dumps({"name": NAME, "settings": SETTINGS})
"""The bytes whose SHA-256 is `PROFILE_ID`; publish them beside the documentation."""
PROFILE_ID: bytes = hashlib.sha256(PROFILE_TEXT).digest()
"""The `profile` of requests and offers, 32 bytes."""
