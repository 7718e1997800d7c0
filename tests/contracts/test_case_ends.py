"""When cases end: closed, early or late, or abandoned where the market was faster."""

import pytest
from cases import (
    APPEAL_FOR,
    CLAIMED,
    DRAW_FOR,
    HOUR,
    OTHER,
    PHASES,
    REVEAL_FOR,
    RIGHT,
    height,
    midnight,
    mine,
    owes,
    pays,
    told,
)
from chainkit import account, moves, now, refused, rpc, send
from conftest import MIN_STAKE
from deals import DAY
from orders import ZERO, job_tuple
from results import Result
from test_draws import HISTORY

CHALLENGE, FEE, TIP = 350_001, 250_001, 12_500


@pytest.fixture
def opened(contested, committee, stranger):
    """Makes a challenged case whose seats are not drawn yet; its job's window is a day."""

    def make(at=None, **changes):
        case = contested(committee, challengeFor=DAY, **changes)
        case.challenge(by=stranger, at=at)
        return case

    return make


# ────────────────────────────────────── close ─────────────────────────────────────


@pytest.mark.parametrize("votes", [[], [RIGHT, RIGHT, RIGHT]])
def test_a_heard_round_can_be_appealed_before_it_can_be_closed(opened, stranger, votes):
    case = opened().hear(votes)
    until = case.head["deadline"] + REVEAL_FOR + APPEAL_FOR
    for at in (now(), case.head["deadline"], until - 1):
        with refused("TooEarly", max(at, now()), until):
            case.close(by=stranger, at=max(at, now()))
    case.close(by=stranger, at=until)
    assert case.head["phase"] == PHASES["Closed"]


@pytest.mark.parametrize("votes", [[], [RIGHT] * 31])
def test_the_last_round_is_closed_once_it_is_complete(opened, stranger, votes):
    case = opened(seats=31)
    case.draw()
    if votes:
        case.commit(dict(enumerate(votes)))
    begin = case.head["deadline"]
    with refused("TooEarly", begin - 1, begin + REVEAL_FOR):
        case.close(by=stranger, at=begin - 1)
    if votes:
        case.reveal(range(30), at=begin)
        with refused("TooEarly", begin, begin + REVEAL_FOR):
            case.close(by=stranger, at=begin)
        case.reveal([30], at=begin)
    case.close(by=stranger, at=begin)


def test_the_last_round_is_closed_when_reveals_are_over(opened, stranger):
    case = opened(seats=31).hear([RIGHT] * 31, silent=[7])
    until = case.head["deadline"] + REVEAL_FOR
    with refused("TooEarly", until - 1, until):
        case.close(by=stranger, at=until - 1)
    case.close(by=stranger, at=until)


def test_a_round_that_nobody_drew_is_closed_after_four_hours(opened, stranger):
    case = opened()
    until = case.deal.job["disputedAt"] + DRAW_FOR
    with refused("TooEarly", until - 1, until):
        case.close(by=stranger, at=until - 1)
    case.close(by=stranger, at=until)
    assert case.deal.state == 3


def test_without_any_active_stake_a_case_is_closed_at_once(contested, bench, stranger, verifiers):
    """Stake of tomorrow is none."""
    send(bench.stake, MIN_STAKE, by=verifiers[0])
    case = contested(bench)
    case.challenge(by=stranger)
    case.close(by=stranger, at=now())
    assert case.deal.state == 3


def test_stake_that_became_active_is_drawn_by_a_new_seed(contested, bench, stranger, verifiers):
    send(bench.stake, MIN_STAKE, by=verifiers[0])
    case = contested(bench, challengeFor=DAY)
    night = midnight()
    case.challenge(by=stranger, at=night - 60)
    until = case.deal.job["disputedAt"] + DRAW_FOR
    with refused("TooEarly", night, until):
        case.close(by=stranger, at=night)
    case.draw()
    case.draw()
    assert set(case.round.holders) == {str(verifiers[0])}


def test_after_three_missed_redraws_a_case_is_closed_once_the_last_is_missed(opened, stranger):
    rpc("anvil_setCode", HISTORY, "0x")
    case = opened()
    until = case.deal.job["disputedAt"] + DRAW_FOR
    for _ in range(3):
        mine(case.head["seedBlock"] + 256 - height())
        case.draw(wait=False)
    with refused("TooEarly", now(), until):
        case.close(by=stranger, at=now())
    mine(case.head["seedBlock"] + 256 - height())
    case.close(by=stranger, at=now())
    assert case.head["phase"] == PHASES["Closed"]


