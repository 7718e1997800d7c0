"""The local chain as a subprocess."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbond.accounts import dev_signer
from workbond.chain import anvil as local
from workbond.chain.anvil import DEV_ADDRESSES, Anvil, find_anvil
from workbond.errors import ChainError


def _gone(pid):
    """Whether process `pid` has ended (a zombie counts)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def _wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.02)


def test_it_mines_by_itself_and_ends_with_its_context():
    with Anvil(chain_id=1337) as chain:
        assert chain.connection.chain_id == 1337
        start = chain.connection.block().number
        _wait_for(lambda: chain.connection.block().number > start)
    assert chain.process.poll() is not None
    with pytest.raises(ChainError, match="connection refused"):
        chain.connection.block()


def test_a_busy_port_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ChainError, match=f"port {port} is busy"):
            Anvil(port)


def test_it_dies_with_its_parent_even_if_that_is_killed():
    program = (
        "import sys, time\n"
        "from workbond.chain.anvil import Anvil\n"
        "chain = Anvil()\n"
        "print(chain.process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    assert not _gone(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    _wait_for(lambda: _gone(pid))


def test_dev_addresses_are_those_of_the_public_mnemonic():
    assert [dev_signer(index).address for index in range(10)] == list(DEV_ADDRESSES)


def test_a_missing_anvil_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("WORKBOND_ANVIL", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ChainError, match=r"npm install --prefix .*@foundry-rs/anvil@1\.7\.1"):
        find_anvil()


@pytest.mark.parametrize("folder", ["workbond-anvil/node_modules", "node_modules"])
def test_anvil_is_found_where_npm_put_it(monkeypatch, tmp_path, folder):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("WORKBOND_ANVIL", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    program = tmp_path / folder / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_anvil() == program


def test_a_named_anvil_comes_first_and_must_exist(monkeypatch, tmp_path):
    real = find_anvil()
    monkeypatch.setenv("WORKBOND_ANVIL", str(real))
    assert find_anvil() == real
    monkeypatch.setenv("WORKBOND_ANVIL", str(tmp_path / "none"))
    with pytest.raises(ChainError, match=r"WORKBOND_ANVIL names .*none"):
        find_anvil()


def test_an_anvil_that_does_not_start_is_told_in_its_own_words(monkeypatch, tmp_path):
    program = tmp_path / "anvil"
    program.write_text("#!/bin/sh\necho wrong libc >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("WORKBOND_ANVIL", str(program))
    with pytest.raises(ChainError, match="anvil did not start: wrong libc"):
        Anvil()


def test_time_moves_forward_and_back_with_a_snapshot(world):
    now = world.now()
    taken = local.snapshot(world.connection)
    assert local.set_time(world.connection, now + 5_000) == now + 5_000
    local.revert(world.connection, taken)
    assert world.now() < now + 1_000
    with pytest.raises(ChainError, match="no snapshot"):
        local.revert(world.connection, taken)
