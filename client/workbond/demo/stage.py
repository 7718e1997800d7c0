"""The stage of the demo: a local chain with a market, funded accounts, and who plays on it.

Whoever plays a role does so through the command line, in a process of its own, as a person would in
a terminal of their own. Everything ends with the stage, whatever happens on it.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from workbond import accounts, deployments
from workbond.chain.anvil import Anvil, advance
from workbond.chain.cases import EPOCH_S, epoch
from workbond.chain.committee import Committee
from workbond.chain.deploy import DEFAULT_SUPPLY, deploy
from workbond.chain.funds import deposit, give_gas, give_tokens
from workbond.chain.market import Market
from workbond.chain.token import Token
from workbond.errors import WorkbondError
from workbond.progress import progress

COOLDOWN_S = 60
GAS_WEI = 10 * 10**18
COMMAND_TIMEOUT_S = 240
LOOK_S = 0.1


class DemoFailed(WorkbondError):
    """A command of the demo failed, or something did not come out as it must."""


class Stage:
    """A context manager; `folder` gets the logs of the long-running processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.names: dict[str, str] = {}  # of who entered, by address

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="workbond-demo-")))
            self.home = home
            self.anvil = stack.enter_context(Anvil())
            self.password_file = home / "password"
            self.password_file.touch(mode=0o600)
            self.password_file.write_text(os.urandom(16).hex() + "\n")
            self._deploy()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _deploy(self) -> None:
        self.chain = self.anvil.connection
        owner = accounts.dev_signer(0)  # its tokens are the faucet's
        record = deploy(
            self.chain,
            owner,
            recipient=owner.address,
            supply=DEFAULT_SUPPLY,
            cooldown_s=COOLDOWN_S,
        )
        deployments.save(record, self.home / "deployments")
        self.market = Market(self.chain, record.market.address)
        assert record.committee is not None
        self.committee = Committee(self.chain, record.committee.address)
        self.token = Token(self.chain, record.token.address)
        self.first_block = record.market.block

    def enter(
        self, name: str, *, free: int = 0, staked: int = 0, wallet: int = 0, seat_stake: int = 0
    ) -> str:
        """A new account `name` with these amounts in the market, in its own hands, and staked in
        the committee; returns its address."""
        password = accounts.read_password(self.password_file)
        entry = accounts.create(self.home, name, password, light_kdf=True)
        signer = accounts.open_account(entry, password)
        give_gas(self.chain, entry.address, GAS_WEI)
        give_tokens(self.token, entry.address, free + staked + wallet + seat_stake)
        if free + staked:
            deposit(self.market, self.token, signer, free + staked)
        if staked:
            self.market.stake(signer, staked)
        if seat_stake:
            deposit(self.committee, self.token, signer, seat_stake)
            self.committee.stake(signer, seat_stake)
        self.names[entry.address] = name
        return entry.address

    def command(self, account: str, *words: str) -> Any:
        """Runs `workbond WORDS --json` as `account`; returns what it printed.

        Raises:
            DemoFailed: it failed, or printed something else than JSON.
        """
        shown = " ".join(("workbond", *words))
        try:
            with progress(f"{account}: workbond {' '.join(words[:2])}"):
                done = subprocess.run(
                    [sys.executable, "-m", "workbond", *words, "--json"],
                    env=self._environment(account),
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    timeout=COMMAND_TIMEOUT_S,
                    check=False,
                )
            if done.returncode == 0:
                return json.loads(done.stdout)
        except (subprocess.TimeoutExpired, ValueError) as error:
            why = "in time" if isinstance(error, subprocess.TimeoutExpired) else "in JSON"
            raise DemoFailed(
                f"`{shown}` gave no result {why}: see the logs in {self.folder}"
            ) from error
        complaint = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise DemoFailed(f"`{shown}` failed: {complaint[0].removeprefix('Error: ')}")

    @contextlib.contextmanager
    def process(
        self, account: str, *words: str, program: str = "workbond"
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A long-running `workbond WORDS` as `account`, ended with SIGTERM, then SIGKILL; `program`
        is the module that is run."""
        with self.log_of(account).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", program, *words],
                env=self._environment(account),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C ends the demo, and the demo ends the others
            )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def until(self, what: str, done: Callable[[], bool], *alive: subprocess.Popen[bytes]) -> None:
        """Waits, a moment at a time, until `done()`; the `alive` processes must not end before.

        Raises:
            DemoFailed: one did, or it takes longer than a command may.
        """
        with progress(f"waiting for {what}"):
            for _ in range(round(COMMAND_TIMEOUT_S / LOOK_S)):
                if done():
                    return
                if any(process.poll() is not None for process in alive):
                    raise DemoFailed(
                        f"a process ended before {what}; see the logs in {self.folder}"
                    )
                time.sleep(LOOK_S)
        raise DemoFailed(
            f"{what} did not happen within {COMMAND_TIMEOUT_S} s: see the logs in {self.folder}"
        )

    def log_of(self, account: str) -> Path:
        return self.folder / f"{account}.log"

    def wait_past(self, timestamp: int) -> int:
        """Moves the chain's clock to `timestamp` if it is not there yet; returns by how much."""
        missing = max(0, timestamp - self.chain.now_s())
        if missing:
            advance(self.chain, missing)
        return missing

    def wait_next_epoch(self) -> int:
        """Moves the chain's clock to the next day (UTC); returns by how much."""
        return self.wait_past((epoch(self.chain.now_s()) + 1) * EPOCH_S)

    def _environment(self, account: str) -> dict[str, str]:
        own = {
            "WORKBOND_HOME": str(self.home),
            "WORKBOND_RPC": self.anvil.url,
            "WORKBOND_DEPLOYMENTS": str(self.home / "deployments"),
            "WORKBOND_ACCOUNT": account,
            "WORKBOND_PASSWORD_FILE": str(self.password_file),
        }
        others = {k: v for k, v in os.environ.items() if not k.startswith("WORKBOND_")}
        return others | own
