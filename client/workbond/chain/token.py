"""The ERC-20 in which a market is paid."""

from __future__ import annotations

from functools import cached_property

from workbond.chain.abi import Abi
from workbond.chain.artifacts import artifact
from workbond.chain.connection import BlockId, Connection
from workbond.chain.contract import Contract
from workbond.chain.rpc import clip
from workbond.chain.transactions import Receipt, Signer
from workbond.errors import ChainError

MAX_DECIMALS = 36  # more places than any token has, few enough to print


class Token(Contract):
    """Amounts are base units; `decimals` says how many digits of them are a fraction."""

    def __init__(self, connection: Connection, address: str) -> None:
        super().__init__(connection, address, Abi(artifact("WorkToken").abi))

    @cached_property
    def decimals(self) -> int:
        value = int(self.read("decimals")[0])
        if value > MAX_DECIMALS:
            raise ChainError(f"token {self.address} claims {value} decimals: it is no usable token")
        return value

    @cached_property
    def symbol(self) -> str:
        """The token's own name for itself, bounded and printable."""
        return clip(self.read("symbol")[0])[:16].strip() or "tokens"

    @cached_property
    def name(self) -> str:
        """As its permits are signed for; a stranger's text."""
        return str(self.read("name")[0])

    def balance(self, account: str, at: BlockId = "latest") -> int:
        """What `account` owns outside the market."""
        return int(self.read("balanceOf", account, at=at)[0])

    def allowance(self, owner: str, spender: str, at: BlockId = "latest") -> int:
        """What `spender` may take from `owner`."""
        return int(self.read("allowance", owner, spender, at=at)[0])

    def nonce(self, owner: str) -> int:
        """Of `owner`'s next permit (EIP-2612); a token without permits raises `ChainError`."""
        return int(self.read("nonces", owner)[0])

    def domain_separator(self) -> bytes:
        """Of the token's permits (EIP-2612); a token without permits raises `ChainError`."""
        return bytes(self.read("DOMAIN_SEPARATOR")[0])

    def eip712_domain(self) -> tuple[bytes, str, str] | None:
        """Fields, name and version of its domain (EIP-5267); None if it does not tell."""
        try:
            fields, name, version, *_ = self.read("eip712Domain")
        except ChainError:
            return None
        return bytes(fields), str(name), str(version)

    def approve(self, signer: Signer, spender: str, amount: int) -> Receipt:
        """Lets `spender` take up to `amount` from the signer; replaces what was allowed before."""
        return self.transact(signer, "approve", spender, amount)

    def transfer(self, signer: Signer, to: str, amount: int) -> Receipt:
        return self.transact(signer, "transfer", to, amount)
