"""The signed request by which a requester gets its job's blobs before anybody else may.

EIP-712 typed data under the market's own domain (docs/protocol.md section 4), signed once per job
and gateway, and carried as credentials of a scheme of its own (RFC 9110 section 11):

    Authorization: Workbond <base64url of {"expires":1790000000,"gateway":"https://p.example",
                             "job":"0x...","requester":"0x...","signature":"0x..."}>

docs/data.md has all of it for whoever implements the other side.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any, Protocol

from eth_hash.auto import keccak

from workbond import canonical
from workbond.chain.types import SIGNATURE_BYTES_MAX, address, domain, encoded
from workbond.errors import UsageError

SCHEME = "Workbond"
ACCESS_TYPE = "BlobAccess(address requester,bytes32 job,string gateway,uint64 expires)"
LIFETIME_S = 4 * 3600  # of our own requests: a download that takes longer signs again
LIFETIME_MAX_S = 24 * 3600  # what a gateway accepts
SLACK_S = 300  # by which two machines' clocks may differ
ORIGIN_MAX = 512
HEADER_MAX = 8_192
_FIELDS = ("expires", "gateway", "job", "requester", "signature")
_TYPES = {
    "BlobAccess": [
        {"name": "requester", "type": "address"},
        {"name": "job", "type": "bytes32"},
        {"name": "gateway", "type": "string"},
        {"name": "expires", "type": "uint64"},
    ]
}
_JOB, _ADDRESS = re.compile(r"0x[0-9a-f]{64}"), re.compile(r"0x[0-9a-f]{40}")
_SIGNATURE = re.compile(rf"0x(?:[0-9a-f]{{2}}){{1,{SIGNATURE_BYTES_MAX}}}")


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
        requester: of the job, checksummed.
        job: its id.
        gateway: the origin that is asked (RFC 6454), so that it can't ask others with this.
        expires: Unix seconds of the wall clock.
    """

    requester: str
    job: bytes
    gateway: str
    expires: int

    @property
    def struct_hash(self) -> bytes:
        """EIP-712 `hashStruct`."""
        gateway = bytes(keccak(self.gateway.encode()))
        words = encoded(self.requester) + encoded(self.job) + gateway + encoded(self.expires)
        return bytes(keccak(keccak(ACCESS_TYPE.encode()) + words))

    def sign(self, signer: TypedDataSigner, chain_id: int, market: str) -> SignedAccess:
        """Signed by the requester's account, for the market at `market` on chain `chain_id`."""
        message: dict[str, Any] = {
            "requester": self.requester,
            "job": "0x" + self.job.hex(),
            "gateway": self.gateway,
            "expires": self.expires,
        }
        return SignedAccess(self, signer.sign_typed_data(domain(chain_id, market), _TYPES, message))


@dataclass(frozen=True)
class SignedAccess:
    """A signed request; whether the signature is the requester's is checked elsewhere."""

    access: BlobAccess
    signature: bytes

    def to_header(self) -> str:
        """The value of `Authorization`."""
        data = canonical.dumps(
            {
                "expires": self.access.expires,
                "gateway": self.access.gateway,
                "job": "0x" + self.access.job.hex(),
                "requester": self.access.requester.lower(),
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
    if not isinstance(fields, dict) or tuple(sorted(fields)) != _FIELDS:
        raise UsageError(f"its fields are not {', '.join(_FIELDS)}")
    expires, gateway = fields["expires"], fields["gateway"]
    if (
        not isinstance(expires, int)
        or isinstance(expires, bool)
        or expires < 0
        or not isinstance(gateway, str)
        or len(gateway) > ORIGIN_MAX
        or not _matches(_JOB, fields["job"])
        or not _matches(_ADDRESS, fields["requester"])
        or not _matches(_SIGNATURE, fields["signature"])
    ):
        raise UsageError("one of its fields has another form")
    access = BlobAccess(
        requester=address(fields["requester"]),
        job=bytes.fromhex(fields["job"][2:]),
        gateway=gateway,
        expires=expires,
    )
    return SignedAccess(access, bytes.fromhex(fields["signature"][2:]))


def _matches(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None
