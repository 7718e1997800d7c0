"""WASI preview 1 for one task: bytes in, bytes out, nothing of the host.

Fourteen functions do something; the others exist and return ENOSYS. Each call is charged before it
does its work, so that no call costs the host more than the guest pays for. Every pointer, length
and count comes from the guest: they are unsigned 32-bit numbers, checked against the memory's size.

What a function does is part of profile `wasm-1`. The rules of the interface:
https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256, shake_256
from typing import NamedTuple, Protocol

from workbond.executor import profile

SUCCESS, EBADF, EFAULT, EINVAL, ENOSYS, ESPIPE = 0, 8, 21, 28, 52, 70
STDIN, STDOUT, STDERR = 0, 1, 2
COPY_BYTES = 1024 * 1024  # what one step of a copy may hold in the host's memory
RIGHT_READ, RIGHT_WRITE = 1 << 1, 1 << 6


class GuestExit(Exception):
    """The guest called `proc_exit`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exit code {code}")
        self.code = code


class OutOfUnits(Exception):
    """A host function cost more than the guest had left."""


class OutputOverCap(Exception):
    """The guest wrote more than its output may hold."""


class Guest(Protocol):
    """What the engine offers to host functions; addresses and lengths were checked before."""

    def charge(self, units: int) -> None:
        """Takes units from the guest or raises `OutOfUnits`."""

    def used(self) -> int:
        """Units used so far."""

    def size(self) -> int:
        """Bytes of the guest's memory."""

    def read(self, address: int, length: int) -> bytes:
        """Bytes of the guest's memory."""

    def write(self, address: int, data: bytes) -> None:
        """Changes the guest's memory."""


class Job(NamedTuple):
    """What the guest sees of the world.

    Args:
        arguments: the guest's argv, the program's name included.
        environment: name and value of each variable.
        seed: 32 bytes, see `random_seed`.
        stdin: file descriptor open for reading, at its start.
        input_bytes: length of the input.
        output_bytes: how much the guest may write to standard output.
        output: takes the bytes of standard output.
        log: takes the bytes of standard error that are kept.
    """

    arguments: Sequence[str]
    environment: dict[str, str]
    seed: bytes
    stdin: int
    input_bytes: int
    output_bytes: int
    output: Callable[[bytes], object]
    log: Callable[[bytes], object]


def random_seed(spec: bytes, task: int) -> bytes:
    """Seed of a task's random bytes: SHA-256(spec digest ‖ task index u32)."""
    return sha256(spec + task.to_bytes(4, "big")).digest()


