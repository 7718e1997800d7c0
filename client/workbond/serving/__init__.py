"""Serving strangers over HTTP: uvicorn, with the bounds that it lacks."""

from __future__ import annotations
