"""The hardware, and what of it is given to jobs."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from workbond.provider.card import Hardware
from workbond.spec import CORES_MAX, REQUIRED_MEMORY_MAX

MEMORY_SHARE_PERCENT = 75  # of main memory is given to jobs by default; the rest is the system's
CPUINFO = Path("/proc/cpuinfo")
CPUINFO_BYTES = 1 << 16  # the first processor's entry is enough
CGROUP, CGROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


def available_cores() -> int:
    """Cores that this process may use: a container or service may have fewer than the machine."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    quotas = (int(quota) // int(period) for quota, period in _cgroup_limits("cpu.max"))
    return max(1, min([cores, *quotas]))


def default_memory_bytes() -> int:
    """Three quarters of the memory that this process may use."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limits = (int(limit) for (limit,) in _cgroup_limits("memory.max"))
    return min([machine, *limits]) * MEMORY_SHARE_PERCENT // 100


def describe(cores: int, memory_bytes: int) -> Hardware:
    """The card's entry for `cores` and `memory_bytes` of this machine."""
    return Hardware(
        arch=_printable(platform.machine()) or "unknown",
        cpu=_printable(_cpu_name()),
        cores=min(cores, CORES_MAX),
        memory=min(memory_bytes, REQUIRED_MEMORY_MAX),
    )


def _cgroup_limits(name: str) -> Iterator[list[str]]:
    """The words of every limit `name` that holds for this process, its own cgroup's and those above
    (https://docs.kernel.org/admin-guide/cgroup-v2.html); none where there is no cgroup v2."""
    try:
        lines = CGROUP.read_text().splitlines()
    except OSError:
        return
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), None)
    if own is None:
        return
    place = CGROUPS / own
    for directory in (place, *place.parents):
        with contextlib.suppress(OSError):
            words = (directory / name).read_text().split()
            if words[0] != "max":
                yield words
        if directory == CGROUPS:
            return


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
