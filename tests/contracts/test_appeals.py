"""Appeals: further rounds, prepaid by who asks for them, and what comes of the money."""

import pytest
from cases import (
    APPEAL_FOR,
    CLAIMED,
    DRAW_FOR,
    HOUR,
    OTHER,
    PHASES,
    REJECTED,
    REVEAL_FOR,
    RIGHT,
    UNAVAILABLE,
    UPHELD,
    height,
    holdings,
    pays,
    told,
)
from chainkit import SINK, now, refused, send

FEE, TIP, SEAT = 250_001, 12_500, 70_833
PENALTY = 5 * SEAT
PREPAID = [7 * SEAT + 2 * TIP, 15 * SEAT + 2 * TIP, 31 * SEAT + 2 * TIP]
APPEALS_FOR = REVEAL_FOR + APPEAL_FOR  # from when commits close


@pytest.fixture
def heard(contested, committee, stranger):
    """Makes a challenged case whose first round was heard."""

    def make(votes=(CLAIMED, CLAIMED, CLAIMED), silent=(), **changes):
        case = contested(committee, **changes)
        case.challenge(by=stranger)
        return case.hear(list(votes), silent)

    return make


def settled(tx, name="AppealSettled"):
    """(round, returned, repaid) of each appeal."""
    return [(s["round"], int(s["returned"]), int(s["repaid"])) for s in tx.events[name]]


# ──────────────────────────────────── who and when ────────────────────────────────


