"""The token, as far as the market uses it: ERC-20 balances and allowances."""

from collections import defaultdict

from .errors import require


class Token:
    """A plain ERC-20 of fixed supply; its errors are those of ERC-6093."""

    def __init__(self, supply: int, holder: str) -> None:
        self.balances: defaultdict[str, int] = defaultdict(int, {holder: supply})
        self.allowances: defaultdict[tuple[str, str], int] = defaultdict(int)

    def approve(self, owner: str, spender: str, amount: int) -> None:
        """Let `spender` pull up to `amount`; 2**256 - 1 stands for ever."""
        self.allowances[owner, spender] = amount

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
