"""`workbond deploy`: a token, a market and a committee on the connected chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbond.cli.asking import confirm, gas_coin, yes_option
from workbond.cli.options import TOKENS, Settings, with_settings
from workbond.cli.output import emit, next_step, note, say, table
from workbond.errors import Cancelled, UsageError
from workbond.money import format_amount, tokens
from workbond.words import duration

if TYPE_CHECKING:
    from workbond.accounts import Signer
    from workbond.chain.connection import Connection
    from workbond.chain.creation import Estimate, Terms
    from workbond.deploymentfile import Deployment
    from workbond.deploymentlog import DeploymentLog


@click.command(short_help="Deploy the token, the market and the committee.")
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
@click.option(
    "--token",
    metavar="ADDRESS",
    help="Make no token: the market is paid in this ERC-20 of 18 decimals.",
)
@click.option(
    "--seat-stake",
    type=TOKENS,
    default="100",
    show_default=True,
    metavar="AMOUNT",
    help="The least that a verifier of the committee must stake.",
)
@click.option(
    "--confirmations",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Blocks to wait for before the file is written; default: 2, on a local chain 1.",
)
@click.option("--replace", is_flag=True, help="Deploy although this chain has a market on file.")
@yes_option
@with_settings("rpc", "fee", "deployments", "account", "password", "json")
def deploy(
    settings: Settings,
    cooldown: int | None,
    recipient: str | None,
    supply: int,
    token: str | None,
    seat_stake: int,
    confirmations: int | None,
    replace: bool,
    yes: bool,
) -> None:
    """Deploy the token, the market and the committee, and write deployments/<chain-id>.json.

    The committee judges disputes of the jobs that name it; verifiers stake in it to be drawn. The
    other commands find all of them by that file: run them in the same directory, or say where
    it is with --deployments. What it costs is shown before anything is sent. An interrupted
    deployment goes on when the command is repeated.

    On a local chain anvil's dev account 0 deploys and holds the supply, unless --account says
    otherwise; the faucet gives from there.

    \b
    Examples:
      workbond deploy
      workbond deploy --rpc https://rpc.example.org --account me
    """
    from workbond import deployments
    from workbond.chain import deploy as deploying
    from workbond.chain.creation import Terms
    from workbond.deploymentlog import DeploymentLog, exclusive

    connection = settings.connect()
    click.get_current_context().with_resource(exclusive(settings.deployments))
    local = connection.is_local
    log = DeploymentLog(settings.deployments, connection)
    _make_room(settings, connection, log, replace)
    dev = _dev_account(settings, connection)
    deployer = dev.address if dev else settings.address()
    if cooldown is None:
        cooldown = deploying.LOCAL_COOLDOWN_S if local else deploying.DEFAULT_COOLDOWN_S
    terms = Terms(recipient or deployer, supply, cooldown, token, seat_stake)
    _show_bill(settings, connection, deployer, terms, log)
    confirm("Deploy?", yes or dev is not None)
    signer = dev or settings.signer()
    try:
        deployment = deploying.deploy(
            connection,
            signer,
            recipient=terms.recipient,
            supply=supply,
            cooldown_s=cooldown,
            token=token,
            seat_stake=seat_stake,
            confirmations=confirmations or (1 if local else deploying.CONFIRMATIONS),
            log=log,
            tell=note if dev is None else lambda line: None,
        )
    except KeyboardInterrupt as interrupt:
        raise Cancelled(
            f"interrupted; what was sent is written down in {log.path}: the same command goes on "
            "from there"
        ) from interrupt
    path = deployments.save(deployment, settings.deployments)
    log.remove()
    _say_deployed(settings, connection, deployment, terms, str(path))


def _say_deployed(
    settings: Settings, connection: Connection, deployment: Deployment, terms: Terms, path: str
) -> None:
    from workbond.chain.token import Token
    from workbond.deploymentfile import to_json

    if settings.json:
        emit(to_json(deployment, with_abi=False) | {"file": path})
        return
    say(f"Token      {deployment.token.address}")
    if deployment.token.is_ours:
        say(f"           {tokens(terms.supply)} for {deployment.token.args['recipient']}")
    else:
        symbol = Token(connection, deployment.token.address).symbol
        say(f"           {symbol}, which was there before")
    say(f"Market     {deployment.market.address}")
    say(f"           unstaked tokens are free after {duration(terms.cooldown_s)}")
    if deployment.committee is not None:
        say(f"Committee  {deployment.committee.address}")
        say(f"           verifiers stake at least {tokens(terms.seat_stake)}")
    say(f"Written    {path}")
    if connection.is_local:
        next_step("workbond account new NAME")
    else:
        next_step("workbond deployment check", "workbond deployment export")


def _show_bill(
    settings: Settings,
    connection: Connection,
    deployer: str,
    terms: Terms,
    log: DeploymentLog,
) -> None:
    """What will be sent and what it may cost; raises what speaks against it."""
    from workbond import deployments
    from workbond.chain import creation
    from workbond.chain import deploy as deploying

    made = deploying.unfinished(connection, deployer, terms, log)
    bill = creation.estimate(connection, deployer, terms, made)
    if made.sent:
        there = [f"{name} is at {made.at[name]}" for name in terms.contracts if name in made.at]
        at = f" ({', '.join(there)})" if there else ""
        note(f"An interrupted deployment goes on{at}; what it sent is paid already.")
    note(f"Deployment on chain {connection.chain_id} at {connection.label}:")
    note(table(["", "gas", ""], _bill_rows(connection, deployer, terms, bill), right=["gas"]))
    note(
        f"It costs about {gas_coin(bill.likely)} {connection.currency}, at most "
        f"{gas_coin(bill.most)} {connection.currency}."
    )
    path = deployments.path_of(settings.deployments, connection.chain_id)
    note(f"{path} will say where the market is.")


def _bill_rows(
    connection: Connection, deployer: str, terms: Terms, bill: Estimate
) -> list[list[str]]:
    own = f"owns {format_amount(connection.balance(deployer))} {connection.currency}"
    what = {
        "WorkToken": f"{tokens(terms.supply)} for {terms.recipient}",
        "Market": f"unstaked tokens are free after {duration(terms.cooldown_s)}",
        "Committee": f"verifiers stake at least {tokens(terms.seat_stake)}",
    }
    rows = [[name, f"{gas:,}", what[name]] for name, gas in bill.gas.items()]
    return [*rows, ["deployer", "", f"{deployer} {own}"]]


def _make_room(
    settings: Settings, connection: Connection, log: DeploymentLog, replace: bool
) -> None:
    """Refuses to forget a market of this very chain; says so when an earlier chain's file goes."""
    from workbond import deployments

    if replace:
        log.remove()
        return
    path = deployments.path_of(settings.deployments, connection.chain_id)
    if not path.is_file():
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


def _dev_account(settings: Settings, connection: Connection) -> Signer | None:
    """Dev account 0, which deploys on a local chain if nobody else is named."""
    if settings.account is None and connection.is_local:
        from workbond.accounts import dev_signer

        return dev_signer(0)
    return None
