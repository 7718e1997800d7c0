"""What is known of an open job's market: plain facts, to be judged."""

from __future__ import annotations

from dataclasses import dataclass

from workbond.chain import rules
from workbond.chain.types import Account, Request
from workbond.executor.profile import NAME
from workbond.provider.card import Card
from workbond.provider.terms import Terms
from workbond.spec import Spec


@dataclass(frozen=True)
class Deal:
    """Another job that a provider accepted lately.

    `unit_price` is what was accepted (base units per 10^12 units); `flat` and `max_units` are None
    where the posting lies further back than was read; `took_s` is the time from its posting, where
    that was looked up.
    """

    job_id: bytes
    provider: str
    unit_price: int
    accepted_at: int
    flat: int | None = None
    max_units: int | None = None
    took_s: int | None = None

    @property
    def whole_price(self) -> int | None:
        """Base units per 10^12 units with the flat payment spread over all units."""
        if self.flat is None or not self.max_units:
            return None
        return whole_price(self.unit_price, self.flat, self.max_units)


def whole_price(unit_price: int, flat: int, max_units: int) -> int:
    """The unit price with `flat` spread over `max_units`, both per 10^12 units."""
    return unit_price + flat * rules.UNITS_PER_PRICE // max_units


@dataclass(frozen=True)
class Candidate:
    """A provider that may take jobs.

    `card` is its latest valid one; `answers` tells whether its gateway answered over HTTP (None:
    not asked); `active_s` is the chain time of its last acceptance or claim among those read;
    `busy` that it accepted a job that it has neither claimed nor ended.
    """

    address: str
    card: Card | None
    account: Account
    answers: bool | None = None
    active_s: int | None = None
    busy: bool = False

    @property
    def terms(self) -> Terms | None:
        """The terms of a node with this card and otherwise default options."""
        if self.card is None:
            return None
        hardware = self.card.hardware
        return Terms(hardware.cores, hardware.memory, region=self.card.region)

    @property
    def has_profile(self) -> bool:
        return self.card is None or NAME in self.card.profiles


@dataclass(frozen=True)
class Facts:
    """An open job, and its market at chain time `now_s`.

    Args:
        job_id: the job.
        request: what was posted.
        gateway: where its event says that its blobs are.
        now_s: chain time.
        waits_s: since it was posted; None if that is not known.
        is_local: whether private addresses are asked: the chain is a throw-away one, or the user
            admits them.
        deals: recent acceptances of other jobs, youngest first.
        candidates: known providers that the request admits, most recently active first.
        announced: providers with a valid card, admitted or not.
        spec: the job's spec, if it could be had.
        spec_problem: why it is invalid, if it is.
        inputs_problem: why the spec could not be fetched from `gateway` just now; None if it could.
        blocks: how many blocks back deals were looked for.
        complete: whether all of it could be looked at in the time given.
        committee: the address of the deployment's; empty if it has none.
    """

    job_id: bytes
    request: Request
    gateway: str
    now_s: int
    waits_s: int | None
    is_local: bool
    deals: tuple[Deal, ...]
    candidates: tuple[Candidate, ...]
    announced: int
    spec: Spec | None
    spec_problem: str | None
    inputs_problem: str | None
    blocks: int
    complete: bool
    committee: str = ""

    @property
    def price_s(self) -> int:
        """The time to judge by: now, or the last second in which it could be accepted."""
        return min(self.now_s, self.request.open_until - 1)
