"""Where the market is: `deployments/<chain-id>.json`, written by `workbond deploy`, checked on use.

A chain id alone does not name a chain: every restarted anvil is 31337 again. So the file carries
the genesis hash, and loading compares it, and the code at all addresses, with what it should be.
"""

from __future__ import annotations

import json
from pathlib import Path

from workbond.chain.artifacts import artifact
from workbond.chain.committee import Committee
from workbond.chain.connection import Connection
from workbond.chain.market import Market
from workbond.chain.token import Token
from workbond.deploymentfile import (
    FORMAT,
    Deployed,
    Deployment,
    NewerFormat,
    from_json,
    to_json,
)
from workbond.errors import ChainError, UsageError
from workbond.money import DECIMALS
from workbond.wholefile import replace_file

__all__ = [
    "Deployed",
    "Deployment",
    "StaleDeployment",
    "load",
    "path_of",
    "read",
    "require_same_chain",
    "save",
]

MAX_FILE_BYTES = 512 * 1024


class StaleDeployment(ChainError):
    """The file belongs to an earlier chain of the same id."""


def require_same_chain(connection: Connection, genesis: bytes, advice: str) -> None:
    """Raises `StaleDeployment` with `advice` unless the chain still begins with the block whose
    hash is `genesis`: a local one that was started anew has the same id, and a market at the same
    address."""
    now = connection.block(0).hash
    if now != genesis:
        raise StaleDeployment(
            f"another chain answers at {connection.label} (genesis 0x{genesis.hex()[:8]}... "
            f"before, 0x{now.hex()[:8]}... now): {advice}"
        )


def path_of(directory: Path, chain_id: int) -> Path:
    """The file of chain `chain_id` in `directory`."""
    return directory / f"{chain_id}.json"


def load(connection: Connection, directory: Path) -> Deployment:
    """The deployment on the connected chain, checked against it.

    Raises:
        StaleDeployment: the file belongs to an earlier chain of the same id.
        ChainError: no file, a damaged one, or another contract at an address.
    """
    path = path_of(directory, connection.chain_id)
    if not path.is_file():
        raise ChainError(
            f"no market is known on chain {connection.chain_id} ({path} does not exist): deploy "
            "one with `workbond deploy`, or point --deployments at the directory that has the file"
        )
    deployment = read(path)
    if deployment.chain_id != connection.chain_id:
        raise _damaged(path, f"it is for chain {deployment.chain_id}")
    genesis = "0x" + connection.genesis_hash.hex()
    if deployment.genesis_hash != genesis:
        raise StaleDeployment(
            f"{path} belongs to an earlier chain {connection.chain_id} (genesis "
            f"{deployment.genesis_hash[:10]}..., now {genesis[:10]}...): deploy again with "
            "`workbond deploy`, or connect to that chain with --rpc"
        )
    for contract in reversed(deployment.contracts):
        _check_code(connection, path, contract)
    paid_in = Market(connection, deployment.market.address).token_address
    if paid_in != deployment.token.address:
        raise ChainError(
            f"wrong contract at {deployment.market.address}: that market is paid in {paid_in}, but "
            f"{path} names the token {deployment.token.address}; correct the file"
        )
    if deployment.committee is not None:
        judges = Committee(connection, deployment.committee.address).market_address
        if judges != deployment.market.address:
            raise ChainError(
                f"wrong contract at {deployment.committee.address}: that committee judges claims "
                f"of {judges}, but {path} names the market {deployment.market.address}; correct "
                "the file"
            )
    if not deployment.token.is_ours:
        require_plain_token(connection, deployment.token.address)
    return deployment


def require_plain_token(connection: Connection, address: str) -> Token:
    """The ERC-20 at `address`, if a market can be paid in it and this client can count it.

    Raises:
        ChainError: no contract, one that does not answer as a token, or other than 18 decimals.
    """
    if not connection.code(address):
        raise ChainError(
            f"there is no contract at {address} on chain {connection.chain_id}: check the address "
            "of the token"
        )
    token = Token(connection, address)
    try:
        decimals, _, _ = token.decimals, token.symbol, token.balance(address)
    except ChainError as error:
        raise ChainError(
            f"the contract at {address} is no ERC-20 with decimals and symbol ({error}): name "
            "another token"
        ) from error
    if decimals != DECIMALS:
        raise ChainError(
            f"the token {address} has {decimals} decimals, and amounts here have {DECIMALS}: name "
            f"a token with {DECIMALS}"
        )
    return token


def read(path: Path) -> Deployment:
    """The file's content, unchecked against any chain."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
        if len(text) > MAX_FILE_BYTES:
            raise _damaged(path, f"more than {MAX_FILE_BYTES} bytes")
        data = json.loads(text)
        return from_json(data)
    except NewerFormat as error:
        raise ChainError(
            f"{path} has {error}, which a newer version of workbond wrote (this one reads up to "
            f"{FORMAT}): upgrade workbond"
        ) from error
    except OSError as error:
        raise ChainError(f"can't read {path} ({error.strerror}): check its permissions") from error
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError, UsageError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}"[:120]) from error


def save(deployment: Deployment, directory: Path) -> Path:
    """Writes the file, whole or not at all, over an older one; returns its path."""
    path = path_of(directory, deployment.chain_id)
    write_whole(path, json.dumps(to_json(deployment), indent=2) + "\n")
    return path


def write_whole(path: Path, text: str) -> None:
    """Writes a file of the deployments directory, whole or not at all, over an older one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode(), 0o644)  # nothing in it is secret
    except OSError as error:
        raise ChainError(
            f"can't write {path} ({error.strerror}): choose another --deployments directory"
        ) from error


def _check_code(connection: Connection, path: Path, contract: Deployed) -> None:
    name, address = contract.name, contract.address
    code = connection.code(address)
    if not code:
        raise ChainError(
            f"{path} says that {name} is at {address}, but no contract is there: deploy again with "
            "`workbond deploy`"
        )
    if contract.is_ours and not artifact(name).runtime_matches(code):
        raise ChainError(
            f"wrong contract at {address}: its code is not the {name} of this version; use the "
            f"version that deployed it, or correct {path}"
        )


def _damaged(path: Path, what: str) -> ChainError:
    return ChainError(f"{path} is no sound deployment file ({what}): deploy again or restore it")
