"""Accounts held by Web3Signer and by Clef: added, and signing."""

from __future__ import annotations

import json
import stat

import pytest
from eth_account import Account

from workbond import accounts
from workbond.accounts.records import endpoint
from workbond.errors import AuthError, TimedOut, UsageError

KEY = "0x" + "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
OTHER_KEY = "0x" + "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
OTHER = "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b"

TRANSFER = bytes.fromhex("a9059cbb") + bytes(31) + b"\x01" + bytes(31) + b"\x02"
FEES = {"maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 10**9}
CALL = {
    "type": 2,
    "chainId": 31337,
    "nonce": 0,
    "to": OTHER,
    "value": 0,
    "data": TRANSFER,
    "gas": 100_000,
    **FEES,
}
LEGACY = {k: v for k, v in CALL.items() if k not in ("type", *FEES)} | {"gasPrice": 10**9}
CREATION = {k: v for k, v in CALL.items() if k != "to"} | {"data": b"\x60" * 200}
PAYMENT = CALL | {"data": b"", "value": 10**18, "nonce": 300}

DOMAIN = {"name": "Workbond", "version": "1", "chainId": 31337, "verifyingContract": OTHER}
TYPES = {
    "Order": [
        {"name": "maker", "type": "address"},
        {"name": "amount", "type": "uint256"},
        {"name": "salt", "type": "bytes32"},
        {"name": "parts", "type": "Part[]"},
        {"name": "open", "type": "bool"},
    ],
    "Part": [{"name": "note", "type": "string"}, {"name": "change", "type": "int64"}],
}
MESSAGE = {
    "maker": ADDRESS,
    "amount": 2**255 + 1,
    "salt": b"\x07" * 32,
    "parts": [{"note": "a", "change": -5}, {"note": "ü", "change": 2**62 + 1}],
    "open": True,
}


def add(home, server, **options):
    return accounts.add_signer(home, "held", server.url, **options)


def never():
    raise AssertionError("no password is asked for")


def test_the_kind_and_the_only_account_are_found_out(tmp_path, server, request):
    entry = add(tmp_path, server)
    assert entry == accounts.find(tmp_path, "held") == accounts.find(tmp_path, None)
    assert entry.address == ADDRESS
    assert entry.source == request.node.callspec.params["server"]


def test_what_is_on_record_is_for_its_owner_only_and_holds_no_secret(tmp_path, server):
    entry = add(tmp_path, server)
    assert stat.S_IMODE(entry.path.stat().st_mode) == 0o600
    record = json.loads(entry.path.read_text())
    assert record == {"url": server.url, "address": ADDRESS, "kind": entry.source}


@pytest.mark.parametrize(
    "asked", [CALL, LEGACY, CREATION, PAYMENT], ids=["call", "legacy", "creation", "payment"]
)
def test_a_transaction_is_signed_as_the_key_itself_would(tmp_path, server, asked):
    signer = accounts.open_entry(tmp_path, add(tmp_path, server), never)
    assert signer.address == ADDRESS
    alone = Account.sign_transaction(asked, KEY)
    assert signer.sign_transaction(asked) == bytes(alone.raw_transaction)


def test_messages_and_typed_data_are_signed_as_the_key_itself_would(tmp_path, server):
    signer = accounts.open_entry(tmp_path, add(tmp_path, server), never)
    alone = accounts.open_account(
        accounts.import_key(tmp_path, "alone", KEY, "pw", light_kdf=True), "pw"
    )
    assert signer.sign_message(b"\x00hi") == alone.sign_message(b"\x00hi")
    typed = signer.sign_typed_data(DOMAIN, TYPES, MESSAGE)
    assert typed == alone.sign_typed_data(DOMAIN, TYPES, MESSAGE)
    assert accounts.recover_typed_data(DOMAIN, TYPES, MESSAGE, typed) == ADDRESS


def test_foundry_reads_the_typed_data_that_signers_get(tmp_path, cast, web3signer):
    signer = accounts.open_entry(tmp_path, add(tmp_path, web3signer), never)
    ours = signer.sign_typed_data(DOMAIN, TYPES, MESSAGE)
    _, (_, document) = web3signer.asked[-1]
    theirs = cast("wallet", "sign", "--private-key", KEY, "--data", document)
    assert theirs == "0x" + ours.hex()


def test_of_several_accounts_one_must_be_chosen(tmp_path, server):
    server.keys[OTHER] = OTHER_KEY
    with pytest.raises(UsageError, match=f"several accounts .*{OTHER}.*choose with --address"):
        add(tmp_path, server)
    assert add(tmp_path, server, address=OTHER.lower()).address == OTHER


def test_an_account_that_web3signer_lacks_is_told(tmp_path, web3signer):
    with pytest.raises(AuthError, match=f"has no account {OTHER}; it has: {ADDRESS}"):
        add(tmp_path, web3signer, address=OTHER)
    assert not (tmp_path / "signers").exists()


def test_clef_is_not_asked_for_its_accounts_if_the_address_is_given(tmp_path, clef):
    add(tmp_path, clef, address=ADDRESS)
    assert {method for method, _ in clef.asked} == {"account_version"}


def test_a_signer_without_accounts_is_told(tmp_path, server):
    server.keys.clear()
    with pytest.raises(AuthError, match="has no account: make one there"):
        add(tmp_path, server)


def test_clef_gets_the_called_functions_signature(tmp_path, clef, world):
    signer = accounts.open_entry(tmp_path, add(tmp_path, clef), never)
    data = world.market.abi.call_data("stake", [1])
    signer.sign_transaction(CALL | {"data": data})
    _, params = clef.asked[-1]
    assert params[1] == "stake(uint96)"


def test_a_call_that_clef_does_not_know_is_refused_with_its_reason(tmp_path, clef):
    signer = accounts.open_entry(tmp_path, add(tmp_path, clef), never)
    with pytest.raises(AuthError, match=r"refused .*ABI signature could not be found"):
        signer.sign_transaction(CALL | {"data": b"\xff" * 36})


def test_a_clef_of_another_chain_refuses(tmp_path, clef):
    clef.chain_id = 1
    signer = accounts.open_entry(tmp_path, add(tmp_path, clef), never)
    with pytest.raises(AuthError, match="requested chainid 31337 does not match"):
        signer.sign_transaction(CALL)


def test_a_denied_request_is_one_line(tmp_path, clef):
    signer = accounts.open_entry(tmp_path, add(tmp_path, clef), never)
    clef.deny = True
    for ask in (
        lambda: signer.sign_transaction(CALL),
        lambda: signer.sign_message(b"hi"),
        lambda: signer.sign_typed_data(DOMAIN, TYPES, MESSAGE),
    ):
        with pytest.raises(AuthError, match=r"Clef at http://127.* refused .*: Request denied"):
            ask()


def test_a_key_that_web3signer_lost_is_told(tmp_path, web3signer):
    signer = accounts.open_entry(tmp_path, add(tmp_path, web3signer), never)
    web3signer.keys.clear()
    with pytest.raises(AuthError, match="No unlocked account matches the Sender"):
        signer.sign_transaction(CALL)


def test_an_approval_that_does_not_come_is_waited_for_no_longer(tmp_path, server):
    entry = add(tmp_path, server)
    server.hold.clear()
    with pytest.raises(TimedOut, match=r"did not answer within 0\.2 s and is waited for no longer"):
        accounts.RemoteSigner(entry, wait_s=0.2).sign_transaction(CALL)
    assert len([m for m, _ in server.asked if "ign" in m]) == 1, "nobody is asked twice"
    server.hold.set()


def test_a_signer_that_is_gone_is_told(tmp_path, web3signer):
    entry = add(tmp_path, web3signer)
    web3signer.shutdown()
    web3signer.server_close()
    with pytest.raises(AuthError, match=r"can't reach Web3Signer at http://127\.0\.0\.1:\d+ \("):
        accounts.open_entry(tmp_path, entry, never).sign_transaction(CALL)


def test_a_node_is_no_signer(tmp_path, world):
    with pytest.raises(AuthError, match="neither Web3Signer nor Clef"):
        accounts.add_signer(tmp_path, "held", world.url)


def test_a_host_name_that_clef_does_not_allow_is_told(tmp_path, clef, monkeypatch):
    monkeypatch.setattr(clef, "refuses", lambda headers: (403, b"invalid host specified\n"))
    with pytest.raises(AuthError, match=r"HTTP status 403 and no JSON-RPC.*allows this host"):
        add(tmp_path, clef, kind="clef")


def test_a_transaction_with_more_than_we_check_is_not_sent_to_a_signer(tmp_path, server):
    signer = accounts.open_entry(tmp_path, add(tmp_path, server), never)
    with pytest.raises(UsageError, match="signs no transaction with authorizationList"):
        signer.sign_transaction(CALL | {"authorizationList": []})


# ────────────────────────── the URL and what is on record ─────────────────────


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8550", "ftp://a/", "http://", "http://[::1", "http://a b/", "http://a:0"]
)
def test_what_is_no_url_is_refused(url):
    with pytest.raises(UsageError, match="must look like"):
        endpoint(url)


