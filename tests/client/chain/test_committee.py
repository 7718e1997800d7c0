"""The committee's wrappers, and its rules in `cases`, against the contract's own."""

import dataclasses
import re
from pathlib import Path

import pytest

from workbond.chain import cases, funds, refusals
from workbond.chain.abi import Abi
from workbond.chain.artifacts import artifact
from workbond.chain.cases import Case, Challenge, Outcome, Phase, Policy, Round, Verifier
from workbond.chain.committee import Committee
from workbond.chain.permits import permit_terms, sign_permit
from workbond.chain.types import ZERO_ADDRESS, Verdict
from workbond.errors import ChainError, UsageError

WORK = 10**18
CONTRACTS = Path(__file__).parents[3] / "contracts"
UNITS_S = {"hours": 3_600, "days": 86_400, "day": 86_400}


def _snake(name):
    return re.sub(r"([A-Z])", lambda m: "_" + m[1].lower(), name)


def _constants():
    """Every number that is a constant of the committee and its libraries, durations in seconds."""
    found = {}
    files = [CONTRACTS / "libraries" / "Courses.sol", *(CONTRACTS / "committee").glob("*.sol")]
    for path in files:
        pattern = r"uint256 (?:internal|private) constant (\w+) = ([\d_]+)(?: (hours|days|day))?;"
        for name, number, unit in re.findall(pattern, path.read_text()):
            found[name] = int(number.replace("_", "")) * UNITS_S.get(unit, 1)
    return found


@pytest.fixture
def committee(world):
    return Committee(world.connection, world.deployment.committee.address)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("ALL_BPS", "MAX_RATE"),
        ("DRAW_FOR_S", "DRAW_FOR"),
        ("MIN_COMMIT_FOR_S", "MIN_COMMIT_FOR"),
        ("REVEAL_FOR_S", "REVEAL_FOR"),
        ("APPEAL_FOR_S", "APPEAL_FOR"),
        ("MAX_COURSE_S", "MAX_CASE_FOR"),
        ("EPOCH_S", "EPOCH"),
        ("SEED_AFTER_BLOCKS", "SEED_DELAY"),
        ("MAX_REDRAWS", "MAX_REDRAWS"),
        ("MAX_CHALLENGES", "MAX_CHALLENGES"),
        ("BOND_PERCENT", "CHALLENGE_PERCENT"),
        ("TIP_PERCENT", "TIP_PERCENT"),
        ("PENALTY_FEES", "PENALTY_FEES"),
    ],
)
def test_constants_are_those_of_the_contracts(mine, theirs):
    assert getattr(cases, mine) == _constants()[theirs]


def test_leaving_stake_outlasts_the_longest_case_by_an_epoch():
    assert cases.LEAVING_FOR_S == cases.MAX_COURSE_S + cases.EPOCH_S
    assert _constants()["MAX_SEATS"] == cases.ROUND_SEATS[-1]


@pytest.mark.parametrize(
    ("struct", "function"),
    [
        (Case, "caseOf"),
        (Challenge, "challengeOf"),
        (Verifier, "verifierOf"),
        (Round, "roundOf"),
    ],
)
def test_dataclasses_have_the_structs_members_in_order(struct, function):
    output = Abi(artifact("Committee").abi).functions[function].outputs[0]
    names = [_snake(c["name"]) for c in output["components"]]
    assert [field.name for field in dataclasses.fields(struct)] == names


@pytest.mark.parametrize(
    ("enum", "file"),
    [(Phase, "ICommitteeTypes"), (Outcome, "ICommitteeTypes"), (Verdict, "IMarketTypes")],
)
def test_enums_have_the_contracts_codes(enum, file):
    source = (CONTRACTS / "interfaces" / f"{file}.sol").read_text()
    body = source.split(f"enum {enum.__name__} {{")[1].split("}")[0]
    assert [member.label for member in enum] == re.findall(r"(\w+),? // \d", body)


@pytest.mark.parametrize("seats", cases.ROUND_SEATS)
@pytest.mark.parametrize("run_for", [0, 3_600, 3_601, 30 * 86_400])
def test_courses_are_as_long_as_the_contracts(committee, seats, run_for):
    policy = Policy(seats, 500)
    assert committee.read("courseOf", policy.encode(), run_for) == (policy.course_s(run_for),)


@pytest.mark.parametrize("fee", [0, 1, 19, 20, 39, 10**18 + 7, 2**95 + 1])
def test_fees_are_the_contracts(committee, fee):
    for seats in cases.ROUND_SEATS:
        due = (cases.seat_fee(fee, seats), cases.tip(fee))
        assert committee.read("feesOf", fee, seats) == due


@pytest.mark.parametrize("word", [0, 4, 1 << 200 | 3, 10_001 << 8 | 3, 10_000 << 8 | 31, 3])
def test_policies_are_refused_as_the_contract_refuses_them(committee, word):
    policy = word.to_bytes(32, "big")
    try:
        known = Policy.decode(policy)
    except UsageError:
        with pytest.raises(refusals.CaseRefused):
            committee.read("courseOf", policy, 60)
    else:
        assert committee.read("courseOf", policy, 60) == (known.course_s(60),)


