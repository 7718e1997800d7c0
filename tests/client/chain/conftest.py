"""Nodes that misbehave (`nodes.py`), and what they answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def result() -> Callable[[Any], bytes]:
    """Encodes a JSON-RPC result."""
    return lambda value: json.dumps({"jsonrpc": "2.0", "id": 1, "result": value}).encode()
