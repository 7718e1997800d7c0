"""Commits and reveals: whose, when, and that a vote is hidden, bound to its seat and shown once."""

import pytest
from cases import (
    CLAIMED,
    HOUR,
    OTHER,
    PHASES,
    RIGHT,
    UNAVAILABLE,
    commitment,
    person,
    salt_of,
    told,
)
from chainkit import now, out_of_range, refused, send
from eth_utils import keccak

MAX_SEATS = 31


@pytest.fixture
def drawn(contested, committee, stranger):
    """Makes a case whose first seats are drawn."""

    def make(seats=3, **changes):
        case = contested(committee, seats=seats, **changes)
        case.challenge(by=stranger)
        case.draw()
        return case

    return make


def commit(case, seats, hidden, by, at=None):
    return send(case.committee.commit, case.id, seats, hidden, by=by, at=at)


def reveal(case, seats, votes, salts, by, at=None):
    return send(case.committee.reveal, case.id, seats, votes, salts, by=by, at=at)


def holder(case, seat):
    return person(case.round.holders[seat])


# ───────────────────────────────────── commits ────────────────────────────────────


def test_commitments_are_told_and_kept(drawn, committee):
    case = drawn(seats=7)
    who = holder(case, 2)
    own = [seat for seat in range(7) if case.round.holders[seat] == who]
    hidden = [case.hide(seat, RIGHT) for seat in own]
    tx = commit(case, own, hidden, by=who)
    said = {"id": "0x" + case.id.hex(), "verifier": who, "round": 0}
    assert told(tx, committee) == [
        ("VoteCommitted", said | {"seat": seat, "commitment": "0x" + word.hex()})
        for seat, word in zip(own, hidden, strict=True)
    ]
    info, _, votes = committee.roundOf(case.id, 0)
    assert info["committed"] == sum(1 << seat for seat in own)
    kept = dict(zip(own, hidden, strict=True))
    assert list(votes) == ["0x" + kept.get(seat, bytes(32)).hex() for seat in range(7)]


def test_only_a_seats_holder_commits(drawn, stranger, verifiers):
    case = drawn()
    who = holder(case, 1)
    for other in (stranger, next(v for v in verifiers if v != who)):
        with refused("NotAllowed", other, who):
            commit(case, [1], [case.hide(1, RIGHT)], by=other)


def test_a_seat_commits_once(drawn):
    case = drawn()
    who = holder(case, 1)
    hidden = case.hide(1, RIGHT)
    with refused("SeatNotOpen", case.id, 1):
        commit(case, [1, 1], [hidden, hidden], by=who)
    commit(case, [1], [hidden], by=who)
    with refused("SeatNotOpen", case.id, 1):
        commit(case, [1], [case.hide(1, OTHER)], by=who)


@pytest.mark.parametrize("seat", [3, 30, 31, 32, 255, 256, 257, 2**255])
def test_there_are_no_other_seats(drawn, seat):
    case = drawn()
    with refused("SeatNotOpen", case.id, seat):
        commit(case, [seat], [bytes(32)], by=holder(case, 0))


@pytest.mark.parametrize(
    ("seats", "words", "told_"), [(0, 0, 0), (0, 1, 0), (1, 0, 0), (2, 1, 1), (32, 32, 32)]
)
def test_as_many_commitments_as_seats(drawn, seats, words, told_):
    case = drawn()
    with out_of_range("seats", told_, 1, MAX_SEATS):
        commit(case, [0] * seats, [bytes(32)] * words, by=holder(case, 0))


def test_one_bad_seat_spoils_them_all(drawn, committee):
    case = drawn()
    who = holder(case, 0)
    with refused("SeatNotOpen", case.id, 3):
        commit(case, [0, 3], [case.hide(0, RIGHT)] * 2, by=who)
    assert committee.roundOf(case.id, 0)[0]["committed"] == 0


