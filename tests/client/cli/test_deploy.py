"""`workbond deploy` and what other commands say about its file."""

import json

import pytest

from workbond import deployments
from workbond.chain.anvil import Anvil
from workbond.chain.market import Market

WORK = 10**18


@pytest.fixture
def here(world, cli, monkeypatch, tmp_path):
    """`cli` on the world's chain, with a deployments directory of its own, empty."""
    monkeypatch.setenv("WORKBOND_RPC", world.url)
    return tmp_path / "deployments"


def _refused(ran, code, *hints):
    assert ran.code == code, ran
    assert ran.out == ""
    assert ran.err.startswith("Error: ")
    assert ran.err.count("\n") == 1
    for hint in hints:
        assert hint in ran.err


def test_a_local_deployment_needs_no_account(world, cli, here):
    ran = cli("deploy")
    assert ran.code == 0
    deployment = deployments.load(world.connection, here)
    for contract in deployment.contracts:
        assert contract.address in ran.out
    assert "Next: workbond account new NAME" in ran.err
    assert Market(world.connection, deployment.market.address).cooldown_s == 60


def test_parameters_are_those_asked_for(world, cli, here):
    to = world.pauper.address
    own = ("--cooldown", 5, "--recipient", to, "--supply", "12.5", "--seat-stake", 7)
    ran = cli("deploy", *own, "--json")
    data = json.loads(ran.out)
    token = data["token"]
    arguments = {"token_": token["address"], "cooldown_": "5"}
    assert data["market"]["constructor_arguments"] == arguments
    supply = 12 * WORK + WORK // 2
    assert token["constructor_arguments"] == {"recipient": to, "supply": str(supply)}
    assert "abi" not in token
    assert data["committee"]["constructor_arguments"] == {
        "market_": data["market"]["address"],
        "minStake_": str(7 * WORK),
    }
    assert data["file"] == str(here / "31337.json")


def test_an_account_can_deploy(world, cli, here):
    cli("account", "import", "me", "--dev", 3)
    ran = cli("deploy", "--account", "me", "--json", "--yes")
    market, token = (json.loads(ran.out)[role] for role in ("market", "token"))
    assert market["deployer"] == token["deployer"] == world.stranger.address
    assert token["constructor_arguments"]["recipient"] == world.stranger.address


def test_the_bill_is_shown_and_nothing_sent_without_a_yes(world, cli, here):
    cli("account", "import", "me", "--dev", 3)
    nonce = world.connection.nonce(world.stranger.address)
    ran = cli("deploy", "--account", "me")
    assert ran.code == 2
    assert ran.out == ""
    for part in (
        "Market",
        "WorkToken",
        "Committee",
        "gas",
        "at most",
        "31337.json",
        world.stranger.address,
    ):
        assert part in ran.err
    assert "give --yes" in ran.err
    assert world.connection.nonce(world.stranger.address) == nonce
    assert not here.exists()


def test_a_market_on_file_is_not_forgotten_by_mistake(cli, here):
    cli("deploy")
    before = (here / "31337.json").read_text()
    _refused(cli("deploy"), 2, "has a market already", "--replace")
    assert (here / "31337.json").read_text() == before
    assert cli("deploy", "--replace").code == 0
    assert (here / "31337.json").read_text() != before


def test_a_file_of_an_earlier_chain_is_told_and_replaced(world, cli, here, monkeypatch):
    cli("deploy")
    with Anvil() as other:
        monkeypatch.setenv("WORKBOND_RPC", other.url)
        ran = cli("account", "balance", world.pauper.address)
        _refused(ran, 5, "31337.json belongs to an earlier chain 31337", "workbond deploy")
        ran = cli("deploy")
        assert ran.code == 0
        assert "belongs to an earlier chain 31337 and is replaced" in ran.err
        assert cli("account", "balance", world.pauper.address).code == 0


def test_a_public_chains_file_is_never_replaced_silently(world, cli, monkeypatch, tmp_path):
    with Anvil(chain_id=5) as other:
        monkeypatch.setenv("WORKBOND_RPC", other.url)
        folder = tmp_path / "deployments"
        stale = json.loads(deployments.save(world.deployment, folder).read_text())
        stale["chain_id"] = 5
        (folder / "5.json").write_text(json.dumps(stale))
        _refused(cli("deploy"), 2, "another genesis", "--replace")


def test_another_chain_needs_an_account(cli, monkeypatch):
    with Anvil(chain_id=5) as other:
        monkeypatch.setenv("WORKBOND_RPC", other.url)
        _refused(cli("deploy"), 4, "workbond account new")


def test_a_wrong_contract_at_the_address_is_told(world, cli, here):
    cli("deploy")
    path = here / "31337.json"
    data = json.loads(path.read_text())
    data["market"]["address"] = data["token"]["address"]
    path.write_text(json.dumps(data))
    _refused(cli("account", "balance", world.pauper.address), 5, "wrong contract", "31337.json")


def test_a_damaged_file_is_told(world, cli, here):
    here.mkdir()
    (here / "31337.json").write_text("{")
    _refused(cli("account", "balance", world.pauper.address), 5, "no sound deployment file")
    _refused(cli("deploy"), 5, "no sound deployment file")
    assert cli("deploy", "--replace").code == 0


def test_a_missing_deployment_says_to_deploy(world, cli, here):
    _refused(cli("account", "balance", world.pauper.address), 5, "workbond deploy")


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["--recipient", "someone"], "'someone' is not an address"),
        (["--supply", "0"], "supply"),
        (["--supply", "x"], "amount"),
        (["--seat-stake", "0"], "least stake"),
        (["--cooldown", "9999999999"], "cooldown"),
        (["--cooldown", "-1"], "--cooldown"),
    ],
)
def test_parameters_out_of_range_are_refused(cli, here, args, hint):
    _refused(cli("deploy", *args), 2, hint)
    assert not here.exists()


def test_an_unreachable_rpc_is_told(cli):
    _refused(cli("deploy", "--rpc", "http://127.0.0.1:1"), 5, "can't reach the RPC")
