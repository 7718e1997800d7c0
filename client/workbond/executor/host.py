"""Can this machine execute `wasm-1` at all? Asked once, before anything is accepted."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
from pathlib import Path

from workbond.errors import ExecutionError
from workbond.executor.profile import CPU_FEATURES, NAME, WASMTIME_VERSION

# As Linux names the profile's CPU features.
_LINUX_NAMES = {"cmpxchg16b": "cx16", "sse3": "pni", "sse41": "sse4_1", "sse42": "sse4_2"}


def require_host() -> None:
    """Raises `ExecutionError`, in one line, unless results made here are those of the profile."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise ExecutionError(
            f"profile {NAME} is executed on Linux on x86-64 only, this is {sys.platform} on "
            f"{platform.machine()}: run providers elsewhere; requesters and auditors run anywhere"
        )
    flags = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    found = set(flags[1].split()) if flags else set()
    missing = [name for name in CPU_FEATURES if _LINUX_NAMES.get(name, name) not in found]
    if missing:
        raise ExecutionError(
            f"profile {NAME} needs a processor of level x86-64-v2, this one lacks "
            f"{', '.join(missing)}: run the provider on a newer machine"
        )
    try:
        version = importlib.metadata.version("wasmtime")
    except importlib.metadata.PackageNotFoundError:
        version = "none"
    if version != WASMTIME_VERSION:
        raise ExecutionError(
            f"profile {NAME} needs wasmtime {WASMTIME_VERSION} exactly, installed is {version}: "
            f"run pip install wasmtime=={WASMTIME_VERSION}"
        )