def test_a_case_is_closed_once(opened, committee, stranger):
    case = opened().hear([RIGHT, RIGHT, RIGHT])
    case.close(by=stranger)
    with refused("WrongPhase", case.id, PHASES["Voting"], PHASES["Closed"]):
        case.close(by=stranger, at=now())
    with refused("WrongPhase", case.id, PHASES["Voting"], PHASES["Closed"]):
        case.abandon(by=stranger)


def test_what_is_no_case_is_not_closed(contested, committee, stranger):
    case = contested(committee)
    with refused("WrongPhase", case.id, PHASES["Voting"], PHASES["None"]):
        case.close(by=stranger, at=now())
    with refused("WrongPhase", case.id, PHASES["Voting"], PHASES["None"]):
        case.abandon(by=stranger)


@pytest.mark.parametrize("member", ["caseFee", "bond", "provider", "requester", "seal"])
def test_closing_needs_the_jobs_record(opened, stranger, member):
    """Nobody is paid by another one, nor told of a result that was not claimed."""
    case = opened().hear([RIGHT, RIGHT, RIGHT])
    other = {"seal": b"\1" * 32, "caseFee": 240_000, "bond": 10**6}.get(member, str(stranger))
    case.deal.job[member] = other
    with pytest.raises(Exception, match="JobMismatch"):
        case.close(by=stranger)


@pytest.mark.parametrize("votes", [[CLAIMED] * 3, [], [RIGHT, OTHER]])
def test_a_claim_that_stands_can_be_finalized_in_the_same_second(opened, stranger, votes):
    case = opened().hear(votes)
    case.close(by=stranger)
    case.deal.finalize(by=stranger, at=now())
    assert case.deal.state == 5


def test_outputs_shown_meanwhile_are_in_the_record_that_closes_the_case(
    contested, committee, stranger, settles
):
    """As in every call that takes one: joining and appealing too."""
    result = Result([b"output"])
    case = contested(committee, tasks=1, challengeFor=DAY, claims=result)
    case.deal.demand([0, 1])
    case.challenge(by=stranger)
    old = dict(case.deal.job)
    case.deal.answer([0, 1], result, [result.answer(1, 0, 1)])
    with pytest.raises(Exception, match="JobMismatch"):
        send(committee.challenge, case.deal.order, job_tuple(old), RIGHT, by=stranger)
    case.challenge(by=stranger)
    case.hear([RIGHT] * 3)
    case.deal.answer([0, 1], result, [result.answer(0, 0, 0)])
    with pytest.raises(Exception, match="JobMismatch"):
        send(committee.appeal, case.id, job_tuple(old), by=stranger)
    case.appeal(by=stranger)
    case.hear([RIGHT] * 7)
    settles(case, stranger)


# ─────────────────────────────────── the longest course ───────────────────────────


@pytest.mark.parametrize("first", [3, 7, 15, 31])
@pytest.mark.parametrize("run_for", [1_000, 5_000])
def test_the_longest_course_ends_before_its_time(opened, stranger, provider, first, run_for):
    """Each crank and each appeal in its last second: the verdict is in time still."""
    case = opened(seats=first, runFor=run_for)
    limit = case.deal.job["disputedAt"] + case.deal.request["caseFor"]
    while True:
        mine(3)
        case.draw(at=case.head["deadline"] - 1)
        if case.round.size == 31:
            break
        case.appeal(by=provider, at=case.head["deadline"] + REVEAL_FOR + APPEAL_FOR - 1)
    closes = case.head["deadline"] + REVEAL_FOR
    assert limit - closes > APPEAL_FOR  # for somebody to turn the crank
    case.close(by=stranger, at=limit - 1)
    assert case.deal.state == 3


# ───────────────────────────────────── abandoned ──────────────────────────────────


def test_after_its_time_a_case_is_not_closed(opened, stranger):
    case = opened().hear([RIGHT, RIGHT, RIGHT])
    until = case.deal.job["disputedAt"] + case.deal.request["caseFor"]
    with refused("TooLate", until, until):
        case.close(by=stranger, at=until)
    with refused("CaseOpen", case.id):
        case.abandon(by=stranger)
    case.deal.timeout(by=stranger)
    with refused("WrongState", case.id, 4, 3):
        case.close(by=stranger, at=now())
    case.abandon(by=stranger)


