"""The market's wrappers and its events."""

import json

import pytest

from workbond.chain.abi import Abi
from workbond.chain.artifacts import artifact
from workbond.chain.connection import Connection
from workbond.chain.contract import topic
from workbond.chain.market import Market
from workbond.chain.types import State, VoidReason
from workbond.errors import ChainError, UsageError

WORK = 10**18
ROOT = b"\x05" * 32


def _names(events):
    return [event.name for event in events]


def _all(world, **filters):
    return list(world.market.events(0, world.connection.block().number, **filters))


def test_a_job_goes_from_posted_to_paid(world):
    market = world.market
    before = market.account_of(world.provider.address)
    _, job_id, job = world.claimed(ROOT, 10**12)
    assert market.state_of(job_id) is State.CLAIMED
    receipt = market.approve(world.requester, job_id, job, ROOT, 10**12)
    after = market.account_of(world.provider.address)
    assert market.state_of(job_id) is State.SETTLED
    assert after.free - before.free == receipt.events[0].args["payment"] == WORK + job.unit_price
    assert (after.staked, after.bonded) == (before.staked, 0)
    assert _names(_all(world, topics=[job_id])) == [
        "JobPosted",
        "JobAccepted",
        "JobClaimed",
        "JobSettled",
    ]


def test_anyone_finalizes_after_the_window(world):
    _, job_id, job = world.claimed(ROOT, 1)
    world.advance(job.window_end - world.now())
    (event,) = world.market.finalize(world.stranger, job_id, job, ROOT, 1).events
    assert event.args["approved"] is False


def test_an_open_job_is_cancelled_whole(world):
    free = world.market.account_of(world.requester.address).free
    request = world.posted()
    world.market.cancel(world.requester, request)
    assert world.market.account_of(world.requester.address).free == free
    assert world.market.state_of(world.id_of(request)) is State.CANCELLED


def test_an_abandoned_job_is_expired_by_anyone(world):
    _, job_id, job = world.accepted()
    world.advance(job.run_for)
    (event,) = world.market.expire(world.stranger, job_id, job).events
    assert VoidReason(event.args["reason"]) is VoidReason.EXPIRED
    assert event.args["caller"] == world.stranger.address


def test_stake_goes_out_through_the_cooldown(world):
    market, me = world.market, world.provider
    before = market.account_of(me.address)
    market.unstake(me, 3 * WORK)
    world.advance(market.cooldown_s)
    market.withdraw_stake(me)
    after = market.account_of(me.address)
    assert (after.staked, after.free) == (before.staked - 3 * WORK, before.free + 3 * WORK)


def test_a_posted_request_comes_back_from_its_event(world):
    request = world.posted()
    (event,) = _all(world, names=["JobPosted"])
    assert event.args["request"] == request
    assert event.args["gateway"] == "http://127.0.0.1:9/"
    assert event.args["id"] == world.id_of(request)


def test_a_gateway_that_is_no_utf8_stops_no_reader(world):
    request = world.request()
    data = world.market.abi.call_data("post", [request.to_tuple(), "XXXX"])
    evil = data.replace(b"XXXX", b"\xff\xfe\x00\x80")
    from workbond.chain.transactions import send

    send(world.connection, world.requester, world.market.address, evil)
    (event,) = _all(world, names=["JobPosted"])
    assert event.args["request"] == request
    assert event.args["gateway"] == "\ufffd\ufffd\x00\ufffd"


def test_a_card_travels_in_its_event(world):
    card = json.dumps({"name": "a"}).encode()
    (event,) = world.market.announce(world.provider, card).events
    assert event.args["json"] == card
    assert event.args["account"] == world.provider.address


def test_events_are_filtered_by_name_and_by_indexed_member(world):
    world.accepted()
    world.posted(salt=b"\x08" * 32)
    assert _names(_all(world, names=["JobPosted", "JobAccepted"])) == [
        "JobPosted",
        "JobAccepted",
        "JobPosted",
    ]
    mine = _all(world, names=["Deposited"], topics=[topic(world.provider.address)])
    assert [event.args["account"] for event in mine] == [world.provider.address]


def test_events_before_or_after_the_range_are_not_listed(world):
    block = world.connection.block().number
    world.posted()
    assert list(world.market.events(0, block, names=["JobPosted"])) == []
    later = world.connection.block().number
    assert len(list(world.market.events(block + 1, later, names=["JobPosted"]))) == 1
    assert list(world.market.events(later + 1, later)) == []


def test_a_node_that_allows_few_blocks_at_once_is_read_in_pieces(world, proxy):
    world.posted()
    ranges = []

    def tamper(body, forward):
        if body["method"] == "eth_getLogs":
            (asked,) = body["params"]
            span = int(asked["toBlock"], 16) - int(asked["fromBlock"], 16) + 1
            ranges.append(span)
            if span > 3:
                return {"id": 1, "error": {"code": -32005, "message": "block range too large"}}
        return forward()

    server = proxy(world.url, tamper)
    market = Market(Connection(server.url), world.market.address)
    head = world.connection.block().number
    assert list(market.events(0, head)) == list(world.market.events(0, head))
    assert min(ranges) <= 3


def test_a_node_that_refuses_even_one_block_is_told(world, proxy):
    def tamper(body, forward):
        if body["method"] == "eth_getLogs":
            return {"id": 1, "error": {"code": -32005, "message": "limit exceeded"}}
        return forward()

    market = Market(Connection(proxy(world.url, tamper).url), world.market.address)
    with pytest.raises(ChainError, match="events of block 0 can't be read"):
        list(market.events(0, 1_000_000))


def test_a_log_that_breaks_its_own_encoding_is_refused(world, proxy):
    world.posted()

    def tamper(body, forward):
        answer = forward()
        if body["method"] == "eth_getLogs":
            for log in answer["result"]:
                log["data"] = log["data"][:70]
        return answer

    market = Market(Connection(proxy(world.url, tamper).url), world.market.address)
    with pytest.raises(ChainError, match="does not decode"):
        list(market.events(0, world.connection.block().number, names=["JobPosted"]))


def test_arguments_that_do_not_fit_are_refused_before_anything_is_sent(world):
    with pytest.raises(UsageError, match="arguments of stake don't fit"):
        world.market.stake(world.provider, -1)
    with pytest.raises(UsageError, match="arguments of stake don't fit"):
        world.market.stake(world.provider, 2**96)


def test_every_function_of_the_interface_has_a_method():
    names = {"token": "token_address", "cooldown": "cooldown_s"}
    functions = set(Abi(artifact("Market").abi).functions) - {"eip712Domain"}
    assert [f for f in functions if not hasattr(Market, names.get(f, _snake(f)))] == []


def _snake(name):
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def test_a_missing_artifact_says_how_to_get_it():
    with pytest.raises(ChainError, match=r"No\.json is missing or damaged"):
        artifact("No")