class Wasi:
    """The host functions of one task, by name in `functions`."""

    def __init__(self, guest: Guest, job: Job) -> None:
        self._guest = guest
        self._job = job
        self._open = {STDIN, STDOUT, STDERR}
        self._input_left = job.input_bytes
        self._output_left = job.output_bytes
        self._log_left = profile.MAX_LOG_BYTES
        self._random = b""
        self._blocks = 0
        self._arguments = [_c_string(text) for text in job.arguments]
        variables = sorted((name.encode(), value) for name, value in job.environment.items())
        self._environment = [name + b"=" + _c_string(value) for name, value in variables]
        self.functions: dict[str, Callable[..., int | None]] = {
            name: self._bind(name) for name in profile.WASI_IMPORTS
        }

    def _bind(self, name: str) -> Callable[..., int | None]:
        """The function as the guest calls it: charged, and its i32 parameters unsigned."""
        function: Callable[..., int | None] = getattr(self, name, _not_implemented)
        charge = self._guest.charge

        def call(*values: int) -> int | None:
            charge(profile.CALL_UNITS)
            return function(*[value & 0xFFFFFFFF for value in values])

        return call

    # Arguments and environment

    def args_sizes_get(self, count: int, size: int) -> int:
        return self._sizes(self._arguments, count, size)

    def args_get(self, pointers: int, buffer: int) -> int:
        return self._strings(self._arguments, pointers, buffer)

    def environ_sizes_get(self, count: int, size: int) -> int:
        return self._sizes(self._environment, count, size)

    def environ_get(self, pointers: int, buffer: int) -> int:
        return self._strings(self._environment, pointers, buffer)

    def _sizes(self, strings: list[bytes], count: int, size: int) -> int:
        if not (self._fits(count, 4) and self._fits(size, 4)):
            return EFAULT
        self._guest.write(count, struct.pack("<I", len(strings)))
        self._guest.write(size, struct.pack("<I", sum(map(len, strings))))
        return SUCCESS

    def _strings(self, strings: list[bytes], pointers: int, buffer: int) -> int:
        data = b"".join(strings)
        self._guest.charge(len(data) * profile.READ_BYTE_UNITS + len(strings) * profile.IOVEC_UNITS)
        if not (self._fits(pointers, 4 * len(strings)) and self._fits(buffer, len(data))):
            return EFAULT
        starts, at = [], buffer
        for string in strings:
            starts.append(at)
            at += len(string)
        self._guest.write(pointers, struct.pack(f"<{len(starts)}I", *starts))
        self._guest.write(buffer, data)
        return SUCCESS

    # Clock and random numbers

    def clock_res_get(self, clock: int, out: int) -> int:
        return self._clock(clock, out, 1)

    def clock_time_get(self, clock: int, _precision: int, out: int) -> int:
        return self._clock(clock, out, profile.CLOCK_START_S * 10**9 + self._guest.used())

    def _clock(self, clock: int, out: int, value_ns: int) -> int:
        if clock > 3:
            return EINVAL
        if not self._fits(out, 8):
            return EFAULT
        self._guest.write(out, struct.pack("<Q", value_ns))
        return SUCCESS

    def random_get(self, buffer: int, length: int) -> int:
        if not self._fits(buffer, length):
            return EFAULT
        self._guest.charge(length * profile.RANDOM_BYTE_UNITS)
        end = buffer + length
        while buffer < end:
            if not self._random:
                block = self._job.seed + self._blocks.to_bytes(8, "big")
                self._random = shake_256(block).digest(profile.RANDOM_BLOCK_BYTES)
                self._blocks += 1
            data = self._random[: end - buffer]
            self._random = self._random[len(data) :]
            self._guest.write(buffer, data)
            buffer += len(data)
        return SUCCESS

    # File descriptors: 0 is the input, 1 the output, 2 the log

    def fd_read(self, fd: int, iovecs: int, count: int, out: int) -> int:
        if fd != STDIN or fd not in self._open:
            return EBADF
        buffers, error = self._buffers(iovecs, count, out)
        if error:
            return error
        total = min(sum(length for _, length in buffers), self._input_left)
        self._guest.charge(total * profile.READ_BYTE_UNITS)
        self._input_left -= total
        for start, length in _steps(buffers, total):
            self._guest.write(start, _read_exactly(self._job.stdin, length))
        self._guest.write(out, struct.pack("<I", total))
        return SUCCESS

    def fd_write(self, fd: int, iovecs: int, count: int, out: int) -> int:
        if fd not in (STDOUT, STDERR) or fd not in self._open:
            return EBADF
        buffers, error = self._buffers(iovecs, count, out)
        if error:
            return error
        total = sum(length for _, length in buffers)
        if fd == STDOUT:
            paid = min(total, self._output_left)
            self._guest.charge(paid * profile.WRITE_BYTE_UNITS)
            self._output_left -= paid
            for start, length in _steps(buffers, paid):
                self._job.output(self._guest.read(start, length))
            if paid < total:
                raise OutputOverCap
        else:
            self._guest.charge(total * profile.WRITE_BYTE_UNITS)
            kept = min(total, self._log_left)
            self._log_left -= kept
            for start, length in _steps(buffers, kept):
                self._job.log(self._guest.read(start, length))
        self._guest.write(out, struct.pack("<I", total))
        return SUCCESS

    def fd_close(self, fd: int) -> int:
        if fd not in self._open:
            return EBADF
        self._open.remove(fd)
        return SUCCESS

    def fd_seek(self, fd: int, _offset: int, _whence: int, _out: int) -> int:
        return ESPIPE if fd in self._open else EBADF

    def fd_fdstat_get(self, fd: int, out: int) -> int:
        if fd not in self._open:
            return EBADF
        if not self._fits(out, 24):
            return EFAULT
        # File type 0 (unknown): as a character device, C libraries would flush after each line.
        rights = RIGHT_READ if fd == STDIN else RIGHT_WRITE
        self._guest.write(out, struct.pack("<BxHxxxxQQ", 0, 0, rights, 0))
        return SUCCESS

    def fd_prestat_get(self, _fd: int, _out: int) -> int:
        return EBADF  # ends the C library's search for directories; there are none

    def proc_exit(self, code: int) -> None:
        raise GuestExit(code)

    # Checks

    def _fits(self, address: int, length: int) -> bool:
        return address + length <= self._guest.size()

    def _buffers(self, iovecs: int, count: int, out: int) -> tuple[list[tuple[int, int]], int]:
        """Address and length of each buffer of a read or write, or an error number."""
        if count > profile.MAX_IOVECS:
            return [], EINVAL
        self._guest.charge(count * profile.IOVEC_UNITS)
        if not (self._fits(iovecs, 8 * count) and self._fits(out, 4)):
            return [], EFAULT
        buffers = list(struct.iter_unpack("<II", self._guest.read(iovecs, 8 * count)))
        if not all(self._fits(address, length) for address, length in buffers):
            return [], EFAULT
        if sum(length for _, length in buffers) > 0xFFFFFFFF:
            return [], EINVAL
        return buffers, SUCCESS


def _not_implemented(*_: int) -> int:
    return ENOSYS


def _c_string(text: str) -> bytes:
    return text.encode() + b"\0"


def _steps(buffers: Iterable[tuple[int, int]], left: int) -> Iterator[tuple[int, int]]:
    """The first `left` bytes of the buffers, in pieces that the host can hold."""
    for start, length in buffers:
        end = start + min(length, left)
        left -= end - start
        while start < end:
            step = min(COPY_BYTES, end - start)
            yield start, step
            start += step


def _read_exactly(fd: int, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = os.read(fd, length - len(data))
        if not more:  # the host's fault: its file is shorter than it was
            raise OSError(f"the input ended {length - len(data)} bytes early")
        data += more
    return data
