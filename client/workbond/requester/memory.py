"""The names of a job's input files, kept on the machine that posted it.

The chain knows inputs by their hashes; names only make the fetched files easier to recognise. The
file may be missing or damaged without any harm.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from workbond.tree import MAX_TASKS

FILE_BYTES_MAX = 1 << 25  # 65,536 names of 255 bytes, escaped
NAME_CHARS_MAX = 80


def remember_names(home: Path, job_id: bytes, names: Sequence[str]) -> None:
    """Keeps the names of the job's inputs, task 0 first; a full disk is no reason to fail."""
    path = _path(home, job_id)
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps({"names": list(names)}), encoding="utf-8")
        part.replace(path)


def recall_names(home: Path, job_id: bytes, tasks: int) -> list[str]:
    """A file name stem for each task: its number, and the input's name where it is known."""
    width = len(str(tasks - 1))
    names = _read(_path(home, job_id), tasks)
    stems = []
    for index in range(tasks):
        known = _safe(names[index]) if names else ""
        stems.append(f"{index:0{width}d}" + (f"-{known}" if known else ""))
    return stems


def _read(path: Path, tasks: int) -> list[str]:
    try:
        with path.open("rb") as file:
            names = json.loads(file.read(FILE_BYTES_MAX))["names"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    sound = isinstance(names, list) and len(names) == tasks <= MAX_TASKS
    return names if sound and all(isinstance(name, str) for name in names) else []


def _safe(name: str) -> str:
    """The name without its extension, fit for a file name on any system."""
    stem = Path(name).stem
    return re.sub(r"[^A-Za-z0-9._-]", "_", stem)[:NAME_CHARS_MAX].strip(".")


def _path(home: Path, job_id: bytes) -> Path:
    return home / "jobs" / f"{job_id.hex()}.json"
