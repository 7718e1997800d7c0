"""Orders of anvil's well-known accounts, for a market that is nowhere."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from workbond import accounts
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Offer, Request

from ..signing import wide_offer

CHAIN, MARKET = 31337, "0x" + "11" * 20


@pytest.fixture(scope="session")
def requester() -> Any:
    return accounts.dev_signer(1)


@pytest.fixture(scope="session")
def provider() -> Any:
    return accounts.dev_signer(2)


@pytest.fixture
def request_of(requester: Any) -> Any:
    def make(**changes: Any) -> Request:
        sound = Request(
            requester=requester.address,
            spec=b"\x01" * 32,
            profile=b"\x02" * 32,
            tasks=2,
            flat=10**18,
            min_unit_price=0,
            max_unit_price=2**96 - 1,
            ramp_start=0,
            ramp_end=0,
            max_units=2**63 - 1,
            bond=10**18,
            min_stake=0,
            tip=0,
            open_until=2**63,
            run_for=600,
            challenge_for=300,
            resolver=ZERO_ADDRESS,
            policy=ZERO_WORD,
            case_for=0,
            case_fee=0,
            demand_fee=1,
            providers=ZERO_WORD,
            matcher=ZERO_ADDRESS,
            counter=0,
            salt=b"\x03" * 32,
        )
        return dataclasses.replace(sound, **changes)

    return make


@pytest.fixture
def offer_of(provider: Any) -> Any:
    def make(**changes: Any) -> Offer:
        limits = {"min_unit_price": 10**18, "max_jobs": 10, "valid_until": 2**63}
        return wide_offer(provider.address, **(limits | changes))

    return make
