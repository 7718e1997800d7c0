"""What a request must look like: every rule just inside and just outside."""

import pytest
from chainkit import now, out_of_range, send
from deals import DAY, Deal
from orders import REQUEST_FIELDS, ZERO32

MAX96 = 2**96 - 1
RESOLVER = "0x00000000000000000000000000000000000000Aa"
JUDGED = {"resolver": RESOLVER}
NO_RAMP = {"rampStart": 0, "rampEnd": 0}
AT = "AT"  # stands for the block's time, see `timed`

# changes to a valid request, the field refused, its value, and the range it must lie in
OUTSIDE = [
    ({"tasks": 0}, "tasks", 0, 1, 65_536),
    ({"tasks": 65_537}, "tasks", 65_537, 1, 65_536),
    ({"maxUnits": 2**63}, "maxUnits", 2**63, 0, 2**63 - 1),
    ({"minUnitPrice": 8, "maxUnitPrice": 7}, "minUnitPrice", 8, 0, 7),
    ({"rampStart": (AT, 5), "rampEnd": (AT, 4)}, "rampStart", (AT, 5), 0, (AT, 4)),
    ({"rampEnd": (AT, 301), "openUntil": (AT, 300)}, "rampEnd", (AT, 301), 0, (AT, 300)),
    ({**NO_RAMP, "openUntil": (AT, 0)}, "openUntil", (AT, 0), (AT, 1), (AT, 90 * DAY)),
    ({"openUntil": (AT, 90 * DAY + 1)}, "openUntil", (AT, 90 * DAY + 1), (AT, 1), (AT, 90 * DAY)),
    ({"runFor": 0}, "runFor", 0, 1, 30 * DAY),
    ({"runFor": 30 * DAY + 1}, "runFor", 30 * DAY + 1, 1, 30 * DAY),
    ({"challengeFor": 30 * DAY + 1}, "challengeFor", 30 * DAY + 1, 0, 30 * DAY),
    ({"bond": 9_999, "tip": 0}, "bond", 9_999, 10_000, MAX96),
    ({"bond": 1, "tip": 0}, "bond", 1, 10_000, MAX96),
    ({"bond": 1_000_039, "tip": 25_001}, "tip", 25_001, 0, 25_000),
    ({"bond": 0, "tip": 1}, "tip", 1, 0, 0),
    ({"caseFor": 1}, "caseFor", 1, 0, 0),
    ({"caseFee": 1}, "caseFee", 1, 0, 0),
    ({"policy": ZERO32[:-1] + b"\1"}, "policy", 1, 0, 0),
    ({**JUDGED, "caseFor": 365 * DAY + 1}, "caseFor", 365 * DAY + 1, 0, 365 * DAY),
    ({**JUDGED, "caseFee": 250_002}, "caseFee", 250_002, 0, 250_001),
    ({**JUDGED, "bond": 0, "tip": 0, "caseFee": 1}, "caseFee", 1, 0, 0),
]

INSIDE = [
    {"tasks": 1},
    {"tasks": 65_536},
    {"maxUnits": 0},
    {"maxUnits": 2**63 - 1, "minUnitPrice": 0, "maxUnitPrice": 1},
    {"minUnitPrice": 7, "maxUnitPrice": 7},
    {"minUnitPrice": 0, "maxUnitPrice": 0, "flat": 0, "tip": 0},
    {"rampStart": (AT, 5), "rampEnd": (AT, 5)},
    NO_RAMP,
    {"rampEnd": (AT, 300), "openUntil": (AT, 300)},
    {**NO_RAMP, "openUntil": (AT, 1)},
    {"openUntil": (AT, 90 * DAY)},
    {"runFor": 1},
    {"runFor": 30 * DAY},
    {"challengeFor": 0},
    {"challengeFor": 30 * DAY},
    {"bond": 0, "tip": 0},
    {"bond": 10_000, "tip": 250},
    {"bond": MAX96},
    {"minStake": MAX96},
    {"bond": 1_000_039, "tip": 25_000},
    {"demandFee": MAX96},
    {**JUDGED, "caseFor": 0},
    {**JUDGED, "caseFor": 365 * DAY, "policy": b"\xff" * 32},
    {**JUDGED, "caseFee": 250_001},
    {**JUDGED, "bond": 0, "tip": 0, "caseFee": 0},
    {"providers": b"\xff" * 32, "spec": ZERO32, "profile": ZERO32, "salt": ZERO32},
]


def timed(value, at):
    """Replaces (AT, seconds) by a time."""
    return at + value[1] if isinstance(value, tuple) else value


def request_at(market, requester, changes, at):
    changed = {name: timed(value, at) for name, value in changes.items()}
    return Deal(market, requester, None, **changed)


@pytest.mark.parametrize(("changes", "field", "value", "least", "most"), OUTSIDE)
def test_outside_is_refused(market, requester, changes, field, value, least, most):
    at = now() + 10
    job = request_at(market, requester, changes, at)
    with out_of_range(field, timed(value, at), timed(least, at), timed(most, at)):
        job.post(at=at)
    assert job.state == 0


@pytest.mark.parametrize("changes", INSIDE)
def test_inside_is_open(market, requester, changes):
    at = now() + 10
    job = request_at(market, requester, changes, at)
    job.post(at=at)
    assert job.state == 1


def test_every_field_is_in_the_tables_or_free_or_checked_elsewhere():
    tested = {name for changes in INSIDE for name in changes} | {"requester", "matcher", "counter"}
    assert tested == set(REQUEST_FIELDS)


@pytest.mark.parametrize(("length", "fits"), [(0, True), (512, True), (513, False)])
def test_a_gateway_has_at_most_512_bytes(deal, requester, length, fits):
    job = deal()
    if fits:
        tx = job.post(gateway="g" * length)
        assert tx.events["JobPosted"]["gateway"] == "g" * length
    else:
        with out_of_range("gateway", 513, 0, 512):
            job.post(gateway="g" * length)


def test_gateway_bytes_count_not_characters(deal, market, requester):
    job = deal()
    with out_of_range("gateway", 514, 0, 512):
        send(market.post, job.order, "ü" * 257, by=requester)
