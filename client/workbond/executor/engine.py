"""The engine under profile `wasm-1`: the one module that imports wasmtime.

It is imported in the compile and task processes only, never in the provider's own process.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import wasmtime
from wasmtime import _bindings as c_api

from workbond.errors import ExecutionError, InvalidProgram
from workbond.executor import profile
from workbond.executor.types import EXIT, OUT_OF_UNITS, TRAP, Limits, Outcome
from workbond.executor.wasi import GuestExit, Job, OutOfUnits, OutputOverCap, Wasi

# Engine traps that say something about the guest. Fuel is counted in a register and stored only
# before calls, returns and `unreachable`, so after any other trap the stored count lacks the work
# done since (a loop of a billion steps that ends in a division by zero would be free). The profile
# therefore sets the units of those to the limit, as it does for a stack overflow.
_GUEST_TRAPS = frozenset(
    {
        wasmtime.TrapCode.STACK_OVERFLOW,
        wasmtime.TrapCode.MEMORY_OUT_OF_BOUNDS,
        wasmtime.TrapCode.TABLE_OUT_OF_BOUNDS,
        wasmtime.TrapCode.INDIRECT_CALL_TO_NULL,
        wasmtime.TrapCode.BAD_SIGNATURE,
        wasmtime.TrapCode.INTEGER_OVERFLOW,
        wasmtime.TrapCode.INTEGER_DIVISION_BY_ZERO,
        wasmtime.TrapCode.BAD_CONVERSION_TO_INTEGER,
    }
)


def wat2wasm(text: str) -> bytes:
    """Module of a text in WebAssembly's text format (for tests and tools)."""
    return bytes(wasmtime.wat2wasm(text))


def make_engine() -> wasmtime.Engine:
    """An engine with the profile's settings; what has no setter is fixed by the version."""
    config = wasmtime.Config()
    settings = profile.SETTINGS["engine"]
    config.target = str(settings["target"])
    for feature in profile.CPU_FEATURES:
        config.cranelift_flag_enable(f"has_{feature}")
    config.strategy = str(settings["strategy"])
    config.cranelift_opt_level = str(settings["opt_level"])
    config.consume_fuel = bool(settings["consume_fuel"])
    config.cranelift_nan_canonicalization = bool(settings["nan_canonicalization"])
    config.signals_based_traps = bool(settings["signals_based_traps"])
    config.max_wasm_stack = profile.MAX_WASM_STACK_BYTES
    config.memory_init_cow = bool(settings["memory_init_cow"])
    config.memory_may_move = bool(settings["memory_may_move"])
    config.memory_reservation = profile.MAX_MEMORY_BYTES
    config.memory_guard_size = profile.MEMORY_GUARD_BYTES
    # One thread: a task and a compilation each have one core, and their memory stays predictable.
    config.parallel_compilation = False
    _set_proposals(config)
    return wasmtime.Engine(config)


def _set_proposals(config: wasmtime.Config) -> None:
    for name, enabled in profile.SETTINGS["proposals"].items():
        if name == "shared_memory":
            config.shared_memory = bool(enabled)
        elif name in ("branch_hinting", "compact_imports"):
            # The Python class has no setter for these two, the C library has.
            setter = getattr(c_api, f"wasmtime_config_wasm_{name}_set")
            setter(config.ptr(), bool(enabled))
        else:
            setattr(config, f"wasm_{name}", bool(enabled))


def validate(engine: wasmtime.Engine, module: bytes) -> None:
    """Raises `InvalidProgram` if the bytes are no valid module under the profile's proposals."""
    try:
        wasmtime.Module.validate(engine, module)
    except wasmtime.WasmtimeError as error:
        raise InvalidProgram(f"the program is not valid: {_line(error)}") from None


def compile_module(engine: wasmtime.Engine, module: bytes) -> bytes:
    """Native code of a validated module, to be kept in the private cache only.

    Raises `ExecutionError`, never `InvalidProgram`: what is valid and fails to compile here may
    compile on a larger machine.
    """
    try:
        return bytes(wasmtime.Module(engine, module).serialize())
    except wasmtime.WasmtimeError as error:
        raise ExecutionError(
            f"the program can't be compiled here: {_line(error)}; don't accept this job"
        ) from None


