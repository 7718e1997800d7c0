"""Errors of the disk, in one line."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from workbond.errors import BlobError


@contextlib.contextmanager
def disk_errors(what: str) -> Iterator[None]:
    """Operating system errors while writing, as one line that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BlobError(
                f"{what} can't be written: the disk is full; free some space and try again"
            ) from error
        raise BlobError(f"{what} can't be written: {error.strerror or error}") from error
