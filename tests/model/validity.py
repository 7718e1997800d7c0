"""Which requests may be posted (docs/protocol.md section 4), checked in the order of this file."""

from .errors import require_range
from .rules import DAY_S, MAX_AMOUNT
from .words import NOBODY, Request

MAX_TASKS = 65_536
MAX_UNITS = 2**63 - 1  # fuel is counted in signed 64-bit numbers
MIN_BOND = 10_000  # or none: percentages of less would round away
TIP_SHARE = 40  # a tip is at most bond/40, so that what a release costs covers it
CASE_FEE_SHARE = 4  # a case fee is at most bond/4
MAX_OPEN_FOR_S = 90 * DAY_S
MAX_RUN_FOR_S = 30 * DAY_S
MAX_CHALLENGE_FOR_S = 30 * DAY_S
MAX_CASE_FOR_S = 365 * DAY_S
MAX_GATEWAY_BYTES = 512


def require_valid(request: Request, now: int) -> None:
    """Refuse a request that nobody could honestly accept at `now`."""
    require_range("tasks", request.tasks, 1, MAX_TASKS)
    require_range("maxUnits", request.max_units, 0, MAX_UNITS)
    require_range("minUnitPrice", request.min_unit_price, 0, request.max_unit_price)

    require_range("rampStart", request.ramp_start, 0, request.ramp_end)
    require_range("rampEnd", request.ramp_end, 0, request.open_until)
    require_range("openUntil", request.open_until, now + 1, now + MAX_OPEN_FOR_S)
    require_range("runFor", request.run_for, 1, MAX_RUN_FOR_S)
    require_range("challengeFor", request.challenge_for, 0, MAX_CHALLENGE_FOR_S)

    if request.bond != 0:
        require_range("bond", request.bond, MIN_BOND, MAX_AMOUNT)
    require_range("tip", request.tip, 0, request.bond // TIP_SHARE)

    disputable = request.resolver != NOBODY
    require_range("caseFor", request.case_for, 0, MAX_CASE_FOR_S if disputable else 0)
    max_case_fee = request.bond // CASE_FEE_SHARE if disputable else 0
    require_range("caseFee", request.case_fee, 0, max_case_fee)
    if not disputable:
        require_range("policy", int.from_bytes(request.policy, "big"), 0, 0)


def require_postable(request: Request, gateway: str, now: int) -> None:
    """Refuse what may not be posted, as anybody could accept what is posted."""
    require_valid(request, now)
    require_range("gateway", len(gateway.encode()), 0, MAX_GATEWAY_BYTES)
    require_unmatched(request)


def require_unmatched(request: Request) -> None:
    """Refuse a request that names who may match it where nobody matches."""
    require_range("matcher", int(request.matcher, 16), 0, 0)
