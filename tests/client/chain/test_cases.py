"""Policies, tallies, times and fees of cases."""

import pytest

from workbond.chain import cases
from workbond.chain.cases import Case, Phase, Policy, Round, Seating
from workbond.chain.types import ZERO_ADDRESS
from workbond.errors import ChainError, UsageError

HOUR = 3_600
A, B = b"\x0a" * 32, b"\x0b" * 32
SOMEONE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def _case(phase=Phase.VOTING, round=0, first_seats=3, deadline=1_000_000):
    return Case(phase, round, first_seats, 0, 1, 100, 11, deadline, HOUR)


def _round(committed, revealed):
    return Round(SOMEONE, committed, revealed, ZERO_ADDRESS, 0)


@pytest.mark.parametrize("seats", [3, 7, 15, 31])
@pytest.mark.parametrize("rate_bps", [0, 1, 500, 10_000])
def test_a_policy_survives_its_word(seats, rate_bps):
    word = Policy(seats, rate_bps).encode()
    assert word == bytes(29) + rate_bps.to_bytes(2, "big") + bytes((seats,))
    assert Policy.decode(word) == Policy(seats, rate_bps)


@pytest.mark.parametrize(
    "word", [bytes(32), bytes(31) + b"\4", b"\1" + bytes(30) + b"\3", bytes(29) + b"\x27\x11\x03"]
)
def test_a_word_that_is_no_policy_is_refused(word):
    with pytest.raises(UsageError, match=word.hex()):
        Policy.decode(word)


def test_the_course_grows_with_the_rounds_that_can_follow():
    assert [Policy(seats, 0).course_s(60) for seats in cases.ROUND_SEATS] == [
        rounds * 13 * HOUR for rounds in (4, 3, 2, 1)
    ]
    assert Policy(31, 0).course_s(5 * HOUR) == 17 * HOUR


def test_each_round_has_one_seat_more_than_twice_the_last():
    assert [cases.seats_of(3, round) for round in range(4)] == list(cases.ROUND_SEATS)
    assert [cases.seats_of(15, round) for round in range(2)] == [15, 31]


def test_fees_fit_into_the_case_fee():
    for fee in (0, 1, 19, 20, 59, 60, 1_000, 999_999_999_999_999_989):
        for seats in cases.ROUND_SEATS:
            paid = seats * cases.seat_fee(fee, seats) + cases.TIPS * cases.tip(fee)
            assert 0 <= fee - paid < seats


@pytest.mark.parametrize(
    ("votes", "wins"),
    [
        ((A, A, B), A),
        ((A, A, None), A),
        ((A, B, None), None),
        ((A, None, None), None),
        ((cases.UNAVAILABLE, cases.UNAVAILABLE, A), None),
        ((A, A, cases.UNAVAILABLE), A),
        ((A, A, A, B, B, None, None), None),
        ((None, None, None), None),
    ],
)
def test_a_strict_majority_of_the_seats_drawn_decides(votes, wins):
    assert cases.winner(votes) == wins


def test_a_round_is_complete_when_all_who_committed_have_revealed_or_their_time_is_over():
    case = _case()
    some, all_ = _round(0b111, 0b101), _round(0b101, 0b101)
    assert not case.is_complete(all_, case.deadline - 1)
    assert case.is_complete(all_, case.deadline)
    assert not case.is_complete(some, case.reveals_until - 1)
    assert case.is_complete(some, case.reveals_until)


def test_a_round_is_appealed_once_complete_and_closed_when_nobody_can_appeal_it_any_more():
    case, done = _case(), _round(0b11, 0b11)
    assert case.appeals_until == case.deadline + 8 * HOUR
    assert case.is_appealable(done, case.deadline)
    assert case.is_appealable(done, case.appeals_until - 1)
    assert not case.is_closable(done, case.appeals_until - 1)
    assert not case.is_appealable(done, case.appeals_until)
    assert case.is_closable(done, case.appeals_until)


def test_the_last_round_is_closed_once_complete_and_not_appealed():
    case, done = _case(round=3), _round(0b11, 0b11)
    assert case.seats == 31
    assert not case.is_appealable(done, case.deadline)
    assert case.is_closable(done, case.deadline)
    assert not case.is_closable(_round(0b11, 0b01), case.deadline)


def test_a_round_without_seats_is_closed_when_its_draw_has_failed():
    case, undrawn = _case(Phase.DRAWING), Round(ZERO_ADDRESS, 0, 0, SOMEONE, 5)
    assert not case.is_closable(undrawn, case.deadline - 1)
    assert case.is_closable(undrawn, case.deadline)
    assert not case.is_appealable(undrawn, case.deadline)
    assert not _case(Phase.CLOSED).is_closable(undrawn, 2**40)


def test_a_seat_that_committed_has_no_vote_yet():
    seating = Seating(_round(0b111, 0b011), (SOMEONE, ZERO_ADDRESS, SOMEONE), (A, A, b"\x0c" * 32))
    assert seating.votes == (A, A, None)
    assert seating.winner == A
    assert seating.seats_of(SOMEONE) == (0, 2)
    assert seating.has_committed(2)
    assert not seating.has_revealed(2)


def test_all_claims_or_none_are_audited_at_the_ends_of_the_rate():
    for hash_ in (A, B, b"\xff" * 32):
        assert cases.is_audited(hash_, A, B, 10_000)
        assert not cases.is_audited(hash_, A, B, 0)


def test_the_lottery_audits_as_many_claims_as_its_rate_says():
    audited = sum(cases.is_audited(i.to_bytes(32, "big"), A, B, 1_000) for i in range(4_000))
    assert 330 < audited < 470


def test_a_phase_that_no_case_has_is_refused():
    values = _case().to_tuple()
    assert Case.from_args((2, *values[1:])) == _case()
    with pytest.raises(ChainError, match="phase 9"):
        Case.from_args((9, *values[1:]))
