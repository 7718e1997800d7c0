"""Ids, hashes and encodings, against the contract's own."""

import dataclasses
import re
from pathlib import Path

import pytest

from workbond.chain.types import (
    REQUEST_TYPE,
    Account,
    Job,
    Request,
    State,
    VoidReason,
    address,
    domain_separator,
    word,
)
from workbond.errors import ChainError, UsageError

CONTRACTS = Path(__file__).parents[3] / "contracts"


def _snake(name):
    return re.sub(r"([A-Z0-9]+e?[0-9]*)", lambda m: "_" + m[1].lower(), name)


def _components(world, function, argument):
    inputs = world.market.abi.functions[function].inputs
    return next(c["components"] for c in inputs if c["name"] == argument)


def test_the_job_id_is_computed_as_the_contract_does(world):
    request = world.request(tip=WORK_TIP, matcher=world.stranger.address, counter=7)
    assert world.id_of(request) == world.market.job_id(request)


WORK_TIP = 10**17


def test_every_field_of_a_request_changes_its_id(world):
    request = world.request()
    ids = {world.id_of(request)}
    for field in dataclasses.fields(Request):
        value = getattr(request, field.name)
        if isinstance(value, int):
            other = value + 1
        elif isinstance(value, bytes):
            other = b"\xff" * 32
        else:
            other = world.stranger.address
        changed = dataclasses.replace(request, **{field.name: other})
        ids.add(world.id_of(changed))
        assert world.market.job_id(changed) in ids
    assert len(ids) == 1 + len(dataclasses.fields(Request))


def test_the_type_string_is_the_one_in_the_contract():
    source = (CONTRACTS / "libraries" / "Requests.sol").read_text()
    assert f'"{REQUEST_TYPE}"' in source
    assert f"`{REQUEST_TYPE}`" in (CONTRACTS / "interfaces" / "IMarket.sol").read_text()


def test_another_chain_or_market_gives_another_domain(world):
    market = world.market.address
    domains = {
        domain_separator(31337, market),
        domain_separator(1, market),
        domain_separator(31337, world.token.address),
    }
    assert len(domains) == 3


def test_the_record_hash_is_the_one_in_storage(world):
    _, job_id, job = world.accepted()
    assert world.market.slot_of(job_id) == (State.RUNNING, job.hash248())
    _, job_id, job = world.claimed(b"\x05" * 32, 10**12, salt=b"\x09" * 32)
    assert world.market.slot_of(job_id) == (State.CLAIMED, job.hash248())
    assert world.market.check(job_id, job) is State.CLAIMED


@pytest.mark.parametrize(
    ("struct", "function", "argument"), [(Request, "post", "request"), (Job, "check", "job")]
)
def test_dataclasses_have_the_structs_members_in_order(world, struct, function, argument):
    names = [_snake(c["name"]) for c in _components(world, function, argument)]
    assert [field.name for field in dataclasses.fields(struct)] == names


def test_account_has_the_structs_members_in_order(world):
    (output,) = world.market.abi.functions["accountOf"].outputs
    names = [_snake(c["name"]) for c in output["components"]]
    assert [field.name for field in dataclasses.fields(Account)] == names


def test_enums_have_the_contracts_codes():
    source = (CONTRACTS / "interfaces" / "IMarketTypes.sol").read_text()
    for enum in (State, VoidReason):
        body = source.split(f"enum {enum.__name__} {{")[1].split("}")[0]
        names = re.findall(r"(\w+),? // \d", body)
        assert [member.label for member in enum] == names


def test_a_struct_survives_the_way_to_a_tuple_and_back(world):
    request = world.request()
    assert Request.from_args(request.to_tuple()) == request
    with pytest.raises(ChainError, match="25 members, not 1"):
        Request.from_args([1])


def test_an_address_is_given_its_checksum():
    sound = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    assert address(sound.lower()) == address("0x" + sound[2:].upper()) == address(sound) == sound


@pytest.mark.parametrize(
    "text", ["", "0x", "70997970C51812dc3A010C7d01b50e0d17dc79C8", "0x" + "g" * 40]
)
def test_text_that_is_no_address_is_refused(text):
    with pytest.raises(UsageError, match="40 hexadecimal digits"):
        address(text)


def test_a_mistyped_address_is_noticed_by_its_checksum():
    with pytest.raises(UsageError, match="typing error"):
        address("0x70997970C51812dc3A010C7d01b50e0d17dc79c8")


def test_a_job_id_is_32_bytes_in_hexadecimal():
    assert word("0x" + "0f" * 32) == b"\x0f" * 32
    for text in ("0x0f", "zz" * 32, ""):
        with pytest.raises(UsageError, match="64 hexadecimal digits"):
            word(text)
