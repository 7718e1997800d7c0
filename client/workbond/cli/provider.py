"""`workbond provider`: the stake, and where it stands; the node is in a file of its own."""

from __future__ import annotations

import click

from workbond.cli.asking import Bill, yes_option
from workbond.cli.group import OrderedGroup
from workbond.cli.options import TOKENS, Settings, sending, suggest, with_settings
from workbond.cli.output import emit, say, table, tokens
from workbond.cli.provider_run import run
from workbond.words import duration, plural


@click.group(cls=OrderedGroup)
def provider() -> None:
    """Stake, and execute jobs for pay.

    \b
    Example:
      workbond provider stake 100 --account provider
      workbond provider run --account provider --min-price 1000
    """


@provider.command()
@click.argument("amount", type=TOKENS, metavar="AMOUNT")
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
@click.argument("amount", type=TOKENS, metavar="AMOUNT")
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def unstake(settings: Settings, amount: int, yes: bool) -> None:
    """Let AMOUNT of unlocked stake leave, after a cooldown.

    The cooldown restarts for all that is in it.

    \b
    Example:
      workbond provider unstake 50 --account provider
    """
    from workbond.chain.reverts import InsufficientStake

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


@provider.command()
@with_settings("rpc", "deployments", "account", "json")
def status(settings: Settings) -> None:
    """Show the stake, and the live jobs with their deadlines.

    \b
    Example:
      workbond provider status --account provider
    """
    from workbond.provider.status import next_deadline, read_status

    place, address = settings.place(), settings.entry().address
    found = read_status(place.market, address, place.deployment.market.block)
    account = found.account
    if settings.json:
        amounts = ("free", "staked", "bonded", "unbonding")
        emit(
            {
                "address": address,
                **{name: str(getattr(account, name)) for name in amounts},
                "matures_at": account.matures_at,
                "now": found.now_s,
                "jobs": [
                    {
                        "id": "0x" + record.id.hex(),
                        "state": record.state.label,
                        "tasks": record.request.tasks,
                        "bond": str(record.live_job().bond),
                        "waits_for": next_deadline(record)[0],
                        "deadline": next_deadline(record)[1],
                    }
                    for record in found.jobs
                ],
            }
        )
        return
    say(f"Provider {address}")
    rows = [
        ["free", tokens(account.free), ""],
        ["staked", tokens(account.staked), f"of which {tokens(account.bonded)} locked by jobs"],
    ]
    if account.unbonding:
        left_s = account.matures_at - found.now_s
        when = f"in {duration(left_s)} of chain time" if left_s > 0 else "now: provider withdraw"
        rows.append(["unbonding", tokens(account.unbonding), f"leaves the stake {when}"])
    say(table(["", "", ""], rows).lstrip("\n"))
    if found.jobs:
        say("Live jobs, most urgent first:")
    for record in found.jobs:
        waits_for, when_s = next_deadline(record)
        left_s = when_s - found.now_s
        left = f"{duration(left_s)} left" if left_s > 0 else f"{duration(-left_s)} ago"
        say(f"  0x{record.id.hex()}")
        tasks = plural(record.request.tasks, "task")
        say(f"    {record.state.label}, {tasks}, {waits_for} {when_s} ({left})")
    if not found.jobs:
        say("No live jobs.")
    suggest(
        settings, "workbond provider run" if account.staked else "workbond provider stake AMOUNT"
    )


provider.add_command(run)
