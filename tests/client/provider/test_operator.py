"""An operator's key runs the node of a provider whose own key stays cold."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from workbond.chain.types import State, pair
from workbond.errors import UsageError
from workbond.orders import RequestDetails, SignedOrder, sign_offer, sign_request
from workbond.provider.offering import standing_offer
from workbond.provider.plan import Plan
from workbond.provider.run import Address, run
from workbond.provider.terms import Terms
from workbond.provider.trade import Booking
from workbond.requester.fetch import provider_gateways

from .conftest import LOOP, PLENTY
from .test_demands import demand, record_of

WORK = 10**18
OWNER = ("--account", "owner")
ONCE = ("--yes", "--once", "--listen", "127.0.0.1:0")


@pytest.fixture
def delegate(world: Any, operator: Any) -> Any:
    """A key with gas coin only, made the operator of the world's provider."""
    world.market.set_delegate(world.provider, world.pauper.address)
    operator.signer = world.pauper
    return world.pauper


@pytest.fixture
def cold_offer(world: Any) -> SignedOrder:
    """What the owner signed before it locked its key away."""
    terms = Terms(cores=2, memory_bytes=1 << 30)
    ends = world.now() + 86_400
    offer = standing_offer(terms, world.provider.address, 50 * WORK, 0, ends, os.urandom(32))
    return sign_offer(world.provider, offer, world.connection.chain_id, world.market.address)


@pytest.fixture
def owner_cli(world: Any, world_cli: Any) -> Any:
    """The command line with the accounts `owner` and `operator`."""
    for name, key in (("owner", "2"), ("operator", "4")):
        assert world_cli("account", "import", name, "--dev", key, "--light-kdf").code == 0
    return world_cli


# ─────────────────────────────────── the node ─────────────────────────────────


