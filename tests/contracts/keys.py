"""Keys of the chain's accounts, which are anvil's well-known ones, and what they sign."""

from functools import cache

from eth_account import Account
from eth_keys import keys

MNEMONIC = "test test test test test test test test test test test junk"
CURVE_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
ACCOUNTS = 10


@cache
def _keys():
    Account.enable_unaudited_hdwallet_features()
    paths = (f"m/44'/60'/0'/0/{i}" for i in range(ACCOUNTS))
    signers = [Account.from_mnemonic(MNEMONIC, account_path=path) for path in paths]
    return {signer.address: keys.PrivateKey(bytes(signer.key)) for signer in signers}


def sign(who, digest):
    """65 bytes r, s, v of an account of the chain over `digest`."""
    signature = _keys()[str(who)].sign_msg_hash(digest)
    return spell(signature.r, signature.s, signature.v + 27)


def spell(r, s, v):
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])


def parts(signature):
    """r, s and v of 65 bytes."""
    return (
        int.from_bytes(signature[:32], "big"),
        int.from_bytes(signature[32:64], "big"),
        signature[64],
    )
