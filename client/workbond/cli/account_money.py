"""`workbond account balance`, `deposit`, `withdraw`, `faucet`: money in and out of the market."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbond.cli.asking import Bill, yes_option
from workbond.cli.options import TOKENS, Settings, sending, some_tokens, suggest, with_settings
from workbond.cli.output import emit, next_step, say, table
from workbond.errors import AuthError
from workbond.money import format_amount, tokens, unit
from workbond.words import duration

if TYPE_CHECKING:
    from workbond.chain.cases import Verifier
    from workbond.chain.types import Account as Money
    from workbond.cli.options import Place


@click.command()
@click.argument("who", required=False, metavar="[NAME|ADDRESS]")
@with_settings("rpc", "deployments", "account", "json")
def balance(settings: Settings, who: str | None) -> None:
    """Show what an account has.

    In its wallet, free in the market, staked, leaving the stake, and for gas.

    \b
    Examples:
      workbond account balance me
      workbond account balance 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
    """
    address = _address_of(settings, who)
    place = settings.place()
    money = place.market.account_of(address)
    wallet, gas = place.token.balance(address), place.connection.balance(address)
    judging = None if place.committee is None else place.committee.verifier_of(address)
    if settings.json:
        emit(
            {
                "address": address,
                "wallet": str(wallet),
                "free": str(money.free),
                "staked": str(money.staked),
                "bonded": str(money.bonded),
                "unbonding": str(money.unbonding),
                "matures_at": money.matures_at,
                "committee": None if judging is None else _committee_json(judging),
                "gas": str(gas),
            }
        )
        return
    say(f"Account {address} on chain {place.connection.chain_id}")
    rows = [
        ("wallet", wallet, "outside the market: deposit it to use it"),
        ("free", money.free, "in the market: pays for jobs, can be staked or withdrawn"),
        ("staked", money.staked, "secures this account's work as a provider"),
        ("  bonded", money.bonded, "of it locked by live jobs"),
        ("unbonding", money.unbonding, _leaving(money, place.connection.now_s())),
    ]
    if judging is not None and (judging.free or judging.staked or judging.leaving):
        rows += [
            ("committee", judging.free, "free there: account withdraw --committee takes it out"),
            ("  staked", judging.staked, "secures this account's seats as a verifier"),
            ("  leaving", judging.leaving, _leaving_committee(judging, place.connection.now_s())),
        ]
    shown = [[name, format_amount(amount), text] for name, amount, text in rows]
    shown.append(["gas coin", format_amount(gas), "pays for transactions"])
    say(table(["", unit(), ""], shown, right=[unit()]))
    _suggest_after_balance(place, who, settings, wallet, gas, money)


def _committee_json(money: Verifier) -> dict[str, str | int]:
    amounts = {name: str(getattr(money, name)) for name in ("free", "staked", "leaving")}
    return {**amounts, "matures_at": money.matures_at}


def _leaving_committee(money: Verifier, now_s: int) -> str:
    if not money.leaving:
        return "leaving that stake"
    left_s = money.matures_at - now_s
    if left_s <= 0:
        return "has left that stake: workbond verifier withdraw"
    return f"leaves that stake in {duration(left_s)} of chain time"


def _leaving(money: Money, now_s: int) -> str:
    if not money.unbonding:
        return "leaving the stake"
    left_s = money.matures_at - now_s
    if left_s <= 0:
        return "has left the stake: workbond provider withdraw"
    return f"leaves the stake in {duration(left_s)} of chain time"


def _suggest_after_balance(
    place: Place, who: str | None, settings: Settings, wallet: int, gas: int, money: Money
) -> None:
    """What a newcomer lacks, else what the money is for; nothing at somebody else's."""
    if who is not None and who.startswith("0x"):
        return
    name = who or settings.account
    account = f" --account {name}" if name else ""
    has_tokens = wallet or money.free or money.staked
    if place.connection.is_local and not (gas and has_tokens):
        next_step(f"workbond account faucet{f' {name}' if name else ''}")
    elif wallet and not money.free and not money.staked:
        next_step(f"workbond account deposit {format_amount(wallet)}{account}")
    elif money.unbonding and money.matures_at <= place.connection.now_s():
        next_step(f"workbond provider withdraw{account}")
    elif money.staked:
        next_step(f"workbond provider status{account}")
    elif money.free:
        next_step("workbond job quote JOB.toml", f"workbond provider stake AMOUNT{account}")


