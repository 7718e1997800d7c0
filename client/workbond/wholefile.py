"""Files that are there whole or not at all, whatever interrupts the writing."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def create_file(path: Path, data: bytes) -> None:
    """A new file of mode 0600; raises `FileExistsError` rather than replace one, or `OSError`."""
    with _draft(path, data) as draft:
        os.link(draft, path)


def replace_file(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Puts `data` in the place of what `path` holds, if anything; raises `OSError`."""
    with _draft(path, data) as draft:
        draft.chmod(mode)
        draft.replace(path)


@contextlib.contextmanager
def _draft(path: Path, data: bytes) -> Iterator[Path]:
    """A file beside `path`, on the disk for good; mkstemp gives mode 0600."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
