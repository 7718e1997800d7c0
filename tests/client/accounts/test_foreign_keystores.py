"""Keystores that geth and Foundry wrote, read where they are."""

from __future__ import annotations

import json
import sys

import pytest

from workbond import accounts
from workbond.accounts import foreign
from workbond.errors import AuthError, UsageError

KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
WIKI_KEY = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
WIKI = "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b"
GETH = "0x45DeA0FB0bBA44f4fcF290bbA71Fd57d7117Cbb8"
GETH_FILE = f"UTC--2017-08-24T08-40-15.419655028Z--{GETH[2:].lower()}"


def keystore(ciphertext, iv, mac, kdf, **params):
    """As the Web3 Secret Storage Definition writes it."""
    return {
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": iv},
            "ciphertext": ciphertext,
            "kdf": kdf,
            "kdfparams": {"dklen": 32, **params},
            "mac": mac,
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    }


# The definition's two vectors, and those of geth for keys that were written without leading zeros.
SCRYPT = keystore(
    "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
    "83dbcc02d8ccb40e466191a123791e0e",
    "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
    "scrypt",
    n=262144,
    r=1,
    p=8,
    salt="ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
)
PBKDF2 = keystore(
    "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
    "6087dab2f9fdbbfaddc31a909735c1e6",
    "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    "pbkdf2",
    c=262144,
    prf="hmac-sha256",
    salt="ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
)
SHORT_31 = keystore(
    "9517cd5bdbe69076f9bf5057248c6c050141e970efa36ce53692d5d59a3984",
    "e0c41130a323adc1446fc82f724bca2f",
    "d5e116151c6aa71470e67a7d42c9620c75c4d23229847dcc127794f0732b0db5",
    "scrypt",
    n=2,
    r=8,
    p=1,
    salt="711f816911c92d649fb4c84b047915679933555030b3552c1212609b38208c63",
)
SHORT_30 = keystore(
    "108b7d34f3442fc26ab1ab90ca91476ba6bfa8c00975a49ef9051dc675aa",
    "3ca92af36ad7c2cd92454c59cea5ef00",
    "75d0e6759f7b3cefa319c3be41680ab6beea7d8328653474bd06706d4cc67420",
    "scrypt",
    n=2,
    r=8,
    p=1,
    salt="d0769e608fb86cda848065642a9c6fa046845c928175662b8e356c77f914cd3b",
)
# geth's own, of its light derivation; the password is empty.
VERY_LIGHT = keystore(
    "b87781948a1befd247bff51ef4063f716cf6c2d3481163e9a8f42e1f9bb74145",
    "dc4926b48a105133d2f16b96833abf1e",
    "39990c1684557447940d4c69e06b1b82b2aceacb43f284df65c956daf3046b85",
    "scrypt",
    n=2,
    r=8,
    p=1,
    salt="004244bbdc51cadda545b1cfa43cff9ed2ae88e08c61f1479dbb45410722f8f0",
) | {"address": GETH[2:].lower()}


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def geth(user):
    """geth's directory with one keystore of its own in it."""
    directory = user / ".ethereum" / "keystore"
    (directory / GETH_FILE).write_text(json.dumps(VERY_LIGHT))
    return directory


def written(path, content):
    path.write_text(json.dumps(content))
    return path


def opened(home, name, password):
    return accounts.open_entry(home, accounts.find(home, str(name)), lambda: password)


@pytest.mark.parametrize(
    ("content", "password", "key"),
    [
        (SCRYPT, "testpassword", WIKI_KEY),
        (PBKDF2, "testpassword", WIKI_KEY),
        (SHORT_31, "foo", "fa7b3db73dc7dfdf8c5fbdb796d741e4488628c41fc4febd9160a866ba0f35"),
        (SHORT_30, "foo", "81c29e8142bb6a81bef5a92bda7a8328a5c85bb2f9542e76f9b0f94fc018"),
    ],
    ids=["scrypt", "pbkdf2", "31 bytes", "30 bytes"],
)
def test_the_published_vectors_open(home, tmp_path, content, password, key):
    signer = opened(home, written(tmp_path / "v3.json", content), password)
    expected = accounts.import_key(home, "me", key.rjust(64, "0"), "pw", light_kdf=True)
    assert signer.address == expected.address


