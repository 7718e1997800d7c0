"""`workbond chain` as a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbond.chain.anvil import DEV_ADDRESSES
from workbond.chain.connection import Connection
from workbond.errors import ChainError

NEXT = "Next: workbond deploy   (in another terminal)\n"


@pytest.fixture
def chain():
    """Starts `workbond chain ARGS`; ends what is left of it."""
    started = []

    def start(*args):
        process = subprocess.Popen(
            [sys.executable, "-m", "workbond", "chain", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _anvil_of(process):
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_a_chain_until_it_is_stopped(chain, number):
    process = chain("--port", "0")
    first = process.stdout.readline()
    url = first.split(" at ")[1].split(",")[0]
    connection = Connection(url)
    assert connection.is_local
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, NEXT)
    assert out.endswith("Stopped.\n")
    with pytest.raises(ChainError, match="connection refused"):
        connection.block()


def test_it_lists_the_funded_accounts_without_their_keys(chain):
    process = chain("--port", "0")
    lines = [process.stdout.readline() for _ in range(14)]
    text = "".join(lines)
    assert all(address in text for address in DEV_ADDRESSES)
    assert "keys are public" in text
    assert "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80" not in text
    assert lines[-1].startswith("  export WORKBOND_RPC=http://127.0.0.1:")
    assert process.stderr.readline() == NEXT


def test_json_names_the_rpc_and_the_accounts(chain):
    process = chain("--port", "0", "--chain-id", "1337", "--json")
    text = ""
    while not text.endswith("}\n"):
        text += process.stdout.readline()
    data = json.loads(text)
    assert data["chain_id"] == Connection(data["rpc"]).chain_id == 1337
    assert data["accounts"] == list(DEV_ADDRESSES)


def test_a_busy_port_is_one_line(chain):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = chain("--port", str(port))
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (5, "")
    assert err.count("\n") == 1
    assert f"port {port} is busy" in err
    assert "--port" in err


def test_an_anvil_that_dies_is_noticed(chain):
    process = chain("--port", "0")
    process.stdout.readline()
    os.kill(_anvil_of(process), signal.SIGKILL)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 5
    assert "anvil ended by itself" in err


def test_no_anvil_is_left_behind_by_a_kill(chain):
    process = chain("--port", "0")
    url = process.stdout.readline().split(" at ")[1].split(",")[0]
    process.kill()
    process.wait()
    deadline = time.monotonic() + 20
    while True:
        try:
            Connection(url).block()
        except ChainError:
            break
        assert time.monotonic() < deadline


def test_a_missing_anvil_is_one_line(cli, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOND_ANVIL", str(tmp_path / "none"))
    ran = cli("chain", "--port", "0")
    assert ran.code == 5
    assert ran.err.count("\n") == 1
    assert "WORKBOND_ANVIL" in ran.err
