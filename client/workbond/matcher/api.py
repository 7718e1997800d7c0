"""The book's HTTP API; the one module that imports FastAPI.

POST /orders, GET /orders, GET and DELETE /orders/{id}, GET /health, /metrics, /problems/{code} and
/openapi.json. Every request comes from a stranger: bodies, queries and rates are bounded, answers
to refused ones are problem documents, and nothing shows a traceback.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import FastAPI, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse

from workbond import __version__
from workbond.errors import UsageError
from workbond.matcher.book import PAGE_MAX
from workbond.matcher.codes import Refusal, Refused
from workbond.matcher.limits import Rates
from workbond.matcher.metrics import CONTENT_TYPE
from workbond.matcher.problems import HEADERS, KINDS, PROBLEM_JSON, document, problem
from workbond.matcher.service import Service
from workbond.orders.envelope import ORDER_BYTES_MAX, SignedOrder, Withdrawal
from workbond.orders.schemas import SCHEMAS
from workbond.serving.networks import network_of

PAGE = 50
_ID = r"^0x[0-9a-f]{64}$"
_ADDRESS = r"^0x[0-9a-fA-F]{40}$"

OrderId = Annotated[str, Path(pattern=_ID, description="EIP-712 digest of the order.")]
_PROBLEM: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused", "content": {PROBLEM_JSON: {"schema": SCHEMAS["Problem"]}}}
}


def make_app(service: Service, *, requests_per_minute: int, trust_proxy: bool) -> FastAPI:
    """The application.

    Args:
        service: what it serves.
        requests_per_minute: of one client address; 0: no bound.
        trust_proxy: whether a proxy in front tells the client in `X-Forwarded-For`.
    """
    app = FastAPI(
        title="Workbond order book",
        version=__version__,
        description="Signed requests and offers of one market, matched for their tips. "
        "Nothing here is trusted: the contract checks every match.",
        docs_url=None,  # those pages would load scripts from elsewhere
        redoc_url=None,
    )
    app.router.redirect_slashes = False
    _guard(app, service, Rates(requests_per_minute), trust_proxy)
    _add_orders(app, service)
    _add_state(app, service)
    return app


def _add_orders(app: FastAPI, service: Service) -> None:
    listing = {"content": {"application/json": {"schema": SCHEMAS["Listing"]}}}
    known: dict[int | str, dict[str, Any]] = {200: {"description": "The order", **listing}}
    taken = known | {201: {"description": "It is new in the book", **listing}}
    body = {"content": {"application/json": {"schema": SCHEMAS["SignedOrder"]}}, "required": True}

    @app.post(
        "/orders",
        summary="Send a signed order",
        responses=taken | _PROBLEM,
        openapi_extra={"requestBody": body},
    )
    async def send(request: Request) -> Response:
        data = await _body(request)
        answer, new = await run_in_threadpool(_take, service, data)
        return _json(answer, 201 if new else 200)

    @app.get("/orders", summary="Open orders, the oldest first", responses=_PROBLEM)
    def orders(
        kind: Annotated[str | None, Query(pattern="^(request|offer)$")] = None,
        profile: Annotated[str | None, Query(pattern=_ID)] = None,
        author: Annotated[str | None, Query(pattern=_ADDRESS)] = None,
        after: Annotated[str, Query(pattern="^[0-9]{1,18}$", description="From `next`.")] = "0",
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE,
    ) -> Response:
        digest = None if profile is None else bytes.fromhex(profile[2:])
        return _json(service.page(kind, digest, author, int(after), limit))

    @app.get(
        "/orders/{order_id}",
        summary="An order, its state, and why it is not matched",
        responses=known | _PROBLEM,
    )
    def status(order_id: OrderId) -> Response:
        return _json(service.status(bytes.fromhex(order_id[2:])).to_json())

    @app.delete(
        "/orders/{order_id}",
        summary="Withdraw an order from this book",
        description="`Authorization: Workbond 0x<signature>`: EIP-712 `OrderWithdrawal(bytes32 "
        "order)` under the market's domain, by the order's author or its delegate. On the chain "
        "nothing changes.",
        responses=known | _PROBLEM,
    )
    def withdraw(order_id: OrderId, authorization: Annotated[str, Header()] = "") -> Response:
        try:
            withdrawal = Withdrawal.from_header(bytes.fromhex(order_id[2:]), authorization)
        except UsageError as error:
            raise Refused(Refusal.SIGNATURE, str(error)) from error
        return _json(service.withdraw(withdrawal).to_json())


def _add_state(app: FastAPI, service: Service) -> None:
    @app.get("/health", summary="What this book is, and how far it read the chain")
    def health() -> Response:
        state = service.health()
        return _json(state, 200 if state["status"] == "ok" else 503)

    @app.get("/metrics", summary="Numbers for Prometheus")
    def metrics() -> Response:
        return PlainTextResponse(service.metrics_text(), headers=HEADERS, media_type=CONTENT_TYPE)

    @app.get("/problems/{code}", summary="What a problem's code means", responses=_PROBLEM)
    def explain(code: Annotated[str, Path(max_length=40)]) -> Response:
        if code not in list(Refusal):
            raise Refused(Refusal.QUERY, f"no problem has the code {code!r:.60}")
        status, title = KINDS[Refusal(code)]
        return PlainTextResponse(f"{title} (status {status}).\n", headers=HEADERS)


def _take(service: Service, data: bytes) -> tuple[dict[str, Any], bool]:
    try:
        order = SignedOrder.from_bytes(data)
    except UsageError as error:
        raise Refused(Refusal.FORM, str(error)) from error
    listing, new = service.take(order)
    return replace(listing, order=None).to_json(), new


async def _body(request: Request) -> bytes:
    """The body, as far as an order may be long."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > ORDER_BYTES_MAX:
            raise Refused(Refusal.SIZE, f"an order has at most {ORDER_BYTES_MAX:,} bytes")
    return bytes(content)