@pytest.mark.parametrize(
    "change",
    [
        lambda k: k.update(Crypto=k.pop("crypto")),
        lambda k: k.update({"Crypto": k.pop("crypto"), "ID": k.pop("id"), "Version": k["version"]}),
        lambda k: k.update(address="0x" + ADDRESS[2:].lower()),
        lambda k: k.update(address=ADDRESS[2:].upper()),
        lambda k: k.update(address=ADDRESS),
        lambda k: k.update(address=""),
        lambda k: k.pop("address"),
        lambda k: k.pop("id"),
        lambda k: k.update(id="3198BC9C66725AB3D9954942343AE5B6"),
        lambda k: k.update({"x-ethers": {"client": "ethers"}}),
    ],
)
def test_what_tools_write_differently_is_read_all_the_same(home, tmp_path, change):
    ours = accounts.import_key(home, "me", KEY, "pw", light_kdf=True)
    content = json.loads(ours.path.read_text())
    change(content)
    content.pop("version", None) if "Version" in content else None
    assert opened(home, written(tmp_path / "other.json", content), "pw").address == ADDRESS


def test_of_two_spellings_none_is_chosen(home, tmp_path):
    """The cheap one would be checked, and the expensive one be used."""
    ours = accounts.import_key(home, "me", KEY, "pw", light_kdf=True)
    content = json.loads(ours.path.read_text())
    content["Crypto"] = json.loads(json.dumps(content["crypto"]))
    content["Crypto"]["kdfparams"]["n"] = 2**40
    with pytest.raises(AuthError, match="no sound keystore"):
        accounts.find(home, str(written(tmp_path / "two.json", content)))


# ─────────────────────────────────── Foundry ──────────────────────────────────


def test_foundrys_account_is_found_by_name_and_opens_with_its_password(home, cast):
    cast("wallet", "import", "deployer", "--unsafe-password", "pw ü", "--private-key", KEY)
    entry = accounts.find(home, "deployer")
    assert (entry.source, entry.name) == ("foundry", "deployer")
    assert accounts.open_entry(home, entry, lambda: "pw ü").address == ADDRESS
    with pytest.raises(accounts.WrongPassword, match="wrong password for account deployer"):
        accounts.open_entry(home, entry, lambda: "pw u")


def test_foundrys_address_is_learnt_when_the_account_is_opened(home, cast, user):
    told = cast("wallet", "new", str(user / ".foundry/keystores"), "bob", "--unsafe-password", "p")
    with pytest.raises(AuthError, match="workbond account address bob"):
        assert accounts.find(home, "bob").address
    signer = accounts.open_entry(home, accounts.find(home, "bob"), lambda: "p")
    assert signer.address in told
    assert accounts.find(home, "bob").address == signer.address
    assert accounts.find(home, signer.address.lower()).name == "bob"


def test_an_address_is_learnt_anew_when_the_keystore_changed(home, cast, user):
    directory = user / ".foundry" / "keystores"
    cast("wallet", "import", "bob", "--unsafe-password", "p", "--private-key", KEY)
    accounts.open_entry(home, accounts.find(home, "bob"), lambda: "p")
    cast("wallet", "new", str(directory), "bob", "--force", "--unsafe-password", "p")
    assert accounts.find(home, "bob").known_address is None


@pytest.mark.parametrize("memory", ["", "[]", '{"x": 1}', "[" * 9_999, "[1]"])
def test_a_damaged_memory_of_addresses_is_forgotten(home, cast, memory):
    cast("wallet", "import", "bob", "--unsafe-password", "p", "--private-key", KEY)
    home.mkdir()
    (home / "addresses.json").write_text(memory)
    accounts.open_entry(home, accounts.find(home, "bob"), lambda: "p")
    assert accounts.find(home, "bob").address == ADDRESS


