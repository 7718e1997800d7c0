"""docs/accounts.md shows commands that exist, and messages that the code writes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from workbond.accounts import clef
from workbond.accounts.keystores import (
    MAX_KEYSTORE_BYTES,
    MAX_PBKDF2_ROUNDS,
    MAX_SCRYPT_MEMORY,
    MAX_SCRYPT_WORK,
)
from workbond.cli.main import cli as workbond
from workbond.errors import TimedOut

PAGE = (Path(__file__).parents[2] / "docs" / "accounts.md").read_text()
PROSE = " ".join(PAGE.split())
SHOWN = re.findall(r"^\$ workbond (.*)$", PAGE, re.MULTILINE)
INLINE = [
    c.removeprefix("workbond ") for c in re.findall(r"`((?:workbond )?account [^`]+)`", PROSE)
]


@pytest.mark.parametrize("line", sorted({*SHOWN, *INLINE}))
def test_a_command_that_is_shown_exists_with_its_options(line: str) -> None:
    command: click.Command = workbond
    context = click.Context(command, info_name="workbond")
    words = shlex.split(line)
    while isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found
        context = click.Context(command, parent=context)
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_commands_are_shown() -> None:
    assert {line.split()[1] for line in SHOWN} >= {"list", "new", "add", "address", "deposit"}


def test_the_bounds_are_the_codes() -> None:
    assert f"above {MAX_KEYSTORE_BYTES >> 10} KiB" in PROSE
    work = f"2^{MAX_SCRYPT_WORK.bit_length() - 1} steps of scrypt (`n * r * p`)"
    bounds = f"above {MAX_SCRYPT_MEMORY >> 30} GiB of memory, {work} or ten million rounds"
    assert bounds in PROSE
    assert MAX_PBKDF2_ROUNDS == 10_000_000
    assert f"(at most {clef.WAIT_S / 60:g} min)" in PROSE
    assert f"exit code {TimedOut.exit_code}" in PROSE
