"""`workbond deployment`, and `workbond deploy` on chains that are not local."""

import json
import signal
import subprocess
import sys
import time

import pytest

from workbond import accounts
from workbond.chain import anvil as local
from workbond.chain.anvil import Anvil

KEY = "0x" + "47" * 32


@pytest.fixture
def public(cli, monkeypatch):
    """A chain that is not local, with an account `me` that owns its coin."""
    with Anvil(chain_id=84532) as chain:
        monkeypatch.setenv("WORKBOND_RPC", chain.url)
        ran = cli("account", "import", "me", "--key-file", "-", "--light-kdf", "--json", stdin=KEY)
        local.set_balance(chain.connection, json.loads(ran.out)["address"], 10**18)
        yield chain


def _refused(ran, code, *hints):
    assert ran.code == code, ran
    assert ran.out == ""
    last = ran.err.splitlines()[-1]
    assert last.startswith("Error: ")
    for hint in hints:
        assert hint in last


def test_a_market_is_deployed_shown_checked_and_exported(public, cli, tmp_path):
    ran = cli("deploy", "--yes")
    assert ran.code == 0, ran
    assert "workbond deployment check" in ran.err
    assert "unstaked tokens are free after 7 d" in ran.err
    record = json.loads((tmp_path / "deployments" / "84532.json").read_text())
    shown = cli("deployment", "show")
    for value in (
        record["market"]["address"],
        record["market"]["transaction_hash"],
        record["token"]["address"],
        record["committee"]["address"],
        "at least 100 WORK",
        "v0.8.37+commit.",
        "200 optimizer runs",
        "84532.json",
        "MIT",
        record["date"],
    ):
        assert value in shown.out
    assert json.loads(cli("deployment", "show", "--json").out) == record
    checked = cli("deployment", "check")
    assert checked.code == 0
    assert "NO" not in checked.out
    assert json.loads(cli("deployment", "check", "--json").out)["matches"] is True
    written = json.loads(cli("deployment", "export", "--out", tmp_path / "verify", "--json").out)[
        "files"
    ]
    assert len(written) == 10
    assert not list((tmp_path / "deployments").glob("*.sent.json"))


def test_two_blocks_confirm_a_market_where_others_build_them(public, cli):
    market = json.loads(cli("deploy", "--yes", "--json").out)["market"]
    assert public.connection.block().number > market["block_number"]


def test_a_difference_has_an_exit_code_of_its_own(public, cli, tmp_path):
    cli("deploy", "--yes")
    path = tmp_path / "deployments" / "84532.json"
    record = json.loads(path.read_text())
    record["market"]["encoded_constructor_arguments"] = "0x" + "00" * 64
    path.write_text(json.dumps(record))
    ran = cli("deployment", "check")
    assert ran.code == 9
    assert "NO" in ran.out
    assert "constructor arguments of Market: don't use this market" in ran.err
    ran = cli("deployment", "check", "--json")
    assert (ran.code, json.loads(ran.out)["matches"]) == (9, False)


@pytest.mark.parametrize("command", ["show", "check", "export"])
def test_without_a_deployment_there_is_one_line(world_cli, monkeypatch, tmp_path, command):
    monkeypatch.setenv("WORKBOND_DEPLOYMENTS", str(tmp_path))
    _refused(world_cli("deployment", command), 5, "does not exist", "workbond deploy")


def test_an_export_that_cannot_be_written_is_told(world_cli, tmp_path):
    (tmp_path / "file").write_text("")
    _refused(world_cli("deployment", "export", "--out", tmp_path / "file"), 2, "can't write")


def test_nobody_is_asked_for_less_than_the_market_costs(public, cli):
    local.set_balance(
        public.connection, json.loads(cli("account", "list", "--json").out)[0]["address"], 10**9
    )
    _refused(cli("deploy", "--yes"), 5, "gas coin but up to", "send some to it on chain 84532")


def test_a_deployment_that_costs_more_than_allowed_is_not_begun(public, cli, tmp_path):
    ran = cli("deploy", "--yes", "--max-fee", "0.000001")
    _refused(ran, 5, "more than 0.000001, the most allowed", "setting max_fee")
    assert not (tmp_path / "deployments").exists()


