"""What every end of a job costs or gives each side: arithmetic on a request, and nothing else.

Each amount comes from `workbond.chain.rules`; the tests run every row on a real chain. Changes are
of tokens in base units, the requester's against not having posted, the provider's against not
having accepted; gas is not in them, nor what the work itself costs or is worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from workbond.chain import rules
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Job, Request

POSTING, ACCEPTANCE, CLAIM = "posting", "acceptance", "claim"  # what an exit's seconds count from
REQUESTER, PROVIDER, ANYONE = "requester", "provider", "anyone"
HOLDER = "anyone with the opening"


@dataclass(frozen=True)
class Change:
    """Who gains and loses; the sum is zero. `caller` is a third party that calls the exit."""

    requester: int
    provider: int
    caller: int = 0
    burned: int = 0

    def to_json(self) -> dict[str, str]:
        return {name: str(amount) for name, amount in asdict(self).items()}


@dataclass(frozen=True)
class Case:
    """One course that an exit can take; `expected` if it is what a sample of the work foretells."""

    name: str
    change: Change
    expected: bool = False


@dataclass(frozen=True)
class Exit:
    """A way out of a job: who may call it, and when, in seconds after `after`.

    `until_s` is the first second in which it is too late; None: as long as the job's state allows.
    """

    name: str
    who: str
    after: str
    from_s: int
    until_s: int | None
    cases: tuple[Case, ...]

    def worst(self, role: str) -> Change:
        """The case that costs `role` (requester or provider) most, or gives it least."""
        return min((case.change for case in self.cases), key=lambda c: int(getattr(c, role)))

    def to_json(self) -> dict[str, Any]:
        expected = [case for case in self.cases if case.expected]
        return {
            "exit": self.name,
            "by": self.who,
            "after": self.after,
            "from_s": self.from_s,
            "until_s": self.until_s,
            "worst": {role: self.worst(role).to_json() for role in (REQUESTER, PROVIDER)},
            "expected": {case.name: case.change.to_json() for case in expected} or None,
            "cases": {case.name: case.change.to_json() for case in self.cases},
        }


def exits_of(request: Request, now_s: int, expected_units: int | None = None) -> list[Exit]:
    """Every exit of protocol.md section 5 that this version has.

    A job with a resolver will have three more: rejected, upheld, timeout. They go here, with a
    function like `_slashed` each.

    Args:
        request: what is or will be posted.
        now_s: when, by the chain's time.
        expected_units: of all tasks together, if somebody has an idea.
    """
    job = _job(request, request.max_unit_price)
    claimed = job.claimed(ZERO_WORD, 0, 0)
    runs_s, opens_s = rules.runs_until(job), rules.opens_until(claimed)
    nothing = (Case("never accepted", Change(0, 0), expected=True),)
    paid = tuple(_payments(request, expected_units))
    released = (
        Case("right after acceptance", _slashed(rules.released(job, 0))),
        Case("at the last moment", _slashed(rules.released(job, runs_s - 1))),
    )
    late = (Case("no result in time", _slashed(rules.expired(job.bond)), expected=True),)
    unopened = (Case("sealed, but never opened", _slashed(rules.voided(job.bond)), expected=True),)
    return [
        Exit("cancel", REQUESTER, POSTING, 0, None, nothing),
        Exit("cancel", ANYONE, POSTING, request.open_until - now_s, None, nothing),
        Exit("approve", REQUESTER, CLAIM, 0, None, paid),
        Exit("finalize", HOLDER, CLAIM, claimed.window_end, opens_s, paid),
        Exit("release", PROVIDER, ACCEPTANCE, 0, runs_s, released),
        Exit("expire", ANYONE, ACCEPTANCE, runs_s, None, late),
        Exit("void", ANYONE, CLAIM, opens_s, None, unopened),
    ]


def free_again_s(request: Request, now_s: int) -> dict[str, int]:
    """Seconds from posting until the escrow can be had back although nobody cooperates.

    By what the others do: accept at the last moment, claim at the last moment, never open.
    """
    open_s = request.open_until - now_s
    job = _job(request, request.max_unit_price)
    runs_s = rules.runs_until(job)
    return {
        "nobody accepts": open_s,
        "the provider vanishes": open_s + runs_s,
        "the provider seals, but never opens": open_s
        + runs_s
        + rules.opens_until(job.claimed(ZERO_WORD, 0, 0)),
    }


def _payments(request: Request, expected_units: int | None) -> Iterator[Case]:
    """What a settled job pays: at most, as expected at both ends of the ramp, at least."""
    low, high = (_job(request, p) for p in (request.min_unit_price, request.max_unit_price))
    yield Case("all units, highest price", _paid(high, high.max_units))
    if expected_units is not None:
        if low.unit_price == high.unit_price:
            yield Case("expected", _paid(high, expected_units), expected=True)
        else:
            yield Case("expected, highest price", _paid(high, expected_units), expected=True)
            yield Case("expected, lowest price", _paid(low, expected_units), expected=True)
    yield Case("no unit used", _paid(low, 0))


def _paid(job: Job, units: int) -> Change:
    payment = rules.payment(job, units)
    return Change(-payment, payment)


def _slashed(split: rules.Split) -> Change:
    """The escrow is back; the bond's lost part goes three ways. A third party is the caller."""
    return Change(split.to_requester, -split.total, split.to_caller, split.burned)


def _job(request: Request, price: int) -> Job:
    """The request, accepted at `price` in second 0. The tip of a posted job always comes back."""
    return Job.accepted(request, ZERO_ADDRESS, price, 0)


def worst_of(exits: Sequence[Exit], role: str) -> int:
    """The most that any exit can take from `role`, as a change (0 or below)."""
    return min(int(getattr(one.worst(role), role)) for one in exits)
