"""Content identifiers, in the one form the market uses.

A blob's name is a CIDv1 with the raw codec, its SHA-256 and base32 in lower case: 59 characters
that begin with `bafkrei` (https://github.com/multiformats/cid). The same bytes in another base or
with another hash would be another name for the same blob, so no other form is accepted.

The library `multiformats` says what the form is; the base32 itself is the standard library's, as
the largest jobs name 200,000 blobs and 0.2 ms for each would add up to a minute.
"""

from __future__ import annotations

import base64
import hashlib
import re

from multiformats import CID

from workbond.errors import UsageError

CID_LENGTH = 59
# version 1, codec raw, hash sha2-256, 32 bytes of digest: the same four bytes in every CID here
_PREFIX = bytes(CID("base32", 1, "raw", ("sha2-256", bytes(32))))[:-32]
_FORM = re.compile(r"bafkrei[a-z2-7]{52}")


def cid_of(data: bytes) -> str:
    """The CID of `data`."""
    return cid_of_digest(hashlib.sha256(data).digest())


def cid_of_digest(digest: bytes) -> str:
    """The CID of the blob whose SHA-256 is `digest` (32 bytes)."""
    if len(digest) != 32:
        raise ValueError(f"a SHA-256 digest has 32 bytes, not {len(digest)}")
    return "b" + base64.b32encode(_PREFIX + digest).decode("ascii").rstrip("=").lower()


def digest_of_cid(cid: str) -> bytes:
    """The 32-byte SHA-256 in `cid`; raises `UsageError` for anything but the form above."""
    if not isinstance(cid, str) or not _FORM.fullmatch(cid):
        raise _refused(cid)
    digest = base64.b32decode(cid[1:].upper() + "=" * 6)[len(_PREFIX) :]
    # base32 leaves two bits over at the end; set, they would give one blob four names
    if cid_of_digest(digest) != cid:
        raise _refused(cid)
    return digest


def is_cid(text: str) -> bool:
    """Whether `text` is a CID of the form above."""
    try:
        digest_of_cid(text)
    except UsageError:
        return False
    return True


def _refused(cid: object) -> UsageError:
    shown = repr(cid)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return UsageError(
        f"{shown} is not a CID of this market: give a CIDv1 with raw codec and sha2-256 in "
        f"lower-case base32 ({CID_LENGTH} characters, starting with bafkrei)"
    )
