"""The requester's signed requests for one job's blobs: made when first needed, once per gateway."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from workbond.blobs.access import LIFETIME_S, BlobAccess, TypedDataSigner
from workbond.blobs.http import origin_of
from workbond.chain.transactions import Signer
from workbond.jobs import JobRecord
from workbond.requester.desk import Desk

RENEW_S = 600  # before the end of a request's life: a blob's download may take so long

OpenSigner = Callable[[], TypedDataSigner]
"""Opens the requester's account, which may ask for a password."""


class RequestSigner(Signer, TypedDataSigner, Protocol):
    """An account that signs transactions and requests."""


class Access:
    """Signs for `record`'s blobs. Usable from several threads.

    Args:
        desk: whose market it is.
        record: a job that is not over.
        open_signer: called at the first need, never before.
    """

    def __init__(self, desk: Desk, record: JobRecord, open_signer: OpenSigner) -> None:
        self._desk, self._record, self._open = desk, record, open_signer
        self._headers: dict[str, tuple[str, float]] = {}  # by origin, with the time to renew
        self._lock = threading.Lock()

    def authorization(self, url: str) -> str:
        """The `Authorization` header for the gateway at `url`."""
        origin = origin_of(url)
        with self._lock:
            header, renew_at = self._headers.get(origin, ("", 0.0))
            if time.time() >= renew_at:
                header = self._sign(origin)
                self._headers[origin] = (header, time.time() + LIFETIME_S - RENEW_S)
            return header

    def _sign(self, origin: str) -> str:
        market = self._desk.market
        access = BlobAccess(
            requester=self._record.request.requester,
            job=self._record.id,
            gateway=origin,
            expires=int(time.time()) + LIFETIME_S,
        )
        return access.sign(self._open(), market.connection.chain_id, market.address).to_header()
