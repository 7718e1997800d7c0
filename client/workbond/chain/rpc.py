"""JSON-RPC over HTTP to a node that may be slow, broken or hostile: sizes and times are bounded."""

from __future__ import annotations

import json
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from workbond.errors import ChainError, UsageError
from workbond.http import LOOPBACK_HOSTS, Client, HttpFailure

# More logs than that are asked for in smaller ranges. Parsed, JSON takes up to 40 times as much.
MAX_RESPONSE_BYTES = 16 * 1024 * 1024
MAX_MESSAGE_CHARS = 300  # of a node's own words in an error of ours
REPEATABLE = ("eth_", "net_", "web3_")  # sending a transaction too: it has the same hash
BUSY_STATUSES = (429, 502, 503, 504)
UNWILLING_STATUSES = (401, 402, 403, 429)
LIMIT_CODES = (-32005, 429)  # EIP-1474's, and what services write
BUSY_PAUSES_S = (0.25, 1.0)  # between tries at a node that says it is busy


class RpcRefusal(Exception):
    """The node answered with an error; `data` is what a reverted call returned, if it says.

    `status` is the answer's HTTP status.
    """

    def __init__(self, code: int, message: str, data: bytes | None, status: int = 200) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data
        self.status = status

    @property
    def is_revert(self) -> bool:
        """Whether a contract (and not the node) refused."""
        return self.data is not None or self.code == 3 or "revert" in self.message.lower()

    def is_unwilling(self, method: str) -> bool:
        """Whether this endpoint won't serve us now, though another one of its chain may: it limits
        our rate, wants a key, or broke. Services say so with a status, and often as JSON-RPC.

        EIP-1474's "limit exceeded" also means a range of logs that is too wide: then ask for less.
        """
        if self.is_revert:
            return False
        limited = self.code in LIMIT_CODES and method != "eth_getLogs"
        return limited or self.status in UNWILLING_STATUSES or self.status >= 500


class RpcAnswerTooLarge(ChainError):
    """The answer exceeds `MAX_RESPONSE_BYTES`."""


class HttpRpc:
    """A client of one JSON-RPC endpoint; usable from several threads.

    Args:
        url: `http://` or `https://`. Secrets in it (user, path, query) never appear in messages.
        timeout_s: bound on one answer, from the request to its last byte.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or parts.scheme not in ("http", "https"):
            raise UsageError("the RPC URL must look like http://127.0.0.1:8545: check --rpc")
        self.url = url
        self.label = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
        self._timeout_s = timeout_s
        self._environment = host not in LOOPBACK_HOSTS  # a proxy can't reach our loopback
        self._local = threading.local()

    def post(self, method: str, body: bytes) -> dict[str, Any]:
        """Sends one encoded request and returns the answer's object, which holds a `result`.

        Raises:
            RpcRefusal: the node answered with an error.
            ChainError: no answer, or one that is not JSON-RPC.
        """
        repeatable = method.startswith(REPEATABLE)
        for pause_s in (*BUSY_PAUSES_S, None):
            try:
                status, content = self._exchange(body)
            except HttpFailure as failure:
                if failure.lost and repeatable and pause_s is not None:
                    time.sleep(pause_s)
                    continue
                raise self._unreachable(str(failure)) from failure
            if status in BUSY_STATUSES and pause_s is not None:
                time.sleep(pause_s)
                continue
            break
        return self._parse(method, status, content)

    def _exchange(self, body: bytes) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"}
        content = bytearray()
        with self._client().exchange("POST", self.url, headers=headers, body=body) as answer:
            for piece in answer.chunks:
                content += piece
                if len(content) > MAX_RESPONSE_BYTES:
                    raise RpcAnswerTooLarge(
                        f"the RPC at {self.label} answered more than {MAX_RESPONSE_BYTES} bytes: "
                        "ask for less, or use another node with --rpc"
                    )
        return answer.status, bytes(content)

    def _client(self) -> Client:
        """This thread's own."""
        if not hasattr(self._local, "client"):
            self._local.client = Client(
                timeout_s=self._timeout_s,
                silence_s=self._timeout_s,
                environment=self._environment,
            )
        client: Client = self._local.client
        return client

    def _parse(self, method: str, status: int, content: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self.nonsense(method, f"HTTP status {status} and no JSON") from error
        if not isinstance(answer, dict):
            raise self.nonsense(method, "JSON that is no object")
        if answer.get("error") is not None:
            raise _refusal(answer["error"], status)
        if "result" not in answer:
            raise self.nonsense(method, f"HTTP status {status} without a result")
        return answer

    def nonsense(self, method: str, what: str) -> ChainError:
        """The error for an answer that no honest node gives."""
        return ChainError(
            f"the RPC at {self.label} answered nonsense to {method} ({what}): "
            "check that --rpc is an Ethereum node"
        )

    def _unreachable(self, reason: str) -> ChainError:
        return ChainError(
            f"can't reach the RPC at {self.label} ({reason}): "
            "start a local chain with `workbond chain`, or give another node with --rpc"
        )


def _refusal(error: Any, status: int) -> RpcRefusal:
    if not isinstance(error, dict):
        return RpcRefusal(0, clip(error), None, status)
    code = error.get("code")
    data = error.get("data")
    if isinstance(data, dict):  # some nodes wrap it
        data = data.get("data", data.get("result"))
    try:
        raw = bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else None
    except ValueError:
        raw = None
    number = code if isinstance(code, int) else 0
    return RpcRefusal(number, clip(error.get("message")), raw or None, status)


def clip(text: object) -> str:
    """A stranger's text on one bounded line, without control characters."""
    line = " ".join(str(text).split())
    line = "".join(c for c in line if c.isprintable())
    return line if len(line) <= MAX_MESSAGE_CHARS else line[: MAX_MESSAGE_CHARS - 3] + "..."
