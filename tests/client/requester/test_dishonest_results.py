"""Results that don't hold up: every difference is found, named, and nothing of it is paid."""

from __future__ import annotations

import dataclasses
import socket
import threading

import pytest

from workbond import canonical
from workbond.cid import cid_of
from workbond.errors import BlobError, VerificationFailed
from workbond.requester.fetch import fetch_result
from workbond.tree import ResultTree, output_digest


@pytest.fixture
def claimed(posted, provider):
    """Claims the honest opening with a manifest changed by `change`, a function of its JSON."""

    def claim(change):
        job = provider.accept(posted)
        manifest, tree = provider.publish(posted.id)
        changed = manifest.model_dump(mode="json", by_alias=True)
        change(changed)
        provider.claim(posted.id, job, tree.opening, canonical.dumps(changed))

    return claim


@pytest.fixture
def problem(desk, posted):
    """The one line with which the claimed result is refused."""

    def find(kind=VerificationFailed):
        with pytest.raises(kind) as caught:
            fetch_result(desk, desk.job(posted.id))
        return str(caught.value)

    return find


def test_a_manifest_of_another_job_is_refused(claimed, problem):
    claimed(lambda manifest: manifest.update(job="0x" + "ab" * 32))
    assert "names the job 0xabab" in problem()


def test_a_manifest_of_another_provider_is_refused(claimed, problem):
    claimed(lambda manifest: manifest.update(provider="0x" + "cd" * 20))
    assert "names the provider 0xcdcd" in problem()


def test_units_that_do_not_sum_up_are_refused(claimed, problem):
    claimed(lambda manifest: manifest.update(totalUnits="6001"))
    assert "says 6001 units in all, its tasks sum to 6000" in problem()


def test_a_root_that_is_not_that_of_the_tasks_is_refused(claimed, problem):
    claimed(lambda manifest: manifest["tasks"][0].update(exitCode=1))
    assert "says root 0x" in problem()


def test_a_consistent_manifest_of_another_result_is_refused_by_the_seal(posted, provider, problem):
    job = provider.accept(posted)
    _, honest = provider.publish(posted.id)
    forged, _ = provider.publish(posted.id, [provider.task(b"cheap", units=6_000)] * 3)
    provider.claim(posted.id, job, honest.opening, forged.to_bytes())
    assert "claim on the chain is 0x" in problem()


def test_a_manifest_without_all_tasks_is_refused(posted, provider, problem):
    job = provider.accept(posted)
    manifest, tree = provider.publish(posted.id, [provider.task(b"one")] * 2)
    provider.claim(posted.id, job, tree.opening, manifest.to_bytes())
    assert "number of tasks 2, the chain says 3" in problem()


@pytest.mark.parametrize(
    "junk", [b"", b"{}", b"\xff", b'{"version":1}', b"[" * 2_000], ids=range(5)
)
def test_bytes_that_are_no_manifest_are_refused(posted, provider, problem, junk):
    job = provider.accept(posted)
    _, tree = provider.publish(posted.id)
    provider.claim(posted.id, job, tree.opening, junk)
    assert "manifest" in problem()


def test_an_output_with_the_right_cid_and_another_digest_is_refused(posted, provider, problem):
    job = provider.accept(posted)
    manifest, honest = provider.publish(posted.id)
    leaves = list(honest.leaves)
    leaves[2] = dataclasses.replace(leaves[2], digest=output_digest(b"other" * 10_000))
    tree = ResultTree(leaves)
    fields = manifest.model_dump(mode="json", by_alias=True)
    fields["tasks"][2]["digest"] = "0x" + leaves[2].digest.hex()
    fields["root"] = "0x" + tree.root.hex()
    provider.claim(posted.id, job, tree.opening, canonical.dumps(fields))
    assert "output of task 2" in problem()
    assert f"the seal says 0x{leaves[2].digest.hex()}" in problem()


