"""Remote signers that sign something else than asked, or nothing at all."""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from workbond import accounts
from workbond.accounts.keys import SECP256K1_ORDER, standard_signature
from workbond.errors import AuthError

KEY = "0x" + "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
OTHER_KEY = "0x" + "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
OTHER = "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b"
CALL = {
    "type": 2,
    "chainId": 31337,
    "nonce": 1,
    "to": OTHER,
    "value": 5,
    "data": bytes.fromhex("a9059cbb") + bytes(64),
    "gas": 100_000,
    "maxFeePerGas": 3 * 10**9,
    "maxPriorityFeePerGas": 10**9,
}
ELSEWHERE = [{"address": OTHER, "storageKeys": []}]
EDITS = {
    "chainId": {"chainId": 1},
    "nonce": {"nonce": 2},
    "to": {"to": ADDRESS},
    "value": {"value": 6},
    "data": {"data": b"\xff" * 68},
    "gas": {"gas": 100_001},
    "maxFeePerGas": {"maxFeePerGas": 4 * 10**9},
    "maxPriorityFeePerGas": {"maxPriorityFeePerGas": 0},
    "accessList": {"accessList": ELSEWHERE},
}
DOMAIN, TYPES = {"name": "Workbond"}, {"Note": [{"name": "text", "type": "string"}]}


@pytest.fixture
def signer(tmp_path, server):
    entry = accounts.add_signer(tmp_path, "held", server.url)
    return accounts.open_entry(tmp_path, entry, lambda: "")


def signed(fields, key=KEY):
    return "0x" + bytes(Account.sign_transaction(fields, key).raw_transaction).hex()


def answer(server, raw):
    """Makes the server hand back `raw` in its own form."""
    server.answer = {"raw": raw} if type(server).__name__ == "ClefServer" else raw


@pytest.mark.parametrize("field", EDITS)
def test_a_changed_field_is_refused_by_name(signer, server, field):
    server.edit = lambda fields: fields | EDITS[field]
    with pytest.raises(AuthError, match=f"changed the transaction: {field} is .*, asked was"):
        signer.sign_transaction(CALL)


def test_a_call_made_a_contract_creation_is_refused(signer, server):
    server.edit = lambda fields: {k: v for k, v in fields.items() if k != "to"}
    with pytest.raises(AuthError, match="changed the transaction: to is 0x, asked was 0x008aeeda"):
        signer.sign_transaction(CALL)


def test_another_type_of_transaction_is_refused(signer, server):
    legacy = {k: v for k, v in CALL.items() if k != "type" and not k.startswith("max")}
    legacy["gasPrice"] = 3 * 10**9
    answer(server, signed(legacy))
    with pytest.raises(AuthError, match="changed the transaction: type is 0, asked was 2"):
        signer.sign_transaction(CALL)
    answer(server, signed(CALL))
    with pytest.raises(AuthError, match="changed the transaction: type is 2, asked was 0"):
        signer.sign_transaction(legacy)


@pytest.mark.parametrize(
    ("field", "changed"),
    [("gasPrice", 7), ("chainId", 1), ("nonce", 2), ("gas", 1), ("value", 0), ("to", ADDRESS)],
)
def test_a_changed_field_of_a_legacy_transaction_is_refused(signer, server, field, changed):
    legacy = {k: v for k, v in CALL.items() if k != "type" and not k.startswith("max")}
    legacy["gasPrice"] = 3 * 10**9
    answer(server, signed(legacy | {field: changed}))
    with pytest.raises(AuthError, match=f"changed the transaction: {field} is"):
        signer.sign_transaction(legacy)


def test_a_legacy_transaction_for_any_chain_is_refused(signer, server):
    legacy = {k: v for k, v in CALL.items() if k != "type" and not k.startswith("max")}
    legacy["gasPrice"] = 3 * 10**9
    answer(server, signed({k: v for k, v in legacy.items() if k != "chainId"}))
    with pytest.raises(AuthError, match="handed back no signed transaction"):
        signer.sign_transaction(legacy)


def test_a_transaction_by_another_key_is_refused(signer, server):
    answer(server, signed(CALL, OTHER_KEY))
    with pytest.raises(AuthError, match=f"with another key .{OTHER} comes out, not {ADDRESS}"):
        signer.sign_transaction(CALL)


def mirrored(raw):
    """The same transaction with the signature's other s, which nodes refuse."""
    import rlp

    *fields, v, r, s = rlp.decode(bytes.fromhex(raw[4:]))
    low = SECP256K1_ORDER - int.from_bytes(s)
    return "0x02" + rlp.encode([*fields, b"" if v else b"\x01", r, low.to_bytes(32)]).hex()


@pytest.mark.parametrize(
    "raw",
    [
        "0x",
        "0x02",
        "0x02c0",
        "0x01c0",
        "0xc0",
        "0x03" + "c0" * 12,
        "0x02" + "f8" * 400,
        "0xf9ffff" + "00" * 10,
        "0x" + "c1" * 50_000,
        "0x02" + "c1" * 50_000,
        signed(CALL) + "00",
        signed(CALL)[:-2],
        mirrored(signed(CALL)),
    ],
)
def test_what_is_no_transaction_is_refused(signer, server, raw):
    answer(server, raw)
    with pytest.raises(AuthError, match="handed back no signed transaction"):
        signer.sign_transaction(CALL)


