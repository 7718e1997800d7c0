"""What only a person at a terminal meets: prompts, second tries, Ctrl-C."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pexpect
import pytest

from workbond import accounts
from workbond.cli.options import sending
from workbond.errors import Cancelled

from ..terminals import ends


@pytest.fixture
def type_in(at_terminal, tmp_path):
    """Starts `workbond ARGS...` at a terminal, with the world's requester as account `me`."""
    accounts.import_dev_key(tmp_path / "home", "me", 1, "right")
    return at_terminal


def test_a_mistyped_password_is_asked_again(type_in):
    child = type_in("account", "deposit", "1", "--yes")
    child.expect_exact("Password of me: ")
    child.sendline("wrong")
    child.expect_exact("wrong password for account me: try again")
    child.expect_exact("Password of me: ")
    child.sendline("right")
    assert "Deposited 1 WORK" in ends(child, 0)


def test_the_third_wrong_password_ends_the_command(type_in):
    child = type_in("account", "deposit", "1", "--yes")
    for _ in range(3):
        child.expect_exact("Password of me: ")
        child.sendline("wrong")
    assert "Error: wrong password for account me" in ends(child, 4)


def test_a_typed_password_is_not_shown(type_in):
    child = type_in("account", "withdraw", "1", "--yes")
    child.expect_exact("Password of me: ")
    child.sendline("right")
    assert "right" not in ends(child, 0)


def test_a_deposit_shows_its_bill_and_asks_before_the_password(type_in, world):
    child = type_in("account", "deposit", "1")
    child.expect_exact("Deposit 1 WORK? [y/N]: ")
    bill = str(child.before)
    assert re.search(r"WORK in the wallet +10000 +-1 +9999", bill)
    assert re.search(r"free in the market +1000 +\+1 +1001", bill)
    assert re.search(r"gas coin, 1 transaction .* at most", bill)
    child.sendline("y")
    child.expect_exact("Password of me: ")
    child.sendline("right")
    assert "Deposited 1 WORK" in ends(child, 0)


@pytest.mark.parametrize(
    "args",
    [
        ["account", "balance", "me"],
        ["account", "deposit", "1", "--yes", "--password-file", "password"],
        ["account", "withdraw", "123456789", "--yes"],
    ],
    ids=["table", "bill", "error"],
)
def test_a_narrow_terminal_gets_lines_broken_at_words(type_in, tmp_path, args):
    (tmp_path / "password").write_text("right")
    shown = {}
    for columns in (80, 400):
        child = type_in(*args, columns=columns)
        child.expect(pexpect.EOF)
        shown[columns] = str(child.before).splitlines()
    assert max(map(len, shown[80])) <= 80
    assert len(shown[80]) >= len(shown[400])


@pytest.mark.parametrize(
    "answer", ["n", "", "\x03", "\x04"], ids=["no", "enter", "ctrl-c", "ctrl-d"]
)
def test_whoever_does_not_agree_keeps_the_money(type_in, world, answer):
    nonce = world.connection.nonce(world.requester.address)
    child = type_in("account", "withdraw", "1")
    child.expect_exact("[y/N]: ")
    child.send(answer if answer in ("\x03", "\x04") else answer + "\r")
    assert "Stopped: nothing was done" in ends(child, 130)
    assert world.connection.nonce(world.requester.address) == nonce


def test_with_json_the_bill_goes_to_standard_error(type_in, tmp_path):
    (tmp_path / "pw").write_text("right\n")
    child = type_in("account", "deposit", "1", "--json", "--password-file", "pw")
    child.expect_exact("Deposit 1 WORK? [y/N]: ")
    assert "free in the market" in str(child.before)
    child.sendline("y")
    shown = ends(child, 0)
    assert json.loads(shown[shown.index("{") :])["deposited"] == str(10**18)


def test_ctrl_c_at_a_prompt_is_one_line(type_in, tmp_path):
    child = type_in("account", "new", "other")
    child.expect_exact("New password for other: ")
    child.sendintr()
    assert ends(child, 130).split() == ["Stopped:", "interrupted"]
    assert [path.name for path in Path(tmp_path / "home" / "keystores").iterdir()] == ["me.json"]


def test_ctrl_c_where_a_transaction_may_be_on_its_way_says_so():
    with pytest.raises(Cancelled, match="still counts: see `workbond account balance`"), sending():
        raise KeyboardInterrupt
