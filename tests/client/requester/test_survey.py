"""The facts behind the reasons: read from a real chain and real gateways, bounded whatever others
write."""

from __future__ import annotations

import dataclasses
import hashlib
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from workbond.blobs.gateway import Gateway
from workbond.blobs.store import BlobStore
from workbond.chain.types import encoded
from workbond.executor.profile import PROFILE_ID
from workbond.orders import sign_request
from workbond.provider.card import Hardware, make_card
from workbond.requester.desk import Desk
from workbond.requester.submit import Posting, serving
from workbond.requester.why import survey as module
from workbond.requester.why.facts import Facts
from workbond.requester.why.history import latest_events
from workbond.requester.why.judge import judge
from workbond.requester.why.probe import all_at_once, answers, is_private, serving_problem
from workbond.requester.why.reasons import Code
from workbond.requester.why.survey import survey

from .books import match, signed_offer

WORK = 10**18


@pytest.fixture
def look(desk: Desk, posted: Posting) -> Callable[..., Facts]:
    """The facts about the posted job."""
    return lambda **bounds: survey(desk, posted.id, posted.request, posted.gateway, **bounds)


def announce(world: Any, signer: Any, gateway: str = "http://127.0.0.1:9", cores: int = 4) -> None:
    hardware = Hardware(arch="x86_64", cpu="", cores=cores, memory=2**30)
    card = make_card(hardware=hardware, region="de", gateway=gateway)
    world.market.announce(signer, card.to_bytes())


def test_a_market_without_providers_is_told(look: Any) -> None:
    found = look()
    assert (found.deals, found.candidates, found.announced) == ((), (), 0)
    assert found.complete
    assert Code.NOBODY in {reason.code for reason in judge(found)}