@pytest.mark.parametrize(
    "url", ["https://user:secret@host/", "https://host/?key=secret", "https://host/#secret"]
)
def test_a_url_with_a_secret_in_it_is_refused_without_being_quoted(url):
    with pytest.raises(UsageError, match="may hold no user") as caught:
        endpoint(url)
    assert "secret" not in str(caught.value)


def test_plain_http_over_a_network_must_be_wished_for():
    with pytest.raises(UsageError, match="plain http over a network"):
        endpoint("http://192.0.2.1:9000")
    assert endpoint("http://192.0.2.1:9000", allow_http=True).label == "http://192.0.2.1:9000"
    assert endpoint("http://[::1]:9000").is_loopback
    assert not endpoint("https://signer.example/path").is_loopback


def test_a_path_may_be_secret_and_is_in_no_label():
    assert "token" not in endpoint("https://signer.example/token").label


@pytest.mark.parametrize(
    "change",
    [
        {"url": 7},
        {"url": "http://192.0.2.1:9000"},
        {"url": "https://user:pw@host/"},
        {"address": "0x12"},
        {"address": None},
        {"kind": "metamask"},
        {"kind": ["clef"]},
    ],
)
def test_a_damaged_record_is_told_by_name(tmp_path, web3signer, change):
    entry = add(tmp_path, web3signer)
    entry.path.write_text(json.dumps(json.loads(entry.path.read_text()) | change))
    with pytest.raises(AuthError, match=r"held\.json is no sound record of a remote signer"):
        accounts.find(tmp_path, "held")


@pytest.mark.parametrize("text", ["", "[]", "{}", "7", "[" * 9_999, " " * 20_000])
def test_a_file_that_is_no_record_is_told_by_name(tmp_path, web3signer, text):
    entry = add(tmp_path, web3signer)
    entry.path.write_text(text)
    with pytest.raises(AuthError, match=r"held\.json is no sound record"):
        accounts.entries(tmp_path)


def test_a_name_is_taken_by_either_kind_of_account(tmp_path, web3signer):
    add(tmp_path, web3signer)
    with pytest.raises(UsageError, match="held exists already"):
        accounts.create(tmp_path, "held", "pw", light_kdf=True)
    accounts.create(tmp_path, "mine", "pw", light_kdf=True)
    with pytest.raises(UsageError, match="mine exists already"):
        accounts.add_signer(tmp_path, "mine", web3signer.url)
