"""What the rest of the client knows of an account that is open: who it is, and that it signs."""

from __future__ import annotations

from typing import Any, Protocol


class Signer(Protocol):
    """A key of this machine or of a remote signer; `AuthError` when it does not sign."""

    @property
    def address(self) -> str:
        """With checksum."""

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The signed transaction, ready to send; its keccak256 is the transaction's hash.

        Fields as in JSON-RPC, numbers as `int` and `data` as bytes: chainId, nonce, to (absent for
        a creation), value, data, gas, and maxFeePerGas with maxPriorityFeePerGas, or gasPrice.
        """

    def sign_typed_data(
        self, domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any]
    ) -> bytes:
        """EIP-712 signature (65 bytes) of `message`, whose type is the one no other refers to."""

    def sign_message(self, message: bytes) -> bytes:
        """EIP-191 signature (65 bytes) of a plain message."""
