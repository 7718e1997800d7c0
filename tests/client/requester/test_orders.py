"""`workbond order`: signing, sending, asking, cancelling; a real book and a real chain."""

from __future__ import annotations

import json
import re

import pytest

from workbond import accounts
from workbond.chain.cases import Policy
from workbond.chain.connection import Connection
from workbond.chain.types import Offer, Request, State
from workbond.orders import SignedOrder
from workbond.orders.bookclient import BookClient

from .books import match, running_book, signed_offer

DEAD = "http://127.0.0.1:9"
TOKEN = 10**18
AT = ("--public-url", "http://127.0.0.1:9")
FAST = ("--units-per-second", "100000000")
CHEAP = ("--min-price", "1", "--any-spec", "--cores", "1", "--min-run-for", "60", *FAST, "--yes")


@pytest.fixture
def book(world, tmp_path):
    with running_book(world, tmp_path / "book") as url:
        yield url


@pytest.fixture
def orders_cli(jobs_cli, world_cli, tmp_path):
    """`workbond order ARGS...` as `requester`; `provider` is there too."""
    accounts.import_dev_key(tmp_path / "home", "provider", 2, "pw")
    return lambda *args, **options: world_cli("order", *args, **options)


@pytest.fixture
def request_file(orders_cli, job_path, tmp_path):
    """A signed request in a file."""
    ran = orders_cli("sign", "request", job_path, *AT, "--yes", "--output", tmp_path / "r.json")
    assert ran.code == 0, ran.err
    return tmp_path / "r.json"


@pytest.fixture
def offer_file(orders_cli, tmp_path):
    """A signed offer in a file."""
    file = tmp_path / "o.json"
    ran = orders_cli("sign", "offer", *CHEAP, "--account", "provider", "--output", file)
    assert ran.code == 0, ran.err
    return file


def read(file) -> SignedOrder:
    return SignedOrder.from_bytes(file.read_bytes().strip())


# ─────────────────────────────────── signing ──────────────────────────────────


