"""Where the market is: `deployments/<chain-id>.json`, written by `workbond deploy`, checked on use.

A chain id alone does not name a chain: every restarted anvil is 31337 again. So the file carries
the genesis hash, and loading compares it, and the code at both addresses, with what it should be.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbond.chain.artifacts import artifact
from workbond.chain.connection import Connection
from workbond.chain.market import Market
from workbond.chain.types import address as checked
from workbond.errors import ChainError, UsageError

FORMAT = 1
MAX_FILE_BYTES = 256 * 1024


@dataclass(frozen=True)
class Deployed:
    """A contract: its address, the transaction and block that made it, constructor arguments."""

    address: str
    tx: str
    block: int
    args: list[Any]


@dataclass(frozen=True)
class Deployment:
    """A token and a market on one chain. `compiler` holds solc's version and settings."""

    chain_id: int
    genesis_hash: str
    deployer: str
    token: Deployed
    market: Deployed
    compiler: dict[str, Any]


class StaleDeployment(ChainError):
    """The file belongs to an earlier chain of the same id."""


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
    for name, contract in (("Market", deployment.market), ("WorkToken", deployment.token)):
        _check_code(connection, path, name, contract.address)
    paid_in = Market(connection, deployment.market.address).token_address
    if paid_in != deployment.token.address:
        raise ChainError(
            f"wrong contract at {deployment.market.address}: that market is paid in {paid_in}, but "
            f"{path} names the token {deployment.token.address}; correct the file"
        )
    return deployment


def read(path: Path) -> Deployment:
    """The file's content, unchecked against any chain."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
        if len(text) > MAX_FILE_BYTES:
            raise _damaged(path, f"more than {MAX_FILE_BYTES} bytes")
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise _damaged(path, f"format {data['format']!r:.20}, this version reads {FORMAT}")
        return Deployment(
            chain_id=int(data["chain_id"]),
            genesis_hash=str(data["genesis_hash"]),
            deployer=checked(data["deployer"]),
            token=_contract(data["token"]),
            market=_contract(data["market"]),
            compiler=dict(data["compiler"]),
        )
    except OSError as error:
        raise ChainError(f"can't read {path} ({error.strerror}): check its permissions") from error
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError, UsageError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}"[:120]) from error


def save(deployment: Deployment, directory: Path) -> Path:
    """Writes the file, whole or not at all, over an older one; returns its path."""
    path = path_of(directory, deployment.chain_id)
    text = json.dumps({"format": FORMAT, **asdict(deployment)}, indent=2) + "\n"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=directory, prefix=".new-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).chmod(0o644)  # nothing in it is secret
            Path(temporary).replace(path)
        finally:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
    except OSError as error:
        raise ChainError(
            f"can't write {path} ({error.strerror}): choose another --deployments directory"
        ) from error
    return path


def _check_code(connection: Connection, path: Path, name: str, address: str) -> None:
    code = connection.code(address)
    if not code:
        raise ChainError(
            f"{path} says that {name} is at {address}, but no contract is there: deploy again with "
            "`workbond deploy`"
        )
    if not artifact(name).runtime_matches(code):
        raise ChainError(
            f"wrong contract at {address}: its code is not the {name} of this version; use the "
            f"version that deployed it, or correct {path}"
        )


def _contract(data: dict[str, Any]) -> Deployed:
    return Deployed(
        checked(data["address"]), str(data["tx"]), int(data["block"]), list(data["args"])
    )


def _damaged(path: Path, what: str) -> ChainError:
    return ChainError(f"{path} is no sound deployment file ({what}): deploy again or restore it")
