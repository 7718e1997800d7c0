"""The gateway's side of an upload: Kubo's `block/put`, for whoever has the token."""

from __future__ import annotations

import hmac

from python_multipart.exceptions import ParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from workbond.blobs.store import BlobStore, BlobWriter
from workbond.errors import BlobError, WorkbondError

UPLOAD_QUOTA_BYTES = 8 << 30
ENVELOPE_BYTES_MAX = 8 * 1024  # boundaries and part headers around the file
_FIXED = {"cid-codec": "raw", "mhtype": "sha2-256", "mhlen": "32", "format": "raw"}


class _Refused(WorkbondError):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Uploads:
    """Takes uploads into `store`.

    Args:
        store: where blobs go; its size limit is the upload's.
        token: what `Authorization: Bearer` must carry.
        quota_bytes: all new blobs together, for the life of this object; unfinished ones count.
    """

    def __init__(self, store: BlobStore, token: str, quota_bytes: int) -> None:
        self._store = store
        self._token = token.encode()
        self._quota_bytes = quota_bytes
        self._used_bytes = 0  # touched by the server's one event loop only

    async def put(self, request: Request) -> Response:
        """`POST /api/v0/block/put`: one multipart file in, `{"Key", "Size"}` out."""
        try:
            boundary = self._checked(request)
            return await self._take(request, boundary)
        except _Refused as refused:
            return _error(refused.status, str(refused))
        except (BlobError, ParseError) as error:
            return _error(400, str(error))
        except ClientDisconnect:
            return _error(400, "the upload ended early")

    def _checked(self, request: Request) -> bytes:
        """Everything that can be refused before the body is read; returns the boundary."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        known = hmac.compare_digest(given.strip().encode(), self._token)
        if scheme.lower() != "bearer" or not known:
            raise _Refused(401, "an upload needs the token of this gateway")
        for name, value in _FIXED.items():
            if request.query_params.get(name, value) != value:
                raise _Refused(400, f"only {name}={value} is kept here")
        length = request.headers.get("content-length", "0")
        limit = self._store.max_blob_bytes + ENVELOPE_BYTES_MAX
        if not length.isdigit() or len(length) > 18 or int(length) > limit:
            raise _Refused(413, f"a blob may have {self._store.max_blob_bytes:,} bytes here")
        kind, options = parse_options_header(request.headers.get("content-type"))
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not 1 <= len(boundary) <= 70:
            raise _Refused(400, "send the blob as one file of a multipart/form-data body")
        return boundary

    async def _take(self, request: Request, boundary: bytes) -> Response:
        with self._store.writer() as writer:
            part = _FilePart(writer, self)
            parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": part.begin,
                    "on_part_data": part.data,
                    "on_end": part.end,
                },
            )
            kept = 0
            try:
                received = 0
                async for chunk in request.stream():
                    received += len(chunk)
                    if received > self._store.max_blob_bytes + ENVELOPE_BYTES_MAX:
                        raise _Refused(413, "the body is too large")
                    parser.write(chunk)
                if not part.ended:
                    raise _Refused(400, "the multipart body has no end")
                cid = await run_in_threadpool(writer.commit)
                kept = writer.size if writer.added else 0
            finally:
                self._used_bytes += kept - part.charged
        return JSONResponse({"Key": cid, "Size": writer.size})

    def charge(self, size: int) -> None:
        """Count `size` bytes against the quota, or refuse them."""
        if self._used_bytes + size > self._quota_bytes:
            raise _Refused(507, "this gateway's quota for uploads is used up")
        self._used_bytes += size


class _FilePart:
    """The parser's callbacks for a body of exactly one part."""

    def __init__(self, writer: BlobWriter, uploads: Uploads) -> None:
        self.charged = 0
        self.ended = False
        self._parts = 0
        self._writer = writer
        self._uploads = uploads

    def begin(self) -> None:
        self._parts += 1
        if self._parts > 1:
            raise _Refused(400, "one upload carries one file")

    def data(self, data: bytes, start: int, end: int) -> None:
        self._uploads.charge(end - start)
        self.charged += end - start
        self._writer.write(data[start:end])

    def end(self) -> None:
        self.ended = True


def _error(status: int, text: str) -> Response:
    """An error in the form Kubo's RPC gives it."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse({"Message": text, "Code": 0, "Type": "error"}, status, headers)
