"""A job as a signed order: no transaction and no gas, escrow only when it is matched or filled.

    drafted = draft(desk, owner, job, package, url)
    signed = sign(desk, signer, drafted)          # kept in the desk's drawer
    books.send(urls, signed)

The order's id is the job's. It can be posted after all, as the same job (`workbond job submit
--post-after`), as long as it names no matcher.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from workbond.accounts import Signer
from workbond.chain import rules
from workbond.chain.types import ZERO_ADDRESS, Request, address
from workbond.errors import UsageError
from workbond.jobfile import JobFile
from workbond.jobs import JobRecord
from workbond.orders import RequestDetails, SignedOrder, allowlist, sign_request, sign_withdrawal
from workbond.orders.details import ADMITTED_MAX, Requirements
from workbond.requester import books
from workbond.requester.books import BookAnswer
from workbond.requester.desk import Desk
from workbond.requester.memory import remember_names
from workbond.requester.order import check_funds, make_request
from workbond.requester.pack import Package

SALT_BYTES = 32


@dataclass(frozen=True)
class Draft:
    """A request and what is said beside it, not signed yet."""

    id: bytes
    request: Request
    details: RequestDetails


def admitted_by(addresses: Sequence[str]) -> tuple[str, ...]:
    """The addresses that an order admits, checksummed, each once; raises `UsageError`."""
    found = tuple(sorted({address(text) for text in addresses}))
    if len(found) > ADMITTED_MAX:
        raise UsageError(
            f"{len(found)} providers are too many to admit: an order lists at most {ADMITTED_MAX}"
        )
    return found


def draft(
    desk: Desk,
    requester: str,
    job: JobFile,
    package: Package,
    gateway: str,
    *,
    admitted: Sequence[str] = (),
    matcher: str = ZERO_ADDRESS,
) -> Draft:
    """The request for `job` under a new id, valid now; nothing is signed or sent.

    Args:
        desk: market and store.
        requester: whose it is.
        job: the job file.
        package: its blobs.
        gateway: where they are, as a posting says it.
        admitted: the only providers that may take it, instead of the job file's; none: as it says.
        matcher: the only one that may match it (then no provider can take it alone, and it can't
            be posted either).

    Raises:
        InsufficientFree: the free balance does not cover the escrow.
    """
    account = desk.market.account_of(requester)
    providers, listed = None, admitted_by(admitted)
    if len(listed) == 1:
        providers = bytes(12) + bytes.fromhex(listed[0][2:])
    elif listed:
        providers = allowlist.root_of(listed)
    request = make_request(
        job,
        package.spec.digest,
        requester,
        account.counter,
        desk.now_s(),
        secrets.token_bytes(SALT_BYTES),
        providers=providers,
        matcher=matcher,
    )
    check_funds(requester, account, rules.escrow(request))
    job_id = request.job_id(desk.market.connection.chain_id, desk.market.address)
    remember_names(desk.home, job_id, package.names)
    required = job.requirements
    details = RequestDetails(
        gateway=gateway,
        requirements=Requirements(
            cores=required.cores, memory=required.memory, region=required.region
        ),
        input_bytes=sum(desk.store.size(cid) for cid in package.cids),
        admitted=listed if len(listed) > 1 else (),
    )
    return Draft(job_id, request, details)


def sign(desk: Desk, signer: Signer, drafted: Draft) -> SignedOrder:
    """The order, signed twice (itself, and what is said beside it), and kept in the drawer."""
    place = (desk.market.connection.chain_id, desk.market.address)
    signed = sign_request(signer, drafted.request, *place, drafted.details)
    desk.drawer.keep(signed)
    return signed


def withdraw(desk: Desk, signer: Signer, record: JobRecord) -> list[BookAnswer]:
    """Has the books that the request was sent to forget it; what they say."""
    kept = desk.drawer.find(record.id)
    if kept is None or not kept.books:
        return []
    place = (desk.market.connection.chain_id, desk.market.address)
    return books.withdraw(kept.books, sign_withdrawal(signer, record.id, *place))
