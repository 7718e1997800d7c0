"""Uploading a blob to a node that keeps it: by the block API of Kubo, as our gateway has it too.

`POST /api/v0/block/put?cid-codec=raw&mhtype=sha2-256` with the bytes as a multipart file; the
answer is `{"Key": cid, "Size": n}` (https://docs.ipfs.tech/reference/kubo/rpc/#api-v0-block-put).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbond import canonical
from workbond.blobs.store import CHUNK_BYTES, BlobStore
from workbond.errors import BlobError, UsageError

ANSWER_BYTES_MAX = 4_096
# Kubo refuses blocks above 1 MiB unless told otherwise: they can't travel by bitswap, but over HTTP
_PUT = "/api/v0/block/put?cid-codec=raw&mhtype=sha2-256&pin=true&allow-big-block=true"


def upload(
    cid: str, store: BlobStore, api: str, *, token: str | None = None, timeout_s: float = 300
) -> None:
    """Send the blob from `store` to the block API at `api` (`https://example.org:5001`).

    Args:
        cid: the blob.
        store: where it lies.
        api: base address of a Kubo node's RPC or of a Workbond gateway that takes uploads.
        token: sent as `Authorization: Bearer`, where the server asks for one.
        timeout_s: for all of it.

    Raises:
        BlobError: the server refused, or keeps the bytes under another CID.
    """
    from workbond.blobs.http import checked_base, exchange, read_text

    headers = {} if token is None else {"Authorization": f"Bearer {_checked_token(token)}"}
    body = _MultipartFile(store.path(cid), store.size(cid), uuid.uuid4().hex)
    headers["Content-Type"] = f"multipart/form-data; boundary={body.boundary}"
    url = checked_base(api) + _PUT
    with exchange(  # the user named this gateway, so it may be anywhere
        "POST", url, timeout_s=timeout_s, private=True, headers=headers, body=body
    ) as answer:
        text = read_text(answer, ANSWER_BYTES_MAX)
    if answer.status != 200:
        raise BlobError(
            f"{api[:100]} refused the blob {cid} with status {answer.status} ({text[:160]}): check "
            "that it is a gateway that takes uploads, and its token"
        )
    try:
        kept = canonical.loads(text.encode(), what="the answer")
    except UsageError as error:
        raise BlobError(f"{api[:100]} answered the upload of {cid} strangely: {error}") from error
    if not isinstance(kept, dict) or kept.get("Key") != cid:
        raise BlobError(f"{api[:100]} did not confirm the blob {cid}: {text[:160]}")


def _checked_token(token: str) -> str:
    # the value is not shown: errors end up in logs
    if not (token.isascii() and token.isprintable() and token and " " not in token):
        raise UsageError("the upload token must be printable ASCII without spaces; check it")
    return token


@dataclass(frozen=True)
class _MultipartFile:
    """A request body with one file part, read from disk while it is sent; `len` is its length."""

    path: Path
    size: int
    boundary: str

    def __len__(self) -> int:
        return len(self._head()) + self.size + len(self._tail())

    def __iter__(self) -> Iterator[bytes]:
        yield self._head()
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
        yield self._tail()

    def _head(self) -> bytes:
        return (
            f"--{self.boundary}\r\n"
            'Content-Disposition: form-data; name="file"; filename="blob"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()

    def _tail(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()