def test_a_signed_request_is_json_on_standard_output_and_nothing_else(
    orders_cli, world, job_path, job
):
    ran = orders_cli("sign", "request", job_path, *AT, "--tip", "0.1", "--yes")
    assert ran.code == 0, ran.err
    signed = SignedOrder.from_bytes(ran.out.strip().encode())
    assert isinstance(signed.order, Request)
    assert (signed.author, signed.order.tip) == (world.requester.address, TOKEN // 10)
    assert signed.details.gateway == AT[1]
    assert signed.details.input_bytes > job.input_bytes  # the program and the spec too
    assert f"Signed request 0x{signed.id.hex()}" in ran.err
    assert world.market.state_of(signed.id) == State.NONE


def test_a_request_says_what_it_can_cost_before_it_is_signed(orders_cli, job_path, tmp_path):
    ran = orders_cli("sign", "request", job_path, *AT, "--yes", "--output", tmp_path / "r.json")
    assert re.search("at most +1.4  in all, once it is a job; signing locks nothing", ran.out)
    assert "free in the market" in ran.out


def test_allowed_providers_become_a_list_with_proofs(orders_cli, world, job_path):
    both = ("--allow", world.provider.address, "--allow", world.stranger.address)
    ran = orders_cli("sign", "request", job_path, *AT, "--yes", *both)
    signed = SignedOrder.from_bytes(ran.out.strip().encode())
    world.market.fill(
        world.provider,
        signed.order,
        signed.signature,
        signed.proof_for(world.provider.address),
    )
    assert world.market.state_of(signed.id) == State.RUNNING


def test_one_allowed_provider_needs_no_proof(orders_cli, world, job_path):
    ran = orders_cli("sign", "request", job_path, *AT, "--yes", "--allow", world.provider.address)
    signed = SignedOrder.from_bytes(ran.out.strip().encode())
    world.market.fill(world.provider, signed.order, signed.signature)
    assert world.market.state_of(signed.id) == State.RUNNING


def test_a_named_matcher_and_an_own_validity_stand_in_the_request(orders_cli, world, job_path):
    own = ("--matcher", world.stranger.address, "--valid-for", "400")
    ran = orders_cli("sign", "request", job_path, *AT, "--yes", *own)
    order = SignedOrder.from_bytes(ran.out.strip().encode()).order
    assert order.matcher == world.stranger.address
    assert 400 <= order.open_until - world.now() <= 420


def test_an_offer_has_sensible_limits(orders_cli, world, offer_file):
    offer = read(offer_file).order
    assert isinstance(offer, Offer)
    assert offer.provider == world.provider.address
    assert (offer.min_unit_price, offer.max_jobs) == (TOKEN, 1)
    assert offer.max_bond == 500 * TOKEN  # the unlocked stake
    assert offer.min_seconds_per_1e12_units == 2 * 10**12 // 10**8  # one core's, doubled
    assert offer.max_lock_for == 15 * 86_400
    assert 3_590 <= offer.valid_until - world.now() <= 3_600


def test_nothing_is_signed_by_the_clock_of_a_node_that_is_far_ahead(
    orders_cli, world, job_path, monkeypatch
):
    """The order would hold for as much longer than its signer thinks."""
    monkeypatch.setattr(Connection, "is_on_this_machine", False)
    world.advance(30 * 86_400)
    for what in (("request", job_path, *AT), ("offer", *CHEAP, "--account", "provider")):
        ran = orders_cli("sign", *what, "--yes")
        assert ran.code == 2
        assert "ahead of this machine's clock" in ran.err
        assert ran.out == ""


def test_an_offer_asks_for_no_less_than_the_owners_settings(orders_cli, tmp_path, monkeypatch):
    """What `provider run` would refuse must not be signed away by an offer."""
    monkeypatch.setenv("WORKBOND_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").write_text(
        '[provider]\nmax_lock = 864000\nmax_bond = "7"\nmin_demand_fee = "0.5"\n'
    )
    ran = orders_cli("sign", "offer", *CHEAP, "--account", "provider", "--yes")
    assert ran.code == 0, ran.err
    offer = SignedOrder.from_bytes(ran.out.strip().encode()).order
    assert offer.max_lock_for == 864_000
    assert offer.max_bond == 7 * TOKEN
    assert offer.min_demand_fee == TOKEN // 2


def test_an_offer_binds_its_provider_to_what_fits(orders_cli, world, request_file, offer_file):
    match(world, read(request_file), read(offer_file))
    assert world.market.state_of(read(request_file).id) == State.RUNNING


def test_the_bill_of_an_offer_says_what_strangers_can_bind_to(orders_cli, tmp_path):
    ran = orders_cli(
        *("sign", "offer", *CHEAP, "--account", "provider", "--max-jobs", "2"),
        *("--max-bond", "100", "--output", tmp_path / "o.json"),
    )
    assert ran.code == 0, ran.err
    assert "An offer for 2 jobs, at 1 per 10^12 units." in ran.out
    assert "WORK unlocked stake     500    -200    300" in ran.out
    assert "costs up to 25 WORK of it, a result that is not shown 50 WORK" in ran.out
    assert "over all 2 jobs, 100 WORK" in ran.out
    assert "ANY SPEC" in ran.out


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["offer", "--min-price", "1"], "give --spec HASH"),
        (["offer", "--min-price", "1", "--spec", "0x12"], "--spec is '0x12'"),
        (["offer", "--any-spec"], "give --min-price"),
        (["offer", "--min-price", "1", "--any-spec", "--requester", "me"], "is not an address"),
        (["request", "nothing.toml", *AT], "can't be read"),
        (["request", "nothing.toml"], "nobody would find its inputs"),
        (["request", "nothing.toml", *AT, "--allow", "0x1"], "is not an address"),
    ],
)
def test_what_can_not_be_signed_is_one_line(orders_cli, args, problem):
    ran = orders_cli("sign", *args, "--yes", "--account", "provider")
    assert ran.code == 2, ran.err
    assert problem in ran.err
    assert ran.err.count("\n") == 1


def test_an_order_is_never_written_over_another(orders_cli, request_file, job_path):
    ran = orders_cli("sign", "request", job_path, *AT, "--yes", "--output", request_file)
    assert ran.code == 2
    assert "is there already" in ran.err


# ──────────────────────────────── books and chain ─────────────────────────────


def test_an_order_is_sent_to_several_books_and_each_answers(orders_cli, book, request_file):
    ran = orders_cli("send", request_file, "--book", book, "--book", DEAD)
    assert ran.code == 0, ran.err
    assert f"{book} says: open" in ran.out
    assert "the book at 127.0.0.1:9 can't be used" in ran.out
    shown = json.loads(orders_cli("status", read(request_file).id.hex()[:8], "--json").out)
    assert shown["chain"]["code"] == "WAITING"
    assert [answer["book"] for answer in shown["books"]] == [book]  # where it was taken
    assert shown["books"][0]["listing"]["reasons"][0]["code"] == "NO_OFFERS"


def test_an_order_that_no_book_takes_is_a_failure(orders_cli, request_file):
    ran = orders_cli("send", request_file, "--book", DEAD)
    assert ran.code == 6
    assert "no book took 0x" in ran.err