def test_an_open_case_is_not_abandoned(opened, stranger):
    case = opened()
    with refused("CaseOpen", case.id):
        case.abandon(by=stranger)
    case.hear([RIGHT])
    with refused("CaseOpen", case.id):
        case.abandon(by=stranger, at=now() + 30 * HOUR)


@pytest.mark.parametrize("later", ["claimed", "settled", "void"])
def test_an_abandoned_case_gives_back_bonds_and_prepaid_rounds(
    opened, committee, market, people, stranger, provider, verifiers, requester, later
):
    """And pays nobody else, whatever became of the job since."""
    case = opened()
    case.challenge(by=verifiers[0], vote=OTHER)
    case.challenge(by=stranger)
    case.hear([RIGHT, RIGHT])
    case.appeal(by=provider)
    case.hear([RIGHT] * 7)
    case.appeal(by=requester)
    until = case.deal.job["disputedAt"] + case.deal.request["caseFor"]
    with moves(market, [requester, committee], {(requester, "free"): FEE}):
        case.deal.timeout(by=stranger, at=until)
    if later == "settled":
        case.deal.finalize(by=stranger, at=until)
    elif later == "void":
        case.deal.void(by=stranger, at=until + DAY)
    prepaid = [hearing.prepaid for hearing in case.rounds]
    expected = {
        (stranger, "free"): 2 * CHALLENGE,
        (verifiers[0], "free"): CHALLENGE,
        (provider, "free"): prepaid[1],
        (requester, "free"): prepaid[2],
    }
    assert owes(committee, people, case) == account(market, committee)["free"]
    with pays(committee, people, expected), moves(market, [*people, committee], {}):
        tx = case.abandon(by=verifiers[3])
    assert owes(committee, people, case) == account(market, committee)["free"]
    id_ = "0x" + case.id.hex()
    said = told(tx, committee)
    bond = {"id": id_, "bond": CHALLENGE, "returned": CHALLENGE}
    assert said[:3] == [
        ("ChallengeSettled", bond | {"challenger": who})
        for who in (stranger, verifiers[0], stranger)
    ]
    assert said[3:5] == [
        (
            "AppealSettled",
            {"id": id_, "round": k, "appellant": who, "returned": prepaid[k], "repaid": 0},
        )
        for k, who in ((1, provider), (2, requester))
    ]
    (name, closed), *rest = said[5:]
    assert (name, rest, closed["outcome"]) == ("CaseClosed", [], 3)
    assert closed["requester"] == closed["provider"] == ZERO
    assert not sum(
        int(closed[amount]) for amount in ("income", "toRequester", "toProvider", "burned")
    )
    assert case.head["phase"] == PHASES["Closed"]
    with refused("WrongPhase", case.id, PHASES["Voting"], PHASES["Closed"]):
        case.abandon(by=stranger)


def test_an_audited_case_that_timed_out_pays_nobody(
    contested, committee, people, requester, stranger, market
):
    case = contested(committee, rate=10_000)
    case.audit(by=stranger)
    case.hear([RIGHT] * 3)
    until = case.deal.job["disputedAt"] + case.deal.request["caseFor"]
    with moves(market, [requester, committee], {(requester, "free"): FEE}):
        case.deal.timeout(by=stranger, at=until)
    with pays(committee, people, {}):
        case.abandon(by=stranger)


# ───────────────────────────────── several at a time ──────────────────────────────


def test_cases_do_not_touch_each_other(opened, committee, market, people, stranger, verifiers):
    """One is drawn, one is closed, one abandoned; the money of all is there throughout."""
    held = account(market, committee)["free"]
    first, second = (opened(salt=bytes([i]) * 32) for i in (1, 2))
    first.hear([RIGHT] * 3)
    second.challenge(by=verifiers[1], at=now())
    assert owes(committee, people, first, second) == held
    first.close(by=verifiers[2])
    assert (
        owes(committee, people, first, second) == account(market, committee)["free"] == held + FEE
    )
    assert (second.head["phase"], second.head["challenges"]) == (PHASES["Drawing"], 2)
    second.close(by=verifiers[2], at=now())
    assert owes(committee, people, first, second) == account(market, committee)["free"]
    assert account(market, committee)["free"] == held + 2 * FEE
