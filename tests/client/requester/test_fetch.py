"""A result that holds up: fetched, checked, written, and fetched again elsewhere."""

from __future__ import annotations

import pytest

from workbond.cid import cid_of
from workbond.errors import BlobError, UsageError
from workbond.requester.fetch import fetch_result
from workbond.requester.files import write_outputs


def test_every_output_of_an_honest_result_is_fetched_and_checked(desk, posted, provider):
    provider.work(posted)
    result = fetch_result(desk, desk.job(posted.id))
    assert [task.path.read_bytes() for task in result.tasks] == [b"one", b"", b"three" * 10_000]
    assert [task.ending for task in result.tasks] == ["exit 0"] * 3
    assert result.total_units == 6_000
    assert result.notes == ()


def test_the_expected_payment_is_what_approving_pays(desk, world, posted, provider):
    from workbond.requester.approve import approve

    provider.work(posted)
    record = desk.job(posted.id)
    result = fetch_result(desk, record)
    (event,) = approve(desk, world.requester, record, result).events
    assert (event.args["payment"], event.args["refund"]) == (result.payment, result.refund)


def test_another_machine_needs_nothing_but_the_chain(make_desk, posted, provider):
    provider.work(posted)
    elsewhere = make_desk("elsewhere")
    result = fetch_result(elsewhere, elsewhere.job(posted.id))
    assert result.tasks[2].path.read_bytes() == b"three" * 10_000
    assert [task.name for task in result.tasks] == ["0", "1", "2"]


def test_limits_that_could_not_be_checked_are_noted(make_desk, posted, provider):
    provider.work(posted)
    elsewhere = make_desk("elsewhere")
    (note,) = fetch_result(elsewhere, elsewhere.job(posted.id)).notes
    assert "limits were not checked" in note


def test_outputs_and_logs_are_written_under_the_names_of_the_inputs(
    desk, posted, provider, tmp_path
):
    provider.work(posted)
    out = tmp_path / "out"
    result = write_outputs(fetch_result(desk, desk.job(posted.id)), desk.store, out)
    written = {path.name: path.read_bytes() for path in out.iterdir()}
    assert written == {
        "0-a.out": b"one",
        "1-b.out": b"",
        "2-c_c.out": b"three" * 10_000,
        "2-c_c.log": b"hm\n",
    }
    assert result.tasks[2].path == out / "2-c_c.out"
    assert result.tasks[2].log_path == out / "2-c_c.log"


def test_a_file_with_other_content_is_replaced_only_when_forced(desk, posted, provider, tmp_path):
    provider.work(posted)
    result = fetch_result(desk, desk.job(posted.id))
    mine = tmp_path / "1-b.out"
    mine.write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"1-b\.out is in the way"):
        write_outputs(result, desk.store, tmp_path)
    assert mine.read_bytes() == b"mine"
    write_outputs(result, desk.store, tmp_path, force=True)
    assert mine.read_bytes() == b""


def test_writing_twice_leaves_equal_files_alone(desk, posted, provider, tmp_path):
    provider.work(posted)
    result = fetch_result(desk, desk.job(posted.id))
    write_outputs(result, desk.store, tmp_path)
    before = (tmp_path / "0-a.out").stat().st_ino
    write_outputs(result, desk.store, tmp_path)
    assert (tmp_path / "0-a.out").stat().st_ino == before


def test_a_link_in_the_way_is_never_written_through(desk, posted, provider, tmp_path):
    provider.work(posted)
    result = fetch_result(desk, desk.job(posted.id))
    precious = tmp_path / "precious"
    out = tmp_path / "out"
    out.mkdir()
    (out / "0-a.out").symlink_to(precious)
    with pytest.raises(UsageError, match="in the way"):
        write_outputs(result, desk.store, out)
    write_outputs(result, desk.store, out, force=True)
    assert not precious.exists()
    assert (out / "0-a.out").read_bytes() == b"one"


