"""What an order's author says beside the order, for who matches: signed too, but never on chain.

A book scores by it and hides nothing of it; the contract knows nothing of it. `issued` orders what
one author says of one order: a book keeps the latest.
"""

from __future__ import annotations

import hashlib
import time
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from workbond import canonical
from workbond.chain.rules import MAX_GATEWAY_BYTES
from workbond.chain.types import address
from workbond.errors import UsageError
from workbond.spec import CORES_MAX, REGION_FORM, REQUIRED_MEMORY_MAX
from workbond.validation import Strict

GPUS_MAX = 1_024
INPUT_BYTES_MAX = 2**50
ADMITTED_MAX = 256  # addresses of a list; each is 45 bytes of JSON
SITES_MAX = 32
SITE_FORM = r"^https?://[!-~]{1,255}$"
PER_SECOND_MAX = 2**53 - 1
ROUND_TRIP_MAX_MS = 600_000
TIME_MAX_S = 2**40


def _checksummed(text: str) -> str:
    try:
        if address(text) == text:
            return text
    except UsageError as error:
        raise ValueError(str(error)) from error
    raise ValueError(f"{text} is written without its checksum: {address(text)}")


Address = Annotated[str, Field(min_length=42, max_length=42), AfterValidator(_checksummed)]
Site = Annotated[str, Field(pattern=SITE_FORM)]
"""A gateway's origin (`workbond.blobs.http.origin_of`): scheme, host and port."""
RoundTrip = Annotated[int, Field(ge=0, le=ROUND_TRIP_MAX_MS)]


def _now_s() -> int:
    return int(time.time())


class Said(Strict):
    """In JSON the names of members are in camel case, like those of the order itself."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Details(Said):
    """Common to both kinds."""

    issued: int = Field(default_factory=_now_s, ge=0, le=TIME_MAX_S)
    """Unix seconds when it was said; later words replace earlier ones."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON: what is signed together with the order's digest."""
        return hashlib.sha256(canonical.dumps(self.to_json())).digest()

    def to_json(self) -> dict[str, Any]:
        """All members, those of default value too."""
        return self.model_dump(mode="json", by_alias=True)


class Requirements(Said):
    """What the provider's machine must have; copied from the spec, which an allocation precedes."""

    cores: int = Field(default=1, ge=1, le=CORES_MAX)
    memory: int = Field(default=0, ge=0, le=REQUIRED_MEMORY_MAX)
    """Bytes."""
    gpus: int = Field(default=0, ge=0, le=GPUS_MAX)
    region: str = Field(default="", max_length=6, pattern=REGION_FORM)


class RequestDetails(Details):
    """What a requester says beside its request."""

    gateway: str = Field(default="", max_length=MAX_GATEWAY_BYTES, pattern=r"^[ -~]*$")
    """Where the job's blobs are: one or more addresses, as in a posting."""
    requirements: Requirements = Requirements()
    input_bytes: int = Field(default=0, ge=0, le=INPUT_BYTES_MAX)
    """Of the program and all inputs together; 0 if not told."""
    admitted: tuple[Address, ...] = Field(default=(), max_length=ADMITTED_MAX)
    """The addresses whose tree's root is the request's `providers`, if that is a root."""


class MachineDetails(Said):
    """What a provider says of its machine; nothing of it is proved."""

    cores: int = Field(default=1, ge=1, le=CORES_MAX)
    memory: int = Field(default=0, ge=0, le=REQUIRED_MEMORY_MAX)
    """Bytes given to jobs."""
    gpus: int = Field(default=0, ge=0, le=GPUS_MAX)
    region: str = Field(default="", max_length=6, pattern=REGION_FORM)
    units_per_second: int = Field(default=0, ge=0, le=PER_SECOND_MAX)
    """Metered units of one core, measured on the profile's benchmark; 0 if not measured."""
    bytes_per_second: int = Field(default=0, ge=0, le=PER_SECOND_MAX)
    """Of downloads; 0 if not measured."""
    round_trips_ms: dict[Site, RoundTrip] = Field(default={}, max_length=SITES_MAX)
    """To gateways by origin, those that were measured."""


class OfferDetails(Details):
    """What a provider says beside its offer."""

    machine: MachineDetails = MachineDetails()
