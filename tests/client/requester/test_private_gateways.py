"""A provider's card may not lead its requester into the requester's own network."""

from __future__ import annotations

import pytest

from workbond.chain import connection
from workbond.errors import BlobError
from workbond.requester.fetch import fetch_result


@pytest.fixture
def far_chain(monkeypatch):
    """The world's chain, taken for one that is no throw-away of this machine."""
    monkeypatch.setattr(connection, "LOCAL_CHAIN_IDS", ())


def test_a_card_s_private_address_is_not_asked(far_chain, desk, posted, provider):
    provider.work(posted)
    with pytest.raises(BlobError, match="no public address") as refused:
        fetch_result(desk, desk.job(posted.id))
    assert "--allow-private" in str(refused.value)


def test_on_a_local_chain_it_is(desk, posted, provider):
    provider.work(posted)
    assert fetch_result(desk, desk.job(posted.id)).total_units == 6_000


def test_a_gateway_named_by_hand_may_be_private(far_chain, desk, posted, provider):
    provider.work(posted)
    result = fetch_result(desk, desk.job(posted.id), gateways=[provider.gateway.url])
    assert result.total_units == 6_000


@pytest.mark.parametrize("command", ["fetch", "logs", "approve"])
def test_the_option_admits_it(far_chain, jobs_cli, posted, provider, command):
    provider.work(posted)
    yes = ["--yes"] if command == "approve" else []
    job_id = "0x" + posted.id.hex()
    refused = jobs_cli(command, job_id, *yes)
    assert refused.code == 6
    assert "--allow-private" in refused.err
    assert jobs_cli(command, job_id, "--allow-private", *yes).code == 0


def test_end_takes_the_option_too(far_chain, jobs_cli, posted, provider, world):
    provider.work(posted)
    world.advance(121)
    job_id = "0x" + posted.id.hex()
    assert "--allow-private" in jobs_cli("end", job_id, "--yes").err
    assert jobs_cli("end", job_id, "--yes", "--allow-private").code == 0
