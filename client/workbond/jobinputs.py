"""The files a job file names: the program, and the inputs by path or glob."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbond.blobs.store import BLOB_BYTES_MAX
from workbond.errors import UsageError
from workbond.executor.profile import MAX_MODULE_BYTES
from workbond.tree import MAX_TASKS

INPUTS_BYTES_MAX = 1 << 36  # 64 GiB: the requester hashes and serves all of it
_GLOB_CHARS = frozenset("*?[")


@dataclass(frozen=True)
class InputFiles:
    """The inputs in task order; `paths` are absolute, `total_bytes` is their size together."""

    paths: tuple[Path, ...]
    total_bytes: int


def find_program(base: Path, name: str) -> Path:
    """The absolute path of the program `name`, relative to the directory `base`."""
    path = base / name
    _size("program", name, path, MAX_MODULE_BYTES)
    return path.resolve()


def find_inputs(base: Path, entries: Sequence[str]) -> InputFiles:
    """The files that `entries` (paths or globs relative to `base`) name, at most 65,536."""
    paths: list[Path] = []
    total = 0
    for entry in entries:
        for path in _expand(base, entry):
            if len(paths) == MAX_TASKS:
                raise UsageError(f"inputs: more than {MAX_TASKS:,} files; post several jobs")
            total += _size("inputs", entry, path, BLOB_BYTES_MAX)
            if total > INPUTS_BYTES_MAX:
                raise UsageError(
                    f"inputs: more than {INPUTS_BYTES_MAX:,} bytes together; post several jobs"
                )
            paths.append(path.resolve())
    return InputFiles(tuple(paths), total)


def _expand(base: Path, entry: str) -> Iterator[Path]:
    literal = base / entry
    # a file whose name holds a bracket is meant literally when it exists
    if not _GLOB_CHARS.intersection(entry) or literal.is_file():
        yield literal
        return
    pattern = Path(entry)
    start = Path(pattern.anchor) if pattern.is_absolute() else base
    parts = pattern.relative_to(pattern.anchor) if pattern.is_absolute() else pattern
    found: list[Path] = []
    try:
        for path in start.glob(str(parts)):
            if path.is_file():
                found.append(path)
            if len(found) > MAX_TASKS:
                break
    except (OSError, ValueError, NotImplementedError) as error:
        raise UsageError(f"inputs: the glob {entry!r} can't be used: {error}") from error
    if not found:
        raise UsageError(f"inputs: {entry!r} matches no file in {base.resolve()}; check the path")
    yield from sorted(found, key=lambda path: path.as_posix())


def _size(field: str, name: str, path: Path, limit: int) -> int:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise UsageError(f"{field}: {name!r} can't be found at {path}; check the path") from error
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"{field}: {path} is not a regular file")
    if status.st_size > limit:
        raise UsageError(
            f"{field}: {path} has {status.st_size:,} bytes; a file may have at most {limit:,}"
        )
    return status.st_size