def test_an_operators_node_does_jobs_that_the_owners_offer_brought(
    world: Any, shop: Any, operator: Any, house: Any, delegate: Any, cold_offer: SignedOrder
) -> None:
    owner = world.provider.address
    coin = world.connection.balance(owner)
    operator.deal(house, offers=(cold_offer,))
    (listing,) = operator.turn_until(lambda: list(house.client.orders(kind="offer")), "the offer")
    machine = listing.order.details.machine  # measured here, and signed by the operator
    assert machine.units_per_second > 1_000_000

    order = shop.sign(shop.spec(), run_for=3_000, challenge_for=600, tip=WORK // 10)
    house.send(order)
    house.turn()
    operator.turn_until_state(order.id, State.CLAIMED)
    demand(world, order.id, pair(0, 0))
    operator.turn_until_said("1 chunk shown on the chain")
    world.advance(1_000)
    operator.turn_until_state(order.id, State.SETTLED)
    assert record_of(world, order.id).live_job().provider == owner
    assert world.connection.balance(owner) == coin  # the gas was the operator's
    assert world.market.account_of(delegate.address).free == 0


def test_an_operators_node_takes_no_posted_job(
    world: Any, shop: Any, operator: Any, delegate: Any
) -> None:
    job_id = shop.post(shop.spec())
    operator.start()
    for _ in range(5):
        operator.turn()
    assert world.market.state_of(job_id) is State.OPEN


def test_the_operators_card_leads_requesters_to_the_owners_results(
    world: Any, operator: Any, delegate: Any
) -> None:
    class Desk:
        market = world.market
        since_block = world.deployment.market.block
        head = staticmethod(world.connection.block)

    desk: Any = Desk()
    assert provider_gateways(desk, world.provider.address) == []
    operator.start()
    operator.turn()
    assert provider_gateways(desk, world.provider.address) == [operator.url]


def test_an_operator_that_can_not_do_a_job_tells_the_owner_to_give_it_back(
    world: Any, shop: Any, operator: Any, delegate: Any, owner_cli: Any
) -> None:
    job_id = shop.post(shop.spec(LOOP, limits=PLENTY), run_for=1_000)
    world.market.accept(world.provider, shop.posted[job_id])
    operator.start()
    world.advance(1_000 - 20)
    line = operator.turn_until_said("workbond provider release 0x")
    assert job_id.hex() in line
    assert world.market.state_of(job_id) is State.RUNNING

    released = owner_cli("provider", "release", job_id.hex()[:12], *OWNER, "--yes", "--json")
    assert released.code == 0, released.err
    out = json.loads(released.out)
    assert out["state"] == "Void"
    assert 17 * WORK // 10 < int(out["lost"]) < 2 * WORK
    operator.turn_until_said("released, lost 1.")


def test_a_node_whose_account_is_no_operator_ends_with_one_line(world: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no operator, and this node's account is"):
        run(
            world.market,
            world.pauper,
            world.deployment.market.block,
            tmp_path / "home",
            Address("127.0.0.1", 0),
            Terms(cores=1, memory_bytes=1 << 30),
            Plan(once=True),
            owner=world.provider.address,
        )


# ───────────────────────────────── the commands ───────────────────────────────


def test_the_owner_names_shows_and_clears_its_operator(world: Any, owner_cli: Any) -> None:
    owner, named = world.provider.address, world.pauper.address
    assert "has no operator" in owner_cli("provider", "operator", "show", *OWNER).out
    made = owner_cli("provider", "operator", "set", "operator", *OWNER, "--yes", "--json")
    assert made.code == 0, made.err
    assert json.loads(made.out)["operator"] == named
    assert world.market.delegate_of(owner) == named
    shown = json.loads(owner_cli("provider", "operator", "show", *OWNER, "--json").out)
    gas = str(world.connection.balance(named))
    assert shown == {"address": owner, "operator": named, "gas": gas}
    told = owner_cli("provider", "operator", "show", *OWNER).out
    assert f"{named} is the operator of {owner}" in told
    cleared = owner_cli("provider", "operator", "clear", *OWNER, "--yes")
    assert cleared.code == 0, cleared.err
    assert world.market.delegate_of(owner) is None
    again = owner_cli("provider", "operator", "clear", *OWNER, "--yes", "--json")
    assert json.loads(again.out) == {"address": owner, "operator": None, "transactions": []}


def test_setting_an_operator_says_what_it_can_do_and_asks(owner_cli: Any, world: Any) -> None:
    ran = owner_cli("provider", "operator", "set", world.pauper.address, *OWNER)
    assert ran.code == 2
    assert "It can't accept or give back jobs, sign offers, nor move money" in ran.out
    assert "give --yes" in ran.err


def test_nobody_is_its_own_operator(owner_cli: Any, world: Any) -> None:
    ran = owner_cli("provider", "operator", "set", world.provider.address, *OWNER, "--yes")
    assert ran.code == 2
    assert "operator clear" in ran.err


def test_run_with_an_owner_takes_its_offers_from_files(
    world: Any, owner_cli: Any, house: Any, cold_offer: SignedOrder, tmp_path: Path
) -> None:
    owner = world.provider.address
    world.market.set_delegate(world.provider, world.pauper.address)
    folder = tmp_path / "offers"
    folder.mkdir()
    (folder / "one.json").write_bytes(cold_offer.to_bytes())
    operated = ("--account", "operator", "--owner", owner)
    offers = ("--offers", folder, "--book", house.url)
    ran = owner_cli("provider", "run", *operated, *offers, *ONCE)
    assert ran.code == 0, ran.err
    assert "1 offer" in ran.err
    assert f"Its operator {world.pauper.address} pays the gas" in ran.err
    shown = json.loads(owner_cli("provider", "status", *operated, "--json").out)
    assert (shown["address"], shown["node"]["provider"]) == (owner, owner)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--owner", "OWNER", "--standing-offers", "--book", "http://x.example"), "can't sign"),
        (("--offers", "FILE", "--book", "http://x.example"), "with the provider's own key"),
        (("--standing-offers",), "give --book URL"),
        (("--owner", "OWNER", "--offers", "FILE", "--book", "http://x.example"), "unknown member"),
        (("--owner", "OWNER", "--offers", "GONE", "--book", "http://x.example"), "No such file"),
        (("--request", "FILE"), "unknown member"),
        (("--book", "nowhere"), "is no address of a book"),
        (("--owner", "0x12"), "is not an address"),
    ],
)
def test_options_that_do_not_go_together_are_told_in_one_line(
    world: Any, owner_cli: Any, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    world.market.set_delegate(world.provider, world.pauper.address)
    (tmp_path / "order.json").write_text('{"kinds": "offer"}')
    given = {
        "OWNER": world.provider.address,
        "FILE": str(tmp_path / "order.json"),
        "GONE": str(tmp_path / "gone.json"),
    }
    account = "operator" if "--owner" in options else "owner"
    chosen = [given.get(option, option) for option in options]
    ran = owner_cli("provider", "run", *chosen, "--account", account, "--min-price", "1", *ONCE)
    assert ran.code == 2, ran.err
    (line,) = ran.err.strip().splitlines()
    assert words in line


def test_a_request_of_another_market_is_refused(
    world: Any, owner_cli: Any, shop: Any, tmp_path: Path
) -> None:
    order = shop.sign(shop.spec())
    other = sign_request(world.requester, order.order, 5, order.market, RequestDetails())
    path = tmp_path / "order.json"
    path.write_bytes(other.to_bytes())
    ran = owner_cli("provider", "run", "--request", path, *OWNER, "--min-price", "0", *ONCE)
    assert ran.code == 2
    assert "on chain 5, this is" in ran.err


def test_run_takes_a_signed_request_from_a_file(
    world: Any, owner_cli: Any, shop: Any, tmp_path: Path
) -> None:
    order = shop.sign(shop.spec())
    path = tmp_path / "order.json"
    path.write_bytes(order.to_bytes())
    ran = owner_cli("provider", "run", "--request", path, *OWNER, "--min-price", "0", *ONCE)
    assert ran.code == 0, ran.err
    assert f"job 0x{order.id.hex()}: settled, earned" in ran.err


def test_why_judges_what_a_book_lists_too(
    world: Any, owner_cli: Any, shop: Any, house: Any
) -> None:
    order = shop.sign(shop.spec())
    house.send(order)
    options = ("--book", house.url, *OWNER, "--min-price", "0.5")
    (job,) = json.loads(owner_cli("provider", "why", *options, "--json").out)["jobs"]
    assert (job["id"], job["signed"], job["code"]) == (f"0x{order.id.hex()}", True, "FITS")
    assert "(signed)" in owner_cli("provider", "why", *options).out
    free = world.market.account_of(world.requester.address).free
    world.market.withdraw(world.requester, world.requester.address, free)
    (job,) = json.loads(owner_cli("provider", "why", *options, "--json").out)["jobs"]
    assert job["code"] == "FUNDS"


def test_status_shows_the_books_and_the_offers_that_are_out(
    world: Any, owner_cli: Any, shop: Any, operator: Any, house: Any, tmp_path: Path
) -> None:
    operator.home = tmp_path / "home" / "provider" / world.provider.address.lower()
    house.send(shop.sign(shop.spec(), matcher=world.stranger.address, tip=WORK // 10))
    node = operator.start(booking=Booking(urls=(house.url, "http://127.0.0.1:9"), look_s=0.0))
    operator.turn_until_said("offered for it at the books")
    operator.turn_until(lambda: node._trade.books[0].offers, "the offer to be there")
    node._books.write("dealing", [], node._trade.dealing(), now=True)
    shown = owner_cli("provider", "status", *OWNER).out
    assert "1 offer of ours there, 1 request seen" in shown
    assert "127.0.0.1:9 is down" in shown
    assert "1, which may lock 10 WORK together" in shown
    found = json.loads(owner_cli("provider", "status", *OWNER, "--json").out)["node"]
    assert (found["offers"], found["promised"]) == (1, str(10 * WORK))
    assert [bool(book["problem"]) for book in found["books"]] == [False, True]