def test_a_foreign_token_is_named_by_its_symbol(world, cli, monkeypatch):
    monkeypatch.setenv("WORKBOND_RPC", world.url)
    world.rename_token(b"COIN")
    ran = cli("deploy", "--token", world.token.address)
    assert ran.code == 0, ran
    assert "COIN, which was there before" in ran.out
    assert "COIN, a token that was there before" in cli("deployment", "show").out
    assert cli("deployment", "check").code == 0
    assert " COIN\n" in cli("account", "balance", world.requester.address).out


@pytest.mark.parametrize(
    ("symbol", "shown"),
    [(b"\x1b[31m\r\nRED", " [31m RED\n"), (b"C" * 31, f" {'C' * 16}\n"), (b" ", " tokens\n")],
)
def test_a_hostile_symbol_is_shown_bounded_and_printable(world, cli, monkeypatch, symbol, shown):
    monkeypatch.setenv("WORKBOND_RPC", world.url)
    world.rename_token(symbol)
    assert cli("deploy", "--token", world.token.address).code == 0
    assert shown in cli("account", "balance", world.requester.address).out


@pytest.mark.parametrize(
    "command", [["account", "faucet", "me"], ["account", "import", "d", "--dev", 1]]
)
def test_play_money_and_dev_keys_are_for_local_chains(public, cli, command):
    _refused(cli(*command), 2, "chain 84532", "is no local anvil")


def test_ctrl_c_between_the_transactions_loses_nothing(cli, tmp_path, monkeypatch):
    """A real process on a chain whose blocks come when the test says so."""
    with Anvil(chain_id=84532, block_time_s=3600, at_once=False) as chain:
        monkeypatch.setenv("WORKBOND_RPC", chain.url)
        cli("account", "import", "me", "--key-file", "-", "--light-kdf", stdin=KEY)
        me = json.loads(cli("account", "list", "--json").out)[0]["address"]
        local.set_balance(chain.connection, me, 10**18)
        command = [sys.executable, "-m", "workbond", "deploy", "--yes", "--confirmations", "1"]
        for waiting in (1, 2, 3):
            process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
            while chain.connection.nonce(me) < waiting and process.poll() is None:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
            assert process.returncode == 130, said
            assert "Stopped: interrupted; what was sent is written down in" in said
            local.mine(chain.connection)
        ran = cli("deploy", "--yes", "--confirmations", 1)
        assert ran.code == 0, ran
        assert "An interrupted deployment goes on (WorkToken is at 0x" in ran.err
        assert "costs about 0 gas coin" in ran.err
        assert chain.connection.nonce(me) == 3
        assert cli("deployment", "check").code == 0


def test_another_deployment_can_begin_in_place_of_an_interrupted_one(public, cli, tmp_path):
    from workbond.chain.connection import Connection
    from workbond.chain.deploy import deploy
    from workbond.deploymentlog import DeploymentLog
    from workbond.errors import ChainError

    me = accounts.find(tmp_path / "home", "me")
    log = DeploymentLog(tmp_path / "deployments", public.connection)
    signer = accounts.open_account(me, "pw")

    class Full(Connection):
        def send_raw(self, raw):
            raise ChainError("no")

    with pytest.raises(ChainError):
        deploy(Full(public.url), signer, recipient=me.address, cooldown_s=5, log=log)
    _refused(
        cli("deploy", "--yes", "--cooldown", 6, "--supply", 3), 2, "other options", "--replace"
    )
    assert cli("deploy", "--yes", "--cooldown", 6, "--supply", 3, "--replace").code == 0


def test_of_two_that_deploy_at_once_the_second_pays_nothing(public, cli, tmp_path):
    from workbond.deploymentlog import exclusive

    with exclusive(tmp_path / "deployments"):
        before = public.connection.block().number
        ran = cli("deploy", "--yes", "--deployments", str(tmp_path / "deployments"))
        _refused(ran, 2, "another `workbond deploy` is at work in", "wait for it to end")
        assert public.connection.block().number == before
    ran = cli("deploy", "--yes", "--deployments", str(tmp_path / "deployments"))
    assert ran.code == 0, ran
