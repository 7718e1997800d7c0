"""A job's id is the EIP-712 digest of its request; the type strings are frozen."""

import re
from pathlib import Path

import pytest
from brownie import chain
from orders import (
    JOB_TYPE,
    OFFER_TYPE,
    REQUEST_FIELDS,
    REQUEST_TYPE,
    ZERO,
    ZERO32,
    job_id,
    members,
    request_tuple,
)

INTERFACES = Path(__file__).parents[2] / "contracts" / "interfaces"
# What members of each type can hold at the most.
LARGEST = {f"uint{bits}": 2**bits - 1 for bits in (32, 64, 96)}
SMALLEST = dict.fromkeys(LARGEST, 0) | {"bytes32": ZERO32, "address": ZERO}
LARGEST |= {"bytes32": b"\xff" * 32, "address": "0x" + 40 * "f"}


def on_chain(market, request):
    return bytes.fromhex(str(market.jobId(request_tuple(request)))[2:])


@pytest.mark.parametrize("values", [SMALLEST, LARGEST])
def test_extreme_requests_have_the_independent_digest(market, values):
    request = {name: values[kind] for kind, name in members(REQUEST_TYPE)}
    assert on_chain(market, request) == job_id(market, chain.id, request)


@pytest.mark.parametrize(("kind", "name"), members(REQUEST_TYPE))
def test_every_field_counts(market, deal, kind, name):
    request = deal().request
    before = job_id(market, chain.id, request)
    request[name] = LARGEST[kind]
    after = on_chain(market, request)
    assert after == job_id(market, chain.id, request)
    assert after != before


def test_market_and_chain_count(Market, token, market, accounts, deal):
    other = accounts[0].deploy(Market, token, 0)
    request = deal().request
    assert on_chain(other, request) == job_id(other, chain.id, request)
    assert on_chain(other, request) != on_chain(market, request)
    assert on_chain(market, request) != job_id(market, chain.id + 1, request)


def test_the_domain_is_published_on_chain(market):
    fields, name, version, chain_id, contract, salt, extensions = market.eip712Domain()
    assert (str(fields), name, version) == ("0x0f", "Workbond", "1")
    assert (chain_id, contract, extensions) == (chain.id, market.address, ())
    assert int(str(salt), 16) == 0


@pytest.mark.parametrize("type_string", [REQUEST_TYPE, OFFER_TYPE])
def test_type_strings_are_published_in_the_interface(type_string):
    assert f"`{type_string}`" in (INTERFACES / "IMarket.sol").read_text()


@pytest.mark.parametrize("type_string", [REQUEST_TYPE, OFFER_TYPE, JOB_TYPE])
def test_structs_have_the_frozen_members(type_string):
    name = type_string[: type_string.index("(")]
    source = (INTERFACES / "IMarketTypes.sol").read_text()
    body = re.search(rf"struct {name} \{{(.*?)\}}", source, re.DOTALL)[1]
    lines = re.sub(r"//.*", "", body).split(";")
    assert [tuple(line.split()) for line in lines if line.strip()] == members(type_string)


def test_the_request_has_25_members():
    assert len(REQUEST_FIELDS) == len(set(REQUEST_FIELDS)) == 25