def _json(value: Any, status: int = 200) -> Response:
    return JSONResponse(value, status, HEADERS)


def _guard(app: FastAPI, service: Service, rates: Rates, trust_proxy: bool) -> None:
    """Rates before anything is done, and problem documents for all that fails."""

    @app.middleware("http")
    async def admit(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        if not rates.admit(_client(request, trust_proxy)):
            refused = Refused(Refusal.RATE, "too many requests: wait a little", rates.retry_s)
            response = problem(refused)
        else:
            response = await call_next(request)
        service.metrics.add("http_requests_total", status=str(response.status_code))
        return response

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        if request.method == "POST":
            service.metrics.add("orders_refused_total", code=error.refusal.value)
        return problem(error)

    @app.exception_handler(RequestValidationError)
    async def misshapen(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        return problem(Refused(Refusal.QUERY, f"{where}: {first['msg']}"))

    @app.exception_handler(HTTPException)
    async def elsewhere(_: Request, error: HTTPException) -> Response:
        page = document(Refusal.QUERY, "there is nothing here: see /openapi.json")
        page |= {"status": error.status_code, "title": str(error.detail)[:80]}
        headers = HEADERS | dict(error.headers or {})
        return JSONResponse(page, error.status_code, headers, media_type=PROBLEM_JSON)

    @app.exception_handler(Exception)
    async def failed(_: Request, error: Exception) -> Response:
        service.failed(error)
        return problem(Refused(Refusal.INTERNAL, "the book failed: try again later"))


def _client(request: Request, trust_proxy: bool) -> str:
    """Who is asking, for rates."""
    # proxies add to the header, or add a header: in either case the last word is theirs
    if trust_proxy and (told := request.headers.getlist("x-forwarded-for")):
        return network_of(told[-1].rpartition(",")[2].strip())
    return network_of(request.client.host if request.client else "")
