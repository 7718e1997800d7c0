"""CIDs: one form, and nothing else."""

from __future__ import annotations

import hashlib
import itertools

import pytest
from multiformats import CID

from workbond.cid import CID_LENGTH, cid_of, cid_of_digest, digest_of_cid, is_cid
from workbond.errors import UsageError

HELLO = "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"


def test_a_known_blob_has_its_known_cid() -> None:
    assert cid_of(b"hello") == HELLO
    assert digest_of_cid(HELLO) == hashlib.sha256(b"hello").digest()


@pytest.mark.parametrize("number", range(32))
def test_the_reference_library_agrees(number: int) -> None:
    digest = hashlib.sha256(bytes([number])).digest()
    cid = cid_of_digest(digest)
    assert cid == str(CID("base32", 1, "raw", ("sha2-256", digest)))
    assert CID.decode(cid).raw_digest == digest_of_cid(cid) == digest
    assert len(cid) == CID_LENGTH


def test_only_one_last_character_names_a_digest() -> None:
    accepted = [c for c in "abcdefghijklmnopqrstuvwxyz234567" if is_cid(HELLO[:-1] + c)]
    assert HELLO[-1] in accepted
    assert len(accepted) == 8  # three of five bits belong to the digest
    assert len({digest_of_cid(HELLO[:-1] + c) for c in accepted}) == 8


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "b",
        HELLO.upper(),
        HELLO + "a",
        HELLO[:-1],
        HELLO + "\n",
        "/" + HELLO,
        "../" + HELLO,
        HELLO.replace("b", "1"),
        "z" + HELLO[1:],
        "bafybei" + HELLO[7:],
        "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKtLkP",
        CID("base58btc", 1, "raw", ("sha2-256", bytes(32))).encode(),
        CID("base32", 1, "raw", ("sha2-512", bytes(64))).encode(),
        "bafkreié" + HELLO[8:],
        "b" * 100_000,
    ],
    ids=itertools.count(),
)
def test_another_form_is_refused_in_one_line(wrong: str) -> None:
    with pytest.raises(UsageError, match="is not a CID of this market") as refused:
        digest_of_cid(wrong)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300
    assert not is_cid(wrong)


def test_a_digest_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        cid_of_digest(bytes(31))
