"""Limits that the compile and task processes set for themselves before they touch a program.

They set them after their own start and not between fork and exec: a provider has threads, and
Python code between fork and exec can deadlock then. The code that runs until here is the project's
own.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import signal
from pathlib import Path

from workbond.errors import ExecutionError

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
STACK_BYTES = 8 * 1024 * 1024
"""The profile's WebAssembly stack plus what host functions need, with room."""
OPEN_FILES = 32


def die_with_parent(parent: int) -> None:
    """Asks the kernel for SIGKILL when the parent's thread ends; ends here if it already has."""
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((PR_SET_PDEATHSIG, signal.SIGKILL), (PR_SET_NO_NEW_PRIVS, 1)):
        if libc.prctl(option, int(value), 0, 0, 0) != 0:
            raise ExecutionError(f"prctl({option}) failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        os._exit(1)


def limit(cpu_s: int, file_bytes: int) -> None:
    """Limits of every executor process: CPU time, file sizes, files, stack, no core, no threads."""
    _set("CPU", resource.RLIMIT_CPU, cpu_s)
    _set("FSIZE", resource.RLIMIT_FSIZE, file_bytes)
    _set("NOFILE", resource.RLIMIT_NOFILE, OPEN_FILES)
    _set("CORE", resource.RLIMIT_CORE, 0)
    _set("STACK", resource.RLIMIT_STACK, STACK_BYTES)
    # Counts the user's processes, so it stops any new one; the superuser is not bound by it.
    _set("NPROC", resource.RLIMIT_NPROC, 0)


def limit_address_space(size_bytes: int) -> None:
    """For the compiler, which can use much more memory than the program is long."""
    _set("AS", resource.RLIMIT_AS, size_bytes)


def limit_data(guest_bytes: int, own_bytes: int) -> None:
    """For tasks: real memory, since their address space holds a reservation of 4 GiB.

    The limit is above what the guest may ask for: a growth that the profile allows and the host
    refuses would be seen by the guest, and its result would depend on the machine.

    Args:
        guest_bytes: all the guest may ask for.
        own_bytes: what the executor itself needs beyond what it has now.
    """
    if Path("/proc/sys/vm/overcommit_memory").read_text().strip() == "2":
        raise ExecutionError(
            "this machine counts reserved memory strictly, so a task's memory can't be promised: "
            "set vm.overcommit_memory to 0 or 1"
        )
    status = Path("/proc/self/status").read_text()
    used = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmData"))
    _set("DATA", resource.RLIMIT_DATA, used * 1024 + guest_bytes + own_bytes)
    try:
        # Linux refuses a mapping larger than all its memory: found now, not by the guest.
        mmap.mmap(-1, guest_bytes, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except OSError as error:
        raise ExecutionError(
            f"this machine can't give a task {guest_bytes} bytes of memory ({error}): accept "
            "smaller jobs"
        ) from None


def _set(name: str, what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY and hard < value:
        if name in ("STACK", "DATA"):  # less would change results or look like the guest's fault
            raise ExecutionError(
                f"the limit {name} of this machine is {hard} bytes, a task needs {value}: raise it"
            )
        value = hard
    resource.setrlimit(what, (value, value))
