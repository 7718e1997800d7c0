"""To whom the gateway hands a result: to its job's requester, and once the job is over to all.

Whoever may not have a blob learns nothing of it: the answer is that for a blob that is not here. A
guess at an output's bytes could be checked otherwise.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from workbond.accounts.verify import Busy, Signed, Verifier
from workbond.blobs.access import LIFETIME_MAX_S, SLACK_S, BlobAccess, read_header
from workbond.blobs.gateway import EVERYBODY, NOBODY, Verdict
from workbond.errors import UsageError, WorkbondError
from workbond.provider.shelf import Shelf, Stage

TOKENS_MAX = 1_024  # verified ones that are remembered: recovering a key takes 10 ms
REFUSED_MAX = 1_024
CONTRACT_WORD_S = 300.0  # how long a contract's yes is remembered
REFUSED_S = 60.0
RETRY_S = 2  # for a claim that is about to appear on the chain, or an index that is being built

_LATER = Verdict(503, retry_after_s=RETRY_S)


class Guard:
    """Judges the gateway's requests; see `workbond.blobs.gateway.Guard`.

    Args:
        shelf: knows our jobs and their blobs.
        verifier: checks signatures.
        clock: the wall clock, in Unix seconds.

    `origins` are the ones under which the gateway is reached; signed for another, a request is
    refused.
    """

    def __init__(
        self, shelf: Shelf, verifier: Verifier, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.origins: frozenset[str] = frozenset()
        self._shelf, self._verifier, self._clock = shelf, verifier, clock
        self._valid: OrderedDict[bytes, tuple[BlobAccess, float]] = OrderedDict()
        self._refused: OrderedDict[bytes, tuple[str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, cid: str, authorization: str | None) -> Verdict:
        try:
            return self._judge(cid, authorization)
        except WorkbondError:  # the index fails; what it doesn't say is no
            return _LATER

    def _judge(self, cid: str, authorization: str | None) -> Verdict:
        shelf = self._shelf
        if not shelf.ready:
            return _LATER
        if shelf.is_public(cid):
            return EVERYBODY
        if authorization is None:
            return NOBODY
        try:
            access = self._accepted(authorization)
        except UsageError as refusal:
            return Verdict(401, reason=str(refusal))
        except Busy:
            return _LATER
        job = None if access is None else shelf.job(access.job)
        if access is None or job is None or not shelf.names(access.job, cid):
            return NOBODY
        return _LATER if job[1] is Stage.EXECUTED else Verdict(200)

    def _accepted(self, authorization: str) -> BlobAccess | None:
        """What the header grants; None if it is about no job of ours.

        Raises:
            UsageError: it grants nothing; the message says why.
            Busy: that can't be told now.
        """
        key = hashlib.sha256(authorization.encode()).digest()
        access = self._remembered(key) or self._verified(key, authorization)
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

    def _verified(self, key: bytes, authorization: str) -> BlobAccess | None:
        signed = read_header(authorization)
        access = signed.access
        self._check_time(access)
        if access.gateway not in self.origins:
            raise UsageError(f"it is for {access.gateway[:100]!r}, which is another gateway")
        job = self._shelf.job(access.job)
        if job is None:
            return None
        if job[0] != access.requester:
            raise UsageError(f"{access.requester} is not the job's requester")
        word = self._verifier.check(access.requester, access.struct_hash, signed.signature)
        now = time.monotonic()
        with self._lock:
            if word is Signed.NOT:
                refusal = f"it is not signed by {access.requester}"
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
