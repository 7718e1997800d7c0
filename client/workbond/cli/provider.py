"""`workbond provider`: the stake; the node, its status, `why` and what else an owner does are in
files of their own."""

from __future__ import annotations

import click

from workbond.cli.asking import Bill, yes_option
from workbond.cli.group import OrderedGroup
from workbond.cli.options import Settings, sending, some_tokens, suggest, with_settings
from workbond.cli.output import emit, say
from workbond.cli.provider_operator import operator
from workbond.cli.provider_release import release
from workbond.cli.provider_run import run
from workbond.cli.provider_status import status
from workbond.cli.provider_why import why
from workbond.money import tokens
from workbond.words import duration


@click.group(cls=OrderedGroup)
def provider() -> None:
    """Stake, and execute jobs for pay.

    \b
    Example:
      workbond provider stake 100 --account provider
      workbond provider run --account provider --min-price 1000
    """


@provider.command()
@click.argument("amount", type=some_tokens, metavar="AMOUNT")
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def stake(settings: Settings, amount: int, yes: bool) -> None:
    """Move AMOUNT from the free balance to the stake.

    Each job that is accepted locks its bond in there.

    \b
    Example:
      workbond provider stake 100 --account provider
    """
    place, owner = settings.place(), settings.address()
    fee, account = place.market.fee(owner, "stake", amount), place.market.account_of(owner)
    bill = Bill()
    bill.pot("free in the market", account.free, -amount)
    bill.pot("staked", account.staked, amount)
    bill.fee(place.connection.balance(owner), fee)
    bill.say("Each job that you accept locks its bond in there; failing it costs a part of that.")
    bill.say(f"What is not locked can leave, which takes {duration(place.market.cooldown_s)}.")
    bill.ask(f"Stake {tokens(amount)}?", yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        receipt = place.market.stake(signer, amount)
    account = place.market.account_of(signer.address)
    if settings.json:
        emit(
            {
                "address": signer.address,
                "staked": str(account.staked),
                "free": str(account.free),
                "transactions": ["0x" + receipt.tx_hash.hex()],
            }
        )
        return
    say(f"Staked {tokens(amount)}; in all {tokens(account.staked)}.")
    suggest(settings, "workbond provider run")


@provider.command()
@click.argument("amount", type=some_tokens, metavar="AMOUNT")
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def unstake(settings: Settings, amount: int, yes: bool) -> None:
    """Let AMOUNT of unlocked stake leave, after a cooldown.

    The cooldown restarts for all that is in it.

    \b
    Example:
      workbond provider unstake 50 --account provider
    """
    from workbond.chain.refusals import InsufficientStake

    place, owner = settings.place(), settings.address()
    account = place.market.account_of(owner)
    unlocked = account.unbonded
    if unlocked < amount:
        raise InsufficientStake(
            f"account {owner} has {tokens(unlocked)} of unlocked stake, {tokens(amount)} "
            "can't leave: unstake less, or wait until live jobs free their bonds"
        )
    fee = place.market.fee(owner, "unstake", amount)
    bill = Bill()
    bill.pot("staked", account.staked, -amount)
    bill.pot("unbonding", account.unbonding, amount)
    bill.fee(place.connection.balance(owner), fee)
    bill.say(_cooldown_words(place.market.cooldown_s, account.unbonding))
    bill.ask(f"Unstake {tokens(amount)}?", yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        receipt = place.market.unstake(signer, amount)
    account = place.market.account_of(signer.address)
    if settings.json:
        emit(
            {
                "address": signer.address,
                "staked": str(account.staked),
                "unbonding": str(account.unbonding),
                "matures_at": account.matures_at,
                "transactions": ["0x" + receipt.tx_hash.hex()],
            }
        )
        return
    wait_s = max(0, account.matures_at - place.connection.now_s())
    say(f"{tokens(account.unbonding)} leave the stake in {duration(wait_s)} of chain time.")
    say("After that:")
    suggest(settings, "workbond provider withdraw")


def _cooldown_words(cooldown_s: int, unbonding: int) -> str:
    wait = duration(cooldown_s)
    if unbonding:
        return f"All of what is unbonding waits {wait} from now on, then it can be free again."
    return f"It can be free again after {wait}."


@provider.command()
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def withdraw(settings: Settings, yes: bool) -> None:
    """Move the stake whose cooldown is over to the free balance.

    \b
    Example:
      workbond provider withdraw --account provider
    """
    place, owner = settings.place(), settings.address()
    fee, before = place.market.fee(owner, "withdrawStake"), place.market.account_of(owner)
    bill = Bill()
    bill.pot("unbonding", before.unbonding, -before.unbonding)
    bill.pot("free in the market", before.free, before.unbonding)
    bill.fee(place.connection.balance(owner), fee)
    bill.ask(f"Free {tokens(before.unbonding)}?", yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        receipt = place.market.withdraw_stake(signer)
    account = place.market.account_of(signer.address)
    if settings.json:
        emit(
            {
                "address": signer.address,
                "withdrawn": str(before.unbonding),
                "free": str(account.free),
                "transactions": ["0x" + receipt.tx_hash.hex()],
            }
        )
        return
    say(f"{tokens(before.unbonding)} left the stake; free in the market: {tokens(account.free)}.")
    suggest(settings, "workbond account withdraw AMOUNT")


for command in (run, status, why, release, operator):
    provider.add_command(command)
