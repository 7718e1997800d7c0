"""Anvil: the local chain as a subprocess, and what only a local chain can do.

Blocks come every second and with every transaction (`--block-time 1 --mixed-mining`): an idle anvil
without them would answer calls with the time of its last block. The EVM is pinned to prague.
"""

from __future__ import annotations

import ctypes
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from workbond import threads
from workbond.chain.connection import Connection
from workbond.chain.rpc import clip
from workbond.chain.types import address as checked
from workbond.errors import ChainError

ANVIL_VERSION = "1.7.1"
DEFAULT_CHAIN_ID = 31337
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 5.0
ENVIRONMENT_PREFIX = "workbond-anvil"  # below sys.prefix, where `make demo` has npm put it

# Addresses of the public mnemonic in `workbond.accounts`; anvil gives each 10,000 gas coins.
DEV_ADDRESSES = (
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
    "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65",
    "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
    "0x976EA74026E726554dB657fA54763abd0C3a0aa9",
    "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
    "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f",
    "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
)


def find_anvil() -> Path:
    """The anvil to run: $WORKBOND_ANVIL, PATH, the environment's own, ./node_modules.

    npm runs no install scripts here, so the platform package's binary is taken as it is.
    """
    named = os.environ.get("WORKBOND_ANVIL")
    if named:
        if os.access(named, os.X_OK) and Path(named).is_file():
            return Path(named)
        raise ChainError(f"WORKBOND_ANVIL names {named}, which is no program: correct or unset it")
    on_path = shutil.which("anvil")
    if on_path:
        return Path(on_path)
    for prefix in (Path(sys.prefix) / ENVIRONMENT_PREFIX, Path.cwd()):
        for found in sorted(prefix.glob("node_modules/@foundry-rs/anvil-*/bin/anvil*")):
            if os.access(found, os.X_OK):
                return found
    prefix = Path(sys.prefix) / ENVIRONMENT_PREFIX
    raise ChainError(
        "anvil is not installed: run `npm install --prefix "
        f"{prefix} @foundry-rs/anvil@{ANVIL_VERSION}`, or install Foundry (getfoundry.sh)"
    )


class Anvil:
    """A running anvil on the loopback interface; a context manager that stops it.

    On Linux it also ends when the thread that started it does, however that ends
    (PR_SET_PDEATHSIG): start it from one that lives as long as it is needed, best the main thread.

    Args:
        port: 0 takes a free one; `url` tells which.
        chain_id: 31337 and 1337 count as local everywhere in Workbond.
        block_time_s: seconds between blocks.
        at_once: mine transactions at once, between the regular blocks too.
        hardfork: the EVM's rules; contracts are compiled for prague.
        options: more of anvil's own (see `anvil --help`).

    Raises:
        ChainError: no anvil, a busy port, or it does not start.
    """

    def __init__(
        self,
        port: int = 0,
        chain_id: int = DEFAULT_CHAIN_ID,
        block_time_s: float = 1,
        *,
        at_once: bool = True,
        hardfork: str = "prague",
        options: Sequence[str] = (),
    ) -> None:
        program = find_anvil()
        if port:
            _require_free(port)
        command = [str(program), "--host", "127.0.0.1", "--port", str(port)]
        command += ["--chain-id", str(chain_id), "--block-time", str(block_time_s)]
        command += ["--hardfork", hardfork, *(["--mixed-mining"] if at_once else []), *options]
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,  # Ctrl-C is ours to handle, in order
                preexec_fn=_die_with_parent if _LIBC else None,
            )
        except OSError as error:
            raise ChainError(f"can't run {program} ({error.strerror}): reinstall anvil") from error
        try:
            self.port = self._await_port()
            self.url = f"http://127.0.0.1:{self.port}"
            self.connection = Connection(self.url)
            self.connection.rpc("anvil_setLoggingEnabled", False)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the process; does nothing if it has ended."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _await_port(self) -> int:
        """Anvil names its port when it listens; a thread drains what it says, then and later."""
        said: deque[str] = deque(maxlen=5)
        listening: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        threads.start(lambda: _drain(self.process, said, listening))
        try:
            port = listening.get(timeout=START_TIMEOUT_S)
        except queue.Empty:
            raise ChainError(
                f"anvil said nothing for {START_TIMEOUT_S:g} s: the machine is busy, try again"
            ) from None
        if port is None:
            words = clip(" ".join(said)) or f"exit code {self.process.wait()}"
            raise ChainError(f"anvil did not start: {words}")
        return port


def _drain(
    process: subprocess.Popen[str], said: deque[str], listening: queue.SimpleQueue[int | None]
) -> None:
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            if line.startswith("Listening on "):
                listening.put(int(line.rsplit(":", 1)[1]))
            elif line.strip():
                said.append(line)
    listening.put(None)


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ChainError(
                f"port {port} is busy or not allowed ({error.strerror}): stop what runs there, or "
                "choose another one with --port"
            ) from error


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """In the child before exec: the kernel ends it when we die, even by SIGKILL."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


# ───────────────────────── what only a local chain can do ─────────────────────


def set_balance(connection: Connection, account: str, wei: int) -> None:
    """Gives `account` exactly `wei` of gas coin."""
    connection.rpc("anvil_setBalance", checked(account), hex(wei))


def advance(connection: Connection, seconds: int) -> int:
    """Moves the chain's clock and mines a block; returns the new block's timestamp."""
    connection.rpc("evm_increaseTime", seconds)
    return mine(connection)


def set_time(connection: Connection, timestamp: int) -> int:
    """Mines a block at `timestamp` (later than the latest one); returns its timestamp."""
    connection.rpc("evm_setNextBlockTimestamp", timestamp)
    return mine(connection)


def mine(connection: Connection, blocks: int = 1) -> int:
    """Mines `blocks` blocks; returns the latest timestamp."""
    connection.rpc("anvil_mine", hex(blocks))
    return connection.now_s()


def snapshot(connection: Connection) -> str:
    """Remembers the chain's state, clock included; returns what `revert` takes, once."""
    return str(connection.rpc("evm_snapshot"))


def revert(connection: Connection, taken: str) -> None:
    """Goes back to a snapshot."""
    if connection.rpc("evm_revert", taken) is not True:
        raise ChainError(f"the chain has no snapshot {taken}: take a new one")
