"""Why a call does nothing."""

from functools import cache

from faster_eth_abi import encode

from .hashing import keccak

# Types of each error's values, as a batch tells them of an entry that it leaves out.
MARKET_ERRORS: dict[str, tuple[str, ...]] = {
    "FieldOutOfRange": ("bytes32", "uint256", "uint256", "uint256"),
    "InsufficientFree": ("address", "uint256", "uint256"),
    "InsufficientStake": ("address", "uint256", "uint256"),
    "StakeTooLow": ("address", "uint256", "uint256"),
    "RecipientRefused": ("address",),
    "WrongState": ("bytes32", "uint8", "uint8"),
    "JobMismatch": ("bytes32", "uint248", "uint248"),
    "NotAllowed": ("address", "address"),
    "ProviderNotAllowed": ("address", "bytes32"),
    "TooEarly": ("uint256", "uint256"),
    "TooLate": ("uint256", "uint256"),
    "CounterMismatch": ("uint64", "uint64"),
    "SealMismatch": ("bytes32", "bytes32"),
    "SignatureRefused": ("address", "bytes32"),
    "OfferExceeded": ("bytes32", "uint256", "uint256"),
    "OfferUsedUp": ("bytes32", "uint32"),
    "OfferRevoked": ("bytes32",),
    "BatchMalformed": ("uint256",),
    "PairNotOpen": ("uint256",),
    "AlreadyDemanded": ("bytes32",),
    "DemandOpen": ("bytes32", "uint8"),
    "DemandMismatch": ("bytes32", "bytes32"),
    "AnswerLength": ("uint256", "uint256", "uint256"),
    "LeafMismatch": ("uint256",),
    "ChunkMismatch": ("uint256",),
}
OVERFLOW = 0x11  # Solidity's code of `Panic`


class Refused(Exception):
    """A call that reverts: nothing changed, no event was emitted.

    `name` and `values` are those of the Solidity error, in its order: both sides of the comparison
    that failed, so that a model's refusal and a contract's can be compared whole.
    """

    def __init__(self, name: str, *values: object) -> None:
        super().__init__(name, *values)
        self.name = name
        self.values = values

    @property
    def data(self) -> bytes:
        """As Solidity reverts: selector and values."""
        return selector(self.name) + encode(MARKET_ERRORS[self.name], self.values)


@cache
def selector(name: str) -> bytes:
    return keccak(f"{name}({','.join(MARKET_ERRORS[name])})".encode())[:4]


def error_name(data: bytes) -> str:
    """Which of the errors it is."""
    return next(name for name in MARKET_ERRORS if selector(name) == data[:4])


def require(condition: bool, name: str, *values: object) -> None:
    """Refuse the call with error `name` unless `condition` holds."""
    if not condition:
        raise Refused(name, *values)


def require_range(field: str, value: int, low: int, high: int) -> None:
    """Refuse the call unless `low <= value <= high`; the error names the field in ASCII."""
    require(low <= value <= high, "FieldOutOfRange", ascii32(field), value, low, high)


def ascii32(text: str) -> bytes:
    """A short name as a Solidity `bytes32` literal: ASCII, padded with zeros on the right."""
    return text.encode("ascii").ljust(32, b"\0")
