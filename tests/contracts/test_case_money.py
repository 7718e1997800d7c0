"""Who is paid for a case, and who pays: to the last unit, for each way in which one can end.

`settles` holds every balance against bills.py; the amounts that matter are spelled out besides.
"""

import random

import pytest
from brownie import accounts
from cases import (
    CLAIMED,
    DRAW_FOR,
    OTHER,
    REJECTED,
    RIGHT,
    UNAVAILABLE,
    UNDECIDED,
    UPHELD,
    holdings,
    seal_of,
    told,
)
from chainkit import SINK, moves
from orders import ZERO

FEE, BOND = 250_001, 1_000_007
TIP, SEAT = 12_500, 70_833  # 5% of the fee; a third of what three tips leave, 212,501
CHALLENGE = 350_001  # the fee and 10% of the bond
SHARE = 225_001  # 30% of what the case leaves of the bond
PENALTY = 354_165  # 5 seat fees


@pytest.fixture
def gains(committee, people):
    """Runs something and returns by how much each balance in the committee changed."""

    def measure(act):
        before = holdings(committee, *people, SINK)
        tx = act()
        after = holdings(committee, *people, SINK)
        return tx, {key: after[key] - before[key] for key in before if after[key] != before[key]}

    return measure


def ended(tx, committee):
    """The CaseClosed of a transaction."""
    assert [name for name, _ in told(tx, committee)].count("CaseClosed") == 1
    return dict(told(tx, committee))["CaseClosed"]


def seats_of(tx, committee):
    """(fee, penalty) of each seat, by (round, seat)."""
    said = [args for name, args in told(tx, committee) if name == "SeatSettled"]
    return {(s["round"], s["seat"]): (int(s["fee"]), int(s["penalty"])) for s in said}


# ───────────────────────────────────── rejected ───────────────────────────────────


def test_a_rejected_claim_pays_challenger_victim_and_seats(
    contested, committee, requester, provider, stranger, settles, gains
):
    case = contested(committee)
    case.challenge(by=stranger)
    case.hear([RIGHT, RIGHT, RIGHT], by=accounts[0])
    tx, gained = gains(lambda: settles(case, accounts[0]))
    assert gained[str(stranger), "free"] == CHALLENGE
    assert gained[str(accounts[0]), "free"] == 2 * TIP
    assert gained[str(requester), "free"] == FEE - 3 * SEAT - 2 * TIP
    for who in case.round.holders:
        assert gained[who, "free"] == SEAT * case.round.holders.count(who)
    assert sum(gained.values()) == FEE + CHALLENGE
    assert ended(tx, committee) == {
        "id": "0x" + case.id.hex(),
        "requester": requester,
        "provider": provider,
        "outcome": REJECTED,
        "winner": "0x" + RIGHT.hex(),
        "income": FEE,
        "toRequester": FEE - 3 * SEAT - 2 * TIP,
        "toProvider": 0,
        "burned": 0,
    }
    resolved = dict(tx.events["CaseResolved"])
    assert (resolved["challenger"], resolved["toChallenger"]) == (stranger, SHARE)
    assert (resolved["toResolver"], resolved["rejected"]) == (FEE, True)


def test_an_audit_that_rejects_burns_the_challengers_share(
    contested, committee, stranger, settles, gains
):
    """Without a challenge nobody has earned it; the lottery's opener has its tip."""
    case = contested(committee, rate=10_000)
    case.audit(by=stranger)
    case.hear([RIGHT, RIGHT, RIGHT], by=accounts[0])
    tx, gained = gains(lambda: settles(case, accounts[0]))
    assert gained[str(stranger), "free"] == TIP
    assert ended(tx, committee)["toRequester"] == FEE - 3 * SEAT - 3 * TIP == 2
    assert tx.events["CaseResolved"]["challenger"] == ZERO


def test_the_earliest_right_challenger_is_rewarded_and_the_wrong_ones_pay(
    contested, committee, market, verifiers, stranger, requester, settles, gains
):
    """Bonds of those who sealed the winner come back, all others are burned."""
    case = contested(committee)
    case.challenge(by=verifiers[0], vote=OTHER)
    case.challenge(by=verifiers[1], vote=CLAIMED)
    case.challenge(by=stranger)
    case.challenge(by=verifiers[2])
    case.challenge(by=stranger)  # again: pointless, but its bond comes back
    case.challenge(by=requester, vote=UNAVAILABLE)
    case.hear([RIGHT, RIGHT, RIGHT])
    before = market.accountOf(stranger)["free"]
    tx, gained = gains(lambda: settles(case, accounts[0]))
    assert tx.events["CaseResolved"]["challenger"] == stranger
    assert market.accountOf(stranger)["free"] - before == SHARE
    back = [int(one["returned"]) for one in tx.events["ChallengeSettled"]]
    assert back == [0, 0, CHALLENGE, CHALLENGE, CHALLENGE, 0]
    assert gained[SINK, "free"] == 3 * CHALLENGE
    assert ended(tx, committee)["burned"] == 3 * CHALLENGE


