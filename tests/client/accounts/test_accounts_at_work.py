"""Accounts of every kind at the command line, on a real chain: they deposit, deploy, post jobs."""

from __future__ import annotations

import json
import os
import re
import sys

import pexpect
import pytest
from eth_account import Account

from workbond import accounts
from workbond.blobs.gateway import Gateway
from workbond.blobs.store import BlobStore
from workbond.chain.anvil import DEV_ADDRESSES

WORK = 10**18
WAIT_S = 60
DEV_KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"  # dev account 1
JOB = """
program = "empty.wasm"
inputs = "inputs/*"
limits = { units = 1_000_000, memory = "1 MiB", output = "64 KiB" }
price = { flat = "1", min_unit_price = "1", max_unit_price = "2", bond = "1" }
timing = { open_for_s = 600, run_for_s = 300, challenge_for_s = 120 }
"""


@pytest.fixture
def held(world_cli, server):
    """The world's requester, whose key is with a remote signer, as account `held`."""
    server.keys = {DEV_ADDRESSES[1]: DEV_KEY}
    ran = world_cli("account", "add", "held", "--signer", server.url)
    assert ran.code == 0, ran.err
    assert DEV_ADDRESSES[1] in ran.out
    assert f"Its key stays with {server.kind} at {server.url}" in ran.out
    return "held"


@pytest.fixture
def no_password(monkeypatch):
    monkeypatch.delenv("WORKBOND_PASSWORD_FILE")


@pytest.fixture
def job_file(tmp_path):
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "a.txt").write_text("a")
    # (module (memory (export "memory") 1) (func (export "_start")))
    sections = (b"\1\4\1\x60\0\0", b"\3\2\1\0", b"\5\3\1\0\1", b"\x0a\4\1\2\0\x0b")
    exports = b"\7\x13\2\6memory\2\0\6_start\0\0"
    module = b"".join((b"\0asm\1\0\0\0", *sections[:3], exports, sections[3]))
    (tmp_path / "empty.wasm").write_bytes(module)
    (tmp_path / "job.toml").write_text(JOB)
    return tmp_path / "job.toml"


def test_a_signers_account_deposits_without_a_password(world, world_cli, held, no_password):
    before = world.market.account_of(world.requester.address).free
    ran = world_cli("account", "deposit", "5", "--yes", "--account", held)
    assert ran.code == 0, ran.err
    assert world.market.account_of(world.requester.address).free == before + 5 * WORK


def test_a_signers_account_posts_a_job_and_takes_it_back(
    world, world_cli, held, no_password, job_file, tmp_path
):
    token = tmp_path / "token"
    token.write_text("upload")
    with Gateway(BlobStore(tmp_path / "node"), upload_token="upload") as gateway:
        options = ("--gateway", gateway.url, "--token-file", token, "--yes", "--json")
        ran = world_cli("job", "submit", job_file, *options, "--account", held)
    assert ran.code == 0, ran.err
    posted = json.loads(ran.out)
    (event,) = world.market.events(0, world.connection.block().number, names=["JobPosted"])
    assert event.args["request"].requester == world.requester.address
    ran = world_cli("job", "cancel", posted["id"], "--yes", "--account", held)
    assert ran.code == 0, ran.err


def test_a_signers_account_deploys(world, world_cli, held, no_password, tmp_path):
    ran = world_cli("deploy", "--yes", "--account", held, "--deployments", tmp_path / "d", "--json")
    assert ran.code == 0, ran.err
    assert (
        json.loads(ran.out)["token"]["constructor_arguments"]["recipient"]
        == world.requester.address
    )


def test_a_changed_transaction_is_one_line_and_nothing_is_sent(world, world_cli, held, server):
    server.edit = lambda fields: fields | {"gas": fields["gas"] * 2}
    nonce = world.connection.nonce(world.requester.address)
    ran = world_cli("account", "deposit", "5", "--yes", "--account", held)
    assert (ran.code, ran.err.count("\n")) == (4, 1)
    assert re.match(r"Error: .* changed the transaction: gas is \d+, asked was \d+", ran.err)
    assert world.connection.nonce(world.requester.address) == nonce


def test_accounts_are_listed_with_where_they_are_from(world_cli, held, server, cast, user):
    cast("wallet", "import", "bob", "--unsafe-password", "pw", "--private-key", DEV_KEY)
    ran = world_cli("account", "list")
    listed = ran.out.splitlines()
    assert re.split(" {2,}", listed[1]) == ["held", DEV_ADDRESSES[1], server.kind]
    assert re.split(" {2,}", listed[2]) == ["bob", "known when opened", "foundry"]
    assert ran.err == "Next: workbond account address bob\n"
    as_json = json.loads(world_cli("account", "list", "--json").out)
    assert as_json[0]["url"] == server.url
    assert as_json[1] == {
        "name": "bob",
        "address": None,
        "from": "foundry",
        "file": str(user / ".foundry" / "keystores" / "bob"),
        "url": None,
    }


