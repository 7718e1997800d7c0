"""Draws: whose seats they are, by which block's hash, and what happens where it was missed."""

import pytest
from cases import (
    DRAW_FOR,
    HOUR,
    OTHER,
    PHASES,
    hash_of,
    height,
    holders,
    midnight,
    mine,
    person,
    told,
)
from chainkit import now, refused, rpc, send
from conftest import MIN_STAKE, STAKES
from deals import DAY
from eth_utils import keccak
from orders import ZERO

HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935"  # EIP-2935


@pytest.fixture
def opened(contested, committee, stranger):
    """Makes a challenged case whose seats are not drawn yet; its job's window is a day."""

    def make(at=None, **changes):
        case = contested(committee, challengeFor=DAY, **changes)
        case.challenge(by=stranger, at=at)
        return case

    return make


def drawn(case, by):
    """Draws, and holds the seats against the reference; returns the event."""
    tx = case.draw(by=by)
    assert [name for name, _ in told(tx, case.committee)] == ["SeatsDrawn"]
    return tx.events["SeatsDrawn"]


# ──────────────────────────────────── whose seats ─────────────────────────────────


@pytest.mark.parametrize("seats", [3, 7, 15, 31])
def test_seats_belong_to_whom_the_tickets_fall_on(opened, committee, verifiers, provider, seats):
    """Each with the odds of its stake, by a hash that nobody knew when the case was opened."""
    case = opened(seats=seats)
    opened_in = height()
    head = case.head
    assert (head["phase"], head["seedBlock"]) == (PHASES["Drawing"], opened_in + 2)
    assert (head["epoch"], head["deadline"]) == (now() // DAY, now() + DRAW_FOR)
    said = drawn(case, provider)
    seed = hash_of(opened_in + 2)
    expected = holders(seed, case.id, 0, seats, list(zip(verifiers, STAKES, strict=True)))
    assert case.round.holders == expected
    until = now() + HOUR
    assert (said["seed"], said["drawer"]) == ("0x" + seed.hex(), provider)
    assert (said["round"], said["commitUntil"]) == (0, until)
    info, seen, votes = committee.roundOf(case.id, 0)
    assert (list(seen), list(votes)) == (expected, ["0x" + 64 * "0"] * seats)
    assert info.dict() | {"prepaid": 0} == {
        "drawer": provider,
        "committed": 0,
        "revealed": 0,
        "appellant": ZERO,
        "prepaid": 0,
    }
    assert (case.head["phase"], case.head["deadline"]) == (PHASES["Voting"], until)


@pytest.mark.parametrize("crowd", [1, 2, 3, 5, 9])
def test_any_number_of_verifiers_can_be_drawn_from(
    contested, bench, token, accounts, stranger, crowd
):
    weights = []
    for i in range(crowd):
        who = person("0x" + f"{i + 1:02x}" * 20)
        stake = MIN_STAKE * (1 + 7 * i % 5) + i
        token.transfer(who, stake, {"from": accounts[0]})
        token.approve(bench, stake, {"from": who})
        send(bench.deposit, stake, by=who)
        send(bench.stake, stake, by=who)
        weights.append((who, stake))
    rpc("evm_setNextBlockTimestamp", midnight() + HOUR)
    rpc("evm_mine")
    for salt in range(2):
        case = contested(bench, seats=31, salt=bytes([salt]) * 32)
        case.challenge(by=stranger)
        seed_block = case.head["seedBlock"]
        case.draw()
        assert case.round.holders == holders(hash_of(seed_block), case.id, 0, 31, weights)


def test_a_round_is_drawn_anew(opened, committee, verifiers, stranger):
    """The round is in the ticket, the seed is another."""
    case = opened()
    case.hear([])
    case.appeal(by=stranger)
    block = case.head["seedBlock"]
    case.draw()
    weights = list(zip(verifiers, STAKES, strict=True))
    assert case.round.holders == holders(hash_of(block), case.id, 1, 7, weights)


def test_stake_of_today_is_not_drawn_and_what_left_today_is(
    contested, committee, verifiers, stranger
):
    send(committee.stake, 10**11, by=stranger)
    for who, stake in zip(verifiers[:4], STAKES, strict=False):
        send(committee.unstake, stake, by=who)
    case = contested(committee, seats=31)
    case.challenge(by=stranger)
    block = case.head["seedBlock"]
    case.draw()
    weights = list(zip(verifiers, STAKES, strict=True))
    assert case.round.holders == holders(hash_of(block), case.id, 0, 31, weights)


def test_commits_are_open_for_as_long_as_the_job_could_run(opened):
    for run_for, commit_for in ((60, HOUR), (HOUR, HOUR), (HOUR + 1, HOUR + 1), (2 * DAY, 2 * DAY)):
        case = opened(runFor=run_for, salt=keccak(bytes([run_for % 251])))
        assert case.head["commitFor"] == commit_for
        case.draw()
        assert case.head["deadline"] == now() + commit_for


# ────────────────────────────────────── when ──────────────────────────────────────


def test_the_seed_is_the_hash_of_the_second_block_after(opened, committee, stranger):
    """Known one block later."""
    case = opened()
    seed_block = case.head["seedBlock"]
    while height() + 1 <= seed_block:  # the call's own block
        block = height() + 1
        with refused("TooEarly", block, seed_block + 1):
            case.draw(wait=False)
    assert height() == seed_block  # refused calls are mined
    case.draw(wait=False)
    assert case.head["phase"] == PHASES["Voting"]


def test_a_round_is_drawn_once(opened, committee):
    case = opened()
    case.draw()
    with refused("WrongPhase", case.id, PHASES["Drawing"], PHASES["Voting"]):
        case.draw()


def test_what_is_no_case_is_not_drawn(contested, committee):
    case = contested(committee)
    with refused("WrongPhase", case.id, PHASES["Drawing"], PHASES["None"]):
        case.draw(wait=False)


@pytest.mark.parametrize("late", [0, 1])
def test_a_round_is_drawn_within_four_hours(opened, late):
    case = opened()
    until = case.deal.job["disputedAt"] + DRAW_FOR
    if late:
        mine(2)
        with refused("TooLate", until, until):
            case.draw(at=until)
    else:
        case.draw(at=until - 1)


def test_without_any_stake_nothing_is_drawn(contested, bench, stranger, verifiers):
    send(bench.stake, MIN_STAKE, by=verifiers[0])  # of tomorrow
    case = contested(bench)
    case.challenge(by=stranger)
    with refused("NoVerifiers"):
        case.draw()


# ────────────────────────────────────── missed ────────────────────────────────────


def test_a_seed_is_good_in_its_epoch_only(opened, committee, stranger):
    """Or stakes could be chosen with the seed known. Who is late asks for another."""
    night = midnight()
    case = opened(at=night - 60)
    first = case.head["seedBlock"]
    mine(2)
    tx = case.draw(at=night)
    ((name, said),) = told(tx, committee)
    assert name == "SeedRequested"
    assert said == {
        "id": "0x" + case.id.hex(),
        "round": 0,
        "seedBlock": height() + 2,
        "epoch": night // DAY,
    }
    head = case.head
    assert (head["phase"], head["redraws"], head["epoch"]) == (1, 1, night // DAY)
    assert head["seedBlock"] == height() + 2 > first
    assert head["deadline"] == case.deal.job["disputedAt"] + DRAW_FOR  # as it was
    case.draw()
    assert case.head["phase"] == PHASES["Voting"]


def test_in_the_last_second_of_its_epoch_a_seed_is_good(opened):
    night = midnight()
    case = opened(at=night - 60)
    mine(2)
    case.draw(at=night - 1)
    assert case.head["phase"] == PHASES["Voting"]


def test_stakes_of_the_new_epoch_are_drawn_by_the_new_seed(opened, committee, verifiers, stranger):
    night = midnight()
    case = opened(at=night - 60, seats=31)
    for who, stake in zip(verifiers[:4], STAKES, strict=False):
        send(committee.unstake, stake, by=who, at=night - 30)
    case.draw(at=night)
    case.draw()
    assert set(case.round.holders) == {str(verifiers[4])}


def test_a_seed_before_its_block_is_missed_at_midnight_too(opened):
    night = midnight()
    case = opened(at=night - 1)
    case.draw(wait=False, at=night)
    assert case.head["redraws"] == 1


@pytest.mark.parametrize("later", [255, 256, 400])
def test_an_older_seed_is_on_record(opened, later):
    """EIP-2935 keeps 8,191 blocks, where the opcode keeps 256."""
    case = opened()
    block = case.head["seedBlock"]
    mine(block - height() + later)
    case.draw(wait=False)
    assert case.head["phase"] == PHASES["Voting"]


@pytest.mark.parametrize(
    "code", ["0x", "0x60006000f3", "0x60006000fd", "0xfe", "0x60ff60005360016000f3"]
)
def test_where_a_chain_keeps_no_history_256_blocks_are_on_record(opened, code):
    """No contract there, or one that says nothing (as of blocks long past), or no hash."""
    rpc("anvil_setCode", HISTORY, code)
    case, late = opened(), opened(salt=keccak(b"late"))
    mine(late.head["seedBlock"] + 255 - height())
    late.draw(wait=False)
    assert late.head["phase"] == PHASES["Voting"]
    case.draw(wait=False)
    assert (case.head["phase"], case.head["redraws"]) == (PHASES["Drawing"], 1)


def test_a_seed_is_asked_for_three_times_at_most(opened, committee):
    rpc("anvil_setCode", HISTORY, "0x")
    case = opened()
    for redraws in range(1, 4):
        mine(case.head["seedBlock"] + 256 - height())
        case.draw(wait=False)
        assert case.head["redraws"] == redraws
    mine(case.head["seedBlock"] + 256 - height())
    with refused("HashUnknown", case.head["seedBlock"]):
        case.draw(wait=False)


def test_the_last_seed_is_as_good_as_the_first(opened):
    rpc("anvil_setCode", HISTORY, "0x")
    case = opened()
    for _ in range(3):
        mine(case.head["seedBlock"] + 256 - height())
        case.draw(wait=False)
    case.draw()
    assert (case.head["phase"], case.head["redraws"]) == (PHASES["Voting"], 3)


def test_each_round_has_its_own_redraws(opened, stranger):
    rpc("anvil_setCode", HISTORY, "0x")
    case = opened()
    mine(case.head["seedBlock"] + 256 - height())
    case.draw(wait=False)
    case.hear([OTHER])
    case.appeal(by=stranger)
    assert case.head["redraws"] == 0