def test_money_comes_in_by_permit_and_goes_out_whole(world, committee):
    me, amount = world.stranger, 3 * WORK
    before = world.token.balance(me.address)
    terms = permit_terms(world.token, me.address)
    permit = sign_permit(world.token, me, terms, committee.address, amount)
    committee.deposit_with_permit(me, amount, permit)
    assert committee.verifier_of(me.address) == Verifier(amount, 0, 0, 0, 0, 0)
    assert world.market.account_of(committee.address).free == amount
    committee.withdraw(me, me.address, amount)
    assert world.token.balance(me.address) == before


def test_stake_weighs_from_the_next_epoch_on_and_leaves_after_29_days(world, committee):
    me, amount = world.stranger, committee.min_stake
    funds.give_tokens(world.token, me.address, amount)
    funds.deposit(committee, world.token, me, amount)
    committee.stake(me, amount)
    if world.now() % cases.EPOCH_S < cases.EPOCH_S - 60:  # else midnight may have passed
        assert committee.verifier_of(me.address).active == 0
    world.advance(cases.EPOCH_S)
    held = committee.verifier_of(me.address)
    assert (held.active, held.staked, held.place) == (amount, amount, 1)
    assert committee.total_active() == amount
    committee.unstake(me, amount)
    held = committee.verifier_of(me.address)
    assert (held.staked, held.leaving, held.at_risk) == (0, amount, amount)
    with pytest.raises(refusals.TooEarly):
        committee.withdraw_stake(me)
    world.advance(cases.LEAVING_FOR_S)
    committee.withdraw_stake(me)
    assert committee.verifier_of(me.address).free == amount


def test_the_committee_knows_its_market(world, committee):
    assert committee.market_address == world.market.address


def test_a_job_without_a_case_has_none(committee):
    assert committee.case_of(b"\x01" * 32).phase is Phase.NONE
    assert committee.challenges_of(b"\x01" * 32) == ()
    seating = committee.seating_of(b"\x01" * 32, 0)
    assert (seating.round.is_drawn, seating.verifiers, seating.winner) == (False, (), None)


def test_answers_that_no_committee_gives_are_refused(committee, monkeypatch):
    undrawn = Round(ZERO_ADDRESS, 0, 0, ZERO_ADDRESS, 0).to_tuple()
    many = (Phase.DRAWING, 0, 3, 0, 200, 0, 0, 0, 0)
    for answer, ask in (
        ((undrawn, (ZERO_ADDRESS,) * 32, (b"",) * 32), lambda: committee.seating_of(b"", 0)),
        ((undrawn, (ZERO_ADDRESS,) * 3, ()), lambda: committee.seating_of(b"", 0)),
        ((many,), lambda: committee.challenges_of(b"")),
    ):
        monkeypatch.setattr(committee, "read", lambda *args, told=answer, **at: told)
        with pytest.raises(ChainError, match="check the deployment"):
            ask()


def test_refusals_tell_of_the_committees_balances(world, committee):
    me = world.stranger
    with pytest.raises(refusals.InsufficientFree, match="free in the committee") as caught:
        committee.withdraw(me, me.address, 1)
    assert "deposit 0.000000000000000001 more there" in str(caught.value)
    with pytest.raises(refusals.InsufficientStake, match="in the committee"):
        committee.unstake(me, 1)
    with pytest.raises(refusals.FieldOutOfRange, match="workbond verifier unstake"):
        committee.withdraw_stake(me)
    funds.deposit(committee, world.token, me, WORK)
    with pytest.raises(refusals.FieldOutOfRange, match="stake 99 more"):
        committee.stake(me, WORK)


def test_refusals_of_cases_have_their_types(world, committee):
    request, job_id, job = world.claimed(
        b"\x05" * 32,
        1,
        resolver=committee.address,
        policy=Policy(3, 0).encode(),
        case_for=Policy(3, 0).course_s(600),
    )
    me = world.stranger
    calls = [
        (refusals.WrongPhase, lambda: committee.draw(me, job_id)),
        (refusals.WrongPhase, lambda: committee.commit(me, job_id, [0], [b"\1" * 32])),
        (refusals.WrongPhase, lambda: committee.close(me, job_id, job)),
        (refusals.WrongPhase, lambda: committee.abandon(me, job_id)),
        (refusals.NotDrawn, lambda: committee.audit(me, request, job)),
        (refusals.InsufficientFree, lambda: committee.challenge(me, request, job, b"\1" * 32)),
    ]
    for _ in range(3):
        world.advance(1)
    for kind, call in calls:
        with pytest.raises(kind) as caught:
            call()
        assert type(caught.value) is kind


def test_an_audit_of_every_claim_opens_its_case_and_waits_for_a_seed(world, committee):
    request, job_id, job = world.claimed(
        b"\x05" * 32,
        1,
        resolver=committee.address,
        policy=Policy(3, 10_000).encode(),
        case_for=Policy(3, 0).course_s(600),
        case_fee=WORK,
    )
    committee.audit(world.stranger, request, job)
    case = committee.case_of(job_id)
    assert (case.phase, case.seats, case.is_last_round) == (Phase.DRAWING, 3, False)
    assert case.commit_for == cases.commit_for(600)
    for _ in range(3):
        world.advance(1)
    with pytest.raises(refusals.NoVerifiers):
        committee.draw(world.stranger, job_id)
    assert committee.seating_of(job_id, 0).round.drawer == ZERO_ADDRESS