def test_a_copied_seal_is_worth_nothing(contested, committee, stranger, verifiers, settles):
    """It hides another's address: who saw it on the chain and sent it first has sealed nothing."""
    case = contested(committee)
    case.challenge(by=verifiers[0], seal=seal_of(stranger, case.id, RIGHT), vote=None)
    case.challenge(by=stranger)
    case.hear([RIGHT, RIGHT, RIGHT])
    tx = settles(case, accounts[0])
    assert tx.events["CaseResolved"]["challenger"] == stranger


def test_without_a_right_challenger_the_share_is_burned(
    contested, committee, stranger, settles, gains
):
    case = contested(committee)
    case.challenge(by=stranger, vote=OTHER)
    case.hear([RIGHT, RIGHT, RIGHT])
    tx, gained = gains(lambda: settles(case, accounts[0]))
    assert tx.events["CaseResolved"]["challenger"] == ZERO
    assert gained[SINK, "free"] == CHALLENGE


# ────────────────────────────────────── upheld ────────────────────────────────────


def test_a_wrong_challenge_pays_the_seats_and_the_provider(
    contested, committee, market, requester, provider, stranger, settles, gains
):
    case = contested(committee)
    case.challenge(by=stranger)
    case.hear([CLAIMED, CLAIMED, CLAIMED], by=accounts[0])
    with moves(market, [requester, committee], {(requester, "free"): FEE}):
        tx, gained = gains(lambda: settles(case, accounts[0]))
    assert (str(stranger), "free") not in gained
    assert gained[str(provider), "free"] == CHALLENGE - 3 * SEAT - 2 * TIP
    said = ended(tx, committee)
    assert (said["outcome"], said["income"]) == (UPHELD, CHALLENGE)
    assert (said["toProvider"], said["toRequester"]) == (CHALLENGE - 3 * SEAT - 2 * TIP, 0)
    assert tx.events["CaseResolved"]["challenger"] == stranger


def test_all_wrong_challenges_are_the_providers(
    contested, committee, provider, stranger, verifiers, settles, gains
):
    """Sealing what the provider claimed is a challenge too, and a wrong one."""
    case = contested(committee)
    for who, vote in ((stranger, RIGHT), (verifiers[0], CLAIMED), (verifiers[1], OTHER)):
        case.challenge(by=who, vote=vote)
    case.hear([CLAIMED, CLAIMED, CLAIMED])
    _, gained = gains(lambda: settles(case, accounts[0]))
    assert gained[str(provider), "free"] == 3 * CHALLENGE - 3 * SEAT - 2 * TIP


def test_an_audit_that_upholds_is_paid_by_the_fee(
    contested, committee, market, requester, stranger, settles, gains
):
    case = contested(committee, rate=10_000)
    case.audit(by=stranger)
    case.hear([CLAIMED, CLAIMED, CLAIMED], by=accounts[0])
    with moves(market, [requester, committee], {(committee, "free"): FEE}):
        tx, gained = gains(lambda: settles(case, accounts[0]))
    assert gained[str(requester), "free"] == 2  # what division leaves
    assert ended(tx, committee)["income"] == FEE


def test_who_joins_an_audit_wrongly_pays_for_it(
    contested, committee, market, requester, provider, stranger, verifiers, settles, gains
):
    """The fee goes back, the opener's tip comes out of the bond."""
    case = contested(committee, rate=10_000)
    case.audit(by=verifiers[0])
    case.challenge(by=stranger)
    case.hear([CLAIMED, CLAIMED, CLAIMED])
    with moves(market, [requester, committee], {(requester, "free"): FEE}):
        _, gained = gains(lambda: settles(case, accounts[0]))
    assert gained[str(provider), "free"] == CHALLENGE - 3 * SEAT - 3 * TIP


# ───────────────────────────────────── undecided ──────────────────────────────────

TIES = {
    "three results": [RIGHT, CLAIMED, OTHER],
    "nobody": [],
    "one seat": [RIGHT],
    "one each": [RIGHT, CLAIMED],
    "inputs not to be had": [UNAVAILABLE, UNAVAILABLE, UNAVAILABLE],
    "mostly": [UNAVAILABLE, UNAVAILABLE, RIGHT],
}


@pytest.mark.parametrize("votes", TIES)
@pytest.mark.parametrize("challenged", [True, False])
def test_without_a_majority_the_claim_stands_and_bonds_come_back(
    contested, committee, market, requester, stranger, settles, gains, votes, challenged
):
    """Nobody is punished, and who revealed is paid from the fee."""
    case = contested(committee, rate=10_000)
    case.challenge(by=stranger) if challenged else case.audit(by=stranger)
    votes = TIES[votes]
    case.hear(votes, by=accounts[0])
    tx, gained = gains(lambda: settles(case, accounts[0]))
    assert gained[str(stranger), "free"] == (CHALLENGE if challenged else TIP)
    tips = 2 if challenged else 3
    assert gained[str(requester), "free"] == FEE - len(votes) * SEAT - tips * TIP
    said = ended(tx, committee)
    assert (said["outcome"], said["burned"]) == (UNDECIDED, 0)
    assert said["winner"] == "0x" + 64 * "0"
    paid = [(SEAT, 0)] * len(votes) + [(0, 0)] * (3 - len(votes))
    assert list(seats_of(tx, committee).values()) == paid
    resolved = tx.events["CaseResolved"]
    assert (resolved["rejected"], resolved["challenger"]) == (False, ZERO)


