"""What the commands of `workbond job` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbond.cli.options import Settings
from workbond.cli.output import emit, say, short_id, tokens
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
allow_private_option = click.option(
    "--allow-private",
    is_flag=True,
    help="Fetch from private addresses too, if the provider names them.",
)


class Opened:
    """The account of --account, opened when it is first needed, and once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._signer: Signer | None = None

    def __call__(self) -> Signer:
        if self._signer is None:
            self._signer = self._settings.signer()
        return self._signer


def requester_of(settings: Settings, record: JobRecord) -> Opened | None:
    """The account as the job's requester; None if it is another one, or there is none."""
    own = _own_address(settings) == record.request.requester
    return Opened(settings) if own else None


def desk_of(
    settings: Settings, text: str | None = None, *, allow_private: bool = False
) -> tuple[Desk, bytes]:
    """The requester's desk, and the job id that `text` names (none: no bytes)."""
    from workbond.blobs.store import BlobStore
    from workbond.requester.desk import Desk

    place = settings.place()
    home = settings.home / "requester"
    first_block = place.deployment.market.block
    desk = Desk(place.market, first_block, BlobStore(home / "blobs"), home, allow_private)
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
    """The job's status after a transaction, as JSON."""
    from workbond.requester.status import status_of

    status = status_of(desk.job(job_id), desk.now_s()).to_json()
    emit(status | {"transaction": "0x" + receipt.tx_hash.hex()})


def say_money(desk: Desk, job_id: bytes) -> None:
    """Where a job's money went, now that it has ended."""
    from workbond.requester.status import money_of

    record = desk.job(job_id)
    money = money_of(record)
    say(f"Job {short_id(job_id)} is {record.state.label}.")
    for amount, text in (
        (money.paid, "went to the provider"),
        (money.refunded, "of the escrow came back to the requester"),
        (money.compensated, "of the bond went to the requester"),
        (money.rewarded, "of the bond went to whoever ended the job"),
        (money.burned, "of the bond were burned"),
    ):
        if amount:
            say(f"  {tokens(amount)} {text}")
