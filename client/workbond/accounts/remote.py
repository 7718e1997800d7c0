"""Accounts whose key a remote signer holds: they are added once, then sign like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbond.accounts import clef, own, payload, records, web3signer
from workbond.accounts.entry import CLEF, WEB3SIGNER, Entry
from workbond.accounts.keys import recover_message, recover_typed_data, standard_signature
from workbond.accounts.proof import check_signed_by, check_transaction
from workbond.accounts.signer_rpc import SignerRpc
from workbond.chain.types import address as checked
from workbond.errors import AuthError, UsageError

SHOWN_ADDRESSES = 8

Protocol = web3signer.Web3Signer | clef.Clef


class RemoteSigner:
    """Signs by asking; nothing that comes back is passed on before it was checked.

    Args:
        wait_s: for one signature; default: as long as the signer's kind needs.
    """

    def __init__(self, entry: Entry, *, wait_s: float | None = None) -> None:
        self.address = entry.address
        assert entry.url is not None
        # whether plain http is allowed was checked when the record was read
        at = records.endpoint(entry.url, allow_http=True)
        self._protocol = _protocol(entry.source, at, wait_s)
        self._label = self._protocol.rpc.label

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """Raises `AuthError` for a refusal, and for whatever is not exactly this transaction."""
        raw = self._protocol.sign_transaction(self.address, transaction)
        check_transaction(transaction, raw, self.address, self._label)
        return raw

    def sign_typed_data(
        self, domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any]
    ) -> bytes:
        document = payload.typed_data(domain, types, message)
        signature = self._sound(self._protocol.sign_typed_data(self.address, document))
        found = recover_typed_data(domain, types, message, signature)
        check_signed_by(found, self.address, self._label)
        return signature

    def sign_message(self, message: bytes) -> bytes:
        signature = self._sound(self._protocol.sign_message(self.address, message))
        check_signed_by(recover_message(message, signature), self.address, self._label)
        return signature

    def _sound(self, signature: bytes) -> bytes:
        try:
            return standard_signature(signature)
        except AuthError:
            raise AuthError(
                f"{self._label} handed back no signature of 65 bytes as contracts take it: check "
                "the signer and its version"
            ) from None

    def __repr__(self) -> str:
        return f"RemoteSigner({self.address})"


def add_signer(
    home: Path,
    name: str,
    url: str,
    *,
    address: str | None = None,
    kind: str | None = None,
    allow_http: bool = False,
) -> Entry:
    """Puts an account of a remote signer on record as `name`, after asking the signer for it.

    Args:
        address: default: the only one that the signer has. Clef is asked for its list only then.
        kind: `web3signer` or `clef`; default: found out.

    Raises:
        UsageError: the name is taken or none, the URL unfit, or the address must be chosen.
        AuthError: no such signer, or it lacks the address.
    """
    own.require_new(home, name)
    at = records.endpoint(url, allow_http=allow_http)
    wanted = checked(address) if address else None
    kind = kind or _kind_of(at)
    found = _account(_protocol(kind, at), wanted)
    path = own.signer_path_of(home, name)
    own.store_new(path, name, records.content(at, found, kind, allow_http=allow_http))
    return Entry(name, found, path, kind, at.url)


def _protocol(kind: str, at: records.Endpoint, wait_s: float | None = None) -> Protocol:
    if kind == CLEF:
        return clef.Clef(SignerRpc(clef.NAME, at, wait_s or clef.WAIT_S))
    return web3signer.Web3Signer(SignerRpc(web3signer.NAME, at, wait_s or web3signer.WAIT_S))


def _kind_of(at: records.Endpoint) -> str:
    rpc = SignerRpc("the signer", at, clef.WAIT_S)
    if web3signer.Web3Signer.answers(rpc):
        return WEB3SIGNER
    if clef.Clef.answers(rpc):
        return CLEF
    raise AuthError(
        f"what answers at {at.label} is neither Web3Signer nor Clef: check --signer, or say which "
        "with --kind"
    )


def _account(protocol: Protocol, wanted: str | None) -> str:
    if wanted is not None and isinstance(protocol, clef.Clef):
        if not clef.Clef.answers(protocol.rpc):
            raise protocol.rpc.nonsense("account_version")
        return wanted
    found = list(dict.fromkeys(protocol.accounts()))
    label = protocol.rpc.label
    listed = ", ".join(found[:SHOWN_ADDRESSES]) + (", ..." if len(found) > SHOWN_ADDRESSES else "")
    if not found:
        raise AuthError(f"{label} has no account: make one there first")
    if wanted is None:
        if len(found) > 1:
            raise UsageError(f"{label} has several accounts ({listed}): choose with --address")
        return found[0]
    if wanted not in found:
        raise AuthError(f"{label} has no account {wanted}; it has: {listed}")
    return wanted