def test_books_of_the_settings_are_the_default(orders_cli, book, request_file, tmp_path):
    (tmp_path / "config.toml").write_text(f'[requester]\nbooks = ["{book}"]\n')
    assert f"{book} says: open" in orders_cli("send", request_file).out


def test_status_tells_the_job_that_a_request_became(orders_cli, world, request_file, offer_file):
    job = match(world, read(request_file), read(offer_file))
    ran = orders_cli("status", request_file)
    assert "MATCHED: it became a job, which is Running" in ran.out
    assert f"0x{job.hex()}" in ran.out
    offer = json.loads(orders_cli("status", offer_file, "--json").out)["chain"]
    assert (offer["code"], offer["uses"], offer["max_uses"]) == ("USED_UP", 1, 1)
    assert offer["jobs"] == [f"0x{job.hex()}"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("spend", "UNFUNDED"),
        ("raise", "COUNTER"),
        ("cancel", "CANCELLED"),
        ("wait", "CLOSED"),
        ("post", "POSTED"),
    ],
)
def test_status_tells_why_a_request_is_worth_nothing_now(
    orders_cli, world, request_file, change, code
):
    order = read(request_file).order
    if change == "spend":
        world.market.withdraw(world.requester, world.requester.address, 999 * TOKEN + TOKEN // 2)
    elif change == "raise":
        world.market.raise_counter(world.requester)
    elif change == "cancel":
        world.market.cancel(world.requester, order)
    elif change == "wait":
        world.advance(700)
    else:
        world.market.post(world.requester, order, "http://127.0.0.1:9")
    shown = json.loads(orders_cli("status", request_file, "--json").out)
    assert shown["chain"]["code"] == code


@pytest.mark.parametrize(
    ("change", "code"),
    [("unstake", "UNSTAKED"), ("raise", "COUNTER"), ("cancel", "CANCELLED"), ("wait", "CLOSED")],
)
def test_status_tells_why_an_offer_is_worth_nothing_now(
    orders_cli, world, offer_file, change, code
):
    if change == "unstake":
        world.market.unstake(world.provider, 1)
    elif change == "raise":
        world.market.raise_counter(world.provider)
    elif change == "cancel":
        world.market.cancel_offer(world.provider, read(offer_file).order)
    else:
        world.advance(4_000)
    shown = json.loads(orders_cli("status", offer_file, "--json").out)
    assert shown["chain"]["code"] == code


def test_the_list_shows_what_was_signed_here(orders_cli, world, request_file, offer_file):
    (mine,) = json.loads(orders_cli("list", "--json").out)
    assert (mine["kind"], mine["author"]) == ("request", world.requester.address)
    (theirs,) = json.loads(orders_cli("list", "--account", "provider", "--json").out)
    assert (theirs["kind"], theirs["chain"]["code"]) == ("offer", "WAITING")


def test_an_order_for_another_market_is_refused(orders_cli, request_file, tmp_path):
    value = json.loads(request_file.read_text())
    value["chain"] = 1
    (tmp_path / "other.json").write_text(json.dumps(value))
    ran = orders_cli("status", tmp_path / "other.json")
    assert ran.code == 2
    assert "is for the market" in ran.err


def test_the_last_order_is_named_so(orders_cli, request_file, offer_file):
    shown = json.loads(orders_cli("status", "last", "--json", "--account", "requester").out)
    assert shown["id"] == f"0x{read(request_file).id.hex()}"


def test_an_order_that_its_author_did_not_sign_is_called_forged(orders_cli, request_file, tmp_path):
    value = json.loads(request_file.read_text())
    value["order"]["flat"] = "1"
    (tmp_path / "forged.json").write_text(json.dumps(value))
    shown = json.loads(orders_cli("status", tmp_path / "forged.json", "--json").out)
    assert shown["chain"]["code"] == "FORGED"


def test_what_every_book_refuses_is_not_kept(orders_cli, book, request_file, tmp_path):
    value = json.loads(request_file.read_text())
    value["order"]["flat"] = "1"
    (tmp_path / "forged.json").write_text(json.dumps(value))
    ran = orders_cli("send", tmp_path / "forged.json", "--book", book)
    assert ran.code == 6
    assert "is not signed by" in ran.out
    assert len(json.loads(orders_cli("list", "--json").out)) == 1


# ────────────────────────────────── cancelling ────────────────────────────────


@pytest.fixture
def sent(orders_cli, book, request_file):
    assert orders_cli("send", request_file, "--book", book).code == 0
    return read(request_file)


def state_in(book: str, order: SignedOrder) -> str:
    with BookClient(book) as client:
        return client.status(order.id).code


def test_cancelling_does_both(orders_cli, world, book, sent):
    ran = orders_cli("cancel", sent.id.hex()[:8], "--yes")
    assert ran.code == 0, ran.err
    assert "asked to forget" in ran.out
    assert "The transaction is for good" in ran.out
    assert state_in(book, sent) in ("WITHDRAWN", "CANCELLED")
    assert world.market.state_of(sent.id) == State.CANCELLED


def test_an_order_is_cancelled_with_its_authors_account_and_once(
    orders_cli, world, sent, monkeypatch
):
    monkeypatch.delenv("WORKBOND_ACCOUNT")  # and there are several
    ran = orders_cli("cancel", sent.id.hex(), "--yes")
    assert ran.code == 0, ran.err
    assert world.market.state_of(sent.id) == State.CANCELLED
    again = orders_cli("cancel", sent.id.hex(), "--yes")
    assert "could not be used by anybody already" in again.out


def test_a_soft_cancel_takes_no_gas_and_promises_nothing(orders_cli, world, book, sent):
    gas = world.connection.balance(world.requester.address)
    ran = orders_cli("cancel", sent.id.hex(), "--soft", "--yes")
    assert ran.code == 0, ran.err
    assert "who has a copy can still use it" in ran.out
    assert state_in(book, sent) == "WITHDRAWN"
    assert world.connection.balance(world.requester.address) == gas
    match(world, sent, signed_offer(world))  # as it says


def test_a_hard_cancel_holds_for_whoever_has_a_copy(orders_cli, world, sent):
    assert orders_cli("cancel", sent.id.hex(), "--hard", "--yes").code == 0
    with pytest.raises(Exception, match="Cancelled"):
        match(world, sent, signed_offer(world))


def test_an_offer_is_cancelled_by_its_provider_alone(orders_cli, world, offer_file):
    refused = orders_cli("cancel", offer_file, "--yes")
    assert refused.code == 2
    assert "only its author cancels it" in refused.err
    ran = orders_cli("cancel", offer_file, "--yes", "--account", "provider", "--json")
    assert ran.code == 0, ran.err
    assert len(json.loads(ran.out)["transactions"]) == 1
    shown = json.loads(orders_cli("status", offer_file, "--json").out)
    assert shown["chain"]["code"] == "CANCELLED"


def test_everything_is_revoked_by_one_transaction(orders_cli, world, book, sent):
    ran = orders_cli("cancel", "--all", "--yes")
    assert ran.code == 0, ran.err
    assert "Everything that the account signed can't be used" in ran.out
    assert state_in(book, sent) in ("WITHDRAWN", "REVOKED")
    assert world.market.account_of(world.requester.address).counter == 1
    assert json.loads(orders_cli("status", sent.id.hex(), "--json").out)["chain"]["code"] == (
        "COUNTER"
    )


def test_a_job_can_not_be_cancelled_as_an_order(orders_cli, world, sent):
    match(world, sent, signed_offer(world))
    ran = orders_cli("cancel", sent.id.hex(), "--yes")
    assert ran.code == 2
    assert "became a job and can't be cancelled any more" in ran.err


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ([], "give the orders to cancel"),
        (["--all", "o.json"], "give the orders to cancel"),
        (["o.json", "--soft", "--hard"], "are both done by default"),
        (["ab12cd"], "was signed on this machine"),
        (["missing.json"], "can't be read"),
    ],
)
def test_what_can_not_be_cancelled_is_one_line(orders_cli, args, problem):
    ran = orders_cli("cancel", *args, "--yes")
    assert ran.code == 2
    assert problem in ran.err


def test_a_damaged_drawer_loses_the_order_and_nothing_else(orders_cli, tmp_path, request_file):
    order = read(request_file)
    for path in (tmp_path / "home" / "requester" / "orders").glob("*.json"):
        path.write_bytes(b"{")
    assert json.loads(orders_cli("list", "--json").out) == []
    assert orders_cli("status", order.id.hex()[:8]).code == 2
    assert orders_cli("status", request_file).code == 0  # the file is enough


def test_an_offer_for_judged_jobs_names_their_policy(orders_cli, world):
    offer = ("sign", "offer", *CHEAP, "--account", "provider")
    args = ("--resolver", "committee", "--seats", "7", "--audit-rate", "12.5%")
    ran = orders_cli(*offer, *args)
    assert ran.code == 0, ran.err
    made = SignedOrder.from_bytes(ran.out.strip().encode()).order
    assert made.resolver == world.deployment.committee.address
    assert made.policy == Policy(7, 1_250).encode()
    for wrong, problem in (
        (args[2:], "give --resolver too"),
        (args[:2], "give --seats and --audit-rate"),
        ((*args, "--policy", "0x" + "00" * 32), "--policy stands against"),
    ):
        assert problem in orders_cli(*offer, *wrong).err
