"""Challenges: who opens a case or joins it, until when, for what bond, and of which jobs."""

import pytest
from cases import (
    CLAIMED,
    HOUR,
    LONGEST,
    OTHER,
    PHASES,
    RIGHT,
    course,
    fees,
    height,
    owes,
    pays,
    policy,
    seal_of,
    told,
)
from chainkit import account, moves, now, out_of_range, refused, send
from conftest import FUNDS
from deals import DAY
from eth_utils import keccak

CHALLENGE = 350_001  # the fee of 250,001 and 10% of the bond of 1,000,007
MOST = 16


# ────────────────────────────────────── open ──────────────────────────────────────


def test_a_challenge_opens_the_markets_case(
    contested, committee, market, people, requester, provider, stranger
):
    case = contested(committee)
    expected = {(stranger, "free"): -CHALLENGE}
    held = account(market, committee)["free"]
    with pays(committee, people, expected), moves(market, [*people, committee], {}):
        tx = case.challenge(by=stranger)
    id_ = "0x" + case.id.hex()
    opened = {"id": id_, "requester": requester, "provider": provider, "audited": False}
    seed = {"id": id_, "round": 0, "seedBlock": height() + 2, "epoch": now() // DAY}
    challenged = {"id": id_, "challenger": stranger, "bond": CHALLENGE}
    assert told(tx, committee) == [
        ("CaseOpened", opened | {"policy": "0x" + policy(3).hex(), "opener": stranger}),
        ("SeedRequested", seed),
        ("Challenged", challenged | {"seal": "0x" + seal_of(stranger, case.id, RIGHT).hex()}),
    ]
    assert tx.events["JobDisputed"]["resolver"] == committee
    assert market.check(case.id, case.deal.record) == 4
    assert case.head == {
        "phase": PHASES["Drawing"],
        "round": 0,
        "firstSeats": 3,
        "redraws": 0,
        "challenges": 1,
        "seedBlock": height() + 2,
        "epoch": now() // DAY,
        "deadline": now() + 4 * HOUR,
        "commitFor": HOUR,
    }
    assert committee.challengeOf(case.id, 0).dict() == {
        "challenger": stranger,
        "bond": CHALLENGE,
        "seal": "0x" + seal_of(stranger, case.id, RIGHT).hex(),
    }
    assert owes(committee, people, case) == held


@pytest.mark.parametrize("who", ["requester", "provider"])
def test_a_party_may_challenge_too(contested, committee, requester, provider, who):
    case = contested(committee)
    case.challenge(by={"requester": requester, "provider": provider}[who])
    assert case.head["challenges"] == 1


@pytest.mark.parametrize(
    ("case_fee", "bond"), [(0, 0), (0, 1_000_007), (1, 10_009), (25 * 10**8, 10**10)]
)
def test_the_bond_is_the_fee_and_a_tenth_of_the_providers(
    contested, committee, people, stranger, case_fee, bond
):
    case = contested(committee, caseFee=case_fee, bond=bond, tip=0)
    with pays(committee, people, {(stranger, "free"): -case_fee - bond * 10 // 100}):
        case.challenge(by=stranger)


def test_who_cannot_pay_the_bond_opens_nothing(contested, committee, stranger):
    case = contested(committee)
    send(committee.withdraw, stranger, FUNDS - CHALLENGE + 1, by=stranger)
    with refused("InsufficientFree", stranger, CHALLENGE - 1, CHALLENGE):
        case.challenge(by=stranger)
    assert (case.head["phase"], case.deal.state) == (PHASES["None"], 3)
    send(committee.deposit, 1, by=stranger)
    case.challenge(by=stranger)


def test_a_case_is_opened_before_the_window_ends(contested, committee, stranger):
    case, late = contested(committee), contested(committee, salt=keccak(b"late"))
    case.challenge(by=stranger, at=case.deal.job["windowEnd"] - 1)
    end = late.deal.job["windowEnd"]
    with refused("TooLate", end, end):
        late.challenge(by=stranger, at=end)


def test_only_claims_are_challenged(contested, committee, signed, stranger):
    case = contested(committee)
    case.deal.approve()
    with refused("WrongState", case.id, 3, 5):
        case.challenge(by=stranger)


def test_jobs_of_other_resolvers_are_not_judged(contested, committee, judge, stranger):
    case = contested(committee, resolver=str(judge))
    with refused("NotAllowed", committee.address, judge):
        case.challenge(by=stranger)


@pytest.mark.parametrize("when", ["open", "join"])
def test_a_record_that_is_not_the_jobs_is_refused(contested, committee, market, stranger, when):
    """A case fee of nothing would make bond and seats cheap."""
    case = contested(committee)
    if when == "join":
        case.challenge(by=stranger)
    case.deal.job["caseFee"] = 0
    with pytest.raises(Exception, match="JobMismatch"):
        case.challenge(by=stranger)


def test_a_claim_with_a_demand_can_be_challenged(contested, committee, stranger):
    case = contested(committee)
    case.deal.demand([0, 1])
    case.challenge(by=stranger)
    assert case.deal.state == 4


# ────────────────────────────────────── join ──────────────────────────────────────


def test_others_join_with_bonds_of_their_own(
    contested, committee, people, verifiers, stranger, provider
):
    case = contested(committee)
    case.challenge(by=stranger)
    before = case.head
    with pays(committee, people, {(verifiers[0], "free"): -CHALLENGE}):
        tx = case.challenge(by=verifiers[0], vote=OTHER)
    assert [name for name, _ in told(tx, committee)] == ["Challenged"]
    assert case.head == before | {"challenges": 2}
    case.challenge(by=provider, vote=CLAIMED)
    found = [committee.challengeOf(case.id, i)["challenger"] for i in range(4)]
    assert found == [stranger, verifiers[0], provider, "0x" + 40 * "0"]


def test_sixteen_challenges_are_the_most(contested, committee, verifiers, stranger):
    case = contested(committee)
    for i in range(MOST):
        case.challenge(by=verifiers[i % 5])
    with out_of_range("challenges", MOST + 1, 1, MOST):
        case.challenge(by=stranger)
    assert case.head["challenges"] == MOST


@pytest.mark.parametrize("late", [0, 1])
def test_a_case_is_joined_until_its_first_commits_close(contested, committee, stranger, late):
    """Then votes are shown, and a seal would hide nothing."""
    case = contested(committee)
    case.challenge(by=stranger)
    case.draw()
    at = case.head["deadline"] - 1 + late
    if late:
        with refused("JoinTooLate", case.id):
            case.challenge(by=stranger, at=at)
    else:
        case.challenge(by=stranger, at=at)


def test_a_case_that_waits_for_its_seats_is_joined_however_late(contested, committee, stranger):
    case = contested(committee)
    case.challenge(by=stranger)
    case.challenge(by=stranger, at=now() + 10 * HOUR)
    assert case.head["challenges"] == 2


def test_later_rounds_are_not_joined(contested, committee, stranger):
    case = contested(committee)
    case.challenge(by=stranger)
    case.hear([])
    case.appeal(by=stranger)
    with refused("JoinTooLate", case.id):
        case.challenge(by=stranger)
    case.draw()
    with refused("JoinTooLate", case.id):
        case.challenge(by=stranger)


def test_closed_cases_are_not_joined(contested, committee, stranger):
    case = contested(committee)
    case.challenge(by=stranger)
    case.hear([])
    case.close(by=stranger)
    with refused("JoinTooLate", case.id):
        case.challenge(by=stranger)


def test_a_case_that_timed_out_is_not_joined(contested, committee, stranger):
    case = contested(committee)
    case.challenge(by=stranger)
    case.deal.timeout(by=stranger, at=now() + case.deal.request["caseFor"])
    with refused("NotDisputed", case.id):
        case.challenge(by=stranger)


# ──────────────────────────────── what a case must be ─────────────────────────────

GOOD = [(3, 0), (7, 1), (15, 9_999), (31, 10_000)]
BAD = [
    *((seats, 0) for seats in (0, 1, 2, 4, 8, 30, 32, 63, 255)),
    *((3, rate) for rate in (10_001, 65_536, 2**247)),
]


@pytest.mark.parametrize(("seats", "rate"), GOOD)
def test_policies_name_seats_and_a_rate(contested, committee, stranger, seats, rate):
    case = contested(committee, seats=seats, rate=rate)
    case.challenge(by=stranger)
    assert case.head["firstSeats"] == seats
    assert committee.courseOf(policy(seats, rate), 1_000) == course(seats, 1_000)


@pytest.mark.parametrize(("seats", "rate"), BAD)
def test_other_policies_are_refused(contested, committee, stranger, seats, rate):
    """By challenges, audits and the view."""
    case = contested(committee, seats=seats, rate=rate, caseFor=LONGEST)
    given = policy(seats, rate)
    with refused("PolicyInvalid", given):
        case.challenge(by=stranger)
    with refused("PolicyInvalid", given):
        case.audit(by=stranger)
    with pytest.raises(Exception, match="PolicyInvalid"):
        committee.courseOf(policy(seats, rate), 1_000)


@pytest.mark.parametrize("seats", [3, 7, 15, 31])
@pytest.mark.parametrize("run_for", [60, HOUR + 1])
@pytest.mark.parametrize("way", ["challenge", "audit"])
def test_a_case_that_could_outlast_its_time_is_refused(
    contested, committee, stranger, seats, run_for, way
):
    rounds = {3: 4, 7: 3, 15: 2, 31: 1}[seats]
    longest = rounds * (12 * HOUR + max(HOUR, run_for))
    assert committee.courseOf(policy(seats), run_for) == longest
    short = contested(committee, seats, 10_000, runFor=run_for, caseFor=longest - 1)
    with refused("CaseTooLong", longest, longest - 1):
        getattr(short, way)(by=stranger)
    salt = keccak(b"long enough")
    case = contested(committee, seats, 10_000, runFor=run_for, caseFor=longest, salt=salt)
    getattr(case, way)(by=stranger)


def test_the_longest_course_of_the_longest_jobs_is_no_case(contested, committee, stranger):
    """Of three seats at 30 days each; 28 days are the most that stake stays within reach."""
    run_for = 30 * DAY
    case = contested(committee, runFor=run_for, caseFor=LONGEST)
    with refused("CaseTooLong", course(3, run_for), LONGEST):
        case.challenge(by=stranger)


@pytest.mark.parametrize("way", ["challenge", "audit"])
def test_more_than_28_days_are_refused(contested, committee, stranger, way):
    case = contested(committee, rate=10_000, caseFor=LONGEST + 1)
    with out_of_range("caseFor", LONGEST + 1, course(3, 1_000), LONGEST):
        getattr(case, way)(by=stranger)
    getattr(contested(committee, rate=10_000, caseFor=LONGEST, salt=keccak(b"1")), way)(by=stranger)


@pytest.mark.parametrize("case_fee", [0, 1, 19, 20, 250_001, 2**94 - 1])
@pytest.mark.parametrize("seats", [3, 7, 15, 31])
def test_three_tips_and_the_first_seats_take_at_most_the_fee(committee, case_fee, seats):
    seat, tip = committee.feesOf(case_fee, seats)
    assert (seat, tip) == fees(case_fee, seats)
    assert 0 <= case_fee - 3 * tip - seats * seat < seats
