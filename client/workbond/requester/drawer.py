"""The orders that this machine signed: the chain does not know them before they are used.

    drawer.keep(signed, ["https://book.example"])
    drawer.find(signed.id).books

A file each, which may be missing or damaged: its order then has to be given as a file.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbond import canonical
from workbond.errors import UsageError
from workbond.orders import SignedOrder
from workbond.orders.envelope import ORDER_BYTES_MAX
from workbond.wholefile import replace_file

BOOKS_MAX = 16  # that one order is sent to
URL_CHARS_MAX = 512
FILE_BYTES_MAX = ORDER_BYTES_MAX + BOOKS_MAX * (2 * URL_CHARS_MAX + 4) + 64
ORDERS_MAX = 10_000  # looked through, the latest first


@dataclass(frozen=True)
class Kept:
    """A signed order, and the books that it was sent to."""

    signed: SignedOrder
    books: tuple[str, ...]


class Drawer:
    """The signed orders in `folder`, all chains' and markets'."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, signed: SignedOrder, books: tuple[str, ...] = ()) -> Kept:
        """Keeps the order with its books, beside those that are known of it already.

        Raises:
            UsageError: the disk refuses, or there are too many books.
        """
        known = self.find(signed.id)
        merged = tuple(dict.fromkeys([*(() if known is None else known.books), *books]))
        if len(merged) > BOOKS_MAX or any(len(url) > URL_CHARS_MAX for url in merged):
            raise UsageError(
                f"order 0x{signed.id.hex()} would be in {len(merged)} books: send it to at most "
                f"{BOOKS_MAX}, with addresses of at most {URL_CHARS_MAX} characters"
            )
        data = canonical.dumps({"books": list(merged), "order": signed.to_json()})
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(self._path(signed.id), data)
        except OSError as error:
            raise UsageError(
                f"can't keep the signed order in {self.folder} ({error.strerror or error}): make "
                "room, or name another --home"
            ) from error
        return Kept(signed, merged)

    def find(self, order_id: bytes) -> Kept | None:
        """The order with that id, if it is kept here and sound."""
        try:
            with self._path(order_id).open("rb") as file:
                data = file.read(FILE_BYTES_MAX + 1)
            value = canonical.loads(data, max_bytes=FILE_BYTES_MAX)
            signed = SignedOrder.from_json(value["order"])
            books = tuple(url for url in value["books"] if isinstance(url, str))
        except (OSError, UsageError, KeyError, TypeError):
            return None
        return Kept(signed, books) if signed.id == order_id else None

    def ids(self) -> list[bytes]:
        """Ids of the orders kept here, the latest first."""
        found: list[tuple[int, bytes]] = []
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError, ValueError):
                    order_id = bytes.fromhex(entry.name.removesuffix(".json"))
                    if len(order_id) == 32:
                        found.append((entry.stat().st_mtime_ns, order_id))
        return [order_id for _, order_id in sorted(found, reverse=True)[:ORDERS_MAX]]

    def all(self, chain_id: int, market: str) -> Iterator[Kept]:
        """The sound ones for one market, the latest first."""
        for order_id in self.ids():
            kept = self.find(order_id)
            if kept is not None and (kept.signed.chain_id, kept.signed.market) == (
                chain_id,
                market,
            ):
                yield kept

    def _path(self, order_id: bytes) -> Path:
        return self.folder / f"{order_id.hex()}.json"
