"""Which database a book is kept in."""

from __future__ import annotations

from pathlib import Path

from workbond.errors import UsageError


def database_url(text: str, default: Path) -> str:
    """SQLAlchemy's URL for what the user wrote: a URL, a file's path, or nothing.

    Raises:
        UsageError: a database of another kind.
    """
    if not text:
        return f"sqlite:///{default}"
    if "://" not in text:
        return f"sqlite:///{Path(text).expanduser().absolute()}"
    scheme, _, rest = text.partition("://")
    if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite":
        return text
    raise UsageError(
        f"a book can't be kept in {scheme[:40]!r}: give a file, or postgresql://user@host/name"
    )
