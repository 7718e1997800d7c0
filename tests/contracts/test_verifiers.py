"""Verifiers' stakes: what weighs from which epoch on, and when it leaves."""

from cases import LEAVES_FOR, holdings, midnight, owes, pays, person
from chainkit import event, now, out_of_range, refused, rpc, send
from conftest import FUNDS, MIN_STAKE, STAKES
from deals import DAY

MAX96 = 2**96 - 1


def verifier(committee, who):
    return committee.verifierOf(who).dict()


def epoch():
    return now() // DAY


def test_a_stake_weighs_from_the_next_midnight_on(bench, people, stranger):
    at = now() + 10
    expected = {(stranger, "free"): -MIN_STAKE, (stranger, "staked"): MIN_STAKE}
    with pays(bench, people, expected):
        tx = send(bench.stake, MIN_STAKE, by=stranger, at=at)
    assert event(tx, "Staked") == {
        "account": stranger,
        "amount": MIN_STAKE,
        "place": 1,
        "epoch": at // DAY + 1,
    }
    seen = {
        "free": FUNDS - MIN_STAKE,
        "staked": MIN_STAKE,
        "leaving": 0,
        "maturesAt": 0,
        "place": 1,
    }
    assert verifier(bench, stranger) == seen | {"active": 0}
    assert bench.totalActive() == 0
    for moment, active in ((midnight() - 1, 0), (midnight(), MIN_STAKE)):
        rpc("evm_setNextBlockTimestamp", moment)
        rpc("evm_mine")
        assert verifier(bench, stranger) == seen | {"active": active}
        assert bench.totalActive() == active


def test_who_never_staked_weighs_nothing(bench, stranger):
    blank = {"active": 0, "staked": 0, "leaving": 0, "maturesAt": 0, "place": 0}
    assert verifier(bench, stranger) == blank | {"free": FUNDS}


def test_places_are_given_in_the_order_of_first_stakes(bench, verifiers):
    """And kept by who stakes again, or left with everything."""
    for place, who in enumerate(verifiers, start=1):
        tx = send(bench.stake, MIN_STAKE, by=who)
        assert event(tx, "Staked")["place"] == place
    send(bench.unstake, MIN_STAKE, by=verifiers[1])
    tx = send(bench.stake, MIN_STAKE, by=verifiers[1], at=now() + 3 * DAY)
    assert event(tx, "Staked")["place"] == 2
    assert verifier(bench, verifiers[4])["place"] == 5


def test_less_than_the_least_stake_is_refused_and_more_added_to_it_is_not(bench, stranger):
    with out_of_range("stake", MIN_STAKE - 1, MIN_STAKE, MAX96):
        send(bench.stake, MIN_STAKE - 1, by=stranger)
    assert verifier(bench, stranger)["place"] == 0
    send(bench.stake, MIN_STAKE, by=stranger)
    send(bench.stake, 1, by=stranger)
    assert verifier(bench, stranger)["staked"] == MIN_STAKE + 1


def test_less_than_the_least_stake_does_not_stay_but_nothing_does(bench, stranger):
    send(bench.stake, MIN_STAKE + 5, by=stranger)
    for left in (6, MIN_STAKE, MIN_STAKE + 4):
        with out_of_range("stake", MIN_STAKE + 5 - left, MIN_STAKE, MAX96):
            send(bench.unstake, left, by=stranger)
    send(bench.unstake, 5, by=stranger)
    send(bench.unstake, MIN_STAKE, by=stranger)
    assert verifier(bench, stranger)["staked"] == 0


def test_nothing_cannot_be_staked_or_unstaked(bench, stranger):
    for function in (bench.stake, bench.unstake):
        with out_of_range("amount", 0, 1, MAX96):
            send(function, 0, by=stranger)


def test_more_than_is_free_cannot_be_staked(bench, stranger):
    with refused("InsufficientFree", stranger, FUNDS, FUNDS + 1):
        send(bench.stake, FUNDS + 1, by=stranger)


def test_what_was_unstaked_weighs_until_midnight(committee, people, verifiers):
    who, stake = verifiers[2], STAKES[2]
    at, everything = now() + 10, sum(STAKES)
    expected = {(who, "staked"): -700, (who, "leaving"): 700}
    with pays(committee, people, expected):
        tx = send(committee.unstake, 700, by=who, at=at)
    assert event(tx, "Unstaked") == {
        "account": who,
        "amount": 700,
        "epoch": at // DAY + 1,
        "maturesAt": at + LEAVES_FOR,
    }
    seen = verifier(committee, who)
    assert (seen["active"], seen["staked"]) == (stake, stake - 700)
    assert committee.totalActive() == everything
    rpc("evm_setNextBlockTimestamp", midnight())
    rpc("evm_mine")
    assert verifier(committee, who)["active"] == stake - 700
    assert committee.totalActive() == everything - 700


