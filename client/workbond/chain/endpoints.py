"""Several RPC endpoints of one chain, asked in turn: when one fails, the next one answers.

An endpoint that failed rests for a minute, then it is asked first again. Before an endpoint answers
anything, it must show the chain id and genesis of the first one: a mistyped second URL must not mix
two chains, whose markets may even have the same address. And before it takes over from another
one, it must have come as far: who learned of block 100 from one node must not ask a second one,
which is at block 95, for the logs up to 100, since it would give those up to 95 without a word.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Sequence
from typing import Any

from workbond.chain.rpc import REPEATABLE, HttpRpc, RpcAnswerTooLarge, RpcRefusal, clip
from workbond.errors import ChainError, UsageError
from workbond.http import is_loopback_url

ENDPOINTS_MAX = 8
REST_S = 60.0
# How long a block that was seen is expected of the others: then the one that told of it may have
# lied, or its block may be gone.
EXPECTED_S = 60.0
LAG_PAUSES_S = (0.5, 1.5)  # for a block that is on its way to an endpoint that takes over


class OtherChain(ChainError):
    """An endpoint belongs to another chain than the first one."""


class Endpoints:
    """Answers like one `HttpRpc`; usable from several threads.

    Args:
        urls: of JSON-RPC nodes of the same chain, the preferred one first.
        timeout_s: bound on one answer of one endpoint.
    """

    def __init__(self, urls: Sequence[str], timeout_s: float) -> None:
        distinct = list(dict.fromkeys(urls))
        if not 1 <= len(distinct) <= ENDPOINTS_MAX:
            raise UsageError(f"{len(distinct)} RPC endpoints: give 1 to {ENDPOINTS_MAX} with --rpc")
        self._all = [HttpRpc(url, timeout_s) for url in distinct]
        self._rests_until = [0.0] * len(distinct)
        self._checked = [False] * len(distinct)
        self._chain: tuple[str, ...] = ()  # chain id and genesis, as the first to answer said
        self._witness = ""
        self._latest = self._all[0]
        self._seen = 0  # number of the latest block that an answer was about
        self._seen_at = 0.0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Of the endpoint that answered last; may hold a secret."""
        return self._latest.url

    @property
    def label(self) -> str:
        """Scheme, host and port of the endpoint that answered last."""
        return self._latest.label

    @property
    def all_loopback(self) -> bool:
        """Whether all of them are on this machine."""
        return all(is_loopback_url(endpoint.url) for endpoint in self._all)

    def post(self, method: str, body: bytes) -> dict[str, Any]:
        """As `HttpRpc.post`, by the first endpoint that can; an error is the last one's.

        What may not be sent twice (anvil's own methods) goes to the first endpoint alone.
        """
        if len(self._all) == 1 or not method.startswith(REPEATABLE):
            return self._all[0].post(method, body)
        problem: ChainError | None = None
        for index in self._order():
            endpoint = self._all[index]
            try:
                self._require_chain(index)
                self._require_abreast(endpoint)
                answer = endpoint.post(method, body)
            except RpcRefusal as refusal:
                if not refusal.is_unwilling(method):  # an answer: another node would say the same
                    self._answered(index)
                    raise
                self._rest(index)
                said = f"the RPC at {endpoint.label} refused {method} ({refusal.message})"
                problem = problem if isinstance(problem, OtherChain) else ChainError(said)
                continue
            except RpcAnswerTooLarge:
                raise
            except ChainError as error:
                self._rest(index)
                problem = problem if isinstance(problem, OtherChain) else error
                continue
            self._answered(index)
            self._note_block(method, body, answer["result"])
            return answer
        assert problem is not None
        tried = ", ".join(endpoint.label for endpoint in self._all)
        raise ChainError(f"{problem} (tried in turn: {tried})") from problem

    def nonsense(self, method: str, what: str) -> ChainError:
        return self._latest.nonsense(method, what)

    def _order(self) -> list[int]:
        """Those that rest come last, as a last resort."""
        now = time.monotonic()
        return sorted(range(len(self._all)), key=lambda i: (self._rests_until[i] > now, i))

    def _rest(self, index: int) -> None:
        with self._lock:
            self._rests_until[index] = time.monotonic() + REST_S

    def _answered(self, index: int) -> None:
        with self._lock:
            self._rests_until[index] = 0.0
            self._latest = self._all[index]

    def _require_chain(self, index: int) -> None:
        if self._checked[index]:
            return
        endpoint = self._all[index]
        try:
            chain = tuple(_ask(endpoint, method, params) for method, params in _IDENTITY)
        except RpcRefusal as refusal:
            raise ChainError(
                f"the RPC at {endpoint.label} does not tell its chain ({refusal.message})"
            ) from refusal
        with self._lock:
            if not self._chain:
                self._chain, self._witness = chain, endpoint.label
            if chain != self._chain:
                raise OtherChain(
                    f"the RPC at {endpoint.label} is another chain than {self._witness} "
                    f"(chain id and genesis {chain[0]}, {chain[1][:12]}, not {self._chain[0]}, "
                    f"{self._chain[1][:12]}): correct --rpc"
                )
            self._checked[index] = True

    def _require_abreast(self, endpoint: HttpRpc) -> None:
        """Raises `ChainError` if an endpoint that takes over has not seen what was seen already."""
        for pause_s in (*LAG_PAUSES_S, None):
            with self._lock:
                expected = time.monotonic() - self._seen_at < EXPECTED_S
                if endpoint is self._latest or not self._seen or not expected:
                    return
            number = _number(_result(endpoint, "eth_blockNumber", []))
            if number is None:
                raise endpoint.nonsense("eth_blockNumber", "no number")
            if number >= self._seen:
                return
            if pause_s is not None:
                time.sleep(pause_s)
        raise ChainError(
            f"the RPC at {endpoint.label} lags behind: it is at block {number}, and {self._seen} "
            "was seen already; wait a little, or give another one with --rpc"
        )

    def _note_block(self, method: str, body: bytes, result: Any) -> None:
        if not isinstance(result, dict):
            return
        if method == "eth_getBlockByNumber" and b'"latest"' in body:
            number = _number(result.get("number"))
        elif method == "eth_getTransactionReceipt":
            number = _number(result.get("blockNumber"))
        else:
            return
        with self._lock:
            old = time.monotonic() - self._seen_at >= EXPECTED_S
            if number is not None and (number >= self._seen or old):
                self._seen, self._seen_at = number, time.monotonic()


_IDENTITY: tuple[tuple[str, list[Any]], ...] = (
    ("eth_chainId", []),
    ("eth_getBlockByNumber", ["0x0", False]),
)


def _ask(endpoint: HttpRpc, method: str, params: list[Any]) -> str:
    """The chain's id, or the hash of its first block, as the node writes it."""
    result = _result(endpoint, method, params)
    if isinstance(result, dict):
        result = result.get("hash")
    if not isinstance(result, str):
        raise endpoint.nonsense(method, "no hash")
    return clip(result.lower())


def _result(endpoint: HttpRpc, method: str, params: list[Any]) -> Any:
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return endpoint.post(method, json.dumps(request).encode())["result"]


def _number(value: Any) -> int | None:
    """A quantity of JSON-RPC (0x and up to 64 bits); None if it is none."""
    if isinstance(value, str) and len(value) <= 18 and value.startswith("0x"):
        with contextlib.suppress(ValueError):
            return int(value, 16)
    return None
