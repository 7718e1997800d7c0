"""What is hashed, and how: job ids, offers, records, seals, demands, allow-lists."""

from collections.abc import Iterable
from functools import lru_cache

from sha3 import keccak_256

from .words import DirtyJob, DirtyOffer, DirtyRequest, Job, Offer, Request, values_of, wire_types


def keccak(data: bytes) -> bytes:
    """Keccak-256, by a library that takes a microsecond."""
    digest: bytes = keccak_256(data).digest()
    return digest


def type_string(struct: type) -> str:
    """EIP-712's `encodeType`."""
    members = ",".join(f"{kind} {name}" for name, kind in wire_types(struct).items())
    return f"{struct.__name__}({members})"


REQUEST_TYPE = type_string(Request)
OFFER_TYPE = type_string(Offer)
DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def word(value: object) -> bytes:
    """A number, flag, address or hash as 32 bytes."""
    if isinstance(value, bytes):
        return value
    return address_word(value) if isinstance(value, str) else int(value).to_bytes(32, "big")


@lru_cache(maxsize=4096)
def address_word(address: str) -> bytes:
    return int(address, 16).to_bytes(32, "big")


def words(values: Iterable[object]) -> bytes:
    """All of them; most are numbers."""
    return b"".join([v.to_bytes(32, "big") if isinstance(v, int) else word(v) for v in values])


def encode_struct(struct: Request | Offer | Job) -> bytes:
    """`abi.encode` of a struct of value types: 32 bytes per field."""
    if isinstance(struct, DirtyRequest | DirtyOffer | DirtyJob):
        *values, dirty = values_of(struct)
        data = bytearray(words(values))
        data[32 * dirty] ^= 0x80
        return bytes(data)
    return words(values_of(struct))


def domain_separator(chain_id: int, contract: str, name: str = "Workbond") -> bytes:
    """EIP-712 domain: that name, version `1`, this chain, this contract."""
    hashes = (keccak(DOMAIN_TYPE.encode()), keccak(name.encode()), keccak(b"1"))
    return keccak(b"".join(map(word, (*hashes, chain_id, contract))))


def digest_of(domain: bytes, type_: str, encoded: bytes) -> bytes:
    """The EIP-712 digest of an encoded struct of that type, which is what is signed."""
    return keccak(b"\x19\x01" + domain + keccak(keccak(type_.encode()) + encoded))


@lru_cache(maxsize=4096)
def job_id(domain: bytes, request: Request) -> bytes:
    """The full EIP-712 digest of the request."""
    return digest_of(domain, REQUEST_TYPE, encode_struct(request))


@lru_cache(maxsize=4096)
def offer_digest(domain: bytes, offer: Offer) -> bytes:
    """The full EIP-712 digest of the offer."""
    return digest_of(domain, OFFER_TYPE, encode_struct(offer))


@lru_cache(maxsize=4096)
def job_hash(job: Job) -> int:
    """The 248 bits of a live job's slot: the low bits of keccak256(abi.encode(job))."""
    return int.from_bytes(keccak(encode_struct(job)), "big") & (2**248 - 1)


def opening_digest(root: bytes, total_units: int) -> bytes:
    """D = keccak256(0x02 ‖ root ‖ totalUnits u64): the secret of whoever executed the work."""
    return keccak(b"\x02" + root + total_units.to_bytes(8, "big"))


def seal_of(provider: str, id_: bytes, root: bytes, total_units: int) -> bytes:
    """keccak256(provider ‖ jobId ‖ D): what a provider commits to."""
    digest = opening_digest(root, total_units)
    return keccak(bytes.fromhex(provider[2:]) + id_ + digest)


def demand_hash(pairs: tuple[int, ...]) -> bytes:
    """keccak256 of the demanded pairs, 32 bytes each."""
    return keccak(b"".join(map(word, pairs)))


def allowed_leaf(provider: str) -> bytes:
    """Leaf of a `providers` tree: keccak256(keccak256(abi.encode(address)))."""
    return keccak(keccak(word(provider)))


def allowed_node(a: bytes, b: bytes) -> bytes:
    """Inner node of a `providers` tree: the pair sorted, then hashed."""
    return keccak(min(a, b) + max(a, b))
