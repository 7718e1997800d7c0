"""EIP-2612: a signature that approves, so that a deposit is one transaction instead of two.

permit = sign_permit(token, signer, market.address, amount)     # None: the token knows none
market.deposit_with_permit(signer, amount, permit)

The signer's domain is the token's: by EIP-5267 where the token tells it, else its name with version
1. Either way the token itself must confirm it (`DOMAIN_SEPARATOR`) before anything is signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_hash.auto import keccak

from workbond.chain.types import DOMAIN_TYPE, encoded
from workbond.errors import ChainError

if TYPE_CHECKING:
    from workbond.accounts.signer import Signer
    from workbond.chain.token import Token

PERMIT_FOR_S = 3_600
"""How long a permit stands, chain time: a deposit that waits longer is signed anew."""

MAX_NAME_CHARS = 256  # a signer shows them to a person
ALL_FIELDS = b"\x0f"
"""EIP-5267: the domain has name, version, chain id and contract, and nothing else."""

_TYPES = {
    "Permit": [
        {"name": "owner", "type": "address"},
        {"name": "spender", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ]
}


@dataclass(frozen=True)
class Permit:
    """A signed permit, in the order in which contracts take it; `deadline` in chain time."""

    deadline: int
    v: int
    r: bytes
    s: bytes

    def to_tuple(self) -> tuple[int, int, bytes, bytes]:
        return self.deadline, self.v, self.r, self.s


@dataclass(frozen=True)
class Terms:
    """What the token says of its permits: the EIP-712 domain, and the owner's next nonce."""

    domain: dict[str, Any]
    nonce: int


def permit_terms(token: Token, owner: str) -> Terms | None:
    """What `owner` would sign; None if the token has no permits that can be relied on."""
    try:
        nonce, stated = token.nonce(owner), token.domain_separator()
        name, version = _named(token)
    except ChainError:  # it reverts, or answers nonsense: a token without permits
        return None
    if max(len(name), len(version)) > MAX_NAME_CHARS:
        return None
    domain = {
        "name": name,
        "version": version,
        "chainId": token.connection.chain_id,
        "verifyingContract": token.address,
    }
    return Terms(domain, nonce) if _separator(domain) == stated else None


def sign_permit(token: Token, signer: Signer, terms: Terms, spender: str, amount: int) -> Permit:
    """Lets `spender` take `amount` from the signer within an hour of chain time, once."""
    deadline = token.connection.now_s() + PERMIT_FOR_S
    message = {
        "owner": signer.address,
        "spender": spender,
        "value": amount,
        "nonce": terms.nonce,
        "deadline": deadline,
    }
    signature = signer.sign_typed_data(terms.domain, _TYPES, message)
    return Permit(deadline, signature[64], signature[:32], signature[32:64])


def _named(token: Token) -> tuple[str, str]:
    told = token.eip712_domain()
    if told is None:
        return token.name, "1"
    fields, name, version = told
    if fields != ALL_FIELDS:
        raise ChainError(f"token {token.address} has permits of another domain than EIP-2612's")
    return name, version


def _separator(domain: dict[str, Any]) -> bytes:
    names = keccak(domain["name"].encode()) + keccak(domain["version"].encode())
    rest = encoded(domain["chainId"]) + encoded(domain["verifyingContract"])
    return bytes(keccak(keccak(DOMAIN_TYPE.encode()) + names + rest))
