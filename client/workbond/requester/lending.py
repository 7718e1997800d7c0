"""A requester that serves its job's inputs to those alone who judge the claim."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbond.accounts.verify import Busy, Verifier
from workbond.blobs.access import SCHEME, BlobAccess, Role
from workbond.blobs.gateway import NOBODY, Gateway, Verdict
from workbond.blobs.grants import Grants
from workbond.blobs.http import origin_of
from workbond.errors import UsageError
from workbond.jobs import JobRecord
from workbond.judges import Judges
from workbond.requester.desk import Desk
from workbond.requester.submit import check_addresses, checked_gateway

RETRY_S = 2


@dataclass(frozen=True)
class Place:
    """Where to serve, and under which address others reach that, if it is another."""

    host: str
    port: int
    public_url: str | None = None


class Lender:
    """Judges a gateway's requests for the blobs of one job (`workbond.blobs.gateway.Guard`).

    Args:
        record: the job, whose resolver is a committee.
        cids: its inputs, and what else executing it needs.
        grants: checks signed requests.
        judges: knows who judges the claim.
    """

    def __init__(
        self, record: JobRecord, cids: Sequence[str], grants: Grants, judges: Judges
    ) -> None:
        self._record, self._cids = record, frozenset(cids)
        self._grants, self._judges = grants, judges

    def __call__(self, cid: str, authorization: str | None) -> Verdict:
        if authorization is None:
            return NOBODY
        try:
            access = self._grants.accepted(authorization, self._concerns)
            if access is None:
                return NOBODY
            self._judges.require(self._record.request.resolver, self._record.id, access.who)
        except UsageError as refusal:
            return Verdict(401, reason=str(refusal))
        except Busy:
            return Verdict(503, retry_after_s=RETRY_S)
        return Verdict(200) if cid in self._cids else NOBODY

    def _concerns(self, access: BlobAccess) -> bool:
        return access.role is Role.VERIFIER and access.job == self._record.id


@contextlib.contextmanager
def lending(
    desk: Desk,
    record: JobRecord,
    cids: Sequence[str],
    place: Place,
) -> Iterator[str]:
    """Lends the blobs `cids`, which lie in the desk's store, to who judges `record`'s claim; yields
    the address under which they are reached."""
    check_addresses([], place.public_url, place.host)
    url = None if place.public_url is None else checked_gateway(place.public_url)
    connection = desk.market.connection
    grants = Grants(Verifier(connection, desk.market.address))
    lender = Lender(record, cids, grants, Judges(connection))
    gateway = Gateway(desk.store, host=place.host, port=place.port, guard=lender, challenge=SCHEME)
    with gateway:
        grants.origins = frozenset({origin_of(url or gateway.url), origin_of(gateway.url)})
        yield url or gateway.url
