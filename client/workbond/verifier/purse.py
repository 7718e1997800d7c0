"""Money of ours in the committee: bonds for challenges come from the account's own tokens when they
are needed, and rewards go there when they are many. And whether something is worth its gas.
"""

from __future__ import annotations

from typing import Any

from workbond.accounts.signer import Signer
from workbond.chain import fees, funds
from workbond.chain.committee import Committee
from workbond.chain.token import Token
from workbond.errors import ChainError, Reverted
from workbond.money import tokens
from workbond.provider.journal import Journal, Level
from workbond.verifier.acts import Acts
from workbond.verifier.bounds import Bounds

WITHDRAW_SHARE = 10  # of `withdraw_above`: less than this part of it is not worth a transaction


class Purse:
    """The free balance of `signer` in the committee.

    Args:
        committee: the deployed committee.
        token: that it is paid in.
        signer: the verifier's account.
        acts: sends the transactions.
        bounds: what gas is worth, and when rewards are withdrawn.
        journal: told about it.
    """

    def __init__(
        self,
        committee: Committee,
        token: Token,
        signer: Signer,
        acts: Acts,
        bounds: Bounds,
        journal: Journal,
    ) -> None:
        self._committee, self._token, self._signer = committee, token, signer
        self._acts, self._bounds, self._journal = acts, bounds, journal

    def has(self, case_id: bytes, amount: int, what: str) -> bool:
        """Whether `amount` is free for `what`, after depositing what lacks."""
        free = self._committee.verifier_of(self._signer.address).free
        lacking = amount - free
        if lacking <= 0:
            return True
        owned = self._token.balance(self._signer.address)
        if owned < lacking:
            self._journal.remark(
                (case_id, "poor"),
                f"job 0x{case_id.hex()}: {what} takes {tokens(amount)}, and the account has "
                f"{tokens(owned)}, and {tokens(free)} in the committee: send it some",
                code="POOR",
                level=Level.ERROR,
                job=case_id,
            )
            return False
        key = f"deposit {case_id.hex()} {lacking}"
        deposit = funds.deposit
        done = self._acts.try_(
            case_id,
            f"deposit for {what}",
            key,
            lambda: deposit(self._committee, self._token, self._signer, lacking)[-1],
        )
        return done is not None

    def is_worth(self, amount: int, function: str, *args: Any) -> bool:
        """Whether `amount` base units pay for the gas of a call, at present fees. One that the
        chain would refuse now pays for nothing."""
        if amount <= 0:
            return False
        if not self._bounds.coin_price:
            return True
        committee = self._committee
        data = committee.abi.call_data(function, [_plain(arg) for arg in args])
        try:
            gas = committee.connection.estimate_gas(
                committee.address, data, sender=self._signer.address
            )
        except (Reverted, ChainError):
            return False
        return self.pays(amount, gas)

    def pays(self, amount: int, gas: int) -> bool:
        """Whether `amount` base units pay for so much gas, at present fees."""
        if not self._bounds.coin_price:
            return amount > 0
        wei = gas * fees.price(self._committee.connection).likely
        return self._bounds.gas_worth(wei) < amount

    def tend(self) -> None:
        """Withdraws what is above the bound."""
        above = self._bounds.withdraw_above
        if above is None:
            return
        free = self._committee.verifier_of(self._signer.address).free
        spare = free - above
        if spare <= above // WITHDRAW_SHARE:
            return
        us = self._signer.address
        done = self._acts.try_(
            None,
            "withdraw rewards",
            "withdraw",
            lambda: self._committee.withdraw(self._signer, us, spare),
        )
        if done is not None:
            self._journal.say(
                f"{tokens(spare)} withdrawn from the committee to {us}",
                "WITHDRAWN",
                numbers={"amount": str(spare)},
            )


def _plain(arg: Any) -> Any:
    return arg.to_tuple() if hasattr(arg, "to_tuple") else arg