@pytest.mark.parametrize("late", [0, 1])
def test_commits_end_an_hour_after_the_draw(drawn, late):
    case = drawn()
    until = now() + HOUR
    who, hidden = holder(case, 0), case.hide(0, RIGHT)
    if late:
        with refused("TooLate", until, until):
            commit(case, [0], [hidden], by=who, at=until)
    else:
        commit(case, [0], [hidden], by=who, at=until - 1)


@pytest.mark.parametrize("phase", ["None", "Drawing", "Closed"])
def test_votes_belong_to_a_drawn_round(contested, committee, stranger, verifiers, phase):
    case = contested(committee)
    if phase != "None":
        case.challenge(by=stranger)
    if phase == "Closed":
        case.hear([]).close(by=stranger)
    with refused("WrongPhase", case.id, PHASES["Voting"], PHASES[phase]):
        commit(case, [0], [bytes(32)], by=verifiers[0])
    with refused("WrongPhase", case.id, PHASES["Voting"], PHASES[phase]):
        reveal(case, [0], [RIGHT], [bytes(32)], by=verifiers[0])


# ───────────────────────────────────── reveals ────────────────────────────────────


@pytest.mark.parametrize("vote", [RIGHT, CLAIMED, UNAVAILABLE])
def test_anybody_who_knows_them_opens_commitments(drawn, committee, stranger, vote):
    case = drawn()
    case.commit({0: vote, 2: OTHER})
    tx = case.reveal([2, 0], by=stranger)
    said = {"id": "0x" + case.id.hex(), "round": 0}
    assert told(tx, committee) == [
        ("VoteRevealed", said | {"seat": 0, "vote": "0x" + vote.hex()}),
        ("VoteRevealed", said | {"seat": 2, "vote": "0x" + OTHER.hex()}),
    ]
    info, _, votes = committee.roundOf(case.id, 0)
    assert (info["committed"], info["revealed"]) == (0b101, 0b101)
    assert list(votes) == ["0x" + word.hex() for word in (vote, bytes(32), OTHER)]


@pytest.mark.parametrize("off", [-1, 0, 2 * HOUR - 1, 2 * HOUR])
def test_reveals_take_two_hours_from_when_commits_close(drawn, stranger, off):
    case = drawn()
    case.commit({0: RIGHT})
    begin = case.head["deadline"]
    at = begin + off
    call = (case, [0], [RIGHT], [salt_of(0, 0)])
    if off < 0:
        with refused("TooEarly", at, begin):
            reveal(*call, by=stranger, at=at)
    elif off == 2 * HOUR:
        with refused("TooLate", at, at):
            reveal(*call, by=stranger, at=at)
    else:
        reveal(*call, by=stranger, at=at)


def test_another_vote_or_salt_opens_nothing(drawn, committee, stranger):
    case = drawn()
    case.commit({0: RIGHT})
    at = case.head["deadline"]
    for vote, salt in ((OTHER, salt_of(0, 0)), (RIGHT, bytes(32)), (salt_of(0, 0), RIGHT)):
        given = commitment(committee, case.id, 0, 0, vote, salt)
        with refused("CommitmentMismatch", case.hide(0, RIGHT), given):
            reveal(case, [0], [vote], [salt], by=stranger, at=at)


def test_a_copied_commitment_opens_for_its_seat_alone(contested, committee, stranger):
    """Who copies what another seat committed can't open it, once that one shows how."""
    case = contested(committee)
    case.challenge(by=stranger)
    case.draw()
    case.commit({0: RIGHT})
    hidden = case.hide(0, RIGHT)
    commit(case, [1], [hidden], by=holder(case, 1))
    case.reveal([0])
    given = commitment(committee, case.id, 0, 1, RIGHT, salt_of(0, 0))
    with refused("CommitmentMismatch", hidden, given):
        reveal(case, [1], [RIGHT], [salt_of(0, 0)], by=stranger)