def test_more_than_is_staked_cannot_be_unstaked(committee, verifiers, stranger):
    with refused("InsufficientStake", stranger, 0, 1):
        send(committee.unstake, 1, by=stranger)
    send(committee.stake, 5, by=verifiers[0])
    staked = STAKES[0] + 5  # what was staked today can leave today
    with refused("InsufficientStake", verifiers[0], staked, staked + 1):
        send(committee.unstake, staked + 1, by=verifiers[0])
    send(committee.unstake, staked, by=verifiers[0])
    assert verifier(committee, verifiers[0])["active"] == STAKES[0]


def test_leaving_stake_can_be_withdrawn_after_29_days(committee, people, verifiers):
    """Longer than any case that began before the next midnight."""
    who = verifiers[1]
    at = now() + 10
    send(committee.unstake, 700, by=who, at=at)
    until = at + 29 * DAY
    with refused("TooEarly", until - 1, until):
        send(committee.withdrawStake, by=who, at=until - 1)
    expected = {(who, "leaving"): -700, (who, "free"): 700}
    with pays(committee, people, expected):
        tx = send(committee.withdrawStake, by=who, at=until)
    assert event(tx, "StakeWithdrawn") == {"account": who, "amount": 700}
    assert verifier(committee, who)["maturesAt"] == 0
    with out_of_range("leaving", 0, 1, MAX96):
        send(committee.withdrawStake, by=who)


def test_each_unstaking_restarts_the_wait_for_all_that_is_leaving(committee, people, verifiers):
    who = verifiers[1]
    at = now() + 10
    send(committee.unstake, 700, by=who, at=at)
    again = at + 29 * DAY
    send(committee.unstake, 11, by=who, at=again)
    with refused("TooEarly", again + 1, again + 29 * DAY):
        send(committee.withdrawStake, by=who, at=again + 1)
    with pays(committee, people, {(who, "leaving"): -711, (who, "free"): 711}):
        send(committee.withdrawStake, by=who, at=again + 29 * DAY)


def test_nothing_is_leaving_unless_somebody_unstaked(committee, verifiers, stranger):
    for who in (verifiers[0], stranger):
        with out_of_range("leaving", 0, 1, MAX96):
            send(committee.withdrawStake, by=who)


def test_stakes_move_no_tokens(committee, market, token, people, verifiers):
    before = (token.balanceOf(committee), token.balanceOf(market))
    held = market.accountOf(committee)["free"]
    assert held == owes(committee, people)
    send(committee.stake, 99, by=verifiers[3])
    send(committee.unstake, 77, by=verifiers[3])
    send(committee.withdrawStake, by=verifiers[3], at=now() + 29 * DAY)
    assert (token.balanceOf(committee), token.balanceOf(market)) == before
    assert held == owes(committee, people)


def test_a_tree_of_nine_stakes_adds_up(bench, token, accounts, verifiers):
    """New accounts, staking over three days, some leaving in between."""
    crowd = [person("0x" + f"{i + 1:02x}" * 20) for i in range(9)]
    stakes = {}
    for i, who in enumerate(crowd):
        token.transfer(who, 10**9, {"from": accounts[0]})
        token.approve(bench, 10**9, {"from": who})
        send(bench.deposit, 10**9, by=who)
        send(bench.stake, MIN_STAKE * (i + 1), by=who)
        stakes[who] = MIN_STAKE * (i + 1)
        if i % 3 == 2:
            send(bench.unstake, 17, by=crowd[i - 1])
            stakes[crowd[i - 1]] -= 17
            rpc("evm_setNextBlockTimestamp", midnight())
            rpc("evm_mine")
            assert bench.totalActive() == sum(stakes.values())
    for who, stake in stakes.items():
        seen = verifier(bench, who)
        assert (seen["active"], seen["staked"]) == (stake, stake)
        assert seen["leaving"] == MIN_STAKE * (crowd.index(who) + 1) - stake
    assert holdings(bench, crowd[0])[str(crowd[0]), "free"] == 10**9 - MIN_STAKE


def test_the_least_stake_and_the_market_are_fixed_at_deployment(Committee, market, accounts):
    for least in (0, MAX96):
        made = accounts[0].deploy(Committee, market, least)
        assert (made.minStake(), made.market()) == (least, market)