@pytest.mark.parametrize("challenged", [True, False])
def test_a_round_that_was_never_drawn_costs_the_closers_tip(
    contested, committee, requester, stranger, settles, gains, challenged
):
    case = contested(committee, rate=10_000)
    case.challenge(by=stranger) if challenged else case.audit(by=stranger)
    at = case.deal.job["disputedAt"] + DRAW_FOR
    tx, gained = gains(lambda: settles(case, accounts[0], at=at))
    assert gained[str(accounts[0]), "free"] == TIP
    tips = 1 if challenged else 2
    assert ended(tx, committee)["toRequester"] == FEE - tips * TIP
    assert not seats_of(tx, committee)


# ───────────────────────────────────── penalties ──────────────────────────────────


def test_seats_that_do_not_reveal_are_punished_and_it_is_burned(
    contested, committee, stranger, settles, gains
):
    """Committed or not."""
    case = contested(committee, seats=7)
    case.challenge(by=stranger)
    case.hear([RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT], silent=[2])
    tx, gained = gains(lambda: settles(case, accounts[0], at=case.closes))
    seat, _ = case.fees
    assert seat == 30_357
    fine = 5 * seat
    assert list(seats_of(tx, committee).values()) == [
        (seat, 0),
        (seat, 0),
        (0, fine),
        (seat, 0),
        (seat, 0),
        (seat, 0),
        (0, fine),
    ]
    assert gained[SINK, "free"] == ended(tx, committee)["burned"] == 2 * fine


@pytest.mark.parametrize("wrong", [UNAVAILABLE, OTHER, CLAIMED])
def test_seats_against_the_result_pay_those_for_it(
    contested, committee, stranger, settles, gains, wrong
):
    """What two cannot share equally is burned."""
    case = contested(committee)
    case.challenge(by=stranger)
    case.hear([RIGHT, wrong, RIGHT])
    tx, gained = gains(lambda: settles(case, accounts[0]))
    half = PENALTY // 2
    assert list(seats_of(tx, committee).values()) == [
        (SEAT + half, 0),
        (SEAT, PENALTY),
        (SEAT + half, 0),
    ]
    assert gained[SINK, "free"] == ended(tx, committee)["burned"] == 1


def test_a_bare_majority_of_the_drawn_seats_decides(contested, committee, stranger, settles):
    """Four of seven, whatever the others say or keep to themselves."""
    case = contested(committee, seats=7)
    case.challenge(by=stranger)
    case.hear([CLAIMED, RIGHT, OTHER, RIGHT, RIGHT, RIGHT])
    assert ended(settles(case, accounts[0]), committee)["outcome"] == REJECTED


def test_most_of_those_who_came_are_not_enough(contested, committee, stranger, settles):
    """Three of seven, though nobody else came."""
    case = contested(committee, seats=7)
    case.challenge(by=stranger)
    case.hear([RIGHT, RIGHT, RIGHT])
    assert ended(settles(case, accounts[0]), committee)["outcome"] == UNDECIDED


# ────────────────────────────────── any case at all ───────────────────────────────


@pytest.mark.parametrize("seed", range(24))
def test_a_case_of_any_course_pays_by_the_rules(
    contested, committee, everybody, verifiers, requester, provider, stranger, settles, seed
):
    """Random openings, challenges, votes, silence and appeals; every balance to the last unit."""
    chance = random.Random(seed)
    first = chance.choice([3, 3, 7, 15])
    fee = chance.choice([0, 1, 19, 20, 12_345, FEE])
    case = contested(committee, seats=first, rate=10_000, caseFee=fee)
    crowd = [*everybody, *verifiers]
    results = [RIGHT, CLAIMED, OTHER, UNAVAILABLE]
    if chance.random() < 0.4:
        case.audit(by=chance.choice(crowd))
    for _ in range(chance.choice([0, 1, 1, 2, 5]) if case.opener else chance.choice([1, 1, 3, 16])):
        case.challenge(by=chance.choice(crowd), vote=chance.choice(results))
    while True:
        # Mostly one result, else hardly a case would be decided.
        common = chance.choice(results[:3])
        size = case.round.size
        came = chance.choice([size, size, size - 1, size // 2 + 1])
        votes = [common if chance.random() < 0.8 else chance.choice(results) for _ in range(came)]
        silent = [seat for seat in range(came) if chance.random() < 0.1]
        case.hear(votes, silent=silent, by=chance.choice(crowd))
        if size == 31 or chance.random() < 0.4:
            break
        late = case.head["deadline"] + 2 * 3_600
        case.appeal(by=chance.choice(crowd), at=late)
        if chance.random() < 0.15:
            settles(case, chance.choice(crowd), at=case.head["deadline"])
            return
    settles(case, chance.choice(crowd), at=case.head["deadline"] + 8 * 3_600)