def test_a_memory_that_lies_is_corrected_by_the_key(home, cast):
    cast("wallet", "import", "bob", "--unsafe-password", "p", "--private-key", KEY)
    accounts.open_entry(home, accounts.find(home, "bob"), lambda: "p")
    memory = home / "addresses.json"
    memory.write_text(memory.read_text().replace(ADDRESS, WIKI))
    assert accounts.find(home, "bob").address == WIKI
    assert accounts.open_entry(home, accounts.find(home, "bob"), lambda: "p").address == ADDRESS
    assert accounts.find(home, "bob").address == ADDRESS


def test_foundry_reads_what_workbond_writes(home, cast, tmp_path):
    entry = accounts.import_key(home, "me", KEY, "pw", light_kdf=True)
    accounts.export(entry, tmp_path / "exported")
    for directory, name in ((home / "keystores", "me.json"), (tmp_path, "exported")):
        told = cast(
            *("wallet", "decrypt-keystore", name, "-k", str(directory), "--unsafe-password", "pw")
        )
        assert KEY in told


# ───────────────────────────────────── geth ───────────────────────────────────


@pytest.mark.parametrize("name", [GETH, GETH.lower(), GETH.upper().replace("X", "x"), GETH_FILE])
def test_geths_account_is_found_by_its_address_in_any_case_or_its_file(home, geth, name):
    entry = accounts.find(home, name)
    assert (entry.source, entry.address, entry.name) == ("geth", GETH, GETH)
    assert entry.path == geth / GETH_FILE


def test_geths_directory_on_a_mac_is_another(monkeypatch, user):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert ("geth", user / "Library/Ethereum/keystore") in foreign.directories()


def test_nothing_is_written_where_other_tools_keep_their_keys(home, geth, cast, user):
    cast("wallet", "import", "bob", "--unsafe-password", "p", "--private-key", KEY)
    before = {path: path.stat().st_mtime_ns for path in user.rglob("*")}
    accounts.open_entry(home, accounts.find(home, "bob"), lambda: "p")
    accounts.find(home, GETH)
    accounts.entries(home)
    assert {path: path.stat().st_mtime_ns for path in user.rglob("*")} == before


# ───────────────────────────────── which is meant ─────────────────────────────


def test_all_accounts_are_listed_with_where_they_are_from(home, geth, cast, web3signer):
    cast("wallet", "import", "bob", "--unsafe-password", "p", "--private-key", KEY)
    accounts.create(home, "me", "pw", light_kdf=True)
    accounts.add_signer(home, "held", web3signer.url)
    found = [(entry.name, entry.source) for entry in accounts.entries(home)]
    assert found == [("held", "web3signer"), ("me", "workbond"), ("bob", "foundry"), (GETH, "geth")]


def test_what_is_no_keystore_there_is_passed_over(home, geth, user):
    for name, content in (("README", "hello"), (".hidden", "{}"), ("x.json", '{"version": 3}')):
        (geth / name).write_text(content)
    (geth / "folder").mkdir()
    (user / ".foundry" / "keystores" / "pipe").symlink_to("/dev/zero")
    assert [entry.name for entry in accounts.entries(home)] == [GETH]


def test_a_name_of_our_own_comes_before_foundrys_which_its_path_still_reaches(home, cast, user):
    cast("wallet", "import", "me", "--unsafe-password", "p", "--private-key", KEY)
    mine = accounts.create(home, "me", "pw", light_kdf=True)
    path = user / ".foundry" / "keystores" / "me"
    assert accounts.find(home, "me") == mine
    assert [entry.name for entry in accounts.entries(home)] == ["me", str(path)]
    assert opened(home, path, "p").address == ADDRESS


def test_the_only_account_elsewhere_is_implied_only_while_there_is_none_of_our_own(home, geth):
    assert accounts.find(home, None).address == GETH
    mine = accounts.create(home, "me", "pw", light_kdf=True)
    assert accounts.find(home, None) == mine


