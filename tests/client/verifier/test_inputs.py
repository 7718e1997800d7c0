"""Where a verifier gets inputs from: whoever has them, as a stranger or by a signed request."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workbond import accounts
from workbond.chain.types import State
from workbond.provider.card import make_card
from workbond.provider.machine import describe
from workbond.verifier.whereabouts import Whereabouts

from ..patience import until
from ..provider.test_process import Provider
from .conftest import Court, Judge


@pytest.fixture
def provider(world: Any, tmp_path: Path) -> Iterator[Provider]:
    """A real provider's process, with its gateway."""
    home = tmp_path / "provider-home"
    home.mkdir()
    (home / "password").write_text("pw\n")
    accounts.import_dev_key(home, "provider", 2, "pw")
    started = Provider(world, home)
    with contextlib.ExitStack() as stack:
        stack.callback(started.process.wait)
        stack.callback(started.process.kill)
        yield started


def claimed_by(provider: Provider, court: Court) -> bytes:
    """A job that the real provider claimed; then its requester's gateway is gone."""
    job_id = court.post()
    provider.await_line("claimed; ")
    until(lambda: court.state(job_id) is State.CLAIMED, "the claim")
    court.shop.gateway.stop()
    return job_id


def test_with_its_requester_gone_the_provider_hands_inputs_to_whoever_has_a_stake(
    court: Court, judge: Judge, provider: Provider
) -> None:
    claimed_by(provider, court)
    judge.start(sample_bps=10_000)
    judge.turn_until_said("RIGHT")


def test_without_a_stake_it_gets_none(
    court: Court, judges: Callable[..., Judge], provider: Provider
) -> None:
    judge = judges(stake=0)
    claimed_by(provider, court)
    judge.start(sample_bps=10_000)
    assert "no stake in its resolver" in judge.turn_until_said("FAILED")


def test_the_posting_s_gateways_come_first_and_leave_room_for_the_others(
    world: Any, court: Court
) -> None:
    told = " ".join(f"http://r{n}.example" for n in range(20))
    job_id = court.claimed(gateway=f"{court.shop.gateway.url} {told}")

    def announce(signer: Any, url: str) -> None:
        card = make_card(hardware=describe(1, 1 << 30), region="", gateway=url)
        world.market.announce(signer, card.to_bytes())

    announce(world.provider, "http://old.example")
    announce(world.provider, "http://provider.example")
    announce(world.stranger, "http://operator.example")
    announce(world.requester, "http://requester.example")
    world.market.set_delegate(world.provider, world.stranger.address)
    found = Whereabouts(world.market, world.deployment.market.block)(court.record(job_id)).split()
    assert found[0] == court.shop.gateway.url
    assert found[-3:] == [
        "http://provider.example",
        "http://operator.example",
        "http://requester.example",
    ]
    assert len(found) <= 8
