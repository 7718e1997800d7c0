"""docs/testnet.md, followed to the letter on a chain that is not local.

What a page can't know is put in: the endpoint, two addresses, and, as this machine has no public
address, loopback ones and the flag that allows them. Keys get the quick derivation. Gas coin comes
from the test, as from a testnet's faucet.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pexpect
import pytest
import requests

from workbond.chain import anvil as local
from workbond.chain.anvil import Anvil
from workbond.money import parse_amount

from .desk import ROOT, free_port, new_desk

CHAIN_ID = 84532
WAIT_S = 120
BASE_FEE = 7_000_000  # wei; OP stack chains have about that
COIN = parse_amount("0.1")
SURE = r"\[y/N\]: $"


def blocks() -> dict[str, str]:
    """The page's shell blocks by name: ```sh deploy."""
    text = (ROOT / "docs" / "testnet.md").read_text("utf-8")
    return dict(re.findall(r"^```sh (\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


class Legacy(ThreadingHTTPServer):
    """What a chain before EIP-1559 answers: no base fee, and legacy transactions alone."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = url
        self.refused = 0
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        method = body["method"]
        if method in ("eth_maxPriorityFeePerGas", "eth_feeHistory"):
            return _error("the method does not exist")
        if method == "eth_sendRawTransaction" and int(body["params"][0][2:4], 16) < 0xC0:
            self.refused += 1
            return _error("transaction type not supported")
        answer: dict[str, Any] = requests.post(self.behind, json=body, timeout=30).json()
        found = answer.get("result")
        if method == "eth_getBlockByNumber" and found:
            del found["baseFeePerGas"]
        if method == "eth_getTransactionReceipt" and found:
            del found["effectiveGasPrice"]
        return answer


def _error(message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": message}}


class _Handler(BaseHTTPRequestHandler):
    server: Legacy
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = json.dumps(self.server.answer(body)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Walk:
    """A reader of the page: a directory, an environment, and what was exported so far."""

    def __init__(self, chain: Anvil, url: str, place: Path) -> None:
        self.chain = chain
        self.desk, self.environment = new_desk(place)
        self.page = blocks()
        self.put_in = {"https://rpc.example.org": url, "account new": "account new --light-kdf"}
        for host, port in (("provider", "8480"), ("requester", "8481")):
            free = free_port()
            self.put_in[f"http://{host}.example.org:{port}"] = f"http://127.0.0.1:{free}"
            self.put_in[f"0.0.0.0:{port}"] = f"127.0.0.1:{free}"
        for line in self._script("setup").splitlines():
            name, value = line.removeprefix("export ").split("=", 1)
            self.environment[name] = value

    def _script(self, name: str) -> str:
        script = self.page[name]
        for shown, real in self.put_in.items():
            script = script.replace(shown, real)
        return "".join(self._allowing(line) + "\n" for line in script.splitlines())

    def _allowing(self, line: str) -> str:
        """Private addresses, where the command refuses them otherwise."""
        words = line.split()
        if words[0] != "workbond" or words[1] not in ("provider", "job"):
            return line
        helped = self.run(f"{' '.join(words[:3])} --help").stdout
        return f"{line} --allow-private" if "--allow-private" in helped else line

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """A command that asks nothing."""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.desk,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )

    def follow(self, name: str) -> str:
        """Types a block at a terminal, says yes when asked; returns what was shown."""
        with self.terminal(name) as child:
            shown = agree(child, pexpect.EOF)
        assert child.exitstatus == 0, shown
        return shown

    @contextlib.contextmanager
    def terminal(self, name: str) -> Iterator[pexpect.spawn]:
        child = pexpect.spawn(
            "bash",
            ["-e", "-c", self._script(name)],
            cwd=str(self.desk),
            env=self.environment,
            encoding="utf-8",
            timeout=WAIT_S,
            dimensions=(50, 160),
        )
        try:
            yield child
        finally:
            if child.isalive():
                child.sendintr()
                with contextlib.suppress(pexpect.TIMEOUT, OSError):
                    child.expect(pexpect.EOF, timeout=20)
            child.close(force=True)

    def fund(self, name: str) -> str:
        """The testnet's faucet: gas coin for the account `name`; returns its address."""
        listed = json.loads(self.run("workbond account list --json").stdout)
        (address,) = (entry["address"] for entry in listed if entry["name"] == name)
        local.set_balance(self.chain.connection, address, COIN)
        return str(address)

    def deploy(self) -> None:
        """Steps 2 to 4."""
        self.follow("deployer")
        self.fund("deployer")
        bill = self.follow("deploy")
        assert "at most" in bill
        assert "ETH" in bill
        proof = self.follow("verify")
        assert "NO" not in proof
        assert (self.desk / "verify" / "Market.standard-input.json").is_file()

    def hand_out(self) -> None:
        """Step 6."""
        self.follow("keys")
        for digit, name in (("1", "provider"), ("2", "requester")):
            self.put_in["0x" + digit * 40] = self.fund(name)
        self.follow("tokens")


def agree(child: pexpect.spawn, until: object) -> str:
    """Says yes whenever asked, until `until` is shown; returns what was shown before."""
    shown = ""
    while child.expect([SURE, until]) == 0:
        shown += str(child.before)
        child.sendline("y")
    return shown + str(child.before)


@pytest.fixture
def chain() -> Iterator[Anvil]:
    """A block every two seconds, as on a rollup; only confirmations have to wait for one."""
    options = ["--block-base-fee-per-gas", str(BASE_FEE)]
    with Anvil(chain_id=CHAIN_ID, block_time_s=2, options=options) as running:
        yield running


def test_the_walk_of_a_public_testnet(chain: Anvil, tmp_path: Path) -> None:
    walk = Walk(chain, chain.url, tmp_path)
    walk.deploy()
    for command in ("account faucet deployer", "account import dev --dev 1"):
        refused = walk.run(f"workbond {command}")
        assert refused.returncode == 2
        assert f"chain {CHAIN_ID} at {chain.url} is no local anvil" in refused.stderr
    walk.hand_out()
    with walk.terminal("provider") as provider:
        agree(provider, "waiting for jobs")
        assert "Settled" in walk.follow("requester")
        assert len(list((walk.desk / "results").glob("*.out"))) == 48
    audit = walk.follow("auditor")
    assert re.search(r"solvent\W+yes", audit, re.IGNORECASE)
    status = walk.run("workbond deployment show --json")
    arguments = json.loads(status.stdout)["market"]["constructor_arguments"]
    assert arguments["cooldown_"] == str(7 * 86_400)


def test_the_walk_without_eip_1559(chain: Anvil, tmp_path: Path) -> None:
    legacy = Legacy(chain.url)
    try:
        walk = Walk(chain, legacy.url, tmp_path)
        walk.deploy()
        walk.page["deposit"] = walk.page["tokens"].splitlines()[0]  # the rest names accounts
        assert "Deposited 1000 WORK" in walk.follow("deposit")
    finally:
        legacy.shutdown()
        legacy.server_close()
    assert legacy.refused == 0
    latest = chain.connection.rpc("eth_getBlockByNumber", "latest", True)["number"]
    kinds = {
        transaction["type"]
        for number in range(int(latest, 16) + 1)
        for transaction in chain.connection.rpc("eth_getBlockByNumber", hex(number), True)[
            "transactions"
        ]
    }
    assert kinds == {"0x0"}


def test_the_page_uses_only_commands_that_exist() -> None:
    for name, script in blocks().items():
        for line in script.splitlines():
            assert line.startswith("export WORKBOND_" if name == "setup" else "workbond ")