def test_of_several_accounts_elsewhere_none_is_implied(home, geth, cast):
    cast("wallet", "import", "bob", "--unsafe-password", "p", "--private-key", KEY)
    with pytest.raises(UsageError, match=f"several accounts, none of them in .*: bob, {GETH};"):
        accounts.find(home, None)


def test_further_directories_come_before_foundrys_and_geths(home, geth, tmp_path, cast):
    cast("wallet", "import", "bob", "--unsafe-password", "p", "--private-key", KEY)
    more = tmp_path / "more"
    more.mkdir()
    written(more / "bob.json", SHORT_31)
    written(more / GETH_FILE, VERY_LIGHT)
    assert accounts.find(home, "bob", [more]).path == more / "bob.json"
    assert accounts.find(home, GETH, [more]).path == more / GETH_FILE
    assert accounts.find(home, "bob", [more]).source == "file"
    assert len(accounts.entries(home, [more])) == 4


def test_an_address_finds_our_own_account_and_a_signers_too(home, geth, web3signer):
    mine = accounts.create(home, "me", "pw", light_kdf=True)
    held = accounts.add_signer(home, "held", web3signer.url)
    assert accounts.find(home, mine.address.lower()) == mine
    assert accounts.find(home, held.address) == held
    with pytest.raises(AuthError, match=f"no keystore or signer here has the address {WIKI}"):
        accounts.find(home, WIKI.lower())


def test_a_path_is_a_keystore_even_from_the_home_directory(home, geth, tmp_path, monkeypatch):
    assert accounts.find(home, f"~/.ethereum/keystore/{GETH_FILE}").address == GETH
    written(tmp_path / "here.json", VERY_LIGHT)
    monkeypatch.chdir(tmp_path)
    assert accounts.find(home, "here.json").address == GETH
    with pytest.raises(AuthError, match="there is no keystore file gone/x"):
        accounts.find(home, "gone/x")
    with pytest.raises(AuthError, match="there is no keystore file /dev/zero"):
        accounts.find(home, "/dev/zero")
    with pytest.raises(AuthError, match="there is no keystore file ~nobody-knows/x"):
        accounts.find(home, "~nobody-knows/x")
    with pytest.raises(AuthError, match=r"no account gone\.json"):
        accounts.find(home, "gone.json")


@pytest.mark.parametrize("name", ["..", ".", "", "a\x1b[2J", "a\0", "x" * 300])
def test_a_name_that_no_account_has_is_told(home, geth, name):
    with pytest.raises((AuthError, UsageError), match="there is no account"):
        accounts.find(home, name)


# ──────────────────────────────── import and export ───────────────────────────


def test_a_keystore_is_copied_in_and_keeps_its_password(home, cast, user):
    cast("wallet", "import", "bob", "--unsafe-password", "p", "--private-key", KEY)
    file = user / ".foundry" / "keystores" / "bob"
    with pytest.raises(accounts.WrongPassword):
        accounts.import_keystore(home, "mine", file, "q")
    entry = accounts.import_keystore(home, "mine", file, "p")
    assert entry == accounts.find(home, "mine")
    assert (entry.address, entry.path.stat().st_mode & 0o777) == (ADDRESS, 0o600)
    assert accounts.open_account(entry, "p").address == ADDRESS


def test_an_exported_keystore_is_its_owners_only_and_overwrites_nothing(home, tmp_path):
    entry = accounts.import_key(home, "me", KEY, "pw", light_kdf=True)
    target = tmp_path / "out.json"
    accounts.export(entry, target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert KEY not in target.read_text()
    assert opened(home, target, "pw").address == ADDRESS
    with pytest.raises(UsageError, match="exists already"):
        accounts.export(entry, target)
    with pytest.raises(AuthError, match="can't write"):
        accounts.export(entry, tmp_path / "gone" / "x")


def test_the_key_of_a_remote_signer_is_not_exported(home, web3signer, tmp_path):
    entry = accounts.add_signer(home, "held", web3signer.url)
    with pytest.raises(UsageError, match="is with its signer at http://127"):
        accounts.export(entry, tmp_path / "out.json")
