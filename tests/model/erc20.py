"""The token, as far as the market uses it: ERC-20 balances and allowances, EIP-2612 permits."""

from collections import defaultdict

from .errors import require
from .hashing import digest_of, domain_separator, word
from .keys import HALF, join, recover
from .words import NOBODY

NAME = "Workbond Work"
PERMIT_TYPE = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"


class Token:
    """A plain ERC-20 of fixed supply; its errors are those of ERC-6093."""

    def __init__(self, supply: int, holder: str, address: str = NOBODY, chain_id: int = 1) -> None:
        self.now = 0  # timestamp of the block that holds the next call
        self.domain = domain_separator(chain_id, address, NAME)
        self.nonces: defaultdict[str, int] = defaultdict(int)  # permits used
        self.balances: defaultdict[str, int] = defaultdict(int, {holder: supply})
        self.allowances: defaultdict[tuple[str, str], int] = defaultdict(int)

    def approve(self, owner: str, spender: str, amount: int) -> None:
        """Let `spender` pull up to `amount`; 2**256 - 1 stands for ever."""
        self.allowances[owner, spender] = amount

    def permit_digest(self, owner: str, spender: str, value: int, nonce: int, until: int) -> bytes:
        """What an owner signs so that `spender` may pull up to `value`."""
        encoded = b"".join(map(word, (owner, spender, value, nonce, until)))
        return digest_of(self.domain, PERMIT_TYPE, encoded)

    def permit(
        self,
        caller: str,
        owner: str,
        spender: str,
        value: int,
        deadline: int,
        v: int,
        r: bytes,
        s: bytes,
    ) -> None:
        """`approve` by signature, submitted by anybody, once, until the deadline included."""
        require(self.now <= deadline, "ERC2612ExpiredSignature", deadline)
        digest = self.permit_digest(owner, spender, value, self.nonces[owner], deadline)
        low = int.from_bytes(s, "big") <= HALF
        require(low, "ECDSAInvalidSignatureS", s)
        numbers = int.from_bytes(r, "big"), int.from_bytes(s, "big"), v
        signer = recover(digest, join(*numbers))
        require(signer is not None, "ECDSAInvalidSignature")
        require(signer == owner, "ERC2612InvalidSigner", signer, owner)
        self.nonces[owner] += 1
        self.approve(owner, spender, value)

    def require_transfer(self, sender: str, amount: int) -> None:
        balance = self.balances[sender]
        require(amount <= balance, "ERC20InsufficientBalance", sender, balance, amount)

    def require_transfer_from(self, spender: str, owner: str, amount: int) -> None:
        allowance = self.allowances[owner, spender]
        require(amount <= allowance, "ERC20InsufficientAllowance", spender, allowance, amount)
        self.require_transfer(owner, amount)

    def transfer(self, sender: str, to: str, amount: int) -> None:
        """Move `amount` from `sender` to `to`."""
        self.require_transfer(sender, amount)
        self.balances[sender] -= amount
        self.balances[to] += amount

    def transfer_from(self, spender: str, owner: str, to: str, amount: int) -> None:
        """Move `amount` of `owner`'s tokens to `to` and use up as much of the allowance."""
        self.require_transfer_from(spender, owner, amount)
        if self.allowances[owner, spender] != 2**256 - 1:
            self.allowances[owner, spender] -= amount
        self.transfer(owner, to, amount)
