"""Offers that are out: whoever has one may bind our stake with it, whatever became of us meanwhile.

So each is written to `orders.json` before anybody gets it, and counts against the free stake until
it is used up or its time is over, also after a crash. The file keeps the gateways of signed jobs
too, which the chain does not tell.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from workbond.chain.market import Market
from workbond.chain.rules import MAX_GATEWAY_BYTES
from workbond.chain.types import Offer
from workbond.errors import UsageError
from workbond.jobs import JobRecord
from workbond.orders.envelope import SignedOrder
from workbond.provider.experience import read_json, replace_file
from workbond.validation import Strict, first_problem

VERSION = 1
FILE = "orders.json"
FILE_BYTES_MAX = 1 << 20
OFFERS_MAX = 32
JOBS_MAX = 500  # whose gateways are remembered, the latest

JobId = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Document(Strict):
    """The file's content."""

    version: int = Field(ge=VERSION, le=VERSION)
    offers: tuple[dict[str, Any], ...] = Field(max_length=OFFERS_MAX)
    """Envelopes, as books take them."""
    gateways: dict[JobId, Annotated[str, Field(max_length=MAX_GATEWAY_BYTES)]] = Field(
        max_length=JOBS_MAX
    )


class Pledges:
    """Our offers that are out, in `home`; `problem` says why the file was begun anew, if it was."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._offers: OrderedDict[bytes, SignedOrder] = OrderedDict()
        self._uses: dict[bytes, int] = {}
        self._gateways: OrderedDict[str, str] = OrderedDict()
        self.problem = ""
        self._load()

    def open(self, now_s: int) -> list[SignedOrder]:
        """Those that can still bind us at chain time `now_s`, the oldest first."""
        return [each for each in self._offers.values() if self._left(each, now_s)]

    def promised(self, now_s: int) -> int:
        """Base units of stake that they can lock together."""
        return sum(
            self._left(each, now_s) * each.order.max_bond
            for each in self._offers.values()
            if isinstance(each.order, Offer)
        )

    def add(self, signed: SignedOrder, now_s: int) -> None:
        """Takes in an offer, which nobody may get before this returns; raises `OSError`."""
        for digest in [d for d, each in self._offers.items() if not self._left(each, now_s)]:
            self._drop(digest)
        self._offers[signed.id] = signed
        self._save()

    def matched(self, record: JobRecord) -> bool:
        """Notes that a job of ours began; returns whether it was by one of these offers."""
        digest = record.offer
        if digest is None or digest not in self._offers:
            return False
        self._uses[digest] = self._uses.get(digest, 0) + 1
        return True

    def recount(self, market: Market, now_s: int) -> None:
        """Reads from the chain how often each was used, or that a cancellation or a raised counter
        revoked it. A reorganisation may take back what was counted here."""
        for digest, signed in self._offers.items():
            offer = signed.order
            if isinstance(offer, Offer) and now_s < offer.valid_until:
                revoked = offer.counter < market.account_of(offer.provider).counter
                self._uses[digest] = offer.max_jobs if revoked else market.offer_uses(digest)

    def locate(self, job_id: bytes, gateway: str) -> None:
        """Remembers where a signed job's blobs are; raises `OSError`."""
        if not gateway or self._gateways.get(job_id.hex()) == gateway:
            return
        self._gateways[job_id.hex()] = gateway
        while len(self._gateways) > JOBS_MAX:
            self._gateways.popitem(last=False)
        self._save()

    def gateway(self, job_id: bytes) -> str:
        """Where a job's blobs are; empty if that is not known here."""
        return self._gateways.get(job_id.hex(), "")

    def _left(self, signed: SignedOrder, now_s: int) -> int:
        """Jobs that it can still bind us to."""
        offer = signed.order
        if not isinstance(offer, Offer) or now_s >= offer.valid_until:
            return 0
        return max(0, offer.max_jobs - self._uses.get(signed.id, 0))

    def _drop(self, digest: bytes) -> None:
        self._offers.pop(digest, None)
        self._uses.pop(digest, None)

    def _save(self) -> None:
        document = Document(
            version=VERSION,
            offers=tuple(each.to_json() for each in list(self._offers.values())[-OFFERS_MAX:]),
            gateways=dict(self._gateways),
        )
        replace_file(self._path, document.model_dump_json(indent=1).encode() + b"\n")

    def _load(self) -> None:
        try:
            value = read_json(self._path, FILE_BYTES_MAX)
            if not isinstance(value, dict) or not isinstance(value.get("offers"), list):
                raise UsageError("it has no list of offers")
            found = Document.model_validate(value | {"offers": tuple(value["offers"])})
            offers = [SignedOrder.from_json(each) for each in found.offers]
        except FileNotFoundError:
            return
        except ValidationError as error:
            self.problem = first_problem(error, Document)
            return
        except (OSError, UsageError) as error:
            self.problem = str(error)
            return
        self._offers.update((each.id, each) for each in offers)
        self._gateways.update(found.gateways)