@pytest.mark.parametrize("result", [7, "", "02c0", "0xzz", [], {"raw": 7}, {"tx": "0x"}, True])
def test_a_result_of_another_shape_is_refused(signer, server, result):
    server.answer = result
    with pytest.raises(AuthError, match=r"nonsense to (eth|account)_signTransaction"):
        signer.sign_transaction(CALL)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"7", b"{}", b'{"id":1}', b"[" * 99_999, b"\xff"]
)
def test_an_answer_that_is_no_json_rpc_is_refused(signer, server, body):
    server.body = body or b" "
    with pytest.raises(AuthError, match="no JSON-RPC"):
        signer.sign_transaction(CALL)


def test_an_endless_answer_is_not_read(signer, server):
    server.body = b" " * (5 << 20)
    with pytest.raises(AuthError, match="answered more than 4194304 bytes"):
        signer.sign_transaction(CALL)


def test_a_refusal_can_not_steer_the_terminal(signer, server):
    server.body = b'{"error": {"message": "\\u001b[2J no\\n\\n' + b"x" * 9_000 + b'"}}'
    with pytest.raises(AuthError) as caught:
        signer.sign_message(b"hi")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("listed", [b"7", b"[7]", b'["0x12"]', b"{}", b"null", b'[["0x"]]'])
def test_a_list_of_accounts_that_is_none_is_refused(tmp_path, server, listed):
    kind = "clef" if type(server).__name__ == "ClefServer" else "web3signer"
    server.body = b'{"result": ' + listed + b"}"
    with pytest.raises(AuthError, match=r"answered nonsense to (eth_accounts|account_list)"):
        accounts.add_signer(tmp_path, "held", server.url, kind=kind)


def test_a_signature_of_something_else_is_refused(signer, server):
    message = Account.sign_message(encode_defunct(b"bye"), KEY).signature
    server.answer = "0x" + bytes(message).hex()
    for ask in (
        lambda: signer.sign_message(b"hi"),
        lambda: signer.sign_typed_data(DOMAIN, TYPES, {"text": "hi"}),
    ):
        with pytest.raises(AuthError, match="signed something else, or with another key"):
            ask()


def test_a_signature_by_another_key_is_refused(signer, server):
    server.keys[ADDRESS] = OTHER_KEY
    with pytest.raises(AuthError, match=f"{OTHER} comes out"):
        signer.sign_message(b"hi")
    with pytest.raises(AuthError, match=f"{OTHER} comes out"):
        signer.sign_typed_data(DOMAIN, TYPES, {"text": "hi"})


SOUND = bytes(Account.sign_message(encode_defunct(b"hi"), KEY).signature)
HIGH_S = (
    SOUND[:32]
    + (SECP256K1_ORDER - int.from_bytes(SOUND[32:64])).to_bytes(32)
    + bytes([27 + 28 - SOUND[64]])
)
UNSOUND = [
    b"",
    SOUND[:64],
    SOUND + b"\0",
    SOUND[:64] + b"\x1d",
    bytes(64) + b"\x1b",
    b"\xff" * 64 + b"\x1b",
    HIGH_S,
]


@pytest.mark.parametrize("signature", UNSOUND)
def test_what_is_no_signature_is_refused(signer, server, signature):
    server.answer = "0x" + signature.hex()
    with pytest.raises(AuthError, match="handed back no signature"):
        signer.sign_message(b"hi")


def test_a_signature_that_ends_in_0_or_1_is_brought_into_form(signer, server):
    bare = SOUND[:64] + bytes([SOUND[64] - 27])
    server.answer = "0x" + bare.hex()
    assert signer.sign_message(b"hi") == SOUND == standard_signature(bare)


# ─────────────────────────── recovering, for anybody ──────────────────────────


def test_who_signed_is_recovered():
    me = accounts.dev_signer(3)
    typed = me.sign_typed_data(DOMAIN, TYPES, {"text": "hi"})
    assert accounts.recover_typed_data(DOMAIN, TYPES, {"text": "hi"}, typed) == me.address
    assert accounts.recover_typed_data(DOMAIN, TYPES, {"text": "ho"}, typed) != me.address
    assert accounts.recover_message(b"hi", me.sign_message(b"hi")) == me.address


@pytest.mark.parametrize("signature", UNSOUND)
def test_nobody_is_recovered_from_what_is_no_signature(signature):
    with pytest.raises(AuthError, match="no signature of 65 bytes"):
        accounts.recover_message(b"hi", signature)
    with pytest.raises(AuthError, match="no signature of 65 bytes"):
        accounts.recover_typed_data(DOMAIN, TYPES, {"text": "hi"}, signature)


def test_a_point_off_the_curve_is_nobodys():
    off = next(
        r
        for r in range(1, 100)
        if pow(r**3 + 7, (2**256 - 2**32 - 978) // 2, 2**256 - 2**32 - 977) != 1
    )
    with pytest.raises(AuthError, match="nobody's"):
        accounts.recover_message(b"hi", off.to_bytes(32) + SOUND[32:64] + b"\x1b")


@pytest.mark.parametrize(
    ("domain", "types", "message"),
    [
        (DOMAIN, TYPES, {"text": object()}),
        ({"owner": "me"}, TYPES, {"text": "hi"}),
        (DOMAIN, {}, {"text": "hi"}),
        (DOMAIN, {"Note": [{"name": "text", "type": "uint8"}]}, {"text": 256}),
    ],
)
def test_a_message_that_does_not_fit_its_types_is_told(domain, types, message):
    with pytest.raises(AuthError, match="does not fit its EIP-712 types"):
        accounts.recover_typed_data(domain, types, message, SOUND)