@click.command()
@click.argument("amount", type=some_tokens, metavar="AMOUNT")
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def deposit(settings: Settings, amount: int, yes: bool) -> None:
    """Move tokens into the market.

    From the wallet to the free balance: in one transaction where the token takes signed permits
    (EIP-2612), else in two, of which the first approves AMOUNT.

    \b
    Example:
      workbond account deposit 100 --account me
    """
    from workbond.chain import funds

    place, owner = settings.place(), settings.address()
    fees = funds.deposit_fees(place.market, place.token, owner, amount)
    bill = Bill()
    bill.pot("in the wallet", place.token.balance(owner), -amount)
    bill.pot("free in the market", place.market.account_of(owner).free, amount)
    bill.fee(place.connection.balance(owner), *fees)
    bill.say("What is free can be withdrawn at any time.")
    bill.ask(f"Deposit {tokens(amount)}?", yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        receipts = funds.deposit(place.market, place.token, signer, amount)
    free = place.market.account_of(signer.address).free
    if settings.json:
        emit(
            {
                "address": signer.address,
                "deposited": str(amount),
                "free": str(free),
                "transactions": ["0x" + r.tx_hash.hex() for r in receipts],
            }
        )
        return
    say(f"Deposited {tokens(amount)}; free in the market: {tokens(free)}.")
    suggest(settings, "workbond job submit JOB.toml", "workbond provider stake AMOUNT")


@click.command()
@click.argument("amount", type=some_tokens, metavar="AMOUNT")
@click.option("--to", metavar="ADDRESS", help="Where the tokens go; default: the account itself.")
@click.option("--committee", is_flag=True, help="Out of the committee in place of the market.")
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def withdraw(settings: Settings, amount: int, to: str | None, committee: bool, yes: bool) -> None:
    """Move tokens out of the market, or out of its committee.

    AMOUNT goes from the free balance to the wallet, or to another address. In the committee are
    what cases gave back or paid, and what was deposited for them.

    \b
    Examples:
      workbond account withdraw 2.5 --account me
      workbond account withdraw 1.2 --committee --account me
    """
    from workbond.chain.refusals import InsufficientFree
    from workbond.chain.types import address as checked

    target = checked(to) if to else None
    place, owner = settings.place(), settings.address()
    target = target or owner
    pot = place.require_committee() if committee else place.market
    where = "committee" if committee else "market"

    def left_of(account: str) -> int:
        if committee:
            return place.require_committee().verifier_of(account).free
        return place.market.account_of(account).free

    free = left_of(owner)
    if free < amount:
        raise InsufficientFree(
            f"account {owner} has {tokens(free)} free in the {where}, {tokens(amount)} "
            "can't be withdrawn: withdraw less"
        )
    bill = Bill()
    bill.pot(f"free in the {where}", free, -amount)
    bill.pot(
        "in the wallet",
        place.token.balance(target),
        amount,
        "" if target == owner else f"{target}'s",
    )
    bill.fee(place.connection.balance(owner), pot.fee(owner, "withdraw", target, amount))
    if target != owner:
        bill.say(f"The wallet is another account's: only {target} could send the tokens back.")
    bill.ask(f"Withdraw {tokens(amount)} to {target}?", yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        receipt = pot.withdraw(signer, target, amount)
    free = left_of(signer.address)
    if settings.json:
        emit(
            {
                "address": signer.address,
                "to": target,
                "withdrawn": str(amount),
                "free": str(free),
                "transactions": ["0x" + receipt.tx_hash.hex()],
            }
        )
        return
    say(f"Withdrew {tokens(amount)} to {target}; free in the {where}: {tokens(free)}.")
    suggest(settings, "workbond account balance")


@click.command()
@click.argument("who", required=False, metavar="[NAME|ADDRESS]")
@click.option(
    "--tokens",
    "amount",
    type=TOKENS,
    metavar="AMOUNT",
    default="1000",
    show_default=True,
    help="Tokens to give; with 0 no market is needed.",
)
@click.option(
    "--gas",
    type=TOKENS,
    metavar="AMOUNT",
    default="10",
    show_default=True,
    help="Gas coins to give.",
)
@with_settings("rpc", "deployments", "account", "json")
def faucet(settings: Settings, who: str | None, amount: int, gas: int) -> None:
    """Get tokens and gas coin from nowhere, on local chains.

    Tokens come from dev account 0, which holds the supply of a local deployment.

    \b
    Example:
      workbond account faucet me --tokens 500
    """
    from workbond.chain import funds

    address = _address_of(settings, who)
    connection = settings.connect()
    funds.require_local(connection)
    token = settings.place(connection).token if amount else None
    if gas:
        funds.give_gas(connection, address, gas)
    if token:
        funds.give_tokens(token, address, amount)
    if settings.json:
        emit({"address": address, "tokens": str(amount), "gas": str(gas)})
        return
    say(f"Gave {tokens(amount)} and {format_amount(gas)} gas coin to {address}.")
    name = "" if who is None or who.startswith("0x") else f" --account {who}"
    if name:
        next_step(f"workbond account deposit {format_amount(amount)}{name}")
    else:
        suggest(settings, f"workbond account deposit {format_amount(amount)}")


def _address_of(settings: Settings, who: str | None) -> str:
    """The address meant by a name, an address, or --account."""
    from workbond.chain.types import address as checked

    if who is None:
        return settings.entry().address
    try:
        return settings.entry(who).address
    except AuthError:
        if not who.startswith("0x"):
            raise
        return checked(who)
