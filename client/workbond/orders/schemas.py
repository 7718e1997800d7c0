"""JSON Schemas of what books take and give, for their OpenAPI document."""

from __future__ import annotations

from typing import Any

from workbond.chain.types import OFFER_TYPE, REQUEST_TYPE
from workbond.orders import typed
from workbond.orders.details import OfferDetails, RequestDetails

_HEX = {"type": "string", "pattern": "^0x[0-9a-f]*$"}
_FORMS: dict[str, dict[str, Any]] = {
    "address": {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"},
    "bytes32": {"type": "string", "pattern": "^0x[0-9a-f]{64}$"},
}


def _order(type_string: str) -> dict[str, Any]:
    parts = typed.members(type_string)
    whole = {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for _, name in parts],
        "properties": {
            name: _FORMS.get(kind, whole | {"description": kind}) for kind, name in parts
        },
    }


def _envelope(kind: str, type_string: str, details: dict[str, Any]) -> dict[str, Any]:
    properties = {
        "kind": {"const": kind},
        "chain": {"type": "integer"},
        "market": _FORMS["address"],
        "order": _order(type_string),
        "signature": _HEX,
        "details": details,
        "detailsSignature": _HEX,
    }
    return {
        "title": f"Signed{kind.capitalize()}",
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """A model's schema without references into itself."""
    definitions = schema.pop("$defs", {})

    def inline(value: Any) -> Any:
        if isinstance(value, list):
            return [inline(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return inline(definitions[value["$ref"].rpartition("/")[2]])
        return {key: inline(item) for key, item in value.items()}

    inlined: dict[str, Any] = inline(schema)
    return inlined


SIGNED_ORDER: dict[str, Any] = {
    "oneOf": [
        _envelope("request", REQUEST_TYPE, _inlined(RequestDetails.model_json_schema())),
        _envelope("offer", OFFER_TYPE, _inlined(OfferDetails.model_json_schema())),
    ]
}
REASON = {
    "type": "object",
    "properties": {
        "code": {"type": "string"},
        "text": {"type": "string"},
        "count": {"type": "integer", "description": "Orders of the other side that fail at it."},
    },
}
LISTING: dict[str, Any] = {
    "title": "Listing",
    "type": "object",
    "properties": {
        "id": _FORMS["bytes32"],
        "kind": {"enum": ["request", "offer"]},
        "author": _FORMS["address"],
        "state": {"enum": ["open", "dormant", "used", "ended"]},
        "since": {"type": "integer", "description": "Unix seconds since when it waits."},
        "code": {"type": "string", "description": "Why it is not open."},
        "uses": {"type": "integer", "description": "Jobs made of an offer."},
        "reasons": {"type": "array", "items": REASON},
        "order": SIGNED_ORDER,
    },
}
PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
}
SCHEMAS = {"SignedOrder": SIGNED_ORDER, "Listing": LISTING, "Problem": PROBLEM}
