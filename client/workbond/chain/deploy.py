"""Putting a token and a market on a chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbond.chain import rules
from workbond.chain.abi import Abi, encode
from workbond.chain.artifacts import artifact
from workbond.chain.connection import Connection
from workbond.chain.transactions import Signer, send
from workbond.chain.types import address as checked
from workbond.deployments import Deployed, Deployment
from workbond.errors import ChainError, UsageError
from workbond.money import AMOUNT_MAX

DEFAULT_COOLDOWN_S = 7 * 86_400
LOCAL_COOLDOWN_S = 60  # long enough to be seen, short enough to be waited for
DEFAULT_SUPPLY = 10**9 * 10**18


def creation_code(name: str, args: Sequence[Any]) -> bytes:
    """Creation bytecode of the shipped contract `name` with its encoded constructor arguments."""
    shipped = artifact(name)
    return shipped.bytecode + encode(Abi(shipped.abi).constructor, args, f"constructor of {name}")


def deploy(
    connection: Connection, signer: Signer, *, recipient: str, supply: int, cooldown_s: int
) -> Deployment:
    """Deploys a `WorkToken` whose `supply` goes to `recipient`, and a `Market` paid in it.

    Returns the record to save (`workbond.deployments.save`).
    """
    if not 0 <= cooldown_s <= rules.MAX_COOLDOWN_S:
        raise UsageError(
            f"a cooldown of {cooldown_s} s is out of range: choose 0 to {rules.MAX_COOLDOWN_S}"
        )
    if not 0 < supply <= AMOUNT_MAX:
        raise UsageError(f"a supply of {supply} base units is out of range: choose 1 to 2^96 - 1")
    token = _create(connection, signer, "WorkToken", [checked(recipient), supply])
    market = _create(connection, signer, "Market", [token.address, cooldown_s])
    return Deployment(
        chain_id=connection.chain_id,
        genesis_hash="0x" + connection.genesis_hash.hex(),
        deployer=signer.address,
        token=token,
        market=market,
        compiler=artifact("Market").compiler,
    )


def _create(connection: Connection, signer: Signer, name: str, args: list[Any]) -> Deployed:
    receipt = send(connection, signer, None, creation_code(name, args))
    if receipt.contract is None:
        raise ChainError(f"the deployment of {name} made no contract: check the RPC")
    return Deployed(receipt.contract, "0x" + receipt.tx_hash.hex(), receipt.block_number, args)
