"""JSON-RPC over HTTP to a node that may be slow, broken or hostile: sizes and times are bounded."""

from __future__ import annotations

import json
import threading
import time
from typing import Any, cast
from urllib.parse import urlsplit

import requests
import urllib3

from workbond.errors import ChainError, UsageError

MAX_RESPONSE_BYTES = 64 * 1024 * 1024  # more logs than that are asked for in smaller ranges
MAX_MESSAGE_CHARS = 300  # of a node's own words in an error of ours
CONNECT_TIMEOUT_S = 5.0
BUSY_STATUSES = (429, 502, 503, 504)
BUSY_PAUSES_S = (0.25, 1.0)  # between tries at a node that says it is busy
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class RpcRefusal(Exception):
    """The node answered with an error; `data` is what a reverted call returned, if it says."""

    def __init__(self, code: int, message: str, data: bytes | None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    @property
    def is_revert(self) -> bool:
        """Whether a contract (and not the node) refused."""
        return self.data is not None or self.code == 3 or "revert" in self.message.lower()


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
        self._trust_env = host not in LOOPBACK  # a proxy can't reach our loopback
        self._local = threading.local()

    def post(self, method: str, body: bytes) -> dict[str, Any]:
        """Sends one encoded request and returns the answer's object, which holds a `result`.

        Raises:
            RpcRefusal: the node answered with an error.
            ChainError: no answer, or one that is not JSON-RPC.
        """
        repeatable = method.startswith(
            ("eth_", "net_", "web3_")
        )  # a sent transaction too: same hash
        for pause_s in (*BUSY_PAUSES_S, None):
            try:
                status, content = self._exchange(body)
            except requests.ConnectionError as error:
                # a kept-alive connection that the node closed meanwhile fails once
                if repeatable and pause_s is not None and "refused" not in str(error):
                    time.sleep(pause_s)
                    continue
                raise self._unreachable(_reason(error)) from error
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                raise self._unreachable(_reason(error)) from error
            if status in BUSY_STATUSES and pause_s is not None:
                time.sleep(pause_s)
                continue
            break
        return self._parse(method, status, content)

    def _exchange(self, body: bytes) -> tuple[int, bytes]:
        deadline = time.monotonic() + self._timeout_s
        with self._session().post(
            self.url,
            data=body,
            headers={"Content-Type": "application/json", "Accept-Encoding": "identity"},
            timeout=(CONNECT_TIMEOUT_S, self._timeout_s),
            allow_redirects=False,
            stream=True,
        ) as response:
            content = bytearray()
            while piece := response.raw.read1(1 << 16):
                content += piece
                if len(content) > MAX_RESPONSE_BYTES:
                    raise RpcAnswerTooLarge(
                        f"the RPC at {self.label} answered more than {MAX_RESPONSE_BYTES} bytes: "
                        "ask for less, or use another node with --rpc"
                    )
                if time.monotonic() > deadline:
                    raise requests.ReadTimeout(f"no whole answer within {self._timeout_s:g} s")
            return response.status_code, bytes(content)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            session.trust_env = self._trust_env
            self._local.session = session
        return cast(requests.Session, self._local.session)

    def _parse(self, method: str, status: int, content: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self.nonsense(method, f"HTTP status {status} and no JSON") from error
        if not isinstance(answer, dict):
            raise self.nonsense(method, "JSON that is no object")
        if answer.get("error") is not None:
            raise _refusal(answer["error"])
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


def _refusal(error: Any) -> RpcRefusal:
    if not isinstance(error, dict):
        return RpcRefusal(0, clip(error), None)
    code = error.get("code")
    data = error.get("data")
    if isinstance(data, dict):  # some nodes wrap it
        data = data.get("data", data.get("result"))
    try:
        raw = bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else None
    except ValueError:
        raw = None
    return RpcRefusal(code if isinstance(code, int) else 0, clip(error.get("message")), raw or None)


def clip(text: object) -> str:
    """A stranger's text on one bounded line, without control characters."""
    line = " ".join(str(text).split())
    line = "".join(c for c in line if c.isprintable())
    return line if len(line) <= MAX_MESSAGE_CHARS else line[: MAX_MESSAGE_CHARS - 3] + "..."


def _reason(error: Exception) -> str:
    """A short reason: what requests says carries URLs and object addresses."""
    text = str(error)
    if "refused" in text:
        return "connection refused"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "timed out"
    if isinstance(error, requests.exceptions.SSLError):
        return "TLS failed"
    if "resolve" in text or "Name or service" in text:
        return "unknown host"
    return "connection lost"
