"""`workbond verifier`: the stake in the committee; the node and its status are in files of their
own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbond.cli.asking import Bill, yes_option
from workbond.cli.group import OrderedGroup
from workbond.cli.options import Settings, sending, some_tokens, suggest, with_settings
from workbond.cli.output import emit, say
from workbond.cli.verifier_run import run
from workbond.cli.verifier_status import status
from workbond.errors import UsageError
from workbond.money import format_amount, tokens
from workbond.words import duration

if TYPE_CHECKING:
    from workbond.chain.cases import Verifier
    from workbond.chain.committee import Committee
    from workbond.chain.transactions import Fee
    from workbond.cli.options import Place

STAKE_GAS = 260_000  # a first stake writes a leaf and its way up the tree


@click.group(cls=OrderedGroup)
def verifier() -> None:
    """Stake in the committee, find wrong results, judge them for pay.

    \b
    Example:
      workbond verifier stake 100 --account verifier
      workbond verifier run --account verifier
    """


@verifier.command()
@click.argument("amount", type=some_tokens, metavar="AMOUNT")
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def stake(settings: Settings, amount: int, yes: bool) -> None:
    """Stake AMOUNT, to be drawn for seats.

    What is free in the committee is used first, the rest comes from the wallet. The stake is drawn
    from the next day (UTC) on. Run `workbond verifier run` all the time from then on: a seat that
    is not served costs five times its fee.

    \b
    Example:
      workbond verifier stake 100 --account verifier
    """
    from workbond.chain import funds

    place, owner = settings.place(), settings.address()
    committee = place.require_committee()
    before = committee.verifier_of(owner)
    _require_least(committee, before, amount)
    lacking = max(0, amount - before.free)
    fee, count = _stake_fee(place, committee, owner, amount, lacking)
    bill = Bill()
    if lacking:
        bill.pot("in the wallet", place.token.balance(owner), -lacking)
    if amount > lacking:
        bill.pot("free in the committee", before.free, lacking - amount)
    bill.pot("staked in the committee", before.staked, amount)
    bill.fee(place.connection.balance(owner), fee, count)
    bill.say("It is drawn for seats from midnight UTC on, as long as it stays.")
    bill.say("A seat that is not served, or votes against the majority, costs five seat fees.")
    bill.say("What is staked can leave, which takes 29 days.")
    bill.ask(f"Stake {tokens(amount)}?", yes=yes, json=settings.json)
    signer = settings.signer()
    receipts = []
    with sending():
        if lacking:
            receipts += funds.deposit(committee, place.token, signer, lacking)
        receipts.append(committee.stake(signer, amount))
    account = committee.verifier_of(signer.address)
    if settings.json:
        sent = ["0x" + receipt.tx_hash.hex() for receipt in receipts]
        emit(_account_json(signer.address, account) | {"transactions": sent})
        return
    say(f"Staked {tokens(amount)}; in all {tokens(account.staked)}, drawn from midnight UTC on.")
    suggest(settings, "workbond verifier run")


@verifier.command()
@click.argument("amount", type=some_tokens, metavar="AMOUNT")
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def unstake(settings: Settings, amount: int, yes: bool) -> None:
    """Let AMOUNT of the stake leave, which takes 29 days.

    It is drawn for seats until midnight UTC, and penalties of those seats reach it until it has
    left. The 29 days restart for all that is leaving. What stays must be nothing, or the
    committee's least stake.

    \b
    Example:
      workbond verifier unstake 50 --account verifier
    """
    from workbond.chain.refusals import InsufficientStake

    place, owner = settings.place(), settings.address()
    committee = place.require_committee()
    before = committee.verifier_of(owner)
    if before.staked < amount:
        raise InsufficientStake(
            f"account {owner} stakes {tokens(before.staked)} in the committee, {tokens(amount)} "
            "can't leave: unstake less"
        )
    _require_rest(committee, before, amount)
    bill = Bill()
    bill.pot("staked in the committee", before.staked, -amount)
    bill.pot("leaving", before.leaving, amount)
    bill.fee(place.connection.balance(owner), committee.fee(owner, "unstake", amount))
    bill.say("It is drawn for seats until midnight UTC: run the verifier until those end.")
    bill.say("All of what is leaving waits 29 days from now on.")
    bill.ask(f"Unstake {tokens(amount)}?", yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        receipt = committee.unstake(signer, amount)
    account = committee.verifier_of(signer.address)
    if settings.json:
        sent = ["0x" + receipt.tx_hash.hex()]
        emit(_account_json(signer.address, account) | {"transactions": sent})
        return
    wait_s = max(0, account.matures_at - place.connection.now_s())
    say(f"{tokens(account.leaving)} leave the stake in {duration(wait_s)} of chain time.")
    say("After that:")
    suggest(settings, "workbond verifier withdraw")


@verifier.command()
@click.argument("amount", type=some_tokens, required=False, metavar="[AMOUNT]")
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def withdraw(settings: Settings, amount: int | None, yes: bool) -> None:
    """Take out what was earned, and stake that has left.

    Sends AMOUNT of what is free in the committee to the wallet, by default all of it: what seats
    and cranks earned, bonds that came back, and stake that has left, which is freed first. The
    rewards of challenges are free in the market: `workbond account withdraw`.

    \b
    Example:
      workbond verifier withdraw --account verifier
    """
    place, owner = settings.place(), settings.address()
    committee = place.require_committee()
    before, now_s = committee.verifier_of(owner), place.connection.now_s()
    matured = before.leaving if before.leaving and now_s >= before.matures_at else 0
    amount = before.free + matured if amount is None else amount
    if not 0 < amount <= before.free + matured:
        raise UsageError(
            f"account {owner} has {tokens(before.free)} free in the committee, and "
            f"{tokens(matured)} of stake that has left: nothing more can be withdrawn"
        )
    bill = Bill()
    bill.pot("free in the committee", before.free + matured, -amount)
    bill.pot("in the wallet", place.token.balance(owner), amount)
    if matured:
        bill.fee(place.connection.balance(owner), committee.fee(owner, "withdrawStake"), 2)
    else:
        fee = committee.fee(owner, "withdraw", owner, amount)
        bill.fee(place.connection.balance(owner), fee)
    bill.ask(f"Withdraw {tokens(amount)}?", yes=yes, json=settings.json)
    signer = settings.signer()
    receipts = []
    with sending():
        if matured:
            receipts.append(committee.withdraw_stake(signer))
        receipts.append(committee.withdraw(signer, signer.address, amount))
    account = committee.verifier_of(signer.address)
    if settings.json:
        sent = ["0x" + receipt.tx_hash.hex() for receipt in receipts]
        shown = _account_json(signer.address, account)
        emit(shown | {"withdrawn": str(amount), "transactions": sent})
        return
    say(f"{tokens(amount)} are in the wallet; free in the committee: {tokens(account.free)}.")
    suggest(settings, "workbond account balance")


def _require_least(committee: Committee, before: Verifier, amount: int) -> None:
    least = committee.min_stake
    if before.staked + amount < least:
        missing = least - before.staked
        raise UsageError(
            f"a stake of {tokens(before.staked + amount)} is too little, the committee takes "
            f"{tokens(least)} or more: stake at least {format_amount(missing)}"
        )


def _require_rest(committee: Committee, before: Verifier, amount: int) -> None:
    least, rest = committee.min_stake, before.staked - amount
    if 0 < rest < least:
        less = (
            f"{format_amount(before.staked - least)} at most, or " if before.staked > least else ""
        )
        raise UsageError(
            f"{tokens(rest)} would stay, but a stake is {tokens(least)} or more: unstake {less}"
            f"all {format_amount(before.staked)}"
        )


def _stake_fee(
    place: Place, committee: Committee, owner: str, amount: int, lacking: int
) -> tuple[Fee, int]:
    """What staking can cost, and in how many transactions."""
    from workbond.chain import funds
    from workbond.chain.transactions import Fee

    if not lacking:
        return committee.fee(owner, "stake", amount), 1
    fee, count = funds.deposit_fees(committee, place.token, owner, lacking)
    return Fee(fee.gas + STAKE_GAS, fee.max_fee_per_gas), count + 1


def _account_json(address: str, account: Verifier) -> dict[str, str | int]:
    amounts = ("free", "active", "staked", "leaving")
    return {
        "address": address,
        **{name: str(getattr(account, name)) for name in amounts},
        "matures_at": account.matures_at,
    }


for command in (run, status):
    verifier.add_command(command)