def test_an_output_shorter_than_sealed_is_refused(posted, provider, problem):
    job = provider.accept(posted)
    manifest, honest = provider.publish(posted.id)
    leaves = [dataclasses.replace(honest.leaves[0], length=4), *honest.leaves[1:]]
    tree = ResultTree(leaves)
    fields = manifest.model_dump(mode="json", by_alias=True)
    fields["tasks"][0]["length"] = 4
    fields["root"] = "0x" + tree.root.hex()
    provider.claim(posted.id, job, tree.opening, canonical.dumps(fields))
    assert "task 0 has 3 bytes, the seal says 4" in problem()


def test_a_wrong_output_byte_is_refused_and_not_kept(desk, posted, provider, problem):
    manifest = provider.work(posted)
    cid = manifest.tasks[0].output
    provider.store.path(cid).write_bytes(b"onf")
    assert f"not the blob {cid}" in problem(BlobError)
    assert not desk.store.has(cid)


def test_a_missing_output_is_named(posted, provider, problem):
    manifest = provider.work(posted)
    provider.store.remove(manifest.tasks[2].output)
    assert manifest.tasks[2].output in problem(BlobError)


def test_a_missing_manifest_is_named(posted, provider, problem):
    manifest = provider.work(posted)
    provider.store.remove(manifest.cid)
    assert manifest.cid in problem(BlobError)


def test_a_gateway_that_nobody_answers_at_is_named(posted, provider, problem):
    provider.announce("http://127.0.0.1:1")
    provider.work(posted)
    assert "127.0.0.1:1 can't be used" in problem(BlobError)


def test_an_output_longer_than_the_spec_allows_is_not_even_fetched(desk, posted, provider, problem):
    works = [provider.task(b"x" * 65_537), provider.task(b""), provider.task(b"")]
    manifest = provider.work(posted, works)
    assert "task 0 claims 65,537 bytes of output; 65,536 are allowed" in problem()
    assert not desk.store.has(manifest.tasks[0].output)


def test_more_units_than_the_spec_allows_are_refused(posted, provider, problem):
    works = [provider.task(b"", units=10**9 + 1), provider.task(b""), provider.task(b"")]
    provider.work(posted, works)
    assert "task 0 claims 1,000,000,001 units; 1,000,000,000 are allowed" in problem()


def test_without_the_spec_the_profile_bounds_an_output(make_desk, posted, provider):
    job = provider.accept(posted)
    manifest, honest = provider.publish(posted.id)
    leaf = dataclasses.replace(honest.leaves[0], length=2**40)
    tree = ResultTree([leaf, *honest.leaves[1:]])
    fields = manifest.model_dump(mode="json", by_alias=True)
    fields["tasks"][0]["length"] = 2**40
    fields["root"] = "0x" + tree.root.hex()
    provider.claim(posted.id, job, tree.opening, canonical.dumps(fields))
    elsewhere = make_desk("elsewhere")
    with pytest.raises(VerificationFailed, match="268,435,456 are allowed"):
        fetch_result(elsewhere, elsewhere.job(posted.id))


@pytest.fixture
def rude_server():
    """A server that sends the given bytes to whoever connects; gives its address."""
    opened = []

    def serve(answer: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        opened.append(listener)

        def run() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(answer)

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for listener in opened:
        listener.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nnot the manifest",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b",
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
    ],
)
def test_a_hostile_gateway_gets_no_byte_into_the_store(
    desk, posted, provider, problem, rude_server, answer
):
    manifest = provider.work(posted)
    provider.announce(rude_server(answer))
    assert manifest.cid in problem(BlobError)
    assert not desk.store.has(manifest.cid)


def test_a_hostile_gateway_in_front_does_not_hide_a_good_one(desk, posted, provider, rude_server):
    provider.work(posted)
    hostile = rude_server(b"HTTP/1.1 200 OK\r\n\r\nnot the manifest")
    result = fetch_result(desk, desk.job(posted.id), gateways=[hostile])
    assert result.tasks[0].output == cid_of(b"one")
