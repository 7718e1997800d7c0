"""A provider's card: what it says of itself, announced on the chain as canonical JSON.

    {"endpoints":{"gateway":"https://p.example.org"},"hardware":{"arch":"x86_64","cores":8,
     "cpu":"...","memory":34359738368},"profiles":["wasm-1"],"region":"de",
     "software":{"wasmtime":"50.0.1","workbond":"0.1.0"},"version":1}

Nothing in it is proved. Requesters need the gateway, and may choose by the rest.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, ValidationError

from workbond import canonical
from workbond.chain.contract import topic
from workbond.chain.rules import MAX_CARD_BYTES, MAX_GATEWAY_BYTES
from workbond.errors import UsageError, VerificationFailed
from workbond.spec import CORES_MAX, REGION_FORM, REQUIRED_MEMORY_MAX
from workbond.validation import Strict, first_problem

if TYPE_CHECKING:
    from workbond.chain.market import Market

VERSION = 1
PROFILES_MAX = 16
CARDS_READ = 20  # of one account, the latest: it may announce any number

# One line of printable ASCII: readers show it in terminals.
Word = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[!-~]+$")]
Line = Annotated[str, Field(max_length=128, pattern=r"^[ -~]*$")]


class Software(Strict):
    """Versions."""

    workbond: Word
    wasmtime: Word


class Hardware(Strict):
    """What of the machine is given to jobs."""

    arch: Word
    """As `uname -m` says it."""
    cpu: Line
    """The processor's name for itself; may be empty."""
    cores: int = Field(ge=1, le=CORES_MAX)
    memory: int = Field(ge=0, le=REQUIRED_MEMORY_MAX)
    """Bytes."""


class Endpoints(Strict):
    """Where the provider can be reached."""

    gateway: str = Field(max_length=MAX_GATEWAY_BYTES, pattern=r"^https?://[!-~]+$")
    """Base address under which outputs are fetched."""


class Card(Strict):
    """A valid card; `to_bytes` and `read_card` are each other's inverse."""

    version: int = Field(ge=VERSION, le=VERSION)  # a literal 1 would admit `true` as well
    software: Software
    profiles: tuple[Word, ...] = Field(max_length=PROFILES_MAX)
    """Names of the execution profiles offered."""
    hardware: Hardware
    region: str = Field(max_length=6, pattern=REGION_FORM)
    """As in a spec's requirements; empty if not told."""
    endpoints: Endpoints

    def to_bytes(self) -> bytes:
        """The canonical bytes, as `Market.announce` takes them."""
        data = canonical.dumps(self.model_dump(mode="json"))
        if len(data) > MAX_CARD_BYTES:
            raise UsageError(
                f"the card has {len(data):,} bytes, more than {MAX_CARD_BYTES:,}: "
                "use a shorter --public-url"
            )
        return data


def make_card(*, hardware: Hardware, region: str, gateway: str) -> Card:
    """This installation's card; `UsageError` for a region or address that can't stand in it."""
    from workbond import __version__
    from workbond.executor.profile import NAME, WASMTIME_VERSION

    try:
        return Card(
            version=VERSION,
            software=Software(workbond=__version__, wasmtime=WASMTIME_VERSION),
            profiles=(NAME,),
            hardware=hardware,
            region=region,
            endpoints=Endpoints(gateway=gateway),
        )
    except ValidationError as error:
        raise UsageError(f"the provider's card can't be made: {_problem(error)}") from error


def read_card(data: bytes) -> Card:
    """The card in `data`, which a stranger wrote; `VerificationFailed` if its form is wrong."""
    try:
        canonical.loads_canonical(data, what="the card", max_bytes=MAX_CARD_BYTES)
        return Card.model_validate_json(data)
    except ValidationError as error:
        raise VerificationFailed(f"the provider's card is not valid: {_problem(error)}") from error
    except UsageError as error:
        raise VerificationFailed(f"the provider's card is not valid: {error}") from error


def announced_gateway(market: Market, first_block: int, who: str) -> str:
    """The gateway on the latest valid card of account `who`; empty if there is none.

    Args:
        market: where cards are announced.
        first_block: where it was deployed.
        who: the account.

    Raises:
        ChainError: its cards can't be read now.
    """
    head = market.connection.block().number
    events = market.events(first_block, head, names=["CardAnnounced"], topics=[topic(who)])
    cards = deque((event.args["json"] for event in events), maxlen=CARDS_READ)
    for data in reversed(cards):
        try:
            return read_card(data).endpoints.gateway
        except VerificationFailed:
            continue
    return ""


def _problem(error: ValidationError) -> str:
    return first_problem(error, Card)
