"""`workbond account`, every command and every way in which it is refused."""

import json
import stat
from pathlib import Path

import pytest

from workbond.chain import anvil as local

WORK = 10**18
KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"


@pytest.fixture
def requester(world, world_cli):
    """The world's requester (dev account 1) as account `req`."""
    assert world_cli("account", "import", "req", "--dev", 1).code == 0
    return world.requester.address


def _refused(ran, code, *hints):
    assert ran.code == code, ran
    assert ran.out == ""
    assert ran.err.startswith("Error: ")
    assert ran.err.count("\n") == 1
    for hint in hints:
        assert hint in ran.err


def test_a_new_account_is_stored_for_its_owner_only(cli, tmp_path):
    ran = cli("account", "new", "me", "--light-kdf")
    path = tmp_path / "home" / "keystores" / "me.json"
    assert ran.code == 0
    assert json.loads(path.read_text())["address"].lower() in ran.out.lower()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Next: workbond account faucet me" in ran.err


def test_json_output_is_one_object(cli):
    made = json.loads(cli("account", "new", "me", "--light-kdf", "--json").out)
    listed = json.loads(cli("account", "list", "--json").out)
    assert listed == [made]
    assert set(made) == {"name", "address", "from", "file", "url"}


def test_a_second_account_of_the_same_name_is_refused(cli):
    cli("account", "new", "me", "--light-kdf")
    _refused(cli("account", "new", "me", "--light-kdf"), 2, "me exists already")


def test_an_empty_home_lists_no_account(cli):
    ran = cli("account", "list")
    assert ran.code == 0
    assert "Next: workbond account new" in ran.err


@pytest.mark.parametrize("source", ["file", "stdin"])
def test_a_key_is_imported_without_being_shown(cli, tmp_path, source):
    path = tmp_path / "key"
    path.write_text(f"0x{KEY}\n")
    file = path if source == "file" else "-"
    ran = cli("account", "import", "me", "--key-file", file, "--light-kdf", stdin=KEY + "\n")
    assert ran.code == 0
    assert ADDRESS in ran.out
    assert KEY not in ran.out + ran.err


def test_a_bad_key_is_refused_without_being_shown(cli):
    bad = KEY[:-1] + "x"
    ran = cli("account", "import", "me", "--key-file", "-", "--light-kdf", stdin=bad)
    _refused(ran, 4, "64 hexadecimal digits")
    assert bad not in ran.err


def test_without_a_terminal_the_key_must_come_from_a_file(cli):
    _refused(cli("account", "import", "me"), 4, "no terminal", "--key-file")


def test_without_a_terminal_the_password_must_come_from_a_file(cli, monkeypatch):
    monkeypatch.delenv("WORKBOND_PASSWORD_FILE")
    _refused(cli("account", "new", "me"), 4, "no terminal", "--password-file")


def test_a_key_and_a_dev_account_exclude_each_other(cli):
    _refused(cli("account", "import", "a", "--dev", 1, "--key-file", "-"), 2, "exclude each other")


def test_a_dev_account_is_imported_on_a_local_chain(world, world_cli, requester):
    listed = json.loads(world_cli("account", "list", "--json").out)
    assert [(e["name"], e["address"]) for e in listed] == [("req", requester)]