@pytest.mark.parametrize("other", ["round", "case", "committee"])
def test_a_commitment_is_for_one_round_of_one_case_here(drawn, committee, market, stranger, other):
    case = drawn()
    place = {"round": (committee, case.id, 1), "case": (committee, keccak(b"other"), 0)}
    place = place.get(other, (market, case.id, 0))
    hidden = commitment(*place, 0, RIGHT, salt_of(0, 0))
    commit(case, [0], [hidden], by=holder(case, 0))
    at = case.head["deadline"]
    with refused("CommitmentMismatch", hidden, case.hide(0, RIGHT)):
        reveal(case, [0], [RIGHT], [salt_of(0, 0)], by=stranger, at=at)


@pytest.mark.parametrize("seat", [1, 2, 3, 30, 31, 255, 256, 2**255])
def test_only_committed_seats_reveal(drawn, stranger, seat):
    case = drawn()
    case.commit({0: RIGHT})
    at = case.head["deadline"]
    with refused("SeatNotOpen", case.id, seat):
        reveal(case, [seat], [RIGHT], [salt_of(0, 0)], by=stranger, at=at)


def test_a_seat_reveals_once_and_keeps_its_vote(drawn, committee, stranger):
    case = drawn()
    case.commit({0: RIGHT})
    at = case.head["deadline"]
    tx = reveal(case, [0, 0], [RIGHT, OTHER], [salt_of(0, 0)] * 2, by=stranger, at=at)
    shown = {"id": "0x" + case.id.hex(), "round": 0, "seat": 0, "vote": "0x" + RIGHT.hex()}
    assert told(tx, committee) == [("VoteRevealed", shown)]
    tx = reveal(case, [0], [OTHER], [salt_of(0, 0)], by=stranger)
    assert told(tx, committee) == []
    assert committee.roundOf(case.id, 0)[2][0] == "0x" + RIGHT.hex()


def test_who_reveals_a_seat_of_a_batch_first_does_not_stop_the_others(drawn, committee, stranger):
    case = drawn()
    case.commit(dict.fromkeys(range(3), RIGHT))
    salts = [salt_of(0, seat) for seat in range(3)]
    reveal(case, [1], [RIGHT], salts[1:2], by=stranger, at=case.head["deadline"])
    tx = reveal(case, [0, 1, 2], [RIGHT] * 3, salts, by=holder(case, 0))
    assert [told["seat"] for told in tx.events["VoteRevealed"]] == [0, 2]
    assert committee.roundOf(case.id, 0)[0]["revealed"] == 0b111


@pytest.mark.parametrize(
    ("seats", "votes", "salts", "told_"),
    [(0, 0, 0, 0), (1, 0, 1, 0), (1, 1, 2, 2), (2, 1, 2, 1), (32, 32, 32, 32)],
)
def test_as_many_votes_and_salts_as_seats(drawn, stranger, seats, votes, salts, told_):
    case = drawn()
    case.commit({0: RIGHT})
    at = case.head["deadline"]
    with out_of_range("seats", told_, 1, MAX_SEATS):
        reveal(case, [0] * seats, [RIGHT] * votes, [salt_of(0, 0)] * salts, by=stranger, at=at)


def test_all_31_seats_fit_one_call(drawn, committee):
    case = drawn(seats=31)
    case.commit(dict.fromkeys(range(31), RIGHT))
    case.reveal()
    assert committee.roundOf(case.id, 0)[0]["revealed"] == 2**31 - 1


def test_after_an_appeal_nobody_reveals_in_the_round_before(drawn, stranger):
    case = drawn()
    case.commit({0: RIGHT, 1: RIGHT})
    case.reveal([0])
    case.appeal(by=stranger, at=case.head["deadline"] + 2 * HOUR)
    with refused("WrongPhase", case.id, PHASES["Voting"], PHASES["Drawing"]):
        reveal(case, [1], [RIGHT], [salt_of(0, 1)], by=stranger)
    case.draw()
    at = case.head["deadline"]
    with refused("SeatNotOpen", case.id, 1):
        reveal(case, [1], [RIGHT], [salt_of(0, 1)], by=stranger, at=at)