class _Meter:
    """The guest's fuel and memory as `workbond.executor.wasi.Guest` wants them.

    wasmtime's `Caller` has no fuel methods, but its store is the one that runs: compiled code
    stores its count before it calls the host and loads it again afterwards, so charging the store
    from within a host call is exact.
    """

    def __init__(self, store: wasmtime.Store, units: int) -> None:
        self._store = store
        self._limit = units
        self._memory: wasmtime.Memory | None = None
        self._base = 0

    def attach(self, caller: wasmtime.Caller) -> None:
        """Finds the guest's memory at its first call: the start function runs before exports."""
        if self._memory is None:
            memory = caller["memory"]
            if not isinstance(memory, wasmtime.Memory):  # the compile process has checked it
                raise ExecutionError("the cached program has no memory: empty the cache")
            self._memory = memory
            # With `memory_may_move` off the memory never leaves its reservation of 4 GiB.
            self._base = ctypes.addressof(memory.data_ptr(self._store).contents)

    def charge(self, units: int) -> None:
        left = self._store.get_fuel() - units
        if left < 0:
            self._store.set_fuel(0)
            raise OutOfUnits
        self._store.set_fuel(left)

    def used(self) -> int:
        return self._limit - self._store.get_fuel()

    def size(self) -> int:
        return self._memory.data_len(self._store) if self._memory else 0

    def read(self, address: int, length: int) -> bytes:
        return ctypes.string_at(self._base + address, length)

    def write(self, address: int, data: bytes) -> None:
        ctypes.memmove(self._base + address, data, len(data))


def execute(code_path: str, job: Job, limits: Limits) -> Outcome:
    """Runs one task on the calling (main) thread.

    Args:
        code_path: compiled program in the private cache; it is native code and trusted.
        job: what the guest sees.
        limits: what it may use.

    Raises:
        ExecutionError: the host's failure, never a result.
    """
    engine = make_engine()
    try:
        module = wasmtime.Module.deserialize_file(engine, code_path)
    except wasmtime.WasmtimeError as error:
        raise ExecutionError(f"the compiled program can't be loaded: {_line(error)}") from None
    store = wasmtime.Store(engine)
    store.set_fuel(limits.units)
    store.set_limits(
        memory_size=limits.memory_bytes,
        table_elements=profile.MAX_TABLE_ELEMENTS,
        instances=1,
        tables=profile.MAX_TABLES,
        memories=1,
    )
    meter = _Meter(store, limits.units)
    linker = wasmtime.Linker(engine)
    _link(linker, meter, Wasi(meter, job))
    cls, code, counted = _run(linker, store, module)
    return Outcome(cls, code, meter.used() if counted else limits.units)


def _link(linker: wasmtime.Linker, meter: _Meter, wasi: Wasi) -> None:
    kinds = {"i": wasmtime.ValType.i32(), "I": wasmtime.ValType.i64()}
    for name, parameters in profile.WASI_IMPORTS.items():
        results = [] if name == "proc_exit" else [kinds["i"]]
        signature = wasmtime.FuncType([kinds[kind] for kind in parameters], results)
        function = wasi.functions[name]

        linker.define_func(
            profile.WASI_MODULE, name, signature, _hosted(meter, function), access_caller=True
        )


def _hosted(meter: _Meter, function: Callable[..., int | None]) -> Callable[..., int | None]:
    def call(caller: wasmtime.Caller, *values: int) -> int | None:
        meter.attach(caller)
        return function(*values)

    return call


def _run(
    linker: wasmtime.Linker, store: wasmtime.Store, module: wasmtime.Module
) -> tuple[int, int, bool]:
    """Class, exit code, and whether the units are as counted (otherwise they are the limit)."""
    try:
        start = linker.instantiate(store, module).exports(store)["_start"]
        if not isinstance(start, wasmtime.Func):
            raise ExecutionError("the cached program has no `_start`: empty the cache")
        start(store)
    except GuestExit as end:
        return EXIT, end.code, True
    except OutOfUnits:
        return OUT_OF_UNITS, 0, False
    except OutputOverCap:
        return TRAP, 0, True
    except wasmtime.Trap as trap:
        return _of_trap(trap)
    except wasmtime.WasmtimeError as error:
        # Memory that the host can't provide ends here: never a result.
        raise ExecutionError(f"the engine failed: {_line(error)}") from None
    return EXIT, 0, True


def _of_trap(trap: wasmtime.Trap) -> tuple[int, int, bool]:
    code = trap.trap_code
    if code == wasmtime.TrapCode.OUT_OF_FUEL:
        return OUT_OF_UNITS, 0, False
    if code == wasmtime.TrapCode.UNREACHABLE:
        return TRAP, 0, True
    if code in _GUEST_TRAPS:
        return TRAP, 0, False
    raise ExecutionError(f"the engine ended the program for its own reasons: {_line(trap)}")


def _line(error: Exception) -> str:
    """The error's text in one line of bounded length; it may quote the program."""
    text = " ".join(str(error).split())
    return "".join(char if char.isprintable() else "?" for char in text)[:300]
