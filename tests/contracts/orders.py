"""The frozen words of orders and jobs, spelled out here once more and hashed by eth_account.

Nothing in this file is taken from the contracts or the client: if one of them moved a member, tests
would notice.
"""

from eth_abi.packed import encode_packed
from eth_account.messages import encode_typed_data
from eth_utils import keccak

REQUEST_TYPE = (
    "Request(address requester,bytes32 spec,bytes32 profile,uint32 tasks,uint96 flat,"
    "uint96 minUnitPrice,uint96 maxUnitPrice,uint64 rampStart,uint64 rampEnd,uint64 maxUnits,"
    "uint96 bond,uint96 minStake,uint96 tip,uint64 openUntil,uint32 runFor,uint32 challengeFor,"
    "address resolver,bytes32 policy,uint32 caseFor,uint96 caseFee,uint96 demandFee,"
    "bytes32 providers,address matcher,uint64 counter,bytes32 salt)"
)
OFFER_TYPE = (
    "Offer(address provider,address requester,bytes32 spec,bytes32 profile,address resolver,"
    "bytes32 policy,uint96 minUnitPrice,uint96 minFlat,uint96 maxBond,uint64 maxUnits,"
    "uint32 maxTasks,uint32 minRunFor,uint64 minSecondsPer1e12Units,uint32 maxLockFor,"
    "uint96 minDemandFee,uint32 maxJobs,uint64 validUntil,address matcher,uint64 counter,"
    "bytes32 salt)"
)
JOB_TYPE = (
    "Job(address requester,address provider,address resolver,uint96 flat,uint96 unitPrice,"
    "uint64 maxUnits,uint96 bond,uint96 caseFee,uint96 demandFee,uint32 tasks,uint32 runFor,"
    "uint32 challengeFor,uint32 caseFor,uint64 acceptedAt,uint96 tipPaid,uint64 claimedAt,"
    "uint64 claimBlock,uint64 windowEnd,uint64 disputedAt,bool caseDone,bytes32 demandHash,"
    "uint8 answered,uint64 answerBy,bytes32 seal)"
)
ZERO = "0x" + 40 * "0"
ZERO32 = bytes(32)
PRICE_UNITS = 10**12
"""A unit price is for this many metered units."""


def members(type_string):
    """`T(type name,...)` as a list of (type, name)."""
    inner = type_string[type_string.index("(") + 1 : -1]
    return [tuple(member.split(" ")) for member in inner.split(",")]


REQUEST_FIELDS = [name for _, name in members(REQUEST_TYPE)]
OFFER_FIELDS = [name for _, name in members(OFFER_TYPE)]
JOB_FIELDS = [name for _, name in members(JOB_TYPE)]
JOB_TYPES = [kind for kind, _ in members(JOB_TYPE)]


def request_tuple(request):
    return tuple(request[name] for name in REQUEST_FIELDS)


def offer_tuple(offer):
    return tuple(offer[name] for name in OFFER_FIELDS)


def job_tuple(job):
    return tuple(job[name] for name in JOB_FIELDS)


def job_id(market, chain_id, request):
    """EIP-712 digest of `request` (a dict) under the domain of `market`, by eth_account."""
    return _digest(market, chain_id, REQUEST_TYPE, request)


def offer_digest(market, chain_id, offer):
    return _digest(market, chain_id, OFFER_TYPE, offer)


def _digest(market, chain_id, type_string, values):
    name = type_string[: type_string.index("(")]
    message = encode_typed_data(
        {
            "name": "Workbond",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": str(market),
        },
        {name: [{"type": kind, "name": member} for kind, member in members(type_string)]},
        values,
    )
    return keccak(b"\x19" + message.version + message.header + message.body)


def pack(type_string, values, first=0):
    """The struct's members from the `first` on, without padding."""
    kept = members(type_string)[first:]
    return encode_packed([kind for kind, _ in kept], [values[name] for _, name in kept])


def terms(request, price, accepted_at, offer=None, matcher=None):
    """What a JobMatched says; `offer` is the digest of the offer that was matched."""
    matched = offer + bytes.fromhex(str(matcher)[2:]) if offer else b""
    numbers = price.to_bytes(12, "big") + accepted_at.to_bytes(8, "big")
    return pack(REQUEST_TYPE, request, first=1) + numbers + matched


def demand_hash(pairs):
    """What a record keeps of demanded pairs: each fills a word."""
    return keccak(b"".join(pair.to_bytes(32, "big") for pair in pairs))


def escrow(request):
    """What posting locks, in base units."""
    most = request["maxUnits"] * request["maxUnitPrice"] // PRICE_UNITS
    return request["flat"] + most + request["tip"] + request["caseFee"]


def opening(root, units):
    """D of section 6."""
    return keccak(b"\x02" + root + units.to_bytes(8, "big"))


def seal(provider, id_, root, units):
    """The claim that `provider` makes for a result."""
    return keccak(bytes.fromhex(str(provider)[2:]) + id_ + opening(root, units))
