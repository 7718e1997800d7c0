"""From a job file to an open job whose inputs a provider can fetch."""

from __future__ import annotations

import threading

import pytest

from workbond.blobs.fetch import fetch
from workbond.blobs.gateway import Gateway
from workbond.blobs.sources import Sources, named, told
from workbond.blobs.store import BlobStore
from workbond.chain import rules
from workbond.chain.refusals import InsufficientFree
from workbond.chain.types import State
from workbond.cid import cid_of_digest
from workbond.errors import BlobError, JobFailed, UsageError
from workbond.executor.profile import PROFILE_ID
from workbond.jobfile import load_job_file
from workbond.requester.order import cost_of, make_request
from workbond.requester.pack import check_program, pack, repack
from workbond.requester.submit import draft, serving, until_claimed, until_taken, upload_all
from workbond.spec import SPEC_BYTES_MAX, Spec

WORK = 10**18


@pytest.fixture
def edit(job_path):
    """Changes the job file's text; gives the job."""

    def change(old: str, new: str):
        text = job_path.read_text()
        assert old in text
        job_path.write_text(text.replace(old, new))
        return load_job_file(job_path)

    return change


def test_the_request_says_what_the_job_file_says(desk, posted, job, package, world):
    request = desk.job(posted.id).request
    assert request == posted.request
    assert (request.spec, request.profile) == (package.spec.digest, PROFILE_ID)
    assert (request.tasks, request.max_units) == (3, 3 * 10**9)
    assert (request.flat, request.bond) == (WORK // 2, 5 * WORK)
    assert (request.min_unit_price, request.max_unit_price) == (100 * WORK, 300 * WORK)
    assert request.ramp_end - request.ramp_start == job.ramp_s == 300
    assert request.open_until - request.ramp_start == 600
    assert (request.run_for, request.challenge_for) == (300, 120)


def test_posting_locks_exactly_the_cost_that_was_shown(desk, world, job, package, post_job):
    before = world.market.account_of(world.requester.address).free
    posted = post_job(job, package)
    after = world.market.account_of(world.requester.address).free
    assert before - after == cost_of(job).escrow == rules.escrow(posted.request)


def test_the_same_job_can_be_posted_twice(desk, world, job, package, post_job):
    first = post_job(job, package)
    second = post_job(job, package)
    assert first.id != second.id
    assert [record.id for record in desk.jobs_of(world.requester.address)] == [first.id, second.id]


def test_the_longest_opening_is_not_refused_for_the_posting_margin(desk, world, edit, post_job):
    job = edit("open_for_s = 600", f"open_for_s = {rules.MAX_OPEN_FOR_S}")
    posted = post_job(job, pack(job, desk.store))
    assert desk.job(posted.id).state == State.OPEN


def test_one_provider_alone_can_be_named(desk, world, edit, provider, post_job):
    job = edit("arguments", f'providers = "{world.stranger.address}"\narguments')
    posted = post_job(job, pack(job, desk.store))
    with pytest.raises(Exception, match="does not admit provider"):
        provider.accept(posted)


def test_an_empty_purse_is_told_what_to_deposit(desk, world, job, package):
    with pytest.raises(InsufficientFree, match=r"`workbond account deposit 1\.4` first"):
        draft(desk, world.pauper.address, job, package, "")


def test_more_units_than_the_market_takes_are_refused_before_posting(desk, world, edit):
    job = edit("units = 1_000_000_000", "units = 9_007_199_254_740_991")
    make_request(job, bytes(32), world.requester.address, 0, 0, bytes(32))
    (job.input_paths[0].parent / "d.txt").touch()
    many = [f"inputs/{n}.txt" for n in "ab"] * 600
    with pytest.raises(UsageError, match=r"more than the market's 2\^63 - 1"):
        edit('inputs = "inputs/*.txt"', f"inputs = {many}")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"#!/bin/sh\n", "no core WebAssembly module"),
        (b"\0asm\1\0\0\0", "does not export the function `_start`"),
        (b"\0asm\1\0\0\0\1\xff", "encoding outside the profile"),
    ],
)
def test_a_file_that_is_no_program_costs_nothing(job, content, problem):
    job.program_path.write_bytes(content)
    with pytest.raises(UsageError, match=problem):
        check_program(job)


def test_a_program_that_needs_more_memory_than_the_limit_is_refused(edit):
    with pytest.raises(UsageError, match=r"starts with 65,536 bytes .* is 65,535"):
        check_program(edit('"1 MiB"', "65535"))


