"""`workbond job submit --book`: from a job file to a matched job without a transaction."""

from __future__ import annotations

import json
import threading

import pytest

from workbond.blobs.store import BlobStore
from workbond.chain.types import State
from workbond.cid import cid_of_digest, digest_of_cid
from workbond.jobs import JobBook, JobRecord
from workbond.orders import SignedOrder
from workbond.orders.bookclient import BookClient
from workbond.tree import seal

from ..patience import until
from .books import match, running_book, signed_offer
from .conftest import WORK, PlayedProvider

BOUND = ("--wait-timeout", "120")  # a test that needs it has failed
DEAD = "http://127.0.0.1:9"
TOKEN = 10**18


@pytest.fixture
def book(world, tmp_path):
    with running_book(world, tmp_path / "book") as url:
        yield url


@pytest.fixture
def offered(world, book):
    """The provider's standing offer in the book."""
    offer = signed_offer(world)
    with BookClient(book) as client:
        client.send(offer)
    return offer


def free(world) -> int:
    return world.market.account_of(world.requester.address).free


def signed_on(folder) -> SignedOrder:
    """The only order that was signed with this home."""
    (path,) = (folder / "home" / "requester" / "orders").glob("*.json")
    return SignedOrder.from_json(json.loads(path.read_text())["order"])


@pytest.fixture
def taker(world, provider):
    """In a thread: the provider works on the first job that it is matched to."""
    start = world.connection.block().number + 1

    def found():
        head = world.connection.block().number
        return list(world.market.events(start, head, names=["JobMatched"]))

    def work() -> None:
        until(found, "the match")
        claim(provider, *JobBook(found()).jobs.values())

    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    thread.join()


def claim(provider, record: JobRecord) -> None:
    manifest, tree = provider.publish(record.id, WORK)
    provider.claim(record.id, record.live_job(), tree.opening, manifest.to_bytes())


def test_a_signed_job_is_matched_without_a_transaction_of_its_requester(
    jobs_cli, world, book, offered, taker, job_path
):
    gas, before = world.connection.balance(world.requester.address), free(world)
    ran = jobs_cli("submit", job_path, "--book", book, "--yes", "--json", *BOUND)
    assert ran.code == 0, ran.err
    shown = json.loads(ran.out)
    assert (shown["state"], shown["signed"]) == ("Claimed", True)  # it served until then
    assert shown["provider"] == world.provider.address
    assert shown["matcher"] == world.stranger.address
    assert shown["books"][0]["listing"]["state"] == "open"
    assert world.connection.balance(world.requester.address) == gas
    assert before - free(world) == int(shown["money"]["locked"])


def test_the_whole_course_of_a_signed_job(
    jobs_cli, world, book, offered, taker, job_path, tmp_path
):
    ran = jobs_cli(
        "submit", job_path, "--book", book, "--book", DEAD, "--tip", "0.1", "--yes", *BOUND
    )
    assert ran.code == 0, ran.err
    assert "tip       0.1  to whoever matches it" in ran.out
    assert "Signing takes no gas coin." in ran.out
    assert "Nothing is locked before it is matched." in ran.out
    assert "the book at 127.0.0.1:9 can't be used" in ran.out
    assert f"Provider {world.provider.address} is matched" in ran.out
    assert "the matcher earned 0.1 WORK" in ran.out
    assert jobs_cli("list", "--json").out.count('"Claimed"') == 1
    fetched = jobs_cli("fetch", "last", "--out", tmp_path / "out")
    assert fetched.code == 0, fetched.err
    approved = jobs_cli("approve", "last", "--yes", "--json")
    assert approved.code == 0, approved.err
    money = json.loads(approved.out)["money"]
    assert int(money["tipped"]) == TOKEN // 10
    assert free(world) == 1_000 * TOKEN - int(money["paid"]) - TOKEN // 10
    assert jobs_cli("receipt", "last").code == 0


@pytest.fixture
def unmatched(jobs_cli, book, job_path):
    """A signed job that rests in the book: no offer is there."""
    ran = jobs_cli("submit", job_path, "--book", book, "--yes", "--wait-timeout", "1")
    assert ran.code == 124, ran.err
    assert "it may still be matched: `workbond job serve" in ran.err
    return jobs_cli


def test_an_unmatched_job_says_what_its_books_say(unmatched, book, tmp_path):
    order = signed_on(tmp_path)
    shown = unmatched("status", "last")
    assert shown.code == 0, shown.err
    assert f"Job 0x{order.id.hex()}" in shown.out
    assert "Signed: waits for a match" in shown.out
    assert "By the chain: WAITING" in shown.out
    assert "NO_OFFERS" in shown.out
    told = json.loads(unmatched("status", "last", "--json").out)
    assert (told["state"], told["order"]["code"]) == ("Signed", "WAITING")
    assert told["books"][0]["listing"]["reasons"][0]["code"] == "NO_OFFERS"
    assert "NO_OFFERS" in unmatched("why", order.id.hex()[:8]).out
    (listed,) = json.loads(unmatched("list", "--json").out)
    assert (listed["id"], listed["state"]) == (f"0x{order.id.hex()}", "Signed")


def test_an_unmatched_job_can_be_neither_fetched_nor_approved(unmatched):
    for command in ("fetch", "approve", "demand"):
        refused = unmatched(command, "last", "--yes")
        assert refused.code == 2, refused.err
        assert "is Signed" in refused.err


