"""The requester's signed requests for one job's blobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from workbond.blobs.access import Role, Signatures, TypedDataSigner
from workbond.chain.transactions import Signer
from workbond.jobs import JobRecord
from workbond.requester.desk import Desk

OpenSigner = Callable[[], TypedDataSigner]
"""Opens the requester's account, which may ask for a password."""


class RequestSigner(Signer, TypedDataSigner, Protocol):
    """An account that signs transactions and requests."""


def access_of(desk: Desk, record: JobRecord, open_signer: OpenSigner) -> Signatures:
    """Signs for `record`'s results.

    Args:
        desk: whose market it is.
        record: a job that is not over.
        open_signer: called at the first need, never before.
    """
    market = desk.market
    who = record.request.requester
    chain_id = market.connection.chain_id
    return Signatures(Role.REQUESTER, who, record.id, open_signer, chain_id, market.address)