def test_fetching_goes_on_where_it_stopped(desk, posted, provider):
    manifest = provider.work(posted)
    record = desk.job(posted.id)
    provider.store.remove(manifest.tasks[2].output)
    with pytest.raises(BlobError, match="what came is kept"):
        fetch_result(desk, record)
    desk.store.put(b"one")
    provider.store.put(b"three" * 10_000)
    provider.store.remove(cid_of(b"one"))
    assert fetch_result(desk, record).tasks[0].path.read_bytes() == b"one"


def test_a_result_in_the_store_needs_no_gateway(desk, posted, provider):
    provider.work(posted)
    record = desk.job(posted.id)
    first = fetch_result(desk, record)
    provider.gateway.stop()
    assert fetch_result(desk, record) == first


def test_a_stored_output_that_rotted_is_noticed_and_fetched_again(desk, posted, provider):
    manifest = provider.work(posted)
    record = desk.job(posted.id)
    fetch_result(desk, record)
    desk.store.path(manifest.tasks[0].output).write_bytes(b"rot")
    with pytest.raises(BlobError, match="damaged"):
        fetch_result(desk, record)
    assert fetch_result(desk, record).tasks[0].path.read_bytes() == b"one"


def test_the_latest_card_tells_the_gateway(desk, posted, provider):
    provider.announce("http://127.0.0.1:1")
    provider.work(posted)
    with pytest.raises(BlobError):
        fetch_result(desk, desk.job(posted.id))
    provider.announce()
    assert fetch_result(desk, desk.job(posted.id)).total_units == 6_000


def test_a_card_of_nonsense_does_not_hide_the_one_before(desk, world, posted, provider):
    provider.work(posted)
    world.market.announce(provider.signer, b'{"endpoints":7}')
    assert fetch_result(desk, desk.job(posted.id)).total_units == 6_000


def test_a_gateway_given_by_hand_is_asked_first(desk, posted, provider):
    provider.announce("http://127.0.0.1:1")
    provider.work(posted)
    result = fetch_result(desk, desk.job(posted.id), gateways=[provider.gateway.url])
    assert result.total_units == 6_000


def test_failed_tasks_are_part_of_a_good_result(desk, posted, provider):
    task = provider.task
    works = [task(b"", cls=2, units=7), task(b"x", exit_code=3), task(b"", cls=1, units=10**9)]
    provider.work(posted, works)
    result = fetch_result(desk, desk.job(posted.id))
    assert [failed.ending for failed in result.failed] == ["trap", "exit 3", "out-of-units"]


def test_a_missing_log_is_noted_and_nothing_more(desk, posted, provider):
    manifest = provider.work(posted)
    provider.store.remove(manifest.tasks[2].log)
    result = fetch_result(desk, desk.job(posted.id))
    assert result.tasks[2].log_path is None
    assert "logs could be had" in result.notes[0]


def test_a_job_without_a_claim_has_nothing_to_fetch(desk, posted, provider):
    provider.accept(posted)
    with pytest.raises(UsageError, match="is Running and has no result"):
        fetch_result(desk, desk.job(posted.id))


def test_outputs_larger_than_allowed_are_not_fetched(desk, posted, provider):
    manifest = provider.work(posted)
    with pytest.raises(UsageError, match="50,003 bytes together"):
        fetch_result(desk, desk.job(posted.id), max_bytes=50_002)
    assert not desk.store.has(manifest.tasks[0].output)


def test_an_exhausted_time_says_so(desk, posted, provider):
    provider.work(posted)
    with pytest.raises(BlobError, match="are over"):
        fetch_result(desk, desk.job(posted.id), timeout_s=0)


def test_two_tasks_may_share_an_output(desk, posted, provider, tmp_path):
    provider.work(posted, [provider.task(b"same")] * 3)
    result = fetch_result(desk, desk.job(posted.id))
    write_outputs(result, desk.store, tmp_path)
    assert (tmp_path / "2-c_c.out").read_bytes() == b"same"
