"""Serving blobs after the IPFS trustless gateway convention, and taking uploads as Kubo does.

    with Gateway(store, port=8080) as gateway:
        print(gateway.url)                 # GET <url>/ipfs/<cid>?format=raw

Only raw blocks are served (https://specs.ipfs.tech/http-gateways/trustless-gateway/). Every request
comes from a stranger: sizes, times and numbers are bounded, and nothing but a valid CID ever
becomes a path. Whoever fetches from here verifies the bytes, so they are not hashed again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from workbond.blobs.store import BlobStore
from workbond.blobs.uploads import UPLOAD_QUOTA_BYTES, Uploads
from workbond.cid import is_cid
from workbond.errors import BlobError
from workbond.serving.connections import EXCHANGE_S, HEADERS_S
from workbond.serving.server import CannotListen, Server

RAW = "application/vnd.ipld.raw"


@dataclass(frozen=True)
class Verdict:
    """Whether a blob is handed out: to `everybody`, to this client alone, or not at all.

    `status` is 200 to hand it out (if it is here), 404 to say what a missing blob's is, 401 to
    refuse the client's signature for `reason`, 503 to have it ask again in `retry_after_s`. `store`
    is where it is, if not in the gateway's own.
    """

    status: int
    everybody: bool = False
    reason: str = ""
    retry_after_s: int = 0
    store: BlobStore | None = None


EVERYBODY = Verdict(200, everybody=True)
NOBODY = Verdict(404)
Guard = Callable[[str, str | None], Verdict]
"""Judges a request by the CID and the `Authorization` header. Called in threads of the server's."""


class Gateway:
    """An HTTP server in a thread of its own; a context manager.

    Args:
        store: whose blobs are served.
        host: address to listen on.
        port: 0 takes a free one.
        allow: asked with each CID whether it may be served (everything, by default); a refused
            blob looks like a missing one. It is called in the server's thread and must be quick.
        guard: asked after `allow`, with the request's `Authorization` too; see `Verdict`.
        challenge: the authentication scheme that a 401 names (RFC 9110 section 11.6.1).
        upload_token: whoever sends it may upload; without it there are no uploads.
        upload_quota_bytes: all blobs uploaded through this gateway, together.
        headers_s: time for a request's headers.
        exchange_s: time for a request's body and its answer.
    """

    def __init__(
        self,
        store: BlobStore,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        allow: Callable[[str], bool] | None = None,
        guard: Guard | None = None,
        challenge: str = "",
        upload_token: str | None = None,
        upload_quota_bytes: int = UPLOAD_QUOTA_BYTES,
        headers_s: float = HEADERS_S,
        exchange_s: float = EXCHANGE_S,
    ) -> None:
        self._store = store
        self._allow = allow
        self._guard = guard
        self._challenge = challenge
        routes = [
            Route("/ipfs/{cid}", self._serve, methods=["GET"]),
            Route("/ipfs/{cid}/{rest:path}", _no_path, methods=["GET"]),
        ]
        if upload_token is not None:
            uploads = Uploads(store, upload_token, upload_quota_bytes)
            routes.append(Route("/api/v0/block/put", uploads.put, methods=["POST"]))
        app = Starlette(routes=routes)
        app.router.redirect_slashes = False
        self._server = Server(
            app,
            "the gateway",
            host=host,
            port=port,
            headers_s=headers_s,
            exchange_s=exchange_s,
        )

    @property
    def port(self) -> int:
        """Where it listens; known once it was started."""
        return self._server.port

    @property
    def url(self) -> str:
        """Base address, without a final slash; `port` is known once the gateway was started."""
        return self._server.url

    def start(self) -> None:
        """Listen and serve; `BlobError` if the port is taken or the address isn't ours."""
        try:
            self._server.start()
        except CannotListen as error:
            raise BlobError(str(error)) from error

    def stop(self) -> None:
        """Stop listening; answers under way have two seconds to end."""
        self._server.stop()

    def __enter__(self) -> Gateway:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _serve(self, request: Request) -> Response:
        cid = request.path_params["cid"]
        refused = _refuse_format(request)
        if refused is not None:
            return refused
        if not is_cid(cid):
            return _plain(400, "not a CID: CIDv1, raw codec, sha2-256, lower-case base32")
        if self._allow is not None and not self._allow(cid):
            return _missing(request)
        verdict = EVERYBODY
        if self._guard is not None:
            authorization = request.headers.get("authorization")
            verdict = await run_in_threadpool(self._guard, cid, authorization)
        if verdict.status != 200:
            return self._withheld(request, verdict)
        path = (verdict.store or self._store).path(cid)
        try:
            status = path.stat()
        except OSError:
            return _missing(request)
        headers = _headers(cid, everybody=verdict.everybody)
        if _matches(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return FileResponse(path, headers=headers, media_type=RAW, stat_result=status)

    def _withheld(self, request: Request, verdict: Verdict) -> Response:
        if verdict.status == 401:
            headers = {"WWW-Authenticate": self._challenge}
            return _plain(401, f"the signed request is refused: {verdict.reason}", headers)
        if verdict.status == 503:
            return _plain(503, "ask again", {"Retry-After": str(verdict.retry_after_s)})
        return _missing(request)


async def _no_path(_: Request) -> Response:
    return _plain(400, "a raw block has no path below its CID")


def _refuse_format(request: Request) -> Response | None:
    """`format` names what is wanted and goes before `Accept`; anything but raw is refused."""
    wanted = request.query_params.get("format")
    if wanted is not None:
        return None if wanted == "raw" else _plain(406, "only format=raw is served")
    accepted = [part.split(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    if RAW in accepted:
        return None
    if any(kind in ("", "*/*", "application/*") for kind in accepted):
        return _plain(400, f"say what you want: ?format=raw, or Accept: {RAW}")
    return _plain(406, f"only {RAW} is served")


def _headers(cid: str, *, everybody: bool) -> dict[str, str]:
    # what one client alone may have must not stay in a cache between us
    caching = "public, max-age=29030400, immutable" if everybody else "private, no-store"
    return {
        "ETag": f'"{cid}.raw"',
        "Cache-Control": caching,
        "X-Ipfs-Path": f"/ipfs/{cid}",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'attachment; filename="{cid}.bin"',
    }


def _matches(if_none_match: str, etag: str) -> bool:
    found = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return bool(found & {etag, "*"})


def _missing(request: Request) -> Response:
    # a cache that must not ask further answers 412 by the path gateway's convention
    cached = "only-if-cached" in request.headers.get("cache-control", "")
    return _plain(412 if cached else 404, "this blob is not here")


def _plain(status: int, text: str, more: dict[str, str] | None = None) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return PlainTextResponse(text + "\n", status, headers | (more or {}))
