"""To whom the gateway hands which blob: a result to its job's requester, and once the job is over
to all; what a claimed job works on to the verifiers of its claim.

Whoever may not have a blob learns nothing of it: the answer is that for a blob that is not here. A
guess at an output's bytes could be checked otherwise.
"""

from __future__ import annotations

from workbond.accounts.verify import Busy
from workbond.blobs.access import BlobAccess, Role
from workbond.blobs.gateway import EVERYBODY, NOBODY, Verdict
from workbond.blobs.grants import Grants
from workbond.blobs.store import BlobStore
from workbond.errors import UsageError, WorkbondError
from workbond.judges import Judges
from workbond.provider.shelf import Shelf, Stage

RETRY_S = 2  # for a claim that is about to appear on the chain, or an index that is being built

_LATER = Verdict(503, retry_after_s=RETRY_S)


class Guard:
    """Judges the gateway's requests; see `workbond.blobs.gateway.Guard`.

    Args:
        shelf: knows our jobs and their blobs.
        grants: checks signed requests.
        judges: knows who judges a claim.
        inputs: where the inputs of our jobs lie; the gateway itself serves results.
    """

    def __init__(self, shelf: Shelf, grants: Grants, judges: Judges, inputs: BlobStore) -> None:
        self._shelf, self._grants, self._judges, self._inputs = shelf, grants, judges, inputs

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
            access = self._grants.accepted(authorization, self._concerns)
            if access is None:
                return NOBODY
            if access.role is Role.VERIFIER:
                return self._of_inputs(access, cid)
        except UsageError as refusal:
            return Verdict(401, reason=str(refusal))
        except Busy:
            return _LATER
        job = shelf.job(access.job)
        if job is None or not shelf.names(access.job, cid):
            return NOBODY
        return _LATER if job[1] is Stage.EXECUTED else Verdict(200)

    def _concerns(self, access: BlobAccess) -> bool:
        job = self._shelf.job(access.job)
        if job is None:
            return False
        if access.role is Role.REQUESTER and job[0] != access.who:
            raise UsageError(f"{access.who} is not the job's requester")
        return True

    def _of_inputs(self, access: BlobAccess, cid: str) -> Verdict:
        """For who judges the claim; raises `UsageError` to whoever does not, and `Busy`."""
        resolver = self._shelf.resolver(access.job)
        if resolver is None:  # not claimed yet as far as we know, or over, or never judged
            job = self._shelf.job(access.job)
            return _LATER if job is not None and job[1] is Stage.EXECUTED else NOBODY
        self._judges.require(resolver, access.job, access.who)
        if not self._shelf.lends(access.job, cid):
            return NOBODY
        return Verdict(200, store=self._inputs)
