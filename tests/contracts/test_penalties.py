"""Seats' penalties reach what a verifier has: its stake, then what is leaving, and no more."""

import pytest
from cases import (
    CLAIMED,
    LEAVES_FOR,
    RIGHT,
    UNAVAILABLE,
    holdings,
    midnight,
)
from chainkit import SINK, now, refused, rpc, send
from conftest import MIN_STAKE
from deals import DAY

BOND, FEE = 10**9 + 7, 250_000_001
SEAT = 70_833_333  # far more than the least stake
PENALTY = 5 * SEAT


@pytest.fixture
def dear(contested, found, verifiers, stranger):
    """Makes a challenged case whose only verifier staked `stake`: all seats are its own."""

    def make(stake, **changes):
        case = contested(found([stake]), bond=BOND, caseFee=FEE, challengeFor=DAY, **changes)
        case.challenge(by=stranger)
        return case

    return make


@pytest.fixture
def lost(settles):
    """Closes a case; returns each seat's penalty."""

    def close(case, closer, *others):
        tx = settles(case, closer, others=others)
        return [int(seat["penalty"]) for seat in tx.events["SeatSettled"]]

    return close


def test_a_penalty_is_five_seat_fees(dear, lost, stranger):
    case = dear(10**10).hear([RIGHT, RIGHT, UNAVAILABLE])
    assert case.fees == (SEAT, 12_500_000)
    assert lost(case, stranger) == [0, 0, PENALTY]


@pytest.mark.parametrize("stake", [MIN_STAKE, PENALTY - 1, PENALTY, PENALTY + 1, 2 * PENALTY - 1])
def test_penalties_end_with_the_stake(dear, lost, verifiers, stranger, stake):
    """Four of seven decide; three did not come."""
    case = dear(stake, seats=7)
    case.hear([RIGHT] * 4)
    fine = 5 * case.fees[0]
    expected, left = [0] * 4, stake
    for _ in range(3):
        expected.append(min(fine, left))
        left -= expected[-1]
    assert lost(case, stranger) == expected
    assert case.committee.verifierOf(verifiers[0])["staked"] == left


@pytest.mark.parametrize("staying", [0, MIN_STAKE, PENALTY - 5, PENALTY])
def test_what_is_leaving_is_within_reach(dear, lost, verifiers, stranger, staying):
    """Whoever unstakes after the draw pays as if it had not."""
    case = dear(3 * PENALTY)
    case.draw()
    send(case.committee.unstake, 3 * PENALTY - staying, by=verifiers[0])
    case.commit({0: RIGHT, 1: RIGHT})
    case.reveal()
    assert lost(case, stranger) == [0, 0, PENALTY]
    left = case.committee.verifierOf(verifiers[0])
    assert (left["staked"], left["leaving"]) == (0, 2 * PENALTY)


def test_who_unstaked_before_the_draw_is_within_reach_too(dear, lost, verifiers, stranger):
    case = dear(3 * PENALTY)
    send(case.committee.unstake, 3 * PENALTY, by=verifiers[0])
    case.hear([CLAIMED, RIGHT, CLAIMED])
    assert lost(case, stranger) == [0, PENALTY, 0]
    assert case.committee.verifierOf(verifiers[0])["leaving"] == 2 * PENALTY


def test_leaving_stake_is_locked_for_as_long_as_any_of_its_cases(dear, verifiers, stranger, lost):
    """Unstaked in an epoch's first second, drawn in its last, judged after 28 days."""
    case = dear(3 * PENALTY, caseFor=28 * DAY)
    who = verifiers[0]
    begin = midnight()
    send(case.committee.unstake, 3 * PENALTY, by=who, at=begin)
    assert begin + LEAVES_FOR == begin + 29 * DAY
    end = case.deal.job["disputedAt"] + 28 * DAY
    with refused("TooEarly", end - 1, begin + 29 * DAY):
        send(case.committee.withdrawStake, by=who, at=end - 1)


def test_stake_that_came_after_the_draw_is_within_reach(dear, lost, verifiers, stranger):
    """A verifier's, not a seat's."""
    case = dear(MIN_STAKE)
    case.draw()
    send(case.committee.stake, 10**10, by=verifiers[0])
    case.commit({0: RIGHT, 1: RIGHT})
    case.reveal()
    assert lost(case, stranger) == [0, 0, PENALTY]


def test_a_penalty_weighs_from_the_next_epoch_on(dear, lost, verifiers, stranger):
    stake = 10**10
    case = dear(stake).hear([RIGHT, RIGHT])
    lost(case, stranger)
    seen = case.committee.verifierOf(verifiers[0])
    assert (seen["active"], seen["staked"]) == (stake, stake - PENALTY)
    assert case.committee.totalActive() == stake
    rpc("evm_setNextBlockTimestamp", midnight())
    rpc("evm_mine")
    assert case.committee.totalActive() == stake - PENALTY


def test_who_lost_everything_may_come_again(dear, lost, verifiers, stranger):
    case = dear(MIN_STAKE).hear([RIGHT, RIGHT])
    assert lost(case, stranger) == [0, 0, MIN_STAKE]
    send(case.committee.stake, MIN_STAKE, by=verifiers[0])
    assert case.committee.verifierOf(verifiers[0])["staked"] == MIN_STAKE


def test_a_penalty_that_is_not_there_is_not_shared(dear, lost, verifiers, stranger):
    """Right seats share what was taken, not what should have been."""
    case = dear(MIN_STAKE).hear([RIGHT, CLAIMED, RIGHT])
    before = holdings(case.committee, verifiers[0], SINK)
    assert lost(case, stranger) == [0, MIN_STAKE, 0]
    after = holdings(case.committee, verifiers[0], SINK)
    gained = after[str(verifiers[0]), "free"] - before[str(verifiers[0]), "free"]
    assert gained == 3 * SEAT + MIN_STAKE
    assert after[SINK, "free"] == before[SINK, "free"]


def test_two_cases_share_one_stake(dear, contested, lost, verifiers, stranger):
    """The one that is closed first takes it."""
    first = dear(PENALTY + 5)
    second = contested(first.committee, bond=BOND, caseFee=FEE, challengeFor=DAY, salt=b"\1" * 32)
    second.challenge(by=stranger)
    for case in (first, second):
        case.draw()
        case.commit({0: RIGHT, 1: RIGHT})
    for case in (first, second):
        case.reveal(at=max(now(), case.head["deadline"]))
    assert lost(second, stranger, first) == [0, 0, PENALTY]
    assert lost(first, stranger, second) == [0, 0, 5]


def test_without_a_case_fee_nothing_is_at_stake(contested, committee, settles, stranger):
    """Seats work for nothing, and a penalty of five times nothing is nothing."""
    case = contested(committee, caseFee=0)
    case.challenge(by=stranger)
    case.hear([RIGHT, RIGHT, CLAIMED])
    tx = settles(case, stranger)
    assert not any(int(s["penalty"]) + int(s["fee"]) for s in tx.events["SeatSettled"])
    assert "CrankPaid" not in tx.events
