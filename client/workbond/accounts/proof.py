"""What a remote signer hands back is believed only as far as it proves itself.

It may be another program than thought, set up for another chain, have a user who changed a field
(Clef lets one edit the gas), or be an attacker's.
"""

from __future__ import annotations

from typing import Any

import rlp

from workbond.accounts.keys import SECP256K1_ORDER, recover_transaction
from workbond.errors import AuthError

EIP1559 = 2
# Fields in the order of their RLP lists, as JSON-RPC names them.
EIP1559_FIELDS = (
    "chainId",
    "nonce",
    "maxPriorityFeePerGas",
    "maxFeePerGas",
    "gas",
    "to",
    "value",
    "data",
    "accessList",
)
LEGACY_FIELDS = ("nonce", "gasPrice", "gas", "to", "value", "data")
SHOWN_BYTES = 24


def check_transaction(asked: dict[str, Any], raw: bytes, address: str, label: str) -> None:
    """Raises `AuthError` unless `raw` is `asked`, field by field, signed by `address`.

    The message names the first field that differs; `label` is the signer's.
    """
    wanted = _wanted(asked)
    for name, value in _signed(raw, label).items():
        if value != wanted.get(name):
            raise AuthError(
                f"{label} changed the transaction: {name} is {_shown(value)}, asked was "
                f"{_shown(wanted.get(name))}; it was not sent: sign it unchanged, or set the "
                "signer up for this chain"
            )
    check_signed_by(recover_transaction(raw), address, label)


def offered_fees(raw: bytes) -> dict[str, int]:
    """The fee fields of a signed transaction of ours, in wei per gas."""
    fields = _signed(raw, "this account")
    return {name: value for name, value in fields.items() if name.endswith(("PerGas", "gasPrice"))}


def check_signed_by(found: str, address: str, label: str) -> None:
    """Raises `AuthError` unless a signature turned out to be the account's."""
    if found != address:
        raise AuthError(
            f"{label} signed something else, or with another key ({found} comes out, not "
            f"{address}); that is not used: check the signer and its version"
        )


def _wanted(asked: dict[str, Any]) -> dict[str, Any]:
    """The fields to find, in the form of `_signed`."""
    to = str(asked.get("to") or "")
    fields = {**asked, "to": bytes.fromhex(to.removeprefix("0x")), "accessList": []}
    fields |= {"data": bytes(asked.get("data", b"")), "value": asked.get("value", 0)}
    typed = "maxFeePerGas" in asked
    names = EIP1559_FIELDS if typed else ("chainId", *LEGACY_FIELDS)
    return {"type": EIP1559 if typed else 0} | {name: fields[name] for name in names}


def _signed(raw: bytes, label: str) -> dict[str, Any]:
    """A raw transaction's fields: numbers, bytes for `to` and `data`, a list; `AuthError` if none.

    The signature is looked at for its form only.
    """
    names: tuple[str, ...]
    try:
        if raw[0] == EIP1559:
            *values, v, r, s = rlp.decode(raw[1:])
            names, fields = EIP1559_FIELDS, {"type": EIP1559}
            sound = v in (b"", b"\x01")
        else:
            *values, v, r, s = rlp.decode(raw)
            chain_id = (int.from_bytes(v) - 35) // 2  # EIP-155
            names, fields = LEGACY_FIELDS, {"type": 0, "chainId": chain_id}
            sound = chain_id > 0
        # EIP-2: nodes take the lower s only
        if not sound or not r or not 0 < int.from_bytes(s) <= SECP256K1_ORDER // 2:
            raise ValueError
        return fields | {n: _field(n, value) for n, value in zip(names, values, strict=True)}
    except Exception as error:  # a stranger's bytes: whatever they lead to
        raise AuthError(
            f"{label} handed back no signed transaction of type 0 or 2 that a node would take: "
            "check the signer and its version"
        ) from error


def _field(name: str, value: Any) -> Any:
    if name == "accessList":
        return list(value)
    if name in ("to", "data"):
        return bytes(value)
    if value[:1] == b"\0":
        raise ValueError
    return int.from_bytes(value)


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        text = "0x" + value[:SHOWN_BYTES].hex()
        return text if len(value) <= SHOWN_BYTES else f"{text}… ({len(value)} bytes)"
    return "absent" if value is None else str(value)[:80]
