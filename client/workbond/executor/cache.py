"""The private cache of compiled programs.

Compiled code runs as it is: the engine does not check where it came from. So a program is only
ever loaded from a directory that belongs to this user and that nobody else can enter, and only if
it has the digest noted when it was compiled. Names are hashes of the module and of the profile,
which names every setting and the engine's version.

    <key>.code    compiled program
    <key>.json    its SHA-256 and what the program needs; written last
    tmp-*         being written
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from workbond.diskspace import affordable_bytes
from workbond.errors import ExecutionError
from workbond.executor.profile import PROFILE_ID

MAX_CACHE_BYTES = 8 * 1024**3
"""Strangers choose the programs: beyond this the longest unused ones go."""
MAX_CODE_BYTES = 1024**3
"""More native code than any module of allowed size compiles to."""
STALE_AFTER_S = 24 * 3600
"""What is being written for so long belongs to a process that died."""


class Program(NamedTuple):
    """A program ready to run.

    Args:
        digest: SHA-256 of the module, 32 bytes.
        code_path: its compiled code in the private cache.
        memory_bytes: what it starts with.
        table_elements: likewise, of all its tables.
    """

    digest: bytes
    code_path: Path
    memory_bytes: int
    table_elements: int


class Cache:
    """Compiled programs below `directory`, which is made if it is not there.

    Raises:
        ExecutionError: the directory is open to others.
    """

    def __init__(self, directory: Path, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self.directory = private_directory(directory)
        self._max_bytes = max_bytes

    def find(self, digest: bytes) -> Program | None:
        """The compiled program of a module's SHA-256, or None if it must be compiled (again)."""
        private_directory(self.directory)
        code, note = self._paths(digest)
        try:
            facts = json.loads(note.read_bytes())
            if file_sha256(code, MAX_CODE_BYTES).hex() != facts["code_sha256"]:
                return None
            os.utime(note)
            return Program(digest, code, int(facts["memory_bytes"]), int(facts["table_elements"]))
        except (OSError, ValueError, KeyError, TypeError, ExecutionError):
            return None

    def new_file(self) -> Path:
        """An empty file for the compile process to write into."""
        descriptor, name = tempfile.mkstemp(prefix="tmp-", dir=self.directory)
        os.close(descriptor)
        return Path(name)

    def add(self, digest: bytes, file: Path, facts: dict[str, object]) -> Program:
        """Takes over what the compile process wrote.

        Args:
            digest: SHA-256 of the module.
            file: from `new_file`; it is moved.
            facts: `code_sha256` (hex), `memory_bytes`, `table_elements`.
        """
        code, note = self._paths(digest)
        draft = self.new_file()
        draft.write_text(json.dumps(facts))
        file.replace(code)
        draft.replace(note)
        self._evict(keep=code.stem)
        program = self.find(digest)
        if program is None:
            raise ExecutionError(f"the cache {self.directory} lost a file just written: check disk")
        return program

    def _paths(self, digest: bytes) -> tuple[Path, Path]:
        key = hashlib.sha256(digest + PROFILE_ID).hexdigest()
        return self.directory / f"{key}.code", self.directory / f"{key}.json"

    def _evict(self, keep: str) -> None:
        """Removes the programs unused longest until the rest fits, and what crashes left."""
        programs = []
        for code in self.directory.glob("*.code"):
            note = code.with_suffix(".json")
            with contextlib.suppress(FileNotFoundError):  # removed by another executor meanwhile
                used = (note if note.exists() else code).stat().st_mtime
                programs.append((used, code.stat().st_size, code))
        held = sum(size for _, size, _ in programs)
        left = affordable_bytes(self.directory, held, self._max_bytes)
        for _, size, code in sorted(programs, reverse=True):
            left -= size
            if left < 0 and code.stem != keep:
                code.with_suffix(".json").unlink(missing_ok=True)
                code.unlink(missing_ok=True)
        for draft in self.directory.glob("tmp-*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - draft.stat().st_mtime > STALE_AFTER_S:
                    draft.unlink()


def private_directory(directory: Path) -> Path:
    """Makes (mode 0700) or checks a directory that only this user can enter."""
    directory = directory.absolute()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.lstat()
    except OSError as error:
        raise ExecutionError(f"{directory} can't be used: {error.strerror}; name another") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise ExecutionError(
            f"{directory} must be a directory of this user with mode 0700, because native code is "
            "loaded from it: run chmod 700 on it or name another"
        )
    return directory


def file_sha256(path: Path, max_bytes: int) -> bytes:
    """SHA-256 of a file; `ExecutionError` if it is longer than allowed or can't be read."""
    digest, left = hashlib.sha256(), max_bytes
    try:
        with path.open("rb") as stream:
            while data := stream.read(1024 * 1024):
                left -= len(data)
                if left < 0:
                    raise ExecutionError(f"{path} is longer than {max_bytes} bytes")
                digest.update(data)
    except OSError as error:
        raise ExecutionError(f"{path} can't be read: {error.strerror}") from None
    return digest.digest()
