"""Clef, geth's signer: its external API (version 6), where a person may approve each request."""

from __future__ import annotations

from functools import cache
from typing import Any

from workbond.accounts import payload
from workbond.accounts.signer_rpc import Nonsense, Refused, SignerRpc
from workbond.chain.abi import Abi
from workbond.chain.artifacts import artifact

NAME = "Clef"
WAIT_S = 300.0  # for a person to read what is to be signed, and to approve


class Clef:
    """Its requests."""

    def __init__(self, rpc: SignerRpc) -> None:
        self.rpc = rpc
        minutes = rpc.wait_s / 60
        self._waiting = f"waiting for approval in {rpc.label} (at most {minutes:g} min)"

    @staticmethod
    def answers(rpc: SignerRpc) -> bool:
        """Whether it is one: it tells the version of its API, without asking anybody."""
        try:
            return isinstance(rpc.call("account_version", []), str)
        except (Refused, Nonsense):
            return False

    def accounts(self) -> list[str]:
        return self.rpc.addresses("account_list", self._waiting)

    def sign_transaction(self, sender: str, asked: dict[str, Any]) -> bytes:
        method = "account_signTransaction"
        written = payload.transaction(sender, asked) | {"chainId": hex(asked["chainId"])}
        params: list[Any] = [written]
        called = _signature(bytes(asked.get("data", b""))) if asked.get("to") else None
        if called is not None:
            params.append(called)
        result = self.rpc.call(method, params, self._waiting)
        return self.rpc.data(method, result.get("raw") if isinstance(result, dict) else None)

    def sign_typed_data(self, sender: str, document: dict[str, Any]) -> bytes:
        method = "account_signTypedData"
        result = self.rpc.call(method, [sender, document], self._waiting)
        return self.rpc.data(method, result)

    def sign_message(self, sender: str, message: bytes) -> bytes:
        method = "account_signData"
        params = ["text/plain", sender, "0x" + message.hex()]
        return self.rpc.data(method, self.rpc.call(method, params, self._waiting))


def _signature(data: bytes) -> str | None:
    """The signature of the contract function that is called, if it is one of ours.

    Clef shows the arguments by it. Without, it warns of calldata that its own list of functions
    lacks, and refuses what it warns of unless it was started with --advanced.
    """
    return _signatures().get(data[:4])


@cache
def _signatures() -> dict[bytes, str]:
    abis = [Abi(artifact(name).abi) for name in ("Market", "WorkToken")]
    return {shape.selector: shape.signature for abi in abis for shape in abi.functions.values()}
