"""What pydantic found wrong, as one line: the field, the value, and a close match for a typo."""

from __future__ import annotations

import difflib
import typing
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError


class Strict(BaseModel):
    """A document that a stranger may have written: exact types, no other fields, unchangeable."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True
    )


def first_problem(error: ValidationError, model: type[BaseModel]) -> str:
    """One problem of `error`, in one line, for a document that `model` describes.

    Only one: a document by a stranger may hold a million of them. Unknown fields go first, as a
    misspelt one is the reason why another is missing.
    """
    problems = error.errors(include_url=False, include_context=False)
    unknown = (problem for problem in problems if problem["type"] == "extra_forbidden")
    found = next(unknown, problems[0])
    where = _path(found["loc"])
    if found["type"] == "extra_forbidden":
        hint = _close_match(model, found["loc"])
        return f"unknown field {where}" + (f" (did you mean {hint}?)" if hint else "")
    if found["type"] == "missing":
        return f"the field {where} is missing"
    message = _clip(" ".join(found["msg"].split()), 240)
    if found["type"] == "value_error":  # the text of our own validators names the value
        message = message.removeprefix("Value error, ")
        return f"{where}: {message}" if where else message
    message = message[:1].lower() + message[1:]
    return f"{where or 'the document'}: {message}, not {_clip(repr(found['input']), 60)}"


def _path(loc: tuple[int | str, ...]) -> str:
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{_printable(part)}"
    return _clip(path.removeprefix("."), 120)


def _printable(key: str) -> str:
    return key if key.isprintable() else repr(key)


def _close_match(model: type[BaseModel], loc: tuple[int | str, ...]) -> str | None:
    inner: type[BaseModel] | None = model
    for part in loc[:-1]:
        if isinstance(part, str):  # the elements of a list are described where the list is
            inner = _model_at(inner, part) if inner is not None else None
    if inner is None:
        return None
    names = [field.alias or name for name, field in inner.model_fields.items()]
    matches = difflib.get_close_matches(str(loc[-1])[:60], names, n=1, cutoff=0.6)
    return matches[0] if matches else None


def _model_at(model: type[BaseModel], part: str) -> type[BaseModel] | None:
    for name, field in model.model_fields.items():
        if part in (name, field.alias):
            return _first_model(field.annotation)
    return None


def _first_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in typing.get_args(annotation):
        found = _first_model(argument)
        if found is not None:
            return found
    return None


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."
