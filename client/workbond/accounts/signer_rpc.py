"""JSON-RPC to a remote signer: bounded sizes and times, and no second try, since a person may have
to approve each request."""

from __future__ import annotations

import json
from typing import Any

from workbond.accounts.records import Endpoint
from workbond.chain.rpc import clip
from workbond.chain.types import address as checked
from workbond.errors import AuthError, TimedOut, UsageError
from workbond.http import Client, HttpFailure
from workbond.progress import progress

MAX_ANSWER_BYTES = 4 << 20  # a transaction comes back as hexadecimal, from Clef as JSON beside it
MAX_ACCOUNTS = 10_000
ASK_S = 30.0  # for what no person is asked


class Refused(AuthError):
    """The signer, or the person at it, does not sign that."""


class Nonsense(AuthError):
    """What answers is no such signer."""


class SignerRpc:
    """One signer's endpoint.

    Args:
        name: the signer's kind, as messages name it.
        wait_s: bound on the answer to a request that a person may have to approve.
    """

    def __init__(self, name: str, at: Endpoint, wait_s: float) -> None:
        self.label = f"{name} at {at.label}"
        self._at = at
        self.wait_s = wait_s

    def call(self, method: str, params: list[Any], waiting: str | None = None) -> Any:
        """The result; while it lasts, `waiting` is shown.

        Raises:
            Refused: it does not sign.
            Nonsense: the answer is no JSON-RPC.
            AuthError: it can't be reached.
            TimedOut: no answer in time.
        """
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        timeout_s = ASK_S if waiting is None else self.wait_s
        with progress(waiting or f"asking {self.label}"):
            status, body = self.exchange("POST", "", json.dumps(request).encode(), timeout_s)
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or ("result" not in answer and "error" not in answer):
            raise Nonsense(
                f"{self.label} answered HTTP status {status} and no JSON-RPC: check that it runs "
                "there, and that it allows this host name"
            )
        if answer.get("error") is not None:
            error = answer["error"]
            reason = error.get("message") if isinstance(error, dict) else error
            raise Refused(
                f"{self.label} refused {method}: {clip(reason)}: nothing was signed; see what "
                "the signer itself says"
            )
        return answer.get("result")

    def exchange(
        self, method: str, path: str, body: bytes | None = None, timeout_s: float = ASK_S
    ) -> tuple[int, bytes]:
        """Status and body of one HTTP exchange with `path` below the signer's URL."""
        content = bytearray()
        headers = {"Content-Type": "application/json"} if body is not None else {}
        url = f"{self._at.url.rstrip('/')}{path}" if path else self._at.url
        # the environment's proxy can't reach our loopback
        with Client(
            timeout_s=timeout_s, silence_s=timeout_s, environment=not self._at.is_loopback
        ) as client:
            try:
                with client.exchange(method, url, headers=headers, body=body) as answer:
                    for piece in answer.chunks:
                        content += piece
                        if len(content) > MAX_ANSWER_BYTES:
                            raise AuthError(
                                f"{self.label} answered more than {MAX_ANSWER_BYTES} bytes: check "
                                "that a signer runs there"
                            )
                    return answer.status, bytes(content)
            except HttpFailure as failure:
                if failure.timed_out:
                    raise TimedOut(
                        f"{self.label} did not answer within {timeout_s:g} s and is waited for no "
                        "longer: approve the request there in time, and repeat the command"
                    ) from failure
                raise AuthError(
                    f"can't reach {self.label} ({failure}): start it, or check its URL"
                ) from failure

    def addresses(self, method: str, waiting: str | None = None) -> list[str]:
        """The accounts that the signer lists, with checksum."""
        found = self.call(method, [], waiting)
        try:
            if not isinstance(found, list) or len(found) > MAX_ACCOUNTS:
                raise UsageError("")
            return [checked(address) for address in found]
        except (UsageError, TypeError, AttributeError):
            raise self.nonsense(method) from None

    def data(self, method: str, result: Any) -> bytes:
        """0x and hexadecimal digits as bytes."""
        try:
            if not result.startswith("0x"):
                raise ValueError
            return bytes.fromhex(result[2:])
        except (ValueError, TypeError, AttributeError):
            raise self.nonsense(method) from None

    def nonsense(self, method: str) -> Nonsense:
        """The error for a result of the wrong shape."""
        return Nonsense(
            f"{self.label} answered nonsense to {method}: check that a signer of that kind runs "
            "there"
        )
