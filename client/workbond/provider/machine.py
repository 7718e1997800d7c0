"""The hardware, and what of it is given to jobs."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from workbond.provider.card import Hardware
from workbond.spec import CORES_MAX, REQUIRED_MEMORY_MAX

MEMORY_SHARE_PERCENT = 75  # of main memory is given to jobs by default; the rest is the system's
CPUINFO = Path("/proc/cpuinfo")
CPUINFO_BYTES = 1 << 16  # the first processor's entry is enough


def available_cores() -> int:
    """Cores that this process may use, which may be fewer than the machine has."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def default_memory_bytes() -> int:
    """Three quarters of the main memory."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * MEMORY_SHARE_PERCENT // 100


def describe(cores: int, memory_bytes: int) -> Hardware:
    """The card's entry for `cores` and `memory_bytes` of this machine."""
    return Hardware(
        arch=_printable(platform.machine()) or "unknown",
        cpu=_printable(_cpu_name()),
        cores=min(cores, CORES_MAX),
        memory=min(memory_bytes, REQUIRED_MEMORY_MAX),
    )


def _cpu_name() -> str:
    try:
        with CPUINFO.open(encoding="utf-8", errors="replace") as file:
            text = file.read(CPUINFO_BYTES)
    except OSError:
        return ""
    names = (line.partition(":")[2] for line in text.splitlines() if line.startswith("model name"))
    return next(names, "")


def _printable(text: str) -> str:
    return " ".join("".join(c for c in text if " " <= c <= "~").split())[:64]
