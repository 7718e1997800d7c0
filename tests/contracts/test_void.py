"""The ends that nobody is paid for: exact amounts, and who may call from when on."""

import pytest
from chainkit import SINK, event, moves, now, refused
from deals import DAY, Deal

BOND = 1_000_007
BACK = 5_000_003 + 7_123_456_789_013 * 1_000_003 // 10**12  # the escrow of a running job
START = 50  # seconds from the test's begin to acceptance, before the ramp
RUN_FOR, WINDOW = 1_000, 600

# exit, seconds since acceptance (release, expire) or since the claim (void), then what becomes of
# the bond of 1,000,007: to the requester, to the caller, burned
ENDS = [
    ("release", 0, 0, 0, 50_000),
    ("release", 1, 150, 0, 50_000),
    ("release", 333, 49_950, 0, 50_000),
    ("release", 999, 149_851, 0, 50_000),
    ("expire", RUN_FOR, 240_001, 10_000, 0),
    ("expire", 10**8, 240_001, 10_000, 0),
    ("void", WINDOW + DAY, 490_003, 10_000, 0),
    ("void", 10**8, 490_003, 10_000, 0),
]
REASONS = {"release": 0, "expire": 1, "void": 3}


def end(job, exit_, after, caller):
    """Sends the exit `after` seconds after acceptance or claim."""
    if exit_ == "release":
        return job.release(at=job.job["acceptedAt"] + after)
    if exit_ == "expire":
        return job.expire(by=caller, at=job.job["acceptedAt"] + after)
    return job.void(by=caller, at=job.job["claimedAt"] + after)


def begin(job, exit_):
    return job.until("Claimed" if exit_ == "void" else "Running", at=now() + START)


@pytest.mark.parametrize("ending", ENDS)
def test_ends_split_the_bond_exactly(
    deal, market, everybody, requester, provider, stranger, ending
):
    exit_, after, compensation, reward, burned = ending
    job = begin(deal(), exit_)
    slashed = compensation + reward + burned
    expected = {
        (requester, "free"): BACK + compensation,
        (provider, "staked"): -slashed,
        (provider, "bonded"): -BOND,
        (stranger, "free"): reward,
        (SINK, "free"): burned,
    }
    with moves(market, everybody, expected):
        tx = end(job, exit_, after, stranger)
    assert job.state == 7
    assert event(tx, "JobVoided") == {
        "id": "0x" + job.id.hex(),
        "requester": requester,
        "provider": provider,
        "reason": REASONS[exit_],
        "refund": BACK,
        "slashed": slashed,
        "compensation": compensation,
        "caller": provider if exit_ == "release" else stranger,
        "reward": reward,
        "burned": burned,
    }


@pytest.mark.parametrize("exit_", REASONS)
def test_without_bond_only_the_escrow_moves(deal, market, everybody, requester, stranger, exit_):
    job = begin(deal(bond=0, tip=0), exit_)
    with moves(market, everybody, {(requester, "free"): BACK}):
        end(job, exit_, 10**6 if exit_ != "release" else 999, stranger)


@pytest.mark.parametrize(("exit_", "cost"), [("expire", 240_001), ("void", 490_003)])
def test_a_provider_that_ends_its_own_job_saves_the_reward_only(
    deal, market, everybody, provider, requester, exit_, cost
):
    job = begin(deal(), exit_)
    moved = {(requester, "free"): BACK + cost, (provider, "free"): 10_000}
    moved |= {(provider, "staked"): -cost - 10_000, (provider, "bonded"): -BOND}
    with moves(market, everybody, moved):
        end(job, exit_, 10**6, provider)


def test_dealing_with_oneself_and_failing_costs_what_is_burned(market, provider):
    job = Deal(market, provider, provider)
    lost = {(provider, "free"): 149_851, (provider, "staked"): -149_851 - 50_000}
    with moves(market, [provider], lost | {(SINK, "free"): 50_000}):
        begin(job, "release")
        end(job, "release", 999, provider)


def test_release_is_for_the_provider_before_the_deadline(deal, provider, requester, stranger):
    job = begin(deal(), "release")
    for other in (requester, stranger):
        with refused("NotAllowed", other, provider):
            job.release(by=other)
    deadline = job.job["acceptedAt"] + RUN_FOR
    with refused("TooLate", deadline, deadline):
        job.release(at=deadline)


def test_expire_waits_for_the_deadline(deal, stranger):
    job = begin(deal(), "expire")
    deadline = job.job["acceptedAt"] + RUN_FOR
    with refused("TooEarly", deadline - 1, deadline):
        job.expire(by=stranger, at=deadline - 1)
    job.expire(by=stranger, at=deadline)


def test_void_waits_for_the_end_of_the_grace(deal, stranger):
    job = begin(deal(), "void")
    until = job.job["windowEnd"] + DAY
    with refused("TooEarly", until - 1, until):
        job.void(by=stranger, at=until - 1)
    job.void(by=stranger, at=until)


def test_no_worse_act_costs_less():
    """Net of the caller's reward, at which the provider's friend may stand."""
    net = [sum(parts) - parts[1] for _, _, *parts in ENDS]
    assert net == sorted(net)
    assert net[3] < net[4]
    assert net[5] < net[6]
    assert net[7] < BOND
