"""Orders in the book as the engine takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbond.blobs.http import checked_base, origin_of
from workbond.blobs.sources import split_gateways
from workbond.chain.types import Account, Offer, Request
from workbond.errors import UsageError
from workbond.matcher.engine.types import Machine, Needs, Offered, Standing, Wanted
from workbond.matcher.entry import Entry
from workbond.matcher.record import Record
from workbond.orders.details import OfferDetails, RequestDetails

NOBODY = Account(0, 0, 0, 0, 0, 0)
NO_RECORD = Record()


def wanted(entry: Entry) -> Wanted:
    """A request's entry."""
    request, details = entry.order.order, entry.order.details
    assert isinstance(request, Request)
    assert isinstance(details, RequestDetails)
    required = details.requirements
    needs = Needs(
        cores=required.cores,
        memory_bytes=required.memory,
        gpus=required.gpus,
        region=required.region,
        input_bytes=details.input_bytes,
        site=site_of(details.gateway),
    )
    return Wanted(entry.id, request, needs, entry.since_s, frozenset(details.admitted))


def offered(entry: Entry) -> Offered:
    """An offer's entry."""
    offer, details = entry.order.order, entry.order.details
    assert isinstance(offer, Offer)
    assert isinstance(details, OfferDetails)
    said = details.machine
    machine = Machine(
        cores=said.cores,
        memory_bytes=said.memory,
        gpus=said.gpus,
        region=said.region,
        units_per_s=said.units_per_second,
        bytes_per_s=said.bytes_per_second,
        round_trip_ms=said.round_trips_ms,
    )
    return Offered(entry.id, offer, machine, entry.uses, entry.since_s)


def standing(account: Account | None, record: Record | None) -> Standing:
    """What the chain says of an author; nothing known is nothing owned."""
    account, record = account or NOBODY, record or NO_RECORD
    return Standing(
        staked=account.staked,
        unbonded=account.unbonded,
        free=account.free,
        live_jobs=max(0, record.live),
        settled=record.settled,
        failed=record.failed,
    )


def site_of(gateway: str) -> str:
    """The origin of the first of a request's gateways; empty if there is none to fetch from."""
    for url in split_gateways(gateway):
        try:
            return origin_of(checked_base(url))
        except UsageError:
            continue
    return ""


class Views:
    """The engine's form of entries, made once for each that does not change."""

    def __init__(self) -> None:
        self._made: dict[bytes, tuple[Entry, Wanted | Offered]] = {}

    def of(self, entries: Iterable[Entry]) -> tuple[list[Wanted], list[Offered]]:
        """Requests and offers among `entries`."""
        made: dict[bytes, tuple[Entry, Wanted | Offered]] = {}
        requests, offers = [], []
        for entry in entries:
            known = self._made.get(entry.id)
            if known is None or known[0] is not entry:
                is_request = isinstance(entry.order.order, Request)
                known = (entry, wanted(entry) if is_request else offered(entry))
            made[entry.id] = known
            if isinstance(known[1], Wanted):
                requests.append(known[1])
            else:
                offers.append(known[1])
        self._made = made
        return requests, offers


def standings(
    authors: Iterable[str], accounts: Mapping[str, Account | None], records: Mapping[str, Record]
) -> dict[str, Standing]:
    """By author."""
    return {who: standing(accounts.get(who), records.get(who)) for who in authors}
