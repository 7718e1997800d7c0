"""What is hashed, and how: job ids, records, seals, allow-lists."""

from functools import lru_cache

from eth_abi import encode
from eth_abi.packed import encode_packed
from eth_hash.auto import keccak

from .words import DirtyJob, DirtyRequest, Job, Request, values_of, wire_types

REQUEST_TYPE = (
    f"Request({','.join(f'{kind} {name}' for name, kind in wire_types(Request).items())})"
)
DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def encode_struct(struct: Request | Job) -> bytes:
    """`abi.encode` of a struct of value types: 32 bytes per field."""
    types = [*wire_types(Request if isinstance(struct, Request) else Job).values()]
    data = bytearray(encode(types, values_of(struct)[: len(types)]))
    if isinstance(struct, DirtyRequest | DirtyJob):
        data[32 * struct.dirty] ^= 0x80
    return bytes(data)


def domain_separator(chain_id: int, market: str) -> bytes:
    """EIP-712 domain: name `Workbond`, version `1`, this chain, this contract."""
    named = (keccak(DOMAIN_TYPE.encode()), keccak(b"Workbond"), keccak(b"1"))
    values = (*named, chain_id, market)
    return keccak(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], values))


def job_id(domain: bytes, request: Request) -> bytes:
    """The full EIP-712 digest of the request."""
    struct_hash = keccak(keccak(REQUEST_TYPE.encode()) + encode_struct(request))
    return keccak(b"\x19\x01" + domain + struct_hash)


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
    return keccak(encode_packed(["address", "bytes32", "bytes32"], [provider, id_, digest]))


def allowed_leaf(provider: str) -> bytes:
    """Leaf of a `providers` tree: keccak256(keccak256(abi.encode(address)))."""
    return keccak(keccak(encode(["address"], [provider])))


def allowed_node(a: bytes, b: bytes) -> bytes:
    """Inner node of a `providers` tree: the pair sorted, then hashed."""
    return keccak(min(a, b) + max(a, b))
