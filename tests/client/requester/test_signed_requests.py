"""A requester gets its result from a provider that serves nobody else; and is asked for its
password only when a signature is needed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workbond import accounts
from workbond.blobs.access import read_header
from workbond.chain.types import State
from workbond.errors import BlobError
from workbond.requester.approve import approve
from workbond.requester.exits import end
from workbond.requester.fetch import fetch_result


class Opener:
    """Opens an account and counts how often it was asked to."""

    def __init__(self, signer: Any) -> None:
        self.signer, self.times = signer, 0

    def __call__(self) -> Any:
        self.times += 1
        return self.signer


@pytest.fixture
def opener(world: Any) -> Opener:
    return Opener(world.requester)


def test_with_its_signature_the_requester_gets_everything(desk, posted, guarded, opener):
    guarded.work(posted)
    result = fetch_result(desk, desk.job(posted.id), signer=opener)
    assert [task.path.read_bytes() for task in result.tasks] == [b"one", b"", b"three" * 10_000]
    assert result.tasks[2].log_path is not None
    assert opener.times == 1
    headers = {header for _, header in guarded.asked}
    assert len(headers) == 1  # signed once, for all blobs
    signed = read_header(headers.pop())
    assert signed.access.gateway == guarded.gateway.url
    assert signed.access.job == posted.id


def test_without_one_nothing_is_had_and_the_reason_is_told(desk, posted, guarded, world):
    guarded.work(posted)
    with pytest.raises(BlobError, match="handed to its requester") as refused:
        fetch_result(desk, desk.job(posted.id))
    assert world.requester.address in str(refused.value)


def test_another_account_s_signature_is_refused_with_the_gateway_s_reason(
    desk, posted, guarded, world
):
    guarded.work(posted)
    with pytest.raises(BlobError, match=r"status 401 \(the signed request is refused: it is not"):
        fetch_result(desk, desk.job(posted.id), signer=Opener(world.stranger))


def test_what_is_here_needs_no_signature(desk, posted, guarded, opener):
    guarded.work(posted)
    record = desk.job(posted.id)
    first = fetch_result(desk, record, signer=opener)
    assert fetch_result(desk, record, signer=opener) == first
    assert opener.times == 1


def test_when_the_job_is_over_nobody_signs(make_desk, desk, posted, guarded, world, opener):
    manifest = guarded.work(posted)
    record = desk.job(posted.id)
    approve(desk, world.requester, record, fetch_result(desk, record, signer=opener))
    guarded.over(posted.id, manifest)
    elsewhere = make_desk("elsewhere")
    over = elsewhere.job(posted.id)
    assert over.state is State.SETTLED
    later = Opener(world.requester)
    assert fetch_result(elsewhere, over, signer=later).total_units == 6_000
    assert later.times == 0


def test_a_claim_that_the_provider_s_node_has_not_seen_yet_is_waited_for(
    desk, posted, guarded, opener
):
    """The requester's RPC may be a block ahead of the provider's."""
    from workbond.cid import digest_of_cid
    from workbond.provider.shelf import Stage

    manifest = guarded.work(posted)
    digest = digest_of_cid(manifest.cid)
    requester = guarded.world.requester.address
    guarded.shelf.note(posted.id, requester, digest, Stage.EXECUTED, guarded.store)
    genuine = guarded.gateway._guard

    def judge(cid: str, authorization: str | None) -> Any:
        verdict = genuine(cid, authorization)
        if verdict.status == 503:
            guarded.shelf.note(posted.id, requester, digest, Stage.CLAIMED, guarded.store)
        return verdict

    guarded.gateway._guard = judge
    assert fetch_result(desk, desk.job(posted.id), signer=opener).total_units == 6_000


def test_the_requester_can_finalize_its_job(desk, posted, guarded, world):
    guarded.work(posted)
    world.advance(121)
    with pytest.raises(BlobError, match="can't be had"):
        end(desk, world.stranger, desk.job(posted.id))
    end(desk, world.requester, desk.job(posted.id))
    assert world.market.state_of(posted.id) is State.SETTLED


def test_the_password_is_asked_for_once_and_only_when_needed(
    jobs_cli, posted, guarded, monkeypatch, tmp_path
):
    guarded.work(posted)
    job_id = "0x" + posted.id.hex()
    password = tmp_path / "password"
    monkeypatch.delenv("WORKBOND_PASSWORD_FILE")

    refused = jobs_cli("fetch", job_id)
    assert refused.code == 4, refused.err
    assert "--password-file" in refused.err
    fetched = jobs_cli("fetch", job_id, "--password-file", password)
    assert fetched.code == 0, fetched.err
    again = jobs_cli("fetch", job_id)
    assert again.code == 0, again.err
    assert jobs_cli("logs", job_id).code == 0


def test_approve_opens_the_account_once(jobs_cli, posted, guarded, monkeypatch):
    guarded.work(posted)
    opened = []
    genuine = accounts.open_account

    def counted(*args: Any) -> Any:
        opened.append(args)
        return genuine(*args)

    monkeypatch.setattr(accounts, "open_account", counted)
    approved = jobs_cli("approve", "0x" + posted.id.hex(), "--yes")
    assert approved.code == 0, approved.err
    assert len(opened) == 1


def test_a_stranger_is_told_whose_job_it_is(jobs_cli, posted, guarded, world):
    guarded.work(posted)
    refused = jobs_cli("fetch", "0x" + posted.id.hex(), "--account", "stranger")
    assert refused.code == 6
    assert f"its requester {world.requester.address} only" in refused.err


def test_end_fetches_the_manifest_with_the_requester_s_signature(jobs_cli, posted, guarded, world):
    guarded.work(posted)
    world.advance(121)
    ended = jobs_cli("end", "0x" + posted.id.hex(), "--yes", "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["state"] == "Settled"