def test_a_foundry_account_is_used_where_it_is(world, world_cli, cast):
    cast("wallet", "import", "bob", "--unsafe-password", "pw", "--private-key", DEV_KEY)
    unknown = world_cli("account", "balance", "bob")
    assert (unknown.code, unknown.err.count("\n")) == (4, 1)
    assert "open it once with `workbond account address bob`" in unknown.err
    assert world_cli("account", "address", "bob").out == f"{DEV_ADDRESSES[1]}\n"
    assert DEV_ADDRESSES[1] in world_cli("account", "balance", "bob").out
    ran = world_cli("account", "deposit", "5", "--yes", "--account", "bob")
    assert ran.code == 0, ran.err


def test_further_directories_are_a_setting_that_every_command_heeds(
    world_cli, cast, tmp_path, monkeypatch
):
    more = tmp_path / "more"
    more.mkdir()
    made = ("wallet", "import", "bob", "--keystore-dir", str(more), "--unsafe-password", "pw")
    cast(*made, "--private-key", DEV_KEY)
    assert world_cli("account", "address", "bob").code == 4
    monkeypatch.setenv("WORKBOND_KEYSTORES", str(more))
    assert world_cli("account", "address", "bob").out == f"{DEV_ADDRESSES[1]}\n"
    assert re.split(" {2,}", world_cli("account", "list").out.splitlines()[1])[2] == "file"
    assert world_cli("account", "export", "bob", "--out", tmp_path / "out").code == 0
    assert DEV_ADDRESSES[1] in world_cli("account", "balance", "bob").out


def test_an_account_goes_through_an_export_to_another_home(world_cli, tmp_path):
    made = json.loads(world_cli("account", "new", "me", "--light-kdf", "--json").out)
    out = tmp_path / "backup.json"
    ran = world_cli("account", "export", "me", "--out", out)
    assert (ran.code, out.stat().st_mode & 0o777) == (0, 0o600)
    assert f"Next: workbond account import OTHER-NAME --keystore {out}" in ran.err
    back = world_cli("account", "import", "again", "--keystore", out, "--home", tmp_path / "other")
    assert made["address"] in back.out
    both = world_cli("account", "import", "x", "--keystore", out, "--key-file", "-")
    assert both.code == 2
    assert "exclude each other" in both.err


# ───────────────────────── what a person at it meets ──────────────────────────


@pytest.fixture
def terminal(world, tmp_path):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WORKBOND_")} | {
        "WORKBOND_RPC": world.url,
        "WORKBOND_HOME": str(tmp_path / "home"),
        "WORKBOND_DEPLOYMENTS": str(world.directory),
        "NO_COLOR": "1",
    }
    return lambda *args: pexpect.spawn(
        sys.executable,
        ["-m", "workbond", *args],
        env=environment,
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=WAIT_S,
        dimensions=(50, 200),
    )


def test_while_clef_waits_for_its_user_we_say_so_and_ctrl_c_ends_it(
    world, terminal, clef, tmp_path
):
    clef.keys = {DEV_ADDRESSES[1]: DEV_KEY}
    accounts.add_signer(tmp_path / "home", "held", clef.url)
    clef.hold.clear()
    child = terminal("account", "deposit", "5", "--yes")
    child.expect(r"waiting for approval in Clef at http://127\.0\.0\.1:\d+ \(at most 5 min\)")
    child.sendintr()
    child.expect("interrupted; a transaction that was sent already still counts")
    child.expect(pexpect.EOF)
    child.close()
    clef.hold.set()
    assert child.exitstatus == 130


def test_a_foundry_password_is_asked_for_by_the_accounts_name(world, terminal, cast):
    cast("wallet", "import", "bob", "--unsafe-password", "pw", "--private-key", DEV_KEY)
    child = terminal("account", "deposit", "5", "--yes")
    child.expect_exact("Password of bob: ")
    child.sendline("wrong")
    child.expect_exact("wrong password for account bob: try again")
    child.expect_exact("Password of bob: ")
    child.sendline("pw")
    child.expect_exact("Deposited 5 WORK")
    child.expect(pexpect.EOF)


# ───────────────────── a server that we did not write ─────────────────────────


def test_anvil_signs_for_its_own_accounts_by_the_same_methods(world, tmp_path):
    """Not Web3Signer, but two of its methods, read by somebody else's program."""
    entry = accounts.add_signer(
        tmp_path, "dev", world.url, address=DEV_ADDRESSES[1], kind="web3signer"
    )
    signer = accounts.open_entry(tmp_path, entry, lambda: "")
    fields = {
        "chainId": world.connection.chain_id,
        "nonce": 7,
        "to": DEV_ADDRESSES[2],
        "value": 1,
        "data": b"\x01\x02",
        "gas": 50_000,
        "maxFeePerGas": 3 * 10**9,
        "maxPriorityFeePerGas": 10**9,
    }
    signed = Account.sign_transaction({**fields, "type": 2}, DEV_KEY)
    assert signer.sign_transaction(fields) == bytes(signed.raw_transaction)
    assert signer.sign_message(b"hi") == world.requester.sign_message(b"hi")
