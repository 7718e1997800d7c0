"""Keys and signatures; the one module that imports eth_account.

Keys live in `LocalSigner` objects only: never in arguments, messages, logs or `repr`.
"""

from __future__ import annotations

from typing import Any

from eth_account import Account as _EthAccount
from eth_account.messages import SignableMessage, encode_defunct, encode_typed_data
from eth_account.signers.local import LocalAccount

from workbond.errors import AuthError, UsageError
from workbond.recursion import restore_limit

restore_limit()

SCRYPT_N = 2**18  # geth's standard: about a second and 256 MiB
LIGHT_SCRYPT_N = 2**12  # geth's --lightkdf: milliseconds, for accounts that hold nothing of value
KEY_BYTES = 32

DEV_MNEMONIC = "test test test test test test test test test test test junk"  # anvil's, public
DEV_ACCOUNTS = 10

SECP256K1_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
SIGNATURE_BYTES = 65


class LocalSigner:
    """A key of this machine: it signs, and shows nothing but its address."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        return bytes(self._account.sign_transaction(transaction).raw_transaction)

    def sign_typed_data(
        self, domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any]
    ) -> bytes:
        return bytes(self._account.sign_typed_data(domain, types, message).signature)

    def sign_message(self, message: bytes) -> bytes:
        return bytes(self._account.sign_message(encode_defunct(primitive=message)).signature)

    def encrypted(self, password: str, *, light_kdf: bool = False) -> dict[str, Any]:
        """The key as a keystore V3, under `password` by scrypt."""
        rounds = LIGHT_SCRYPT_N if light_kdf else SCRYPT_N
        return dict(
            _EthAccount.encrypt(self._account.key, password, kdf="scrypt", iterations=rounds)
        )

    def __repr__(self) -> str:
        return f"Signer({self.address})"

    def __reduce__(self) -> str:
        raise TypeError("a signer is not copied or stored: it holds a key")


class WrongPassword(AuthError):
    """The password is not the account's."""


def new_signer() -> LocalSigner:
    """A new random key."""
    return LocalSigner(_EthAccount.create())


def signer_of(key: str) -> LocalSigner:
    """The signer of `key`, 64 hexadecimal digits with 0x before them or not; else `AuthError`."""
    try:
        raw = bytes.fromhex(key.strip().removeprefix("0x"))
        account = _account(raw) if len(raw) == KEY_BYTES else None
    except Exception:  # whatever it says may quote the key
        account = None
    if account is None:
        raise AuthError("that is no private key: give 64 hexadecimal digits, not all zero")
    return LocalSigner(account)


def dev_signer(index: int) -> LocalSigner:
    """Anvil's dev account `index` (0 to 9), whose key everybody knows."""
    if not 0 <= index < DEV_ACCOUNTS:
        raise UsageError(f"there is no dev account {index}: choose 0 to {DEV_ACCOUNTS - 1}")
    _EthAccount.enable_unaudited_hdwallet_features()
    account = _EthAccount.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")
    assert isinstance(account, LocalAccount)
    return LocalSigner(account)


def decrypted(keystore: dict[str, Any], password: str) -> LocalSigner | None:
    """The signer of a keystore V3 whose cost was checked; None if the file is damaged.

    Raises:
        WrongPassword: without naming the account, which is not known here.
    """
    try:
        key = bytes(_EthAccount.decrypt(keystore, password))
        # Some writers drop leading zeros (geth's published vectors have such files).
        account = _account(key.rjust(KEY_BYTES, b"\0")) if key else None
    except Exception as error:  # eth_account 0.13 and 0.14 raise different types, and KeyErrors
        if "mac mismatch" in str(error).lower():
            raise WrongPassword("wrong password") from None
        return None
    return None if account is None else LocalSigner(account)


# ───────────────────────────── who signed that ─────────────────────────────────


def recover_typed_data(
    domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any], signature: bytes
) -> str:
    """The address (with checksum) that signed an EIP-712 message, of the type no other refers to.

    Raises:
        AuthError: `signature` is none of 65 bytes that a contract would take, or the message does
            not fit its types.
    """
    try:
        encoded = encode_typed_data(domain, types, message)
    except Exception as error:  # the library raises whatever a wrong value leads to
        raise AuthError(
            f"the message does not fit its EIP-712 types ({type(error).__name__}): check both"
        ) from error
    return _recover(encoded, signature)


def recover_message(message: bytes, signature: bytes) -> str:
    """The address (with checksum) that signed a plain message (EIP-191); else `AuthError`."""
    return _recover(encode_defunct(primitive=message), signature)


def recover_transaction(raw: bytes) -> str:
    """The address (with checksum) that signed a raw transaction; else `AuthError`."""
    try:
        return str(_EthAccount.recover_transaction(raw))
    except Exception as error:  # a stranger's bytes: whatever they lead to
        raise AuthError(
            f"that is no signed transaction ({type(error).__name__}): sign it again"
        ) from error


def standard_signature(signature: bytes) -> bytes:
    """`signature` with 27 or 28 at its end, as contracts want it; `AuthError` if it is none.

    As in OpenZeppelin's ECDSA, s is in the lower half of the order (EIP-2): each message has one
    signature by a key that is taken, not two.
    """
    if len(signature) == SIGNATURE_BYTES:
        r, s = (int.from_bytes(signature[i : i + 32]) for i in (0, 32))
        v = signature[64] + 27 if signature[64] < 2 else signature[64]
        if 0 < r < SECP256K1_ORDER and 0 < s <= SECP256K1_ORDER // 2 and v in (27, 28):
            return signature[:64] + bytes([v])
    raise AuthError("that is no signature of 65 bytes as contracts take it: sign again")


def _recover(message: SignableMessage, signature: bytes) -> str:
    sound = standard_signature(signature)
    try:
        return str(_EthAccount.recover_message(message, signature=sound))
    except Exception as error:  # r may be the x of no point
        raise AuthError("that signature is nobody's: sign again") from error


def _account(key: bytes) -> LocalAccount | None:
    # The order of secp256k1 bounds keys; not every backend of eth-keys refuses what is outside.
    if len(key) != KEY_BYTES or not 0 < int.from_bytes(key) < SECP256K1_ORDER:
        return None
    account: LocalAccount = _EthAccount.from_key(key)
    return account
