"""What the commands of `workbond job` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from workbond.cli.options import Settings
from workbond.cli.output import emit
from workbond.errors import WorkbondError

if TYPE_CHECKING:
    from workbond.accounts import Signer
    from workbond.chain.transactions import Receipt
    from workbond.jobs import JobRecord
    from workbond.requester.desk import Desk

job_argument = click.argument("job_id", metavar="ID")
sources_option = click.option(
    "--from",
    "gateways",
    multiple=True,
    metavar="URL",
    help="Ask this gateway before the provider's own; may be repeated.",
)


def requester_of(settings: Settings, record: JobRecord) -> Callable[[], Signer] | None:
    """Opens the account as the job's requester; None if it is another one, or there is none."""
    own = _own_address(settings) == record.request.requester
    return settings.signer if own else None


def desk_of(settings: Settings, text: str | None = None) -> tuple[Desk, bytes]:
    """The requester's desk, and the job id that `text` names (none: no bytes)."""
    from workbond.blobs.store import BlobStore
    from workbond.requester.desk import Desk

    place = settings.place()
    home = settings.home / "requester"
    first_block = place.deployment.market.block
    store = BlobStore(home / "blobs")
    private = settings.allow_private
    desk = Desk(place.market, first_block, store, home, private, place.committee)
    return desk, b"" if text is None else desk.find_id(text, _own_address(settings))


def _own_address(settings: Settings) -> str | None:
    """Whose jobs an abbreviated id is looked up among; None: everybody's."""
    try:
        return settings.entry().address
    except WorkbondError:
        if settings.account is not None:
            raise
        return None


def emit_status(desk: Desk, job_id: bytes, receipt: Receipt) -> None:
    """The job's status and what it has cost after a transaction, as JSON."""
    from workbond.requester.cases import case_of
    from workbond.requester.receipt import receipt_of
    from workbond.requester.status import status_of

    record = desk.job(job_id)
    status = status_of(record, desk.now_s(), case_of(desk, record)).to_json()
    cost = {"cost": receipt_of(desk, record).to_json()} if record.events else {}
    emit(status | cost | {"transaction": "0x" + receipt.tx_hash.hex()})