def test_a_provider_can_fetch_all_it_needs_while_the_job_is_served(
    desk, world, job, package, provider, tmp_path, post_job
):
    with serving(desk.store, package.cids) as url:
        posted = post_job(job, package, url)
        theirs = BlobStore(tmp_path / "theirs")
        sources = Sources(told(desk.job(posted.id).gateway, private=True))
        cid = cid_of_digest(posted.request.spec)
        fetch(cid, sources, theirs, max_bytes=SPEC_BYTES_MAX, timeout_s=30)
        spec = Spec.from_bytes(theirs.read(cid))
        for wanted in (spec.program, *spec.input_cids(3)):
            fetch(wanted, sources, theirs, max_bytes=10**6, timeout_s=30)
    assert theirs.read(spec.program) == job.program_path.read_bytes()
    assert theirs.read(spec.input_cids(3)[2]) == b"input c c"


def test_nothing_but_the_jobs_blobs_is_shown_to_strangers(desk, package, tmp_path):
    private = desk.store.put(b"another job's output")
    with (
        serving(desk.store, package.cids) as url,
        pytest.raises(BlobError, match="status 404"),
    ):
        fetch(
            private,
            Sources(named([url])),
            BlobStore(tmp_path / "theirs"),
            max_bytes=100,
            timeout_s=30,
        )


def test_an_address_that_nobody_can_dial_is_refused(desk, package):
    with (
        pytest.raises(UsageError, match="--public-url"),
        serving(desk.store, package.cids, host="0.0.0.0"),
    ):
        pass


def test_a_public_address_stands_in_the_event_instead_of_the_local_one(desk, package):
    with serving(desk.store, package.cids, public_url="https://me.example/") as url:
        assert url == "https://me.example"


def test_serving_ends_when_a_provider_has_accepted(desk, posted, provider):
    taker = threading.Thread(target=provider.accept, args=[posted])
    taker.start()
    record = until_taken(desk, posted)
    taker.join()
    assert record.live_job().provider == provider.signer.address


def test_waiting_goes_on_until_the_claim(desk, posted, provider):
    worker = threading.Thread(target=provider.work, args=[posted])
    worker.start()
    record = until_claimed(desk, until_taken(desk, posted))
    worker.join()
    assert record.state == State.CLAIMED


def test_a_job_that_nobody_wants_ends_the_waiting(desk, world, posted):
    world.advance(700)
    with pytest.raises(JobFailed, match=r"nobody accepted .* `workbond job end 0x"):
        until_taken(desk, posted)


def test_a_job_cancelled_elsewhere_ends_the_waiting(desk, world, posted):
    world.market.cancel(world.requester, posted.request)
    with pytest.raises(JobFailed, match="was cancelled"):
        until_taken(desk, posted)


def test_a_provider_that_misses_its_time_ends_the_waiting(desk, world, posted, provider):
    provider.accept(posted)
    world.advance(400)
    with pytest.raises(JobFailed, match=r"too late: end it with `workbond job end 0x"):
        until_claimed(desk, desk.job(posted.id))


def test_a_released_job_ends_the_waiting(desk, world, posted, provider):
    record_job = provider.accept(posted)
    record = desk.job(posted.id)
    world.market.release(provider.signer, posted.id, record_job)
    with pytest.raises(JobFailed, match="ended without a result"):
        until_claimed(desk, record)


def test_uploading_leaves_every_blob_at_the_gateway(desk, package, tmp_path):
    kept = BlobStore(tmp_path / "kept")
    with Gateway(kept, upload_token="secret") as gateway:
        upload_all(desk.store, package.cids, gateway.url, token="secret")
    assert sorted(kept.list()) == sorted(package.cids)


def test_an_upload_with_a_wrong_token_is_refused_without_showing_it(desk, package, tmp_path):
    with (
        Gateway(BlobStore(tmp_path / "kept"), upload_token="secret") as gateway,
        pytest.raises(BlobError, match="status 401") as caught,
    ):
        upload_all(desk.store, package.cids, gateway.url, token="guess")
    assert "guess" not in str(caught.value)


def test_a_packed_job_can_be_served_again_later(desk, posted, package):
    assert set(repack(posted.request.spec, 3, desk.store)) == set(package.cids)
    desk.store.remove(package.cids[-1])
    with pytest.raises(BlobError, match="is not in"):
        repack(posted.request.spec, 3, desk.store)


def test_a_thousand_inputs_travel_as_a_list(desk, edit):
    job = edit('inputs = "inputs/*.txt"', f"inputs = {['inputs/a.txt'] * 1_001}")
    package = pack(job, desk.store)
    assert len(package.cids) == 4  # spec, program, list, and the one input
    assert set(repack(package.spec.digest, 1_001, desk.store)) == set(package.cids)
