"""Penalties of any bond: what is repaid of a tip, and that no worse act costs less."""

import pytest
from orders import JOB_FIELDS, ZERO, ZERO32, job_tuple

MAX96 = 2**96 - 1
RUN_FOR = 30 * 86_400
# Small bonds of every remainder that a percentage can leave, and the ends of the type.
BONDS = [*range(10_000, 10_020), 10_099, 12_345, 10**18 + 1, MAX96 - 1, MAX96]
BLANK = dict.fromkeys(JOB_FIELDS, 0) | dict.fromkeys(("requester", "provider", "resolver"), ZERO)
BLANK |= {"caseDone": False, "demandHash": ZERO32, "seal": ZERO32, "runFor": RUN_FOR}


@pytest.fixture(scope="module")
def penalties(SlashingHarness, accounts, module_isolation):
    return accounts[0].deploy(SlashingHarness)


def record(bond, tip=0, case_fee=0):
    return job_tuple(BLANK | {"bond": bond, "tipPaid": tip, "caseFee": case_fee})


@pytest.mark.parametrize("bond", BONDS)
def test_a_released_job_repays_its_tip_out_of_what_is_burned(penalties, bond):
    floor, tip = bond * 5 // 100, bond // 40
    for elapsed in (0, RUN_FOR - 1):
        lost = bond * 15 * elapsed // (100 * RUN_FOR)
        untipped = penalties.released(record(bond), elapsed)
        assert tuple(untipped) == (lost, 0, floor)
        tipped = penalties.released(record(bond, tip), elapsed)
        assert tuple(tipped) == (lost + tip, 0, floor - tip)


@pytest.mark.parametrize("bond", BONDS)
def test_all_of_a_rejected_claims_bond_is_given_away(penalties, bond):
    for case_fee in (0, 1, bond // 4 - 1, bond // 4):
        rest = bond - case_fee
        share = rest * 30 // 100
        for challenged in (False, True):
            reward = share if challenged else 0
            burned = rest - share - reward
            given = penalties.rejected(record(bond, 0, case_fee), challenged)
            assert tuple(given) == (case_fee, reward, share, 0, burned)


@pytest.mark.parametrize("bond", BONDS)
def test_two_fifths_of_what_a_case_leaves_are_nobodys(penalties, bond):
    """So a wrong provider gains nothing by being challenger and requester too."""
    for case_fee in (0, bond // 4):
        burned = penalties.rejected(record(bond, 0, case_fee), True)[4]
        assert burned * 10 >= (bond - case_fee) * 4


@pytest.mark.parametrize("bond", BONDS)
def test_no_worse_act_costs_less_even_with_friends(penalties, bond):
    """The caller, the matcher, and of a wrong result the challenger and the resolver may be the
    provider's friends."""
    tip, case_fee = bond // 40, bond // 4
    release = sum(penalties.released(record(bond), RUN_FOR - 1))
    expire, expire_reward = penalties.expired(bond)[:2]
    void, void_reward = penalties.voided(bond)[:2]
    to_resolver, to_challenger = penalties.rejected(record(bond, 0, case_fee), True)[:2]
    wrong = bond - to_resolver - to_challenger
    assert penalties.released(record(bond, tip), 0)[2] > 0  # so a tip never pays for a release
    assert release < expire - tip
    assert expire + expire_reward < void - tip
    assert void + void_reward < wrong
