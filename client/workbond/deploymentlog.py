"""`deployments/<chain-id>.sent.json`: transactions of a deployment that is not finished.

Each is written down before a node gets it. So whenever a deployment is interrupted, the next run
finds out what became of them and goes on, and nothing is paid twice. A signed transaction is no
secret: it can only do what it says, once.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbond.chain.connection import Connection
from workbond.chain.transactions import Signed
from workbond.chain.types import address as checked
from workbond.deployments import write_whole
from workbond.errors import ChainError, UsageError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

FORMAT = 1
MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_TRANSACTIONS = 64


@contextlib.contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Holds the deployments in `directory` for this process: of two that deploy at once, the second
    would not see what the first is sending, and pay for another market.

    Raises:
        UsageError: another process has them.
        ChainError: the directory can't be made or opened.
    """
    if fcntl is None:
        yield
        return
    made = not directory.exists()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        handle = os.open(directory, os.O_RDONLY)
    except OSError as error:
        raise ChainError(
            f"can't use {directory} ({error.strerror}): choose another --deployments directory"
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                f"another `workbond deploy` is at work in {directory}: wait for it to end"
            ) from error
        yield
    finally:
        if made:  # and nothing was written: who said no finds all as it was
            with contextlib.suppress(OSError):
                directory.rmdir()
        os.close(handle)


class DeploymentLog:
    """The log of one chain in `directory`; another chain of the same id starts it anew."""

    def __init__(self, directory: Path, connection: Connection) -> None:
        self.path = directory / f"{connection.chain_id}.sent.json"
        self._chain_id = connection.chain_id
        self._genesis_hash = "0x" + connection.genesis_hash.hex()
        self.deployer: str | None = None
        self._sent: list[tuple[str, Signed]] = []
        if self.path.is_file():
            self._load()

    def sent(self, contract: str) -> list[Signed]:
        """The transactions that create `contract`, oldest first."""
        return [signed for name, signed in self._sent if name == contract]

    def add(self, contract: str, deployer: str, signed: Signed) -> None:
        """Writes one more down.

        Raises:
            ChainError: it can't be written; then it should not be sent.
        """
        self.deployer = deployer
        self._sent.append((contract, signed))
        record = {
            "format": FORMAT,
            "chain_id": self._chain_id,
            "genesis_hash": self._genesis_hash,
            "deployer": deployer,
            "transactions": [
                {
                    "contract": name,
                    "hash": "0x" + signed.hash.hex(),
                    "nonce": signed.nonce,
                    "gas": signed.gas,
                    "raw": "0x" + signed.raw.hex(),
                }
                for name, signed in self._sent
            ],
        }
        write_whole(self.path, json.dumps(record, indent=2) + "\n")

    def remove(self) -> None:
        """The deployment is finished, or given up."""
        self.deployer, self._sent = None, []
        with contextlib.suppress(OSError):
            self.path.unlink()

    def _load(self) -> None:
        try:
            with self.path.open("rb") as file:
                text = file.read(MAX_FILE_BYTES + 1)
            if len(text) > MAX_FILE_BYTES:
                raise ValueError(f"more than {MAX_FILE_BYTES} bytes")
            data = json.loads(text)
            if data["format"] != FORMAT:
                raise ValueError(f"format {data['format']!r:.20}")
            if data["genesis_hash"] != self._genesis_hash:
                return  # of a chain that is gone
            if len(data["transactions"]) > MAX_TRANSACTIONS:
                raise ValueError(f"more than {MAX_TRANSACTIONS} transactions")
            self.deployer = checked(data["deployer"])
            self._sent = [_entry(entry) for entry in data["transactions"]]
        except OSError as error:
            raise ChainError(
                f"can't read {self.path} ({error.strerror}): check its permissions"
            ) from error
        except (KeyError, TypeError, ValueError, RecursionError, UsageError) as error:
            raise ChainError(
                f"{self.path} is no sound log of a deployment ({type(error).__name__}): look up "
                "what your account sent, then remove the file"
            ) from error


def _entry(entry: Any) -> tuple[str, Signed]:
    signed = Signed(bytes.fromhex(entry["raw"][2:]), int(entry["nonce"]), int(entry["gas"]))
    if "0x" + signed.hash.hex() != entry["hash"]:
        raise ValueError("a transaction with another hash")
    return str(entry["contract"]), signed