def test_other_jobs_that_were_accepted_are_deals_with_price_and_wait(
    look: Any, world: Any, desk: Desk, job: Any, package: Any, post_job: Any, provider: Any
) -> None:
    other = post_job(job, package)
    world.advance(100)
    taken = provider.accept(other)
    found = look()
    (deal,) = found.deals
    assert (deal.job_id, deal.provider) == (other.id, provider.signer.address)
    assert (deal.unit_price, deal.flat) == (taken.unit_price, WORK // 2)
    assert 100 <= deal.took_s < 130
    (candidate,) = found.candidates
    assert (candidate.answers, candidate.busy) == (True, True)
    assert candidate.active_s == taken.accepted_at
    assert candidate.account.bonded == 5 * WORK


def test_signed_jobs_that_were_matched_are_deals_too(
    look: Any, world: Any, posted: Posting, provider: Any
) -> None:
    request = dataclasses.replace(posted.request, salt=b"\x07" * 32)
    place = (world.connection.chain_id, world.market.address)
    job_id = match(world, sign_request(world.requester, request, *place), signed_offer(world))
    found = look()
    (deal,) = found.deals
    assert (deal.job_id, deal.provider) == (job_id, provider.signer.address)
    assert (deal.flat, deal.max_units, deal.took_s) == (WORK // 2, request.max_units, None)
    assert found.candidates[0].busy is True


def test_who_has_claimed_is_not_busy_any_more(
    look: Any, job: Any, package: Any, post_job: Any, provider: Any
) -> None:
    provider.work(post_job(job, package))
    assert look().candidates[0].busy is False


def test_the_job_itself_is_no_deal(look: Any, posted: Posting, provider: Any) -> None:
    provider.accept(posted)
    assert look().deals == ()


def test_the_latest_valid_card_counts(look: Any, world: Any, provider: Any) -> None:
    announce(world, world.provider, cores=7)
    for hostile in (b"{}", b"[" * 4_000, b'{"version":1e999}'):
        world.market.announce(world.provider, hostile)
    (candidate,) = look().candidates
    assert candidate.card.hardware.cores == 7
    world.market.announce(world.provider, b"{}")  # now four, one more than is tried
    assert look().candidates == ()


def test_active_providers_come_before_those_that_only_announce(
    look: Any, world: Any, job: Any, package: Any, post_job: Any, provider: Any, monkeypatch: Any
) -> None:
    provider.work(post_job(job, package))
    announce(world, world.stranger)
    announce(world, world.requester)
    monkeypatch.setattr(module, "CANDIDATES_MAX", 2)
    found = look()
    assert found.announced == 3
    assert [c.address for c in found.candidates] == [
        world.provider.address,
        world.requester.address,
    ]


def test_only_so_many_gateways_are_asked(
    look: Any, world: Any, provider: Any, monkeypatch: Any
) -> None:
    announce(world, world.stranger)
    monkeypatch.setattr(module, "PROBED_MAX", 1)
    assert sorted(c.answers is None for c in look().candidates) == [False, True]


def test_a_silent_gateway_costs_no_more_than_its_time(look: Any, world: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        announce(world, world.provider, f"http://127.0.0.1:{silent.getsockname()[1]}")
        (candidate,) = look(probe_s=0.5).candidates  # it would be silent for ever
    assert candidate.answers is False


def test_a_question_that_never_ends_is_left_behind() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connection = socket.create_connection(silent.getsockname())
        all_at_once([lambda: connection.recv(1)], 0.05)  # returns


def test_only_the_named_provider_is_looked_at(
    desk: Desk, world: Any, posted: Posting, provider: Any
) -> None:
    request = dataclasses.replace(posted.request, providers=encoded(world.stranger.address))
    found = survey(desk, posted.id, request, posted.gateway)
    (candidate,) = found.candidates
    assert (candidate.address, candidate.card) == (world.stranger.address, None)
    codes = [reason.code for reason in judge(found)]
    assert codes == [Code.INPUTS, Code.STAKE, Code.OFFLINE, Code.PROVIDERS, Code.PRICE]


def test_served_inputs_are_no_problem_and_dead_gateways_are(
    desk: Desk, package: Any, job: Any, post_job: Any, look: Any
) -> None:
    assert "connection refused" in look().inputs_problem
    with serving(desk.store, package.cids) as url:
        served = post_job(job, package, url)
        assert survey(desk, served.id, served.request, url).inputs_problem is None
    assert "no address" in survey(desk, served.id, served.request, "").inputs_problem


def test_a_gateway_without_the_spec_is_a_problem(
    desk: Desk, posted: Posting, tmp_path: Any
) -> None:
    with Gateway(BlobStore(tmp_path / "empty")) as gateway:
        found = survey(desk, posted.id, posted.request, gateway.url)
    assert found.inputs_problem == "it answers with status 404"
    assert found.spec is not None  # it is in our own store


def test_a_gateways_address_that_steers_terminals_is_told_without_its_control_characters(
    desk: Desk, make_desk: Any, posted: Posting
) -> None:
    for where in (desk, make_desk("elsewhere")):
        found = survey(where, posted.id, posted.request, "http://a.invalid/\x1b[2J\x07")
        assert found.inputs_problem
        assert found.inputs_problem.isprintable()


def test_another_machine_fetches_the_spec_from_the_jobs_gateway(
    desk: Desk, make_desk: Any, package: Any, job: Any, post_job: Any
) -> None:
    elsewhere = make_desk("elsewhere")
    with serving(desk.store, package.cids) as url:
        served = post_job(job, package, url)
        found = survey(elsewhere, served.id, served.request, url)
    assert found.spec == package.spec


def test_a_spec_that_is_none_is_told(world: Any, desk: Desk, tmp_path: Any) -> None:
    store = BlobStore(tmp_path / "theirs")
    store.put(b"{}")
    digest = hashlib.sha256(b"{}").digest()
    with Gateway(store) as gateway:
        request = world.request(spec=digest, profile=PROFILE_ID)
        world.market.post(world.requester, request, gateway.url)
        found = survey(desk, world.id_of(request), request, gateway.url)
    assert Code.SPEC in {reason.code for reason in judge(found)}


def test_off_a_local_chain_nobodys_private_address_is_called(
    look: Any, world: Any, provider: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(type(world.connection), "is_local", property(lambda _: False))
    monkeypatch.setattr(
        module, "answers", lambda *_, **__: pytest.fail("a private address was called")
    )
    found = look()
    assert found.candidates[0].answers is False
    assert found.inputs_problem.startswith("only your own machine or network reaches")


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://127.0.0.1:80", True),
        ("http://localhost", True),
        ("http://a.localhost", True),
        ("http://10.1.2.3", True),
        ("http://192.168.0.1", True),
        ("http://169.254.169.254", True),
        ("http://[::1]:8080", True),
        ("http://[fd00::1]", True),
        ("http://8.8.8.8", False),
        ("https://gateway.example", False),
        ("http://[", False),
    ],
)
def test_private_addresses_are_known(url: str, private: bool) -> None:
    assert is_private(url) is private


def test_any_http_answer_counts_and_nothing_else_does(tmp_path: Any) -> None:
    with Gateway(BlobStore(tmp_path / "blobs")) as gateway:
        assert answers(gateway.url, 10, private=True)
        assert not answers(gateway.url, 10, private=False)
        assert serving_problem(gateway.url, "bafkqaaa", 10, private=True) is not None
        both = f"http://127.0.0.1:9 {gateway.url}"
        cid = BlobStore(tmp_path / "blobs").put(b"here")
        assert serving_problem(both, cid, 10, private=True) is None
    assert not answers("http://127.0.0.1:9", 10, private=True)
    assert not answers("file:///etc/passwd", 10, private=True)


def test_history_is_read_from_its_end_and_only_so_far(world: Any) -> None:
    first = world.connection.block().number + 1
    for number in range(5):
        world.posted(salt=bytes([number]) * 32)
    last = world.connection.block().number
    forever = time.monotonic() + 60
    names = ["JobPosted"]
    read = latest_events(world.market, names, first, last, most=3, ends=forever)
    salts = [event.args["request"].salt[0] for event in read.events]
    assert (salts, read.whole) == ([4, 3, 2], False)
    read = latest_events(world.market, names, first, last, most=99, ends=forever)
    assert (len(read.events), read.first_block, read.whole) == (5, first, True)
    read = latest_events(world.market, names, first, last, most=99, ends=0.0)
    assert (read.events, read.whole) == ([], False)
