"""The market's formulas and constants, in integers, as the contracts compute them.

Sources: docs/protocol.md sections 3 to 5; contracts/libraries/{Pricing,Slashing,Requests}.sol and
contracts/market/*.sol. The tests compare every one with what the contracts do.
Amounts are base units, rounded down; shares are percent of the bond, floored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbond.chain.types import ZERO_ADDRESS, Job, Request

UNITS_PER_PRICE = 10**12  # a unit price is base units per this many units

MAX_TASKS = 65_536
MAX_UNITS = 2**63 - 1
MIN_BOND = 10_000
MAX_TIP_SHARE = 40  # tip <= bond / 40
MAX_CASE_FEE_SHARE = 4  # caseFee <= bond / 4
MAX_OPEN_FOR_S = 90 * 86_400
MAX_RUN_FOR_S = 30 * 86_400
MAX_CHALLENGE_FOR_S = 30 * 86_400
MAX_CASE_FOR_S = 365 * 86_400
MAX_COOLDOWN_S = 90 * 86_400
GRACE_S = 86_400  # after the window, how long the seal can still be opened
ANSWER_FOR_S = 86_400  # after a demand, how long the provider has to answer
MAX_PAIRS = 8  # of task and chunk, in one demand
ALL_ANSWERED = 255  # `Job.answered` when no pair needs an answer any more
OFFER_REVOKED = 2**32 - 1  # uses of an offer that its provider cancelled
ERC1271_GAS = 200_000  # the most that a contract's word on a signature may take
ERC1271_CALL_GAS = ERC1271_GAS + 100_000  # the same asked by itself: with the call's own costs
MAX_GATEWAY_BYTES = 512
MIN_CARD_BYTES = 2
MAX_CARD_BYTES = 4_096

RELEASE_PERCENT = 5
RELEASE_ELAPSED_PERCENT = 15
EXPIRE_PERCENT = 25
VOID_PERCENT = 50
REJECTED_REQUESTER_PERCENT = 30
REJECTED_CHALLENGER_PERCENT = 30
CALLER_PERCENT = 1

SINK = "0x000000000000000000000000000000000000dEaD"  # burned amounts are credited to it


@dataclass(frozen=True)
class Split:
    """Where the slashed part of a bond goes; `total` is what the provider loses."""

    to_requester: int
    to_caller: int
    burned: int

    @property
    def total(self) -> int:
        return self.to_requester + self.to_caller + self.burned


@dataclass(frozen=True)
class Rejection:
    """Where the bond of a rejected claim goes, all of it."""

    to_resolver: int
    to_requester: int
    to_challenger: int
    burned: int


def unit_price(request: Request, now_s: int) -> int:
    """Price at acceptance: min until rampStart, rising linearly to max at rampEnd."""
    if now_s >= request.ramp_end:
        return request.max_unit_price
    if now_s <= request.ramp_start:
        return request.min_unit_price
    rise = request.max_unit_price - request.min_unit_price
    gone, length = now_s - request.ramp_start, request.ramp_end - request.ramp_start
    return request.min_unit_price + rise * gone // length


def bounds(r: Request, now_s: int) -> Iterator[tuple[str, int, int, int]]:
    """Requests.requireValid at the block time `now_s`: field (Solidity's name), value, least, most.

    Who posts may not name a matcher, beside all that.
    """
    yield "tasks", r.tasks, 1, MAX_TASKS
    yield "maxUnits", r.max_units, 0, MAX_UNITS
    yield "minUnitPrice", r.min_unit_price, 0, r.max_unit_price
    yield "rampStart", r.ramp_start, 0, r.ramp_end
    yield "rampEnd", r.ramp_end, 0, r.open_until
    yield "openUntil", r.open_until, now_s + 1, now_s + MAX_OPEN_FOR_S
    yield "runFor", r.run_for, 1, MAX_RUN_FOR_S
    yield "challengeFor", r.challenge_for, 0, MAX_CHALLENGE_FOR_S
    if r.bond:
        yield "bond", r.bond, MIN_BOND, 2**96 - 1
    yield "tip", r.tip, 0, r.bond // MAX_TIP_SHARE
    judged = r.resolver != ZERO_ADDRESS
    yield "caseFor", r.case_for, 0, MAX_CASE_FOR_S if judged else 0
    yield "caseFee", r.case_fee, 0, r.bond // MAX_CASE_FEE_SHARE if judged else 0
    yield "policy", int.from_bytes(r.policy, "big"), 0, 2**256 - 1 if judged else 0


def max_payment(flat: int, max_units: int, price: int) -> int:
    """The most a job can pay at unit price `price`."""
    return flat + max_units * price // UNITS_PER_PRICE


def escrow(request: Request) -> int:
    """What posting locks: the most the job can cost, its tip and its case fee."""
    most = max_payment(request.flat, request.max_units, request.max_unit_price)
    return most + request.tip + request.case_fee


def match_escrow(request: Request, price: int) -> int:
    """What a match at unit price `price` locks or pays out at once: payment, case fee and tip."""
    return max_payment(request.flat, request.max_units, price) + request.case_fee + request.tip


def lock_for(request: Request) -> int:
    """The longest that a bond stays locked after a claim (an offer's `max_lock_for` bounds it)."""
    window = request.challenge_for + request.challenge_for // 2
    return window + ANSWER_FOR_S + request.case_for + GRACE_S


def job_escrow(job: Job) -> int:
    """What stays locked from acceptance on, with the fees of demanded pairs that are unanswered."""
    most = max_payment(job.flat, job.max_units, job.unit_price)
    return most + job.case_fee + job.unanswered * job.demand_fee


def payment(job: Job, total_units: int) -> int:
    """What a result of `total_units` is paid; the rest of `job_escrow` is refunded."""
    return max_payment(job.flat, min(total_units, job.max_units), job.unit_price)


def released(job: Job, now_s: int) -> Split:
    """Giving a running job back: 5% of the bond, and 15% of it times elapsed / runFor."""
    elapsed = now_s - job.accepted_at
    grown = job.bond * RELEASE_ELAPSED_PERCENT * elapsed // (100 * job.run_for)
    base = _percent(job.bond, RELEASE_PERCENT)
    return Split(grown + job.tip_paid, 0, base - job.tip_paid)


def expired(bond: int) -> Split:
    """No claim in time: 25% of the bond, of which 1% of the bond goes to the caller."""
    return _rewarded(bond, EXPIRE_PERCENT)


def voided(bond: int) -> Split:
    """A claim that nobody opened, or with an unanswered pair: 50% of the bond, 1% to the caller."""
    return _rewarded(bond, VOID_PERCENT)


def rejected(job: Job, *, challenged: bool) -> Rejection:
    """A wrong result: of the bond an amount like the case fee goes to the resolver; of the rest 30%
    to the requester, and 30% to the challenger whom the resolver names, if any."""
    rest = job.bond - job.case_fee
    to_requester = _percent(rest, REJECTED_REQUESTER_PERCENT)
    to_challenger = _percent(rest, REJECTED_CHALLENGER_PERCENT) if challenged else 0
    burned = rest - to_requester - to_challenger
    return Rejection(job.case_fee, to_requester, to_challenger, burned)


def runs_until(job: Job) -> int:
    """First second in which a running job can't be claimed or released any more, but expired."""
    return job.accepted_at + job.run_for


def opens_until(job: Job) -> int:
    """First second in which a claim can't be finalized any more."""
    return max(job.window_end, job.answer_by) + GRACE_S


def voids_from(job: Job) -> int:
    """First second in which a claim can be voided: unanswered, or else unopened."""
    return job.answer_by if job.unanswered else opens_until(job)


def resolves_until(job: Job) -> int:
    """First second in which a disputed job can't be resolved any more, but timed out."""
    return job.disputed_at + job.case_for


def answered_window_end(job: Job, now_s: int) -> int:
    """When the window ends once the demand's last pair is answered at `now_s`."""
    if job.disputed_at or job.case_done:
        return job.window_end
    return max(job.window_end, now_s + job.challenge_for // 2)


def _rewarded(bond: int, percent: int) -> Split:
    caller = _percent(bond, CALLER_PERCENT)
    return Split(_percent(bond, percent) - caller, caller, 0)


def _percent(bond: int, percent: int) -> int:
    return bond * percent // 100
