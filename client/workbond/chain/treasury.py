"""What market and committee have in common: accounts with a free balance, and stake."""

from __future__ import annotations

from workbond.chain.contract import Contract
from workbond.chain.permits import Permit
from workbond.chain.transactions import Receipt, Signer


class Treasury(Contract):
    """A contract that holds accounts. Stake covers a provider's bonds in the market, and is a
    verifier's weight in the draws of the committee."""

    def deposit(self, signer: Signer, amount: int) -> Receipt:
        """Pulls `amount` tokens, which must be approved, into the free balance here."""
        return self.transact(signer, "deposit", amount)

    def deposit_with_permit(self, signer: Signer, amount: int, permit: Permit) -> Receipt:
        """Like `deposit`; the signer's `permit`, for this contract, approves. One that somebody
        used is no failure."""
        return self.transact(signer, "depositWithPermit", amount, *permit.to_tuple())

    def withdraw(self, signer: Signer, to: str, amount: int) -> Receipt:
        """Sends `amount` of the free balance here to the token address `to`."""
        return self.transact(signer, "withdraw", to, amount)

    def stake(self, signer: Signer, amount: int) -> Receipt:
        """Moves `amount` from free to staked; the committee draws it from the next epoch on."""
        return self.transact(signer, "stake", amount)

    def unstake(self, signer: Signer, amount: int) -> Receipt:
        """Takes `amount` out of the stake: the market's if no bond locks it, the committee's out of
        the draws from the next epoch on. The cooldown restarts for all that is leaving."""
        return self.transact(signer, "unstake", amount)

    def withdraw_stake(self, signer: Signer) -> Receipt:
        """Moves all matured stake to the free balance."""
        return self.transact(signer, "withdrawStake")
