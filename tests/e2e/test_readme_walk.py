"""README's walk in five terminals, exactly as it stands there, at real terminals."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 180
PASSWORD = "correct horse battery staple"


def blocks() -> dict[str, str]:
    """README's shell blocks that name a terminal: ```sh requester."""
    text = (ROOT / "README.md").read_text("utf-8")
    return dict(re.findall(r"^```sh (\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """What a newcomer has: a checkout, entered."""
    shutil.copytree(ROOT / "examples", tmp_path / "checkout" / "examples")
    return tmp_path / "checkout"


@pytest.fixture
def environment(desk: Path) -> dict[str, str]:
    """The activated environment. Only the ports differ from README's: those may be in use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WORKBOND_", "ETH_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {
        "PATH": path,
        "HOME": str(desk.parent),
        "XDG_DATA_HOME": str(desk.parent / "data"),
        "WORKBOND_RPC": f"http://127.0.0.1:{port}",
        "TERM": "dumb",
        "COLUMNS": "160",
    }
    return kept | own


@contextlib.contextmanager
def terminal(script: str, desk: Path, environment: dict[str, str]) -> Iterator[pexpect.spawn]:
    """A terminal in which someone types `script`."""
    child = pexpect.spawn(
        "bash",
        ["-e", "-c", script],
        cwd=str(desk),
        env=environment,
        encoding="utf-8",
        timeout=WAIT_S,
        dimensions=(50, 160),
    )
    try:
        yield child
    finally:
        if not child.closed:
            _interrupt(child)


def _interrupt(child: pexpect.spawn) -> None:
    """Ctrl-C, and then patience; whoever has ended meanwhile needs neither."""
    try:
        child.sendintr()
        child.expect(pexpect.EOF, timeout=20)
    except (pexpect.TIMEOUT, OSError):
        pass
    child.close(force=True)


# What asks, and nothing that merely mentions a password.
SECRET = r"(?:[Pp]assword (?:of|for) \w+|Repeat for confirmation): $"
SURE = r"\[y/N\]: $"


def follow(child: pexpect.spawn, until: str | None = None) -> str:
    """Answer what is asked, until the text `until` or the end; returns what was shown."""
    shown = ""
    while True:
        ends: list[object] = [pexpect.EOF] if until is None else [pexpect.EOF, until]
        found = child.expect([SECRET, SURE, *ends])
        shown += str(child.before)
        if found == 0:
            child.sendline(PASSWORD)
        elif found == 1:
            child.sendline("y")
        elif found == 2:
            child.close()
            assert until is None, f"ended before {until!r}:\n{shown}"
            assert child.exitstatus == 0, shown
            return shown
        else:
            return shown + str(child.after)


def test_the_walk_of_the_four_roles(desk: Path, environment: dict[str, str]) -> None:
    walk = blocks()
    assert list(walk) == ["chain", "provider", "requester", "verifier", "auditor"]
    port = environment["WORKBOND_RPC"].rsplit(":", 1)[1]
    chain = walk["chain"].replace("workbond chain", f"workbond chain --port {port}")
    provider = walk["provider"].replace("provider run", "provider run --listen 127.0.0.1:0")
    with terminal(chain, desk, environment) as first:
        follow(first, until="Next: workbond deploy")
        with terminal(provider, desk, environment) as second:
            follow(second, until="waiting for jobs")
            with terminal(walk["requester"], desk, environment) as third:
                paid = follow(third)
            assert "Settled" in paid
            assert "2015-12" in paid
            assert len(list((desk / "results").glob("*.out"))) == 48
            assert (desk / "climate.svg").is_file()
        with terminal(walk["verifier"], desk, environment) as fourth:
            follow(fourth, until="follows the committee")
        with terminal(walk["auditor"], desk, environment) as fifth:
            audit = follow(fifth)
        assert "JobSettled" in audit
        assert re.search(r"matches storage\W+yes", audit, re.IGNORECASE)
        assert re.search(r"solvent\W+yes", audit, re.IGNORECASE)


def test_the_walk_uses_only_commands_that_exist() -> None:
    for script in blocks().values():
        for line in script.splitlines():
            assert line.startswith(("workbond ", "python examples/"))