def test_anybody_asks_for_twice_the_seats_and_one_up_to_31(
    heard, committee, people, requester, provider, verifiers
):
    case = heard(votes=[RIGHT])
    for round_, (who, prepaid) in enumerate(
        zip((requester, provider, verifiers[0]), PREPAID, strict=True), start=1
    ):
        with pays(committee, people, {(who, "free"): -prepaid}):
            tx = case.appeal(by=who)
        asked = {"id": "0x" + case.id.hex(), "round": round_}
        assert told(tx, committee) == [
            ("CaseAppealed", asked | {"appellant": who, "prepaid": prepaid}),
            ("SeedRequested", asked | {"seedBlock": height() + 2, "epoch": now() // 86_400}),
        ]
        head = case.head
        assert (head["phase"], head["round"]) == (PHASES["Drawing"], round_)
        assert head["deadline"] == now() + DRAW_FOR
        info = committee.roundOf(case.id, round_)[0]
        assert (info["appellant"], info["prepaid"]) == (who, prepaid)
        case.hear([OTHER])
        assert len(case.round.holders) == (7, 15, 31)[round_ - 1]
    with refused("NotAppealable", case.id, 3):
        case.appeal(by=requester)


@pytest.mark.parametrize("first", [7, 15, 31])
def test_a_larger_first_round_leaves_fewer(contested, committee, stranger, first):
    case = contested(committee, seats=first)
    case.challenge(by=stranger)
    case.hear([])
    while case.round.size < 31:
        case.appeal(by=stranger)
        seat, tip = case.fees
        assert case.round.prepaid == case.round.size * seat + 2 * tip
        case.hear([])
    with refused("NotAppealable", case.id, {7: 2, 15: 1, 31: 0}[first]):
        case.appeal(by=stranger)


def test_while_seats_can_commit_or_reveal_nothing_is_appealed(heard, stranger):
    case = heard(votes=[RIGHT, RIGHT, OTHER], silent=[0, 1, 2])
    begin = case.head["deadline"]
    for at in (now(), begin - 1, begin, begin + REVEAL_FOR - 1):
        with refused("NotAppealable", case.id, 0):
            case.appeal(by=stranger, at=at)
    case.appeal(by=stranger, at=begin + REVEAL_FOR)


def test_a_round_is_complete_with_its_last_reveal(heard, stranger):
    case = heard(votes=[RIGHT, RIGHT], silent=[1])
    with refused("NotAppealable", case.id, 0):
        case.appeal(by=stranger)
    case.reveal([1])
    case.appeal(by=stranger, at=now())
    assert case.head["round"] == 1


def test_a_round_without_commitments_is_complete_when_commits_close(heard, stranger):
    case = heard(votes=[])
    begin = case.head["deadline"]
    with refused("NotAppealable", case.id, 0):
        case.appeal(by=stranger, at=begin - 1)
    case.appeal(by=stranger, at=begin)


@pytest.mark.parametrize("late", [0, 1])
def test_appeals_end_eight_hours_after_commits_do(heard, stranger, late):
    """However early the round was complete."""
    case = heard()
    until = case.head["deadline"] + APPEALS_FOR
    if late:
        with refused("TooLate", until, until):
            case.appeal(by=stranger, at=until)
    else:
        case.appeal(by=stranger, at=until - 1)


def test_an_appeal_must_be_prepaid(heard, committee, stranger):
    case = heard()
    free = holdings(committee, stranger)[str(stranger), "free"]
    send(committee.withdraw, stranger, free - PREPAID[0] + 1, by=stranger)
    with refused("InsufficientFree", stranger, PREPAID[0] - 1, PREPAID[0]):
        case.appeal(by=stranger)
    send(committee.deposit, 1, by=stranger)
    case.appeal(by=stranger)


@pytest.mark.parametrize("phase", ["None", "Drawing", "Closed"])
def test_only_a_heard_round_is_appealed(contested, committee, stranger, phase):
    case = contested(committee)
    if phase != "None":
        case.challenge(by=stranger)
    if phase == "Closed":
        case.hear([]).close(by=stranger)
    with refused("WrongPhase", case.id, PHASES["Voting"], PHASES[phase]):
        case.appeal(by=stranger)


def test_an_appeal_waits_for_its_round(heard, stranger):
    case = heard()
    case.appeal(by=stranger)
    with refused("WrongPhase", case.id, PHASES["Voting"], PHASES["Drawing"]):
        case.appeal(by=stranger)


def test_appeals_need_the_jobs_record(heard, stranger):
    """A case fee of nothing would make a round cheap."""
    case = heard()
    case.deal.job["caseFee"] = 0
    with pytest.raises(Exception, match="JobMismatch"):
        case.appeal(by=stranger)


def test_a_case_that_timed_out_is_not_appealed(contested, committee, market, stranger):
    case = contested(committee)
    case.challenge(by=stranger)
    until = case.deal.job["disputedAt"] + case.deal.request["caseFor"]
    case.draw(at=case.deal.job["disputedAt"] + DRAW_FOR - 1)
    send(market.timeout, case.id, case.deal.record, by=stranger, at=until)
    with pytest.raises(Exception, match="JobMismatch"):  # of the record as it was in the case
        case.appeal(by=stranger)
    case.deal.job |= {"caseFee": 0, "disputedAt": 0, "caseDone": True, "windowEnd": until}
    with refused("NotDisputed", case.id):
        case.appeal(by=stranger, at=now())


# ──────────────────────────────────── what comes of it ────────────────────────────


def test_who_turns_the_tally_is_repaid_by_those_who_were_wrong(
    heard, committee, requester, stranger, settles
):
    """Three lazy seats found what was claimed; seven others found out."""
    case = heard()
    case.appeal(by=requester)
    case.hear([RIGHT] * 7)
    tx = settles(case, stranger)
    assert tx.events["CaseClosed"]["outcome"] == REJECTED
    cost = PREPAID[0]
    assert settled(tx) == [(1, 0, cost)]
    pool = 3 * PENALTY - cost
    share = pool // 7
    fees = [int(s["fee"]) for s in tx.events["SeatSettled"]]
    assert fees == [SEAT] * 3 + [SEAT + share] * 7
    assert tx.events["CaseClosed"]["burned"] == pool - 7 * share


def test_a_pool_that_does_not_reach_repays_the_earliest_first(
    heard, committee, requester, provider, stranger, settles
):
    """Two appeals were right, and two wrong seats in all have to pay for them."""
    case = heard(votes=[CLAIMED, OTHER, RIGHT])
    case.appeal(by=requester)
    case.hear([RIGHT] * 3)
    case.appeal(by=provider)
    case.hear([RIGHT] * 15)
    tx = settles(case, stranger)
    pool = 2 * PENALTY
    first = 3 * SEAT + 2 * TIP  # its other four seats did not come
    assert settled(tx) == [(1, 4 * SEAT, first), (2, 0, pool - first)]
    assert {int(s["fee"]) for s in tx.events["SeatSettled"]} == {0, SEAT}
    assert tx.events["CaseClosed"]["burned"] == 4 * PENALTY


def test_who_changes_nothing_has_paid_for_it(heard, committee, provider, stranger, settles):
    case = heard(votes=[RIGHT, RIGHT, RIGHT])
    case.appeal(by=provider)
    case.hear([RIGHT] * 6 + [CLAIMED])
    tx = settles(case, stranger)
    assert settled(tx) == [(1, 0, 0)]
    share = PENALTY // 9
    assert {int(s["fee"]) for s in tx.events["SeatSettled"]} == {SEAT, SEAT + share}


def test_who_turned_the_tally_and_was_turned_back_has_paid(
    heard, committee, provider, requester, stranger, settles
):
    """Of the last tally's two askers only the one who moved towards it is repaid."""
    case = heard(votes=[RIGHT, RIGHT, RIGHT])
    case.appeal(by=provider)
    case.hear([CLAIMED] * 7)
    case.appeal(by=requester)
    case.hear([RIGHT] * 15)
    tx = settles(case, stranger)
    assert settled(tx) == [(1, 0, 0), (2, 0, PREPAID[1])]
    assert tx.events["CaseClosed"]["outcome"] == REJECTED


def test_an_appeal_from_no_majority_to_one_is_repaid(
    heard, committee, requester, stranger, settles
):
    case = heard(votes=[RIGHT, CLAIMED, UNAVAILABLE])
    case.appeal(by=requester)
    case.hear([RIGHT] * 7)
    tx = settles(case, stranger)
    assert settled(tx) == [(1, 0, PREPAID[0])]


def test_without_a_final_majority_nobody_is_repaid_or_punished(
    heard, committee, requester, stranger, settles
):
    case = heard(votes=[RIGHT, RIGHT, RIGHT])
    case.appeal(by=requester)
    case.hear([RIGHT, RIGHT, RIGHT, CLAIMED, CLAIMED, CLAIMED, OTHER])
    tx = settles(case, stranger)
    assert settled(tx) == [(1, 0, 0)]
    assert not any(int(s["penalty"]) for s in tx.events["SeatSettled"])
    assert tx.events["CaseClosed"]["outcome"] == 2


@pytest.mark.parametrize("came", [0, 3])
def test_seats_that_do_not_come_are_not_paid_for(
    heard, committee, requester, stranger, settles, came
):
    case = heard()
    case.appeal(by=requester)
    case.hear([CLAIMED] * came)
    tx = settles(case, stranger)
    assert settled(tx) == [(1, (7 - came) * SEAT, 0)]


def test_where_a_round_is_not_drawn_the_last_tally_stands(
    heard, committee, requester, stranger, settles
):
    """Its asker pays the closer's tip, and nothing else."""
    case = heard(votes=[CLAIMED, CLAIMED, RIGHT])
    case.appeal(by=requester)
    tx = settles(case, stranger, at=case.head["deadline"])
    assert tx.events["CaseClosed"]["outcome"] == UPHELD
    assert settled(tx) == [(1, PREPAID[0] - TIP, 0)]
    tips = [(s["account"], int(s["amount"])) for s in tx.events["CrankPaid"]]
    assert tips[-1] == (stranger, 2 * TIP)
    assert len(tx.events["SeatSettled"]) == 3


def test_all_four_rounds_are_settled_together(
    contested, committee, requester, provider, verifiers, stranger, settles
):
    """56 seats, 16 challenges, three appeals: far below a block's gas."""
    case = contested(committee)
    for i in range(16):
        case.challenge(by=verifiers[i % 5], vote=(RIGHT, OTHER)[i % 2])
    case.hear([CLAIMED, CLAIMED, OTHER])
    case.appeal(by=requester)
    case.hear([RIGHT, OTHER] + [CLAIMED] * 4)
    case.appeal(by=verifiers[1])
    case.hear([RIGHT] * 8 + [UNAVAILABLE] * 5, silent=[3])
    case.appeal(by=provider, at=case.head["deadline"] + REVEAL_FOR)
    case.hear([RIGHT] * 16 + [CLAIMED] * 10 + [OTHER] * 3)
    before = holdings(committee, SINK)[SINK, "free"]
    tx = settles(case, stranger)
    assert len(tx.events["SeatSettled"]) == 56
    assert [round_ for round_, _, _ in settled(tx)] == [1, 2, 3]
    assert holdings(committee, SINK)[SINK, "free"] - before == tx.events["CaseClosed"]["burned"]
    assert tx.gas_used < 5_000_000


def test_a_round_after_midnight_has_the_new_days_seed(heard, stranger):
    case = heard()
    at = case.head["deadline"] + 7 * HOUR
    case.appeal(by=stranger, at=at)
    assert case.head["epoch"] == at // 86_400
    case.draw()
    assert len(case.round.holders) == 7
