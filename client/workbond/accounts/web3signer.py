"""Web3Signer in its eth1 mode: JSON-RPC with the eth_ names, and a chain id of its own settings."""

from __future__ import annotations

import json
from typing import Any

from workbond.accounts import payload
from workbond.accounts.signer_rpc import SignerRpc

NAME = "Web3Signer"
WAIT_S = 60.0  # its keys may be in a hardware module or a cloud


class Web3Signer:
    """Its requests. Addresses are written in lower case, as it lists them."""

    def __init__(self, rpc: SignerRpc) -> None:
        self.rpc = rpc
        self._waiting = f"waiting for {rpc.label} to sign"

    @staticmethod
    def answers(rpc: SignerRpc) -> bool:
        """Whether it is one: its health check says OK."""
        status, body = rpc.exchange("GET", "/upcheck")
        return status == 200 and body.strip().strip(b'"') == b"OK"

    def accounts(self) -> list[str]:
        return self.rpc.addresses("eth_accounts")

    def sign_transaction(self, sender: str, asked: dict[str, Any]) -> bytes:
        method = "eth_signTransaction"
        written = payload.transaction(sender.lower(), asked)
        return self.rpc.data(method, self.rpc.call(method, [written], self._waiting))

    def sign_typed_data(self, sender: str, document: dict[str, Any]) -> bytes:
        method = "eth_signTypedData"  # takes the document as a string
        params = [sender.lower(), json.dumps(document)]
        return self.rpc.data(method, self.rpc.call(method, params, self._waiting))

    def sign_message(self, sender: str, message: bytes) -> bytes:
        method = "eth_sign"  # adds the prefix of EIP-191
        params = [sender.lower(), "0x" + message.hex()]
        return self.rpc.data(method, self.rpc.call(method, params, self._waiting))