def test_cancelling_an_unmatched_job_withdraws_and_revokes_it(unmatched, world, book, tmp_path):
    order = signed_on(tmp_path)
    ran = unmatched("cancel", "last", "--yes")
    assert ran.code == 0, ran.err
    assert "WITHDRAWN" in ran.out
    assert world.market.state_of(order.id) == State.CANCELLED
    shown = json.loads(unmatched("status", order.id.hex(), "--json").out)
    assert (shown["state"], shown["order"]["code"]) == ("Cancelled", "CANCELLED")
    assert unmatched("watch", "last").code == 8
    assert unmatched("cancel", "last", "--yes").code == 2


def test_watching_follows_a_signed_job_into_its_match(unmatched, world, tmp_path):
    order = signed_on(tmp_path)
    matching = threading.Timer(0.5, match, [world, order, signed_offer(world)])
    matching.start()
    watched = unmatched("watch", "last", "--until", "taken")
    matching.join()
    assert watched.code == 0, watched.err
    assert "Signed: waits for a match" in watched.out
    assert f"matched with {world.provider.address[:10]}" in watched.out
    assert "Running: the provider is at work" in watched.out


def test_a_job_that_nobody_matches_locks_nothing(unmatched, world, tmp_path):
    order = signed_on(tmp_path)
    world.advance(700)
    shown = json.loads(unmatched("status", "last", "--json").out)
    assert (shown["order"]["code"], shown["words"]) == (
        "CLOSED",
        "nobody matched it in time; nothing was locked",
    )
    watched = unmatched("watch", "last")
    assert watched.code == 8
    assert f"nobody matched job 0x{order.id.hex()} in time" in watched.err
    assert "nothing needs to be ended" in unmatched("end", "last", "--yes").err
    assert free(world) == 1_000 * TOKEN


def test_serving_goes_on_until_a_bound_provider_has_its_inputs(
    unmatched, world, provider, tmp_path
):
    order = signed_on(tmp_path)
    fetched: list[bool] = []
    theirs = PlayedProvider(world, BlobStore(tmp_path / "theirs"), provider.gateway)

    def fetch_after_the_match() -> None:
        match(world, order, signed_offer(world))
        theirs._fetch(cid_of_digest(order.order.spec), order.details.gateway)
        fetched.append(True)
        head = world.connection.block().number
        events = world.market.events(0, head, names=["JobMatched"])
        claim(provider, JobBook(events).jobs[order.id])

    work = threading.Timer(0.5, fetch_after_the_match)
    work.start()
    served = unmatched("serve", "last")
    work.join()
    assert served.code == 0, served.err
    assert fetched == [True]
    assert "is matched" in served.out


def test_a_job_is_posted_if_nobody_matches_it(jobs_cli, world, book, job_path, provider):
    taker = provider.take_next()
    ran = jobs_cli(
        *("submit", job_path, "--book", book, "--post-after", "0", "--yes", "--json", *BOUND),
    )
    taker.join()
    assert ran.code == 0, ran.err
    shown = json.loads(ran.out)
    assert (shown["signed"], shown["provider"]) == (False, provider.signer.address)


def test_a_direct_job_takes_its_provider_one_transaction(
    jobs_cli, world, provider, job_path, tmp_path
):
    file = tmp_path / "direct.json"

    def work() -> None:
        until(file.exists, f"{file.name} to be written")
        order = SignedOrder.from_bytes(file.read_bytes().strip())
        manifest, tree = provider.publish(order.id, WORK)
        sealed = seal(provider.signer.address, order.id, tree.opening)
        digest = digest_of_cid(manifest.cid)
        world.market.fill_and_claim(provider.signer, order.order, order.signature, sealed, digest)

    thread = threading.Thread(target=work)
    thread.start()
    ran = jobs_cli(
        *("submit", job_path, "--provider", world.provider.address, "--direct"),
        *("--output", file, "--wait", "--yes", "--json", *BOUND),
    )
    thread.join()
    assert ran.code == 0, ran.err
    shown = json.loads(ran.out)
    assert (shown["state"], shown["matcher"]) == ("Claimed", None)
    approved = jobs_cli("approve", "last", "--yes")
    assert approved.code == 0, approved.err


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["--direct"], "--direct is for one provider"),
        (["--post-after", "5"], "--post-after is for a signed job"),
        (["--book", "ftp://x"], "is no address of a book"),
        (["--book", DEAD, "--provider", "0x12"], "is not an address"),
        (["--post", "--output", "x.json"], "--post stands against"),
        (["--book", DEAD, "--tip", "1"], "more than 1/40 of the bond"),
        (["--provider", "0x" + "11" * 20, "--provider", "0x" + "22" * 20], "admits one provider"),
    ],
)
def test_what_contradicts_itself_is_refused_before_anything_is_signed(
    jobs_cli, job_path, tmp_path, args, problem
):
    ran = jobs_cli("submit", job_path, "--yes", *args)
    assert ran.code == 2, ran.err
    assert problem in ran.err
    assert not (tmp_path / "home" / "requester" / "orders").exists()


def test_a_job_that_no_book_takes_is_an_error_with_what_each_said(jobs_cli, job_path):
    ran = jobs_cli("submit", job_path, "--book", DEAD, "--yes")
    assert ran.code == 6
    assert "no book took the job, and nothing is locked" in ran.err
    assert ran.err.count("\n") == 1


def test_a_poor_account_is_told_before_it_signs(jobs_cli, job_path):
    ran = jobs_cli("submit", job_path, "--book", DEAD, "--yes", "--account", "pauper")
    assert ran.code == 5
    assert "workbond account deposit" in ran.err


def test_several_providers_are_admitted_by_a_list(jobs_cli, world, book, offered, taker, job_path):
    both = ("--provider", world.pauper.address, "--provider", world.provider.address)
    ran = jobs_cli("submit", job_path, "--book", book, *both, "--yes", "--json", *BOUND)
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["provider"] == world.provider.address
