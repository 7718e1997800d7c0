"""What every end of a job costs or gives each side: arithmetic on a request, and nothing else.

Each amount comes from `workbond.chain.rules`; the tests run every row on a real chain. Changes are
of tokens in base units, the requester's against not having posted, the provider's against not
having accepted; gas is not in them, nor what the work itself costs or is worth. Fees of a demand
come on top: each piece that the provider shows costs the requester `demand_fee`, which the provider
gets, whatever the end; what is not shown costs nothing.

What a case costs is told as the committee has it (docs/protocol.md section 8), all seats of the
first round revealing, whoever is drawn. Penalties of its seats, and rounds that somebody asks for,
are their own affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import Any

from workbond.chain import cases, rules
from workbond.chain.cases import Policy
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Job, Request

# What an exit's seconds count from.
POSTING, SIGNING, ACCEPTANCE, CLAIM, DEMAND, DISPUTE = (
    "posting",
    "signing",
    "acceptance",
    "claim",
    "demand",
    "dispute",
)
REQUESTER, PROVIDER, ANYONE = "requester", "provider", "anyone"
RESOLVER = "the committee"
HOLDER = "anyone with the opening"


class Entry(Enum):
    """How a job begins (docs/protocol.md section 4)."""

    POSTED = "posted"
    """Posted and accepted: the tip comes back at acceptance."""
    MATCHED = "matched"
    """A signed request met an offer: the tip is the matcher's, and comes back if the provider gives
    the job back."""
    FILLED = "filled"
    """A provider took the signed request itself: no tip is charged."""

    @property
    def signed(self) -> bool:
        return self is not Entry.POSTED


@dataclass(frozen=True)
class Change:
    """Who gains and loses; the sum is zero. `caller` is a third party that calls the exit,
    `matcher` whoever brought request and offer together, `challenger` a third party that challenged
    the result; `judges` are the seats of a case, and who turned its cranks."""

    requester: int
    provider: int
    caller: int = 0
    burned: int = 0
    matcher: int = 0
    challenger: int = 0
    judges: int = 0

    def tipped(self, tip: int) -> Change:
        """The same with a tip that went from the requester to the matcher."""
        return replace(self, requester=self.requester - tip, matcher=self.matcher + tip)

    def to_json(self) -> dict[str, str]:
        return {name: str(amount) for name, amount in asdict(self).items()}


@dataclass(frozen=True)
class Case:
    """One course that an exit can take; `expected` if it is what a sample of the work foretells.

    After one that is `on_top` the claim stands, and the job's end comes on top of it.
    """

    name: str
    change: Change
    expected: bool = False
    on_top: bool = False


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
            "on_top": [case.name for case in self.cases if case.on_top],
        }


def exits_of(
    request: Request,
    now_s: int,
    expected_units: int | None = None,
    entry: Entry = Entry.POSTED,
) -> list[Exit]:
    """Every exit of protocol.md section 5; those of a case for a job with a resolver.

    Args:
        request: what is or will be posted or signed.
        now_s: when, by the chain's time.
        expected_units: of all tasks together, if somebody has an idea.
        entry: how the job begins.
    """
    tip = request.tip if entry is Entry.MATCHED else 0
    job = _job(request, request.max_unit_price, tip)
    claimed = job.claimed(ZERO_WORD, 0, 0)
    runs_s, opens_s = rules.runs_until(job), rules.opens_until(claimed)
    nothing = (Case("never accepted", Change(0, 0), expected=True),)

    def cases(*found: Case) -> tuple[Case, ...]:
        return tuple(replace(case, change=case.change.tipped(tip)) for case in found)

    paid = cases(*_payments(request, expected_units))
    released = cases(
        Case("right after acceptance", _slashed(rules.released(job, 0))),
        Case("at the last moment", _slashed(rules.released(job, runs_s - 1))),
    )
    late = cases(Case("no result in time", _slashed(rules.expired(job.bond)), expected=True))
    unopened = cases(Case("sealed, but never opened", _slashed(rules.voided(job.bond)), True))
    unshown = cases(Case("demanded, but not shown", _slashed(rules.voided(job.bond)), True))
    if entry.signed:  # nothing is locked before the match: nobody else has anything to end
        cancels = [Exit("cancel", REQUESTER, SIGNING, 0, None, nothing)]
    else:
        cancels = [
            Exit("cancel", REQUESTER, POSTING, 0, None, nothing),
            Exit("cancel", ANYONE, POSTING, request.open_until - now_s, None, nothing),
        ]
    return [
        *cancels,
        Exit("approve", REQUESTER, CLAIM, 0, None, paid),
        Exit("finalize", HOLDER, CLAIM, claimed.window_end, opens_s, paid),
        Exit("release", PROVIDER, ACCEPTANCE, 0, runs_s, released),
        Exit("expire", ANYONE, ACCEPTANCE, runs_s, None, late),
        Exit("void", ANYONE, CLAIM, opens_s, None, unopened),
        Exit("void", ANYONE, DEMAND, rules.ANSWER_FOR_S, None, unshown),
        *_case_exits(request, tip),
    ]


def _case_exits(request: Request, tip: int) -> Iterator[Exit]:
    """Both ends of a case; a wrong result ends the job with it, else the claim stands."""
    if request.resolver == ZERO_ADDRESS:
        return
    ended = tuple(
        replace(case, change=case.change if case.on_top else case.change.tipped(tip))
        for case in _verdicts(request)
    )
    yield Exit("resolve", RESOLVER, DISPUTE, 0, request.case_for, ended)
    nothing = (Case("nobody decides in time", Change(0, 0), on_top=True),)
    yield Exit("timeout", ANYONE, DISPUTE, request.case_for, None, nothing)


def _verdicts(request: Request) -> Iterator[Case]:
    """What each verdict moves; a challenge's own bond is back unless it says otherwise."""
    bond, fee = request.bond, request.case_fee
    seats = Policy.decode(request.policy).seats
    paid, tip = seats * cases.seat_fee(fee, seats), cases.tip(fee)
    challenged, audited = paid + 2 * tip, paid + 3 * tip
    for name, cost, by in (("challenged", challenged, True), ("audited", audited, False)):
        split = rules.rejected(_job(request, 0), challenged=by)
        yield Case(
            f"found wrong, {name}",
            Change(
                split.to_requester + fee - cost,
                -bond,
                0,
                split.burned,
                challenger=split.to_challenger,
                judges=cost,
            ),
        )
    forfeited = cases.challenge_bond(fee, bond)
    yield Case(
        "found right, challenged",
        Change(0, forfeited - challenged, challenger=-forfeited, judges=challenged),
        on_top=True,
    )
    yield Case("found right, audited", Change(-audited, 0, judges=audited), on_top=True)
    yield Case("undecided, challenged", Change(-challenged, 0, judges=challenged), on_top=True)


