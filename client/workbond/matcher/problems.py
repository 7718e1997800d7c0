"""Refusals as problem documents (RFC 9457), each kind with a page of one sentence."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from workbond.matcher.codes import Refusal, Refused

PROBLEM_JSON = "application/problem+json"
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
RETRY_S = 5

# Kind: (HTTP status, title).
KINDS = {
    Refusal.FORM: (400, "The order's form is wrong"),
    Refusal.CHAIN: (422, "The order is for another chain"),
    Refusal.MARKET: (422, "The order is for another market"),
    Refusal.MATCHER: (422, "The order names another matcher"),
    Refusal.SIGNATURE: (403, "The signature is not the author's"),
    Refusal.DETAILS_SIGNATURE: (403, "The details are not signed by the author or its delegate"),
    Refusal.STALE_DETAILS: (409, "The book has details that are not older"),
    Refusal.BOUNDS: (422, "The market would refuse the order whatever it is matched with"),
    Refusal.EXPIRED: (410, "The order's time is over"),
    Refusal.COUNTER: (410, "The order's author revoked it with all that was signed before"),
    Refusal.CANCELLED: (410, "The order's author cancelled it on the chain"),
    Refusal.USED: (409, "The order was used"),
    Refusal.WITHDRAWN: (409, "The order's author withdrew it from this book"),
    Refusal.TIP: (422, "The request's tip is below this book's least"),
    Refusal.FULL: (503, "The book is full"),
    Refusal.LATER: (503, "The book can't take it now"),
    Refusal.UNKNOWN: (404, "The order is not in this book"),
    Refusal.RATE: (429, "Too many requests"),
    Refusal.SIZE: (413, "The order is too large"),
    Refusal.QUERY: (400, "The query is wrong"),
    Refusal.INTERNAL: (500, "The book failed"),
}


def problem(refused: Refused) -> Response:
    """The answer to a refused request."""
    status = KINDS[refused.refusal][0]
    headers = dict(HEADERS)
    if status in (429, 503):
        headers["Retry-After"] = str(refused.retry_s or RETRY_S)
    return JSONResponse(
        document(refused.refusal, str(refused)), status, headers, media_type=PROBLEM_JSON
    )


def document(refusal: Refusal, detail: str) -> dict[str, Any]:
    """The problem document; `code` is for programs, as is the end of `type`."""
    status, title = KINDS[refusal]
    line = "".join(c if c.isprintable() else " " for c in detail)[:600]
    return {
        "type": f"/problems/{refusal.value}",
        "title": title,
        "status": status,
        "detail": line,
        "code": refusal.value,
    }