def test_a_missing_password_file_is_told(cli, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOND_PASSWORD_FILE", str(tmp_path / "none"))
    _refused(cli("account", "new", "me"), 4, "none", "No such file")


def test_the_balance_shows_all_money(world, world_cli, requester):
    data = json.loads(world_cli("account", "balance", "req", "--json").out)
    assert data["wallet"] == str(10_000 * WORK)
    assert data["free"] == str(1_000 * WORK)
    assert data["staked"] == data["bonded"] == data["unbonding"] == "0"
    assert data["gas"] == str(world.connection.balance(requester))


def test_the_balance_of_any_address_can_be_read(world, world_cli):
    ran = world_cli("account", "balance", world.provider.address)
    assert ran.code == 0
    lines = {line.split()[0]: line.split()[1] for line in ran.out.splitlines()[2:]}
    assert (lines["wallet"], lines["free"], lines["staked"]) == ("10000", "500", "500")


def test_leaving_stake_shows_when_it_matures(world, world_cli):
    world.market.unstake(world.provider, WORK)
    ran = world_cli("account", "balance", world.provider.address)
    assert "leaves the stake in " in ran.out
    world.advance(60)
    ran = world_cli("account", "balance", world.provider.address)
    assert "has left the stake: workbond provider withdraw" in ran.out


def test_the_balance_of_a_newcomer_names_the_next_command(world_cli):
    world_cli("account", "new", "me", "--light-kdf")
    assert "Next: workbond account faucet me\n" in world_cli("account", "balance", "me").err
    world_cli("account", "faucet", "me", "--tokens", "7")
    ran = world_cli("account", "balance", "me")
    assert "Next: workbond account deposit 7 --account me\n" in ran.err


def test_a_name_that_is_taken_is_told_before_a_password_is_asked(cli, monkeypatch):
    cli("account", "new", "me", "--light-kdf")
    monkeypatch.delenv("WORKBOND_PASSWORD_FILE")
    _refused(cli("account", "new", "me"), 2, "me exists already")
    _refused(cli("account", "import", "me", "--key-file", "-", stdin=KEY), 2, "me exists already")


def test_a_broken_address_is_told(world_cli):
    _refused(world_cli("account", "balance", "0x1234"), 2, "'0x1234' is not an address")


def test_a_deposit_signs_a_permit_and_moves_tokens_in_one_transaction(world, world_cli, requester):
    nonce = world.connection.nonce(requester)
    ran = world_cli("account", "deposit", "2.5", "--yes")
    assert ran.code == 0
    assert "gas coin, 1 transaction " in ran.out
    assert world.connection.nonce(requester) == nonce + 1
    assert world.token.allowance(requester, world.market.address) == 0
    assert "Deposited 2.5 WORK; free in the market: 1002.5 WORK." in ran.out
    assert world.market.account_of(requester).free == 1_002 * WORK + WORK // 2


def test_a_deposit_of_a_token_without_permits_approves_first(
    world, world_cli, requester, tmp_path, monkeypatch
):
    other = world.paid_in(b"GOLD", tmp_path / "gold")
    other.forget_permits()
    monkeypatch.setenv("WORKBOND_DEPLOYMENTS", str(other.directory))
    ran = world_cli("account", "deposit", "5", "--yes")
    assert "gas coin, 2 transactions " in ran.out
    assert other.market.account_of(requester).free == 1_005 * WORK


def test_a_deposit_that_is_approved_already_takes_one_transaction(world, world_cli, requester):
    world.token.approve(world.requester, world.market.address, 5 * WORK)
    data = json.loads(world_cli("account", "deposit", "5", "--json", "--yes").out)
    assert len(data["transactions"]) == 1
    assert (data["deposited"], data["free"]) == (str(5 * WORK), str(1_005 * WORK))


def test_a_deposit_above_the_wallet_is_refused_before_anything_is_sent(world, world_cli, requester):
    nonce = world.connection.nonce(requester)
    ran = world_cli("account", "deposit", "10001", "--yes")
    _refused(ran, 5, "owns 10000 WORK but 10001", "workbond account faucet")
    assert world.connection.nonce(requester) == nonce


def test_a_withdrawal_goes_to_the_wallet_or_an_address(world, world_cli, requester):
    assert world_cli("account", "withdraw", "1", "--yes").code == 0
    assert world.token.balance(requester) == 10_001 * WORK
    to = world.pauper.address
    data = json.loads(world_cli("account", "withdraw", "0.5", "--to", to, "--json", "--yes").out)
    assert data["to"] == to
    assert world.token.balance(to) == WORK // 2


def test_a_withdrawal_above_the_balance_says_what_is_free(world_cli, requester):
    _refused(
        world_cli("account", "withdraw", "1001", "--yes"), 5, "1000 WORK free", "withdraw less"
    )


def test_a_withdrawal_to_no_address_is_refused(world, world_cli, requester):
    _refused(
        world_cli("account", "withdraw", "1", "--to", "someone", "--yes"),
        2,
        "'someone' is not an address",
    )
    ran = world_cli("account", "withdraw", "1", "--to", world.market.address, "--yes")
    _refused(ran, 5, "give another --to")


@pytest.mark.parametrize("amount", ["1x", "1e3", "1.0000000000000000001", "", "0x10", "9" * 40])
def test_an_amount_of_another_form_is_refused(world_cli, requester, amount):
    _refused(world_cli("account", "deposit", amount, "--yes"), 2, "amount")


def test_nothing_can_be_deposited(world_cli, requester):
    _refused(world_cli("account", "deposit", "0", "--yes"), 2, "the amount is 0: give more")


def test_the_faucet_gives_tokens_and_gas(world, world_cli):
    who = "0x" + "ab" * 20
    ran = world_cli("account", "faucet", who, "--tokens", "7.5", "--gas", "2")
    assert ran.code == 0
    assert "Next: workbond account deposit 7.5" in ran.err
    assert world.token.balance(who) == 7 * WORK + WORK // 2
    assert world.connection.balance(who) == 2 * WORK


def test_the_faucet_gives_gas_where_no_market_is(world, world_cli, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOND_DEPLOYMENTS", str(tmp_path / "none"))
    who = "0x" + "ab" * 20
    assert world_cli("account", "faucet", who, "--tokens", "0").code == 0
    assert world.connection.balance(who) == 10 * WORK


def test_the_faucet_says_when_it_is_empty(world, world_cli):
    _refused(world_cli("account", "faucet", world.pauper.address, "--tokens", 10**10), 5, "faucet")


def test_the_faucet_and_dev_keys_exist_on_local_chains_only(world, cli, monkeypatch, tmp_path):
    from workbond.chain.anvil import Anvil

    with Anvil(chain_id=5) as other:
        monkeypatch.setenv("WORKBOND_RPC", other.url)
        for args in (["faucet", world.pauper.address], ["import", "a", "--dev", 1]):
            _refused(cli("account", *args), 2, "chain 5", "no local anvil")
    assert not (tmp_path / "home").exists()


def test_a_wrong_password_is_one_line(world_cli, requester, tmp_path):
    (tmp_path / "password").write_text("other\n")
    ran = world_cli("account", "deposit", "1", "--yes")
    assert (ran.code, ran.err) == (4, "Error: wrong password for account req: try again\n")


def test_a_corrupt_keystore_is_one_line(world_cli, requester, tmp_path):
    path = Path(tmp_path / "home" / "keystores" / "req.json")
    path.write_text(path.read_text()[:100])
    _refused(world_cli("account", "deposit", "1", "--yes"), 4, "req.json is no sound keystore")
    _refused(world_cli("account", "list"), 4, "req.json is no sound keystore")


def test_several_accounts_must_be_told_apart(world_cli, requester):
    world_cli("account", "new", "other", "--light-kdf")
    _refused(world_cli("account", "deposit", "1", "--yes"), 2, "other, req", "--account NAME")
    assert world_cli("account", "deposit", "1", "--account", "req", "--yes").code == 0


def test_an_unknown_account_is_told(world_cli, requester):
    _refused(world_cli("account", "balance", "other"), 4, "no account other; there are: req")


def test_an_account_without_gas_coin_is_told(world, world_cli, requester):
    local.set_balance(world.connection, requester, 0)
    _refused(
        world_cli("account", "deposit", "1", "--yes"), 5, "gas coin", "workbond account faucet"
    )


def test_an_unreachable_rpc_is_told(cli):
    ran = cli("account", "balance", ADDRESS, "--rpc", "http://127.0.0.1:1")
    _refused(ran, 5, "can't reach the RPC at http://127.0.0.1:1", "workbond chain")


def test_an_rpc_url_of_another_form_is_told(cli):
    _refused(cli("account", "balance", ADDRESS, "--rpc", "node"), 2, "--rpc")


def test_no_key_is_shown_even_in_a_traceback(world_cli, requester):
    key_of_dev_1 = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
    for args in (["deposit", "1"], ["withdraw", "999999"], ["deposit", "999999"]):
        ran = world_cli("--debug", "account", *args, "--yes")
        assert key_of_dev_1 not in (ran.out + ran.err).lower()
