"""The gateway's side of signed requests: whether one grants anything here and now, and to whom."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from workbond.accounts.verify import Signed, Verifier
from workbond.blobs.access import LIFETIME_MAX_S, SLACK_S, BlobAccess, read_header
from workbond.errors import UsageError

TOKENS_MAX = 1_024  # verified ones that are remembered: recovering a key takes 10 ms
REFUSED_MAX = 1_024
CONTRACT_WORD_S = 300.0  # how long a contract's yes is remembered
REFUSED_S = 60.0


class Grants:
    """Checks signed requests, and remembers what it found. Usable from several threads.

    Args:
        verifier: checks signatures.
        clock: the wall clock, in Unix seconds.

    `origins` are the ones under which the gateway is reached; signed for another, a request is
    refused.
    """

    def __init__(self, verifier: Verifier, *, clock: Callable[[], float] = time.time) -> None:
        self.origins: frozenset[str] = frozenset()
        self._verifier, self._clock = verifier, clock
        self._valid: OrderedDict[bytes, tuple[BlobAccess, float]] = OrderedDict()
        self._refused: OrderedDict[bytes, tuple[str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def accepted(
        self, authorization: str, concerns: Callable[[BlobAccess], bool]
    ) -> BlobAccess | None:
        """What the header says, signed by the one it names; None if it does not concern us.

        Args:
            authorization: the header, from a stranger.
            concerns: whether the request, unsigned, is about something that we have; cheap. It may
                raise `UsageError` for one that can't be granted whoever signed it.

        Raises:
            UsageError: it grants nothing; the message says why.
            Busy: that can't be told now.
        """
        key = hashlib.sha256(authorization.encode()).digest()
        access = self._remembered(key) or self._verified(key, authorization, concerns)
        if access is not None:
            self._check_time(access)
        return access

    def _remembered(self, key: bytes) -> BlobAccess | None:
        now = time.monotonic()
        with self._lock:
            refusal, until = self._refused.get(key, ("", 0.0))
            if now < until:
                raise UsageError(refusal)
            access, until = self._valid.get(key, (None, 0.0))
            return access if now < until else None

    def _verified(
        self, key: bytes, authorization: str, concerns: Callable[[BlobAccess], bool]
    ) -> BlobAccess | None:
        signed = read_header(authorization)
        access = signed.access
        self._check_time(access)
        if access.gateway not in self.origins:
            raise UsageError(f"it is for {access.gateway[:100]!r}, which is another gateway")
        if not concerns(access):
            return None
        word = self._verifier.check(access.who, access.struct_hash, signed.signature)
        now = time.monotonic()
        with self._lock:
            if word is Signed.NOT:
                refusal = f"it is not signed by {access.who}"
                _remember(self._refused, key, (refusal, now + REFUSED_S), REFUSED_MAX)
                raise UsageError(refusal)
            lasts_s = LIFETIME_MAX_S + SLACK_S if word is Signed.BY_KEY else CONTRACT_WORD_S
            _remember(self._valid, key, (access, now + lasts_s), TOKENS_MAX)
        return access

    def _check_time(self, access: BlobAccess) -> None:
        now = self._clock()
        if access.expires < now - SLACK_S:
            raise UsageError("it has expired: sign a new one, and check this machine's clock")
        if access.expires > now + LIFETIME_MAX_S + SLACK_S:
            raise UsageError(f"it is valid for more than {LIFETIME_MAX_S // 3600} hours")


def _remember(cache: OrderedDict[bytes, Any], key: bytes, value: Any, most: int) -> None:
    cache[key] = value
    cache.move_to_end(key)
    if len(cache) > most:
        cache.popitem(last=False)
