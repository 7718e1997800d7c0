"""`workbond deployment`: what is known about a chain's market, and proof of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbond.cli.group import OrderedGroup
from workbond.cli.options import Settings, with_settings
from workbond.cli.output import emit, next_step, say, table
from workbond.errors import ChainError, VerificationFailed
from workbond.money import tokens
from workbond.words import duration

if TYPE_CHECKING:
    from workbond.chain.connection import Connection
    from workbond.deploymentfile import Deployed, Deployment


@click.group(cls=OrderedGroup)
def deployment() -> None:
    """What is known about the market of a chain, and proof of it.

    \b
    Example:
      workbond deployment check
    """


@deployment.command()
@with_settings("rpc", "deployments", "json")
def show(settings: Settings) -> None:
    """Show the connected chain's market.

    What its deployment file says, after the usual checks. --json prints all of it, ABIs included.

    \b
    Example:
      workbond deployment show
    """
    from workbond.chain.rpc import clip
    from workbond.deploymentfile import to_json

    place = settings.place()
    record = place.deployment
    if settings.json:
        emit(to_json(record))
        return
    say(f"Chain {record.chain_id}, genesis {record.genesis_hash}")
    if record.date:
        say(f"Deployed {clip(record.date)} by {record.deployer}")
    else:
        say(f"Deployed by {record.deployer}")
    say()
    market, token = record.market, record.token
    rows: list[tuple[str, object]] = [
        ("market", market.address),
        ("  cooldown", duration(place.market.cooldown_s)),
        *_creation(market),
        ("token", token.address),
    ]
    if token.is_ours:
        supply, owner = token.args.get("supply", ""), token.args.get("recipient", "")
        if supply.isascii() and supply.isdecimal():
            rows.append(("  supply", f"{tokens(int(supply))}, first owned by {owner}"))
    else:
        rows.append(("  symbol", f"{place.token.symbol}, a token that was there before"))
    rows += _creation(token)
    if record.committee is not None:
        rows += [
            ("committee", record.committee.address),
            ("  seat stake", f"at least {tokens(place.require_committee().min_stake)}"),
            *_creation(record.committee),
        ]
    rows += [
        ("compiler", f"solc {market.compiler.get('version')}, {_settings(market)}"),
        ("licence", market.license),
        ("file", _path(settings, place.connection)),
    ]
    width = max(len(str(name)) for name, _ in rows)
    for name, value in rows:
        say(f"{name:<{width}}  {clip(value)}")
    next_step("workbond deployment check", "workbond deployment export")


def _creation(contract: Deployed) -> list[tuple[str, object]]:
    if contract.tx is None:
        return [("  first block", contract.block)]
    return [("  made by", f"{contract.tx} in block {contract.block}")]


def _settings(contract: Deployed) -> str:
    settings = contract.compiler.get("settings", {})
    optimizer = settings.get("optimizer")
    runs = optimizer.get("runs") if isinstance(optimizer, dict) else None
    return (
        f"{runs} optimizer runs, viaIR {'on' if settings.get('viaIR') else 'off'}, "
        f"EVM {settings.get('evmVersion')}"
    )


@deployment.command()
@with_settings("rpc", "deployments", "json")
def check(settings: Settings) -> None:
    """Check the deployment file against the chain and this package.

    Compares the code at all addresses, and the transactions that made them: what they carried must
    be the packaged bytecode and the recorded constructor arguments, byte for byte.

    \b
    Example:
      workbond deployment check
    """
    from workbond import verification

    connection = settings.connect()
    path, record = _read(settings, connection)
    found = verification.check(connection, record)
    failed = [item for item in found if not item.passed]
    if settings.json:
        emit({"matches": not failed, "checks": [asdict(item) for item in found]})
    else:
        rows = [
            [item.contract, item.what, "yes" if item.passed else "NO", item.detail]
            for item in found
        ]
        say(table(["", "compared", "same", ""], rows))
    if failed:
        raise VerificationFailed(
            f"{path} and chain {record.chain_id} differ in {len(failed)} of {len(found)} checks, "
            f"first in the {failed[0].what} of {failed[0].contract}: don't use this market"
        )
    if not settings.json:
        next_step("workbond deployment export")


@deployment.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Directory for the files; default: verify-<chain-id>.",
)
@with_settings("rpc", "deployments", "json")
def export(settings: Settings, out: Path | None) -> None:
    """Write what a block explorer needs to verify the contracts' source.

    For each contract: solc's standard JSON input, the constructor arguments, and a README with the
    values for the form and the calls for Etherscan, Blockscout and Sourcify.

    \b
    Example:
      workbond deployment export --out verify
    """
    from workbond import verification

    record = settings.place().deployment
    files = verification.export(record, out or Path(f"verify-{record.chain_id}"))
    if settings.json:
        emit({"files": [str(file) for file in files]})
        return
    for file in files:
        say(f"Written  {file}")
    say(f"What to do with them: {files[0]}")


def _path(settings: Settings, connection: Connection) -> Path:
    from workbond import deployments

    return deployments.path_of(settings.deployments, connection.chain_id)


def _read(settings: Settings, connection: Connection) -> tuple[Path, Deployment]:
    """The file as it is, without the checks that other commands make and stop at."""
    from workbond import deployments

    path = _path(settings, connection)
    if not path.is_file():
        raise ChainError(
            f"no market is known on chain {connection.chain_id} ({path} does not exist): deploy "
            "one with `workbond deploy`, or point --deployments at the directory that has the file"
        )
    return path, deployments.read(path)
