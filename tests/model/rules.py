"""Every constant and every formula of the market: integers in, integers out, rounded down.

Section numbers are those of docs/protocol.md.
"""

from typing import NamedTuple

from .hashing import allowed_leaf, allowed_node
from .words import ZERO32, Job, Request

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S

MAX_AMOUNT = 2**96 - 1  # of anything, and of all the market holds: so no credit can overflow
UNITS_PER_PRICE = 10**12  # a unit price buys this many metered units
GRACE_S = DAY_S  # between the end of the window and `void`: time to open the seal
SINK = "0x000000000000000000000000000000000000dead"  # burned is: credited to this account

RELEASE_FLOOR_PERCENT = 5  # of the bond, as everything below
RELEASE_ELAPSED_PERCENT = 15  # at the deadline; in proportion before
EXPIRE_PERCENT = 25
VOID_PERCENT = 50
REJECTED_REQUESTER_PERCENT = 30  # of the bond less the case fee
REJECTED_CHALLENGER_PERCENT = 30
ANSWER_FOR_S = DAY_S  # from a demand to the last second for answers
MAX_PAIRS = 8  # of one demand
ALL_ANSWERED = 255  # a bit for each pair, set where no answer is needed any more

CALLER_PERCENT = 1  # for turning the crank, out of what is slashed


class Slash(NamedTuple):
    """Where the slashed part of a bond goes."""

    to_requester: int
    to_caller: int
    burned: int

    @property
    def total(self) -> int:
        return sum(self)


# ─────────────────────────────── prices (3, 4) ───────────────────────────────


def unit_price(request: Request, now: int) -> int:
    """The ramp: minUnitPrice until rampStart, linear to maxUnitPrice at rampEnd, then constant."""
    if now >= request.ramp_end:
        return request.max_unit_price
    if now <= request.ramp_start:
        return request.min_unit_price
    climb = request.max_unit_price - request.min_unit_price
    elapsed, length = now - request.ramp_start, request.ramp_end - request.ramp_start
    return request.min_unit_price + climb * elapsed // length


def price_of(flat: int, units: int, price: int) -> int:
    """What `units` metered units cost at unit price `price`, with the flat part."""
    return flat + units * price // UNITS_PER_PRICE


def escrow_of(request: Request) -> int:
    """What the requester locks at posting: the dearest outcome."""
    dearest = price_of(request.flat, request.max_units, request.max_unit_price)
    return dearest + request.tip + request.case_fee


def match_escrow(request: Request, price: int) -> int:
    """What the requester of a matched or filled job locks: the price is known already."""
    return price_of(request.flat, request.max_units, price) + request.case_fee


def locked_in(job: Job) -> int:
    """What of the escrow is left after acceptance, and the fees of pairs that wait for answers."""
    escrow = price_of(job.flat, job.max_units, job.unit_price) + job.case_fee
    return escrow + job.demand_fee * unanswered(job)


def payment(job: Job, total_units: int) -> int:
    """Units beyond maxUnits are not paid."""
    return price_of(job.flat, min(total_units, job.max_units), job.unit_price)


# ──────────────────────────────── deadlines (5) ──────────────────────────────


def unanswered(job: Job) -> int:
    """Demanded pairs that wait for an answer."""
    if job.demand_hash == ZERO32:
        return 0
    return (ALL_ANSWERED - job.answered).bit_count()


def lock_for(request: Request) -> int:
    """How long after a claim its bond can be locked at most: a demand in the last second of the
    window, its last answer in the last second for it, half a window more, a silent resolver, the
    grace."""
    demanded = request.challenge_for + ANSWER_FOR_S + request.challenge_for // 2
    return demanded + request.case_for + GRACE_S


def run_end(job: Job) -> int:
    """Claim before it; from it on the job expires."""
    return job.accepted_at + job.run_for


def grace_end(job: Job) -> int:
    """Open the seal before it; from it on the claim is void."""
    return max(job.window_end, job.answer_by) + GRACE_S


def case_end(job: Job) -> int:
    """The resolver speaks before it; from it on anybody ends the case."""
    return job.disputed_at + job.case_for


def void_from(job: Job) -> int:
    """From it on anybody may end the claim unpaid."""
    return job.answer_by if unanswered(job) else grace_end(job)


# ──────────────────────────────── penalties (5) ──────────────────────────────


def release_slash(job: Job, now: int) -> Slash:
    """5% for coming late to the thought: first to repay a paid tip, the rest burned; and 15% times
    the part of the run that the requester has lost, to it."""
    floor = job.bond * RELEASE_FLOOR_PERCENT // 100
    elapsed = now - job.accepted_at
    lost_time = job.bond * RELEASE_ELAPSED_PERCENT * elapsed // (100 * job.run_for)
    return Slash(job.tip_paid + lost_time, 0, floor - job.tip_paid)


def failure_slash(job: Job, percent: int) -> Slash:
    """`percent` of the bond: 1% of the bond to the caller, the rest to the requester."""
    slashed = job.bond * percent // 100
    reward = job.bond * CALLER_PERCENT // 100
    return Slash(slashed - reward, reward, 0)


class Rejection(NamedTuple):
    """Where all of a rejected claim's bond goes."""

    to_resolver: int
    to_challenger: int
    rest: Slash


def rejection(job: Job, challenged: bool) -> Rejection:
    """The case fee comes first; of what is left 30% each to the requester and the challenger."""
    left = job.bond - job.case_fee
    to_challenger = left * REJECTED_CHALLENGER_PERCENT // 100 if challenged else 0
    to_requester = left * REJECTED_REQUESTER_PERCENT // 100
    burned = left - to_challenger - to_requester
    return Rejection(job.case_fee, to_challenger, Slash(to_requester, 0, burned))


# ─────────────────────────── who may be the provider (4) ─────────────────────


def is_allowed(providers: bytes, provider: str, proof: tuple[bytes, ...]) -> bool:
    """Zero admits anybody, a number below 2**160 that address, else a Merkle root its leaves."""
    if providers == ZERO32:
        return True
    if providers[:12] == bytes(12):
        return providers[12:] == bytes.fromhex(provider[2:])
    node = allowed_leaf(provider)
    for sibling in proof:
        node = allowed_node(node, sibling)
    return node == providers
