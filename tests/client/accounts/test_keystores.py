"""Keystores: made, opened, damaged, attacked."""

import copy
import json
import pickle
import stat

import pytest

from workbond import accounts
from workbond.errors import AuthError, UsageError

KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"


@pytest.fixture
def me(tmp_path):
    return accounts.import_key(tmp_path, "me", KEY, "pw", light_kdf=True)


def _edit(entry, change):
    data = json.loads(entry.path.read_text())
    change(data)
    entry.path.write_text(json.dumps(data))


def test_a_stored_key_opens_with_its_password(me):
    signer = accounts.open_account(me, "pw")
    assert signer.address == me.address == ADDRESS


def test_keystores_are_readable_by_their_owner_only(me):
    assert stat.S_IMODE(me.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(me.path.parent.stat().st_mode) == 0o700
    assert list(me.path.parent.iterdir()) == [me.path]


def test_a_keystore_does_not_hold_the_key_in_clear(me):
    assert KEY not in me.path.read_text()


def test_keys_are_derived_by_standard_scrypt_unless_asked_otherwise(tmp_path):
    entry = accounts.create(tmp_path, "a", "pw")
    params = json.loads(entry.path.read_text())["crypto"]["kdfparams"]
    assert (params["n"], params["r"], params["p"]) == (2**18, 8, 1)
    assert accounts.open_account(entry, "pw").address == entry.address


def test_two_new_accounts_differ(tmp_path):
    one = accounts.create(tmp_path, "a", "pw", light_kdf=True)
    two = accounts.create(tmp_path, "b", "pw", light_kdf=True)
    assert one.address != two.address
    assert [e.name for e in accounts.entries(tmp_path)] == ["a", "b"]


def test_an_existing_account_is_never_overwritten(tmp_path, me):
    before = me.path.read_bytes()
    with pytest.raises(UsageError, match="me exists already"):
        accounts.create(tmp_path, "me", "other", light_kdf=True)
    assert me.path.read_bytes() == before


def test_a_wrong_password_is_told(me):
    with pytest.raises(AuthError, match="wrong password for account me"):
        accounts.open_account(me, "pw2")


def test_an_empty_password_is_refused(tmp_path):
    with pytest.raises(AuthError, match="empty password"):
        accounts.create(tmp_path, "a", "", light_kdf=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("crypto"),
        lambda d: d.update(address="0x12"),
        lambda d: d.update(address=7),
        lambda d: d.update(padding="x" * 70_000),
        lambda d: d["crypto"].update(kdf="none"),
        lambda d: d["crypto"]["kdfparams"].update(n=2**40),
        lambda d: d["crypto"]["kdfparams"].update(r=2**40),
        lambda d: d["crypto"]["kdfparams"].update(p=2**40),
        lambda d: d["crypto"]["kdfparams"].update(n=2, r=2**18, p=16),
        lambda d: d["crypto"]["kdfparams"].update(n=2, r=2**22, p=1),
        lambda d: d["crypto"]["kdfparams"].update(n=2**20, r=8, p=16),
        lambda d: d["crypto"]["kdfparams"].update(n=3),
        lambda d: d["crypto"]["kdfparams"].update(n="x"),
        lambda d: d["crypto"]["kdfparams"].update(n=float("inf")),
        lambda d: d["crypto"]["kdfparams"].update(dklen=2**40),
        lambda d: d["crypto"]["kdfparams"].update(dklen=float("inf")),
        lambda d: d["crypto"].update(
            kdf="pbkdf2", kdfparams={"c": 10**12, "dklen": 32, "prf": "hmac-sha256"}
        ),
        lambda d: d["crypto"].update(ciphertext="zz"),
        lambda d: d["crypto"]["kdfparams"].update(salt="zz"),
        lambda d: d.update(version=9),
    ],
)
def test_a_damaged_or_hostile_keystore_is_told_by_name(me, change):
    _edit(me, change)
    with pytest.raises(AuthError, match=r"me\.json is no sound keystore"):
        accounts.open_account(accounts.find(me.path.parents[1], "me"), "pw")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 50_000])
def test_a_file_that_is_no_keystore_is_told_by_name(me, text):
    me.path.write_text(text)
    with pytest.raises(AuthError, match=r"me\.json is no sound keystore"):
        accounts.entries(me.path.parents[1])


def test_a_keystore_that_claims_another_address_is_noticed(me):
    _edit(me, lambda d: d.update(address="11" * 20))
    entry = accounts.find(me.path.parents[1], "me")
    with pytest.raises(AuthError, match=f"holds the key of {ADDRESS}"):
        accounts.open_account(entry, "pw")


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "-x", ".x", "a b", "x" * 65, "ä\n"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="no account name"):
        accounts.create(tmp_path, name, "pw", light_kdf=True)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("key", ["", "12", "0x" + "00" * 32, "zz" * 32, "ff" * 32, KEY + "00"])
def test_a_key_that_is_none_is_refused_without_being_shown(tmp_path, key):
    with pytest.raises(AuthError) as caught:
        accounts.import_key(tmp_path, "a", key, "pw", light_kdf=True)
    assert not key or key not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_only_account_needs_no_name_and_several_do(tmp_path, me):
    assert accounts.find(tmp_path, None) == me
    accounts.create(tmp_path, "other", "pw", light_kdf=True)
    with pytest.raises(UsageError, match="several accounts: me, other"):
        accounts.find(tmp_path, None)


def test_an_unknown_account_names_the_known_ones(tmp_path, me):
    with pytest.raises(AuthError, match="no account other; there are: me"):
        accounts.find(tmp_path, "other")


def test_a_home_without_accounts_says_how_to_make_one(tmp_path):
    with pytest.raises(AuthError, match="workbond account new"):
        accounts.find(tmp_path, None)


def test_a_signer_shows_and_gives_nothing_but_its_address(me):
    signer = accounts.open_account(me, "pw")
    assert repr(signer) == str(signer) == f"Signer({ADDRESS})"
    assert not hasattr(signer, "key")
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="holds a key"):
            leak(signer)


def test_a_signer_signs_messages_and_typed_data(me):
    signer = accounts.open_account(me, "pw")
    types = {"Note": [{"name": "text", "type": "string"}]}
    typed = signer.sign_typed_data({"name": "Workbond", "version": "1"}, types, {"text": "hi"})
    assert len(typed) == len(signer.sign_message(b"hi")) == 65
    assert typed != signer.sign_typed_data({"name": "Workbond"}, types, {"text": "hi"})


def test_a_password_file_gives_its_first_line(tmp_path):
    path = tmp_path / "pw"
    path.write_text("pass word\nsecond\n")
    assert accounts.read_password(path) == "pass word"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"x" * 5_000])
def test_an_unusable_password_file_is_told_by_name(tmp_path, content):
    path = tmp_path / "pw"
    path.write_bytes(content)
    with pytest.raises(AuthError, match=r"password file .*pw"):
        accounts.read_password(path)
    with pytest.raises(AuthError, match="No such file"):
        accounts.read_password(tmp_path / "none")