def free_again_s(request: Request, now_s: int, entry: Entry = Entry.POSTED) -> dict[str, int]:
    """Seconds from posting or signing until the escrow can be had back although nobody cooperates.

    By what the others do: accept at the last moment, claim at the last moment, never open. What is
    signed locks nothing before it is matched.
    """
    open_s = request.open_until - now_s
    job = _job(request, request.max_unit_price)
    runs_s = rules.runs_until(job)
    nobody = {} if entry.signed else {"nobody accepts": open_s}
    return nobody | {
        "the provider vanishes": open_s + runs_s,
        "the provider seals, but never opens": open_s
        + runs_s
        + rules.opens_until(job.claimed(ZERO_WORD, 0, 0)),
        **_undecided(request, open_s + runs_s),
    }


def _undecided(request: Request, claimed_s: int) -> dict[str, int]:
    """A dispute in the last second of the window, that nobody decides."""
    if request.resolver == ZERO_ADDRESS:
        return {}
    over_s = claimed_s + request.challenge_for + request.case_for
    return {"it is disputed at last, nobody decides, and it never opens": over_s + rules.GRACE_S}


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


def _job(request: Request, price: int, tip: int = 0) -> Job:
    """The request, accepted at `price` in second 0, with `tip` paid to a matcher."""
    return Job.accepted(request, ZERO_ADDRESS, price, 0, tip)


def worst_of(exits: Sequence[Exit], role: str) -> int:
    """The most that any end can take from `role`, a case before it included: 0 or below."""
    changes = [
        (case.on_top, int(getattr(case.change, role))) for one in exits for case in one.cases
    ]
    before = min((change for on_top, change in changes if on_top), default=0)
    return min(change for on_top, change in changes if not on_top) + min(0, before)
