"""Keys of people who don't exist, and their ECDSA signatures (secp256k1).

These keys guard nothing, so all signatures share one nonce: a point of the curve is multiplied once
for each key, and from then on signing is a few operations on numbers, and so is recovering.
"""

from functools import cache, lru_cache

from eth_keys.datatypes import PrivateKey, Signature
from eth_keys.exceptions import BadSignature, ValidationError

from .hashing import keccak

ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
HALF = ORDER // 2  # s above it is a second spelling of the same signature, which is refused
NONCE = int.from_bytes(keccak(b"one nonce for all"), "big") % ORDER
NONCE_POINT = PrivateKey(NONCE.to_bytes(32, "big")).public_key.to_bytes()
R = int.from_bytes(NONCE_POINT[:32], "big") % ORDER
ONE_BY_NONCE, ONE_BY_R = pow(NONCE, -1, ORDER), pow(R, -1, ORDER)
ODD = NONCE_POINT[-1] & 1
NAMES: dict[str, str] = {}  # of addresses, for humans


@cache
def secret_of(name: str) -> int:
    return int.from_bytes(keccak(name.encode()), "big") % ORDER


@lru_cache(maxsize=4096)
def address_of_secret(secret: int) -> str:
    return "0x" + PrivateKey(secret.to_bytes(32, "big")).public_key.to_canonical_address().hex()


@cache
def key_of(name: str) -> str:
    """The address of that person's key."""
    address = address_of_secret(secret_of(name))
    NAMES[address] = name
    return address


@cache
def address_of(name: str) -> str:
    """An address that spells its owner's name in ASCII, for whom needs no key."""
    address = "0x" + name.encode().hex().rjust(40, "0")
    NAMES[address] = name
    return address


def sign(name: str, digest: bytes) -> bytes:
    """The signature of that person's key over a digest: r ‖ s ‖ v."""
    number = int.from_bytes(digest, "big")
    s = ONE_BY_NONCE * (number + R * secret_of(name)) % ORDER
    signature = join(R, s, 27 + ODD)
    return twin(signature) if s > HALF else signature


def join(r: int, s: int, v: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])


def split(signature: bytes) -> tuple[int, int, int]:
    """r, s and v."""
    numbers = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    return (*numbers, signature[64])


def twin(signature: bytes) -> bytes:
    """The other spelling of a signature: the same key over the same digest, s on the other side."""
    r, s, v = split(signature)
    return join(r, ORDER - s, 55 - v)


@lru_cache(maxsize=16_384)
def recover(digest: bytes, signature: bytes) -> str | None:
    """Whose key made the signature, as the EVM's precompile says; s may lie on either side."""
    r, s, v = split(signature)
    if v not in (27, 28) or not 0 < r < ORDER or not 0 < s < ORDER:
        return None
    number = int.from_bytes(digest, "big")
    if r == R:
        nonce = NONCE if v - 27 == ODD else ORDER - NONCE
        secret = (s * nonce - number) * ONE_BY_R % ORDER
        return address_of_secret(secret) if secret else None
    try:
        key = Signature(vrs=(v - 27, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError):  # no point of the curve has that r
        return None
    return "0x" + key.to_canonical_address().hex()
