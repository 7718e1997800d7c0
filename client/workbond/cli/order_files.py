"""Signed orders in files: what `workbond order sign` writes and the other commands take."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workbond.errors import UsageError

if TYPE_CHECKING:
    from workbond.orders import SignedOrder

STDIN = "-"


def write_order(path: Path, order: SignedOrder) -> None:
    """Writes the order to a file that is not there yet; raises `UsageError`."""
    from workbond.wholefile import create_file

    try:
        create_file(path, order.to_bytes() + b"\n")
    except FileExistsError:
        raise UsageError(
            f"{path} is there already, and perhaps another signed order: name another file"
        ) from None
    except OSError as error:
        raise UsageError(
            f"can't write the signed order to {path} ({error.strerror or error}): name another file"
        ) from error


def read_order(path: str) -> SignedOrder:
    """The order in a file, or on standard input for `-`; raises `UsageError`."""
    from workbond.orders import SignedOrder
    from workbond.orders.envelope import ORDER_BYTES_MAX

    try:
        if path == STDIN:
            data = sys.stdin.buffer.read(ORDER_BYTES_MAX + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(ORDER_BYTES_MAX + 1)
    except OSError as error:
        raise UsageError(
            f"the signed order {path} can't be read: {error.strerror or error}; give a "
            "file, an id of six digits at least, or `last`"
        ) from error
    try:
        return SignedOrder.from_bytes(data)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
