"""The signed request by which somebody gets blobs of a job that are not for everybody.

Its requester gets its results before anybody else may, and verifiers get its inputs. Either signs
EIP-712 typed data under the market's own domain (docs/protocol.md section 4), once per job and
gateway, carried as credentials of a scheme of its own (RFC 9110 section 11):

    Authorization: Workbond <base64url of {"expires":1790000000,"gateway":"https://p.example",
                             "job":"0x...","requester":"0x...","signature":"0x..."}>

    mine = Signatures(Role.VERIFIER, account.address, job_id, lambda: account, chain_id, market)
    sources = Sources(told(record.gateway), authorize=mine.authorization)

docs/data.md has all of it for whoever implements the other side.
"""

from __future__ import annotations

import base64
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from eth_hash.auto import keccak

from workbond import canonical
from workbond.blobs.http import origin_of
from workbond.chain.types import SIGNATURE_BYTES_MAX, address, domain, encoded
from workbond.errors import UsageError

SCHEME = "Workbond"
LIFETIME_S = 4 * 3600  # of our own requests: a download that takes longer signs again
LIFETIME_MAX_S = 24 * 3600  # what a gateway accepts
RENEW_S = 600  # before the end of a request's life: a blob's download may take so long
SLACK_S = 300  # by which two machines' clocks may differ
ORIGIN_MAX = 512
HEADER_MAX = 8_192
_COMMON = ("expires", "gateway", "job", "signature")
_JOB, _ADDRESS = re.compile(r"0x[0-9a-f]{64}"), re.compile(r"0x[0-9a-f]{40}")
_SIGNATURE = re.compile(rf"0x(?:[0-9a-f]{{2}}){{1,{SIGNATURE_BYTES_MAX}}}")


class Role(Enum):
    """As what somebody asks: the value is the name of the member that holds its address."""

    REQUESTER = "requester"  # of the job, for its results
    VERIFIER = "verifier"  # who judges the job's result, or looks for wrong ones, for its inputs

    @property
    def type_name(self) -> str:
        """The primary type of what is signed: what is signed as one opens nothing as the other."""
        return "BlobAccess" if self is Role.REQUESTER else "InputAccess"

    @property
    def access_type(self) -> str:
        """EIP-712 `encodeType`."""
        return f"{self.type_name}(address {self.value},bytes32 job,string gateway,uint64 expires)"


class TypedDataSigner(Protocol):
    """An account that signs EIP-712 typed data."""

    @property
    def address(self) -> str: ...

    def sign_typed_data(
        self, domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any]
    ) -> bytes: ...


@dataclass(frozen=True)
class BlobAccess:
    """What is signed.

    Args:
        who: asks: the job's requester, or a verifier; checksummed.
        job: its id.
        gateway: the origin that is asked (RFC 6454), so that it can't ask others with this.
        expires: Unix seconds of the wall clock.
        role: as what.
    """

    who: str
    job: bytes
    gateway: str
    expires: int
    role: Role = Role.REQUESTER

    @property
    def struct_hash(self) -> bytes:
        """EIP-712 `hashStruct`."""
        gateway = bytes(keccak(self.gateway.encode()))
        words = encoded(self.who) + encoded(self.job) + gateway + encoded(self.expires)
        return bytes(keccak(keccak(self.role.access_type.encode()) + words))

    def sign(self, signer: TypedDataSigner, chain_id: int, market: str) -> SignedAccess:
        """Signed by the account of `who`, for the market at `market` on chain `chain_id`."""
        message: dict[str, Any] = {
            self.role.value: self.who,
            "job": "0x" + self.job.hex(),
            "gateway": self.gateway,
            "expires": self.expires,
        }
        types = {
            self.role.type_name: [
                {"name": self.role.value, "type": "address"},
                {"name": "job", "type": "bytes32"},
                {"name": "gateway", "type": "string"},
                {"name": "expires", "type": "uint64"},
            ]
        }
        return SignedAccess(self, signer.sign_typed_data(domain(chain_id, market), types, message))


@dataclass(frozen=True)
class SignedAccess:
    """A signed request; whether the signature is that of `access.who` is checked elsewhere."""

    access: BlobAccess
    signature: bytes

    def to_header(self) -> str:
        """The value of `Authorization`."""
        data = canonical.dumps(
            {
                "expires": self.access.expires,
                "gateway": self.access.gateway,
                "job": "0x" + self.access.job.hex(),
                self.access.role.value: self.access.who.lower(),
                "signature": "0x" + self.signature.hex(),
            }
        )
        return f"{SCHEME} {base64.urlsafe_b64encode(data).decode().rstrip('=')}"


def read_header(value: str) -> SignedAccess:
    """The signed request in an `Authorization` header that a stranger sent.

    Raises:
        UsageError: it is none; the message is a few words.
    """
    scheme, _, token = value.strip().partition(" ")
    if scheme.lower() != SCHEME.lower():
        raise UsageError(f"its scheme is not {SCHEME}")
    if len(token) > HEADER_MAX:
        raise UsageError("it is too long")
    try:
        text = token.strip().rstrip("=")
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise UsageError("it is not base64url") from error
    fields = canonical.loads_canonical(data, what="it", max_bytes=HEADER_MAX)
    role = _role(fields)
    expires, gateway = fields["expires"], fields["gateway"]
    if (
        not isinstance(expires, int)
        or isinstance(expires, bool)
        or expires < 0
        or not isinstance(gateway, str)
        or len(gateway) > ORIGIN_MAX
        or not _matches(_JOB, fields["job"])
        or not _matches(_ADDRESS, fields[role.value])
        or not _matches(_SIGNATURE, fields["signature"])
    ):
        raise UsageError("one of its fields has another form")
    access = BlobAccess(
        who=address(fields[role.value]),
        job=bytes.fromhex(fields["job"][2:]),
        gateway=gateway,
        expires=expires,
        role=role,
    )
    return SignedAccess(access, bytes.fromhex(fields["signature"][2:]))


def _role(fields: object) -> Role:
    for role in Role:
        if isinstance(fields, dict) and set(fields) == {*_COMMON, role.value}:
            return role
    either = " or ".join(role.value for role in Role)
    raise UsageError(f"its fields are not {', '.join(_COMMON)} and {either}")


def _matches(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


class Signatures:
    """Signed requests for one job's blobs: made when first needed, once per gateway. Usable from
    several threads.

    Args:
        role: as what the account asks.
        who: its address.
        job: the job's id.
        open_signer: opens the account, which may ask for a password; called at the first need.
        chain_id: of the market's chain.
        market: its address.
    """

    def __init__(
        self,
        role: Role,
        who: str,
        job: bytes,
        open_signer: Callable[[], TypedDataSigner],
        chain_id: int,
        market: str,
    ) -> None:
        self._role, self._who, self._job, self._open = role, who, job, open_signer
        self._chain_id, self._market = chain_id, market
        self._headers: dict[str, tuple[str, float]] = {}  # by origin, with the time to renew
        self._lock = threading.Lock()

    def authorization(self, url: str) -> str:
        """The `Authorization` header for the gateway at `url`."""
        origin = origin_of(url)
        with self._lock:
            header, renew_at = self._headers.get(origin, ("", 0.0))
            if time.time() >= renew_at:
                header = self._sign(origin)
                self._headers[origin] = (header, time.time() + LIFETIME_S - RENEW_S)
            return header

    def _sign(self, origin: str) -> str:
        expires = int(time.time()) + LIFETIME_S
        access = BlobAccess(self._who, self._job, origin, expires, self._role)
        return access.sign(self._open(), self._chain_id, self._market).to_header()
