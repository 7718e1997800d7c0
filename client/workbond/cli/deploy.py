"""`workbond deploy`: a token and a market on the connected chain."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from workbond.cli.options import TOKENS, Settings, with_settings
from workbond.cli.output import emit, next_step, note, say, tokens
from workbond.errors import UsageError
from workbond.words import duration

if TYPE_CHECKING:
    from workbond.accounts import Signer
    from workbond.chain.connection import Connection


@click.command(short_help="Deploy the token and the market.")
@click.option(
    "--cooldown",
    type=click.IntRange(min=0),
    metavar="SECONDS",
    help="How long unstaked tokens wait; default: 7 days, on a local chain 60 s.",
)
@click.option(
    "--recipient", metavar="ADDRESS", help="Gets the token's whole supply; default: who deploys."
)
@click.option(
    "--supply",
    type=TOKENS,
    default="1000000000",
    show_default=True,
    metavar="AMOUNT",
    help="The fixed supply.",
)
@click.option("--replace", is_flag=True, help="Deploy although this chain has a market on file.")
@with_settings("rpc", "deployments", "account", "password", "json")
def deploy(
    settings: Settings, cooldown: int | None, recipient: str | None, supply: int, replace: bool
) -> None:
    """Deploy the token and the market, and write deployments/<chain-id>.json.

    The other commands find the market by that file: run them in the same directory, or say where
    it is with --deployments.

    On a local chain anvil's dev account 0 deploys and holds the supply, unless --account says
    otherwise; the faucet gives from there.

    \b
    Examples:
      workbond deploy
      workbond deploy --rpc https://rpc.example.org --account me
    """
    from workbond import deployments
    from workbond.chain import deploy as deploying

    connection = settings.connect()
    _make_room(settings, connection, replace)
    signer = _deployer(settings, connection)
    if cooldown is None:
        local = connection.is_local
        cooldown = deploying.LOCAL_COOLDOWN_S if local else deploying.DEFAULT_COOLDOWN_S
    deployment = deploying.deploy(
        connection,
        signer,
        recipient=recipient or signer.address,
        supply=supply,
        cooldown_s=cooldown,
    )
    path = deployments.save(deployment, settings.deployments)
    if settings.json:
        emit(asdict(deployment) | {"file": str(path)})
        return
    say(f"Token    {deployment.token.address}")
    say(f"         {tokens(supply)} for {deployment.token.args[0]}")
    say(f"Market   {deployment.market.address}")
    say(f"         unstaked tokens are free after {duration(cooldown)}")
    say(f"Written  {path}")
    next_step("workbond account new NAME")


def _make_room(settings: Settings, connection: Connection, replace: bool) -> None:
    """Refuses to forget a market of this very chain; says so when an earlier chain's file goes."""
    from workbond import deployments

    path = deployments.path_of(settings.deployments, connection.chain_id)
    if replace or not path.is_file():
        return
    old = deployments.read(path)
    if old.genesis_hash == "0x" + connection.genesis_hash.hex():
        raise UsageError(
            f"chain {connection.chain_id} has a market already ({old.market.address} in {path}): "
            "use it, or deploy another one with --replace"
        )
    if not connection.is_local:
        raise UsageError(
            f"{path} names another genesis than the chain at {connection.label}: check --rpc, or "
            "deploy all the same with --replace"
        )
    note(f"Note: {path} belongs to an earlier chain {connection.chain_id} and is replaced.")


def _deployer(settings: Settings, connection: Connection) -> Signer:
    if settings.account is None and connection.is_local:
        from workbond.accounts import dev_signer

        return dev_signer(0)
    return settings.signer()
