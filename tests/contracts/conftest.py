"""A market with four funded accounts, turned back after each test."""

import gc
from pathlib import Path

import pytest
from bills import in_committee, in_market
from cases import PHASES, SIZES, Case, course, holdings, midnight, owes, pays, policy
from chainkit import answer_when_mined, moves, rpc, send
from deals import DAY, Deal, judged
from refusals import Refusals
from signed import SignedDeal

SUPPLY = 10**27
FUNDS = 10**12
STAKE = 10**11
COOLDOWN = 7 * 86_400
MIN_STAKE = 1_000_000
STAKES = (7_000_001, 1_000_000_007, 2_000_000_011, 400_000_009, 3_000_000_019)  # of the verifiers


def pytest_collection_modifyitems(session, config, items):
    """What looks back on all tests comes after them, and not at all where some are left out."""
    last = [item for item in items if item.path.name == "test_errors.py"]
    others = [item for item in items if item not in last]
    here = set(Path(__file__).parent.glob("test_*.py"))
    chosen = config.option.keyword or config.option.markexpr or config.option.lf
    nodes = any("::" in argument for argument in config.args)
    if {item.path for item in items} == here and not chosen and not nodes:
        items[:] = others + last
    else:
        config.hook.pytest_deselected(items=last)
        items[:] = others


@pytest.fixture(scope="session")
def refusals(Market, Committee, WorkToken):
    """What the chain has refused so far."""
    made = (Market, Committee, WorkToken)
    return Refusals({contract.bytecode: contract._name for contract in made})


@pytest.fixture(autouse=True, scope="session")
def prompt_chain(refusals):
    """No transaction is looked for before it can be found, and turning back is quick."""
    answer_when_mined(refusals.note)
    gc.freeze()  # brownie collects garbage at each turning back: let it leave the modules alone


@pytest.fixture(autouse=True)
def isolation(fn_isolation):
    """Every test starts from the module's state."""


@pytest.fixture(scope="session")
def requester(accounts):
    return accounts[1]


@pytest.fixture(scope="session")
def provider(accounts):
    return accounts[2]


@pytest.fixture(scope="session")
def stranger(accounts):
    return accounts[3]


@pytest.fixture(scope="session")
def judge(accounts):
    """A resolver that is a plain key."""
    return accounts[4]


@pytest.fixture(scope="session")
def everybody(requester, provider, stranger):
    return [requester, provider, stranger]


@pytest.fixture(scope="module")
def token(WorkToken, accounts, module_isolation):
    return accounts[0].deploy(WorkToken, accounts[0], SUPPLY)


@pytest.fixture(scope="module")
def market(Market, token, accounts, everybody, provider):
    """Each account has FUNDS free in the market and as many in its purse; the provider staked."""
    market = accounts[0].deploy(Market, token, COOLDOWN)
    for person in everybody:
        token.transfer(person, 2 * FUNDS + STAKE, {"from": accounts[0]})
        token.approve(market, 2**256 - 1, {"from": person})
        market.deposit(FUNDS, {"from": person})
    send(market.deposit, STAKE, by=provider)
    send(market.stake, STAKE, by=provider)
    return market


@pytest.fixture
def deal(market, requester, provider):
    """Makes a new job's `Deal`; keywords change its request."""
    return lambda **changes: Deal(market, requester, provider, **changes)


@pytest.fixture
def signed(market, requester, provider, stranger):
    """Makes a new `SignedDeal`, which the stranger matches; keywords change its request, and
    `offer` the offer."""
    return lambda **changes: SignedDeal(market, requester, provider, stranger, **changes)


@pytest.fixture
def disputable(signed, judge):
    """As `signed`; the judge resolves the job's disputes."""

    def make(offer=None, **changes):
        request = judged(judge, **changes)
        wide = {"maxLockFor": 500 * DAY, "maxJobs": 100}
        named = {name: request[name] for name in ("resolver", "policy")}
        return signed(**request, offer=wide | named | (offer or {}))

    return make


@pytest.fixture(scope="session")
def verifiers(accounts):
    return accounts[5:10]


@pytest.fixture(scope="module")
def found(Committee, market, token, accounts, everybody, verifiers):
    """Makes a committee in which each account has FUNDS free and the verifiers stakes; it is
    one o'clock of the first epoch in which these are drawn."""

    def make(stakes=()):
        committee = accounts[0].deploy(Committee, market, MIN_STAKE)
        for person in (*everybody, *verifiers):
            token.transfer(person, FUNDS, {"from": accounts[0]})
            token.approve(committee, 2**256 - 1, {"from": person})
            committee.deposit(FUNDS, {"from": person})
        for person, stake in zip(verifiers, stakes, strict=False):
            committee.stake(stake, {"from": person})
        rpc("evm_setNextBlockTimestamp", midnight() + 3_600)
        rpc("evm_mine")
        return committee

    return make


@pytest.fixture(scope="module")
def bench(found):
    """A committee in which nobody has staked."""
    return found()


@pytest.fixture(scope="module")
def committee(found):
    """A committee whose verifiers' stakes are active."""
    return found(STAKES)


@pytest.fixture
def contested(signed):
    """Makes a `Case` that nobody opened yet, of a job that claims some result or a `Result`;
    keywords change its request."""

    def make(committee, seats=3, rate=0, claims=None, **changes):
        terms = {"resolver": str(committee), "policy": policy(seats, rate), "caseFee": 250_001}
        terms["caseFor"] = course(seats, changes.get("runFor", 1_000)) if seats in SIZES else DAY
        terms |= changes
        named = {name: terms[name] for name in ("resolver", "policy")}
        wide = {"maxLockFor": 500 * DAY, "maxJobs": 100, "maxUnits": 2**63 - 1}
        wide |= {"minSecondsPer1e12Units": 0, "minRunFor": 0, "maxTasks": 100, "maxBond": 2**96 - 1}
        deal = signed(**terms, offer=named | wide).until("Running")
        deal.submit_result(claims) if claims else deal.submit()
        return Case(committee, deal)

    return make


@pytest.fixture
def people(everybody, verifiers, accounts):
    """Everybody who has money in the committee."""
    return [*everybody, *verifiers, accounts[0]]


@pytest.fixture
def settles(people, requester, provider):
    """Closes a case and checks all balances of its committee and market against bills.py; `others`
    are cases that are open meanwhile."""

    def check(case, closer, at=None, others=()):
        committee, market = case.committee, case.deal.market
        held = holdings(committee, *people)
        purses = {str(who): (held[str(who), "staked"], held[str(who), "leaving"]) for who in people}
        paid = in_committee(case, closer, requester, provider, purses)
        moved = in_market(case, requester, provider, committee)
        assert owes(committee, people, case, *others) == market.accountOf(committee)["free"]
        with moves(market, [*people, committee], moved), pays(committee, people, paid):
            tx = case.close(by=closer, at=at)
        assert owes(committee, people, case, *others) == market.accountOf(committee)["free"]
        assert case.head["phase"] == PHASES["Closed"]
        return tx

    return check


@pytest.fixture
def new_wallet(OddWallet, market, token, accounts):
    """Makes a contract account with FUNDS free and as many staked in the market."""

    def make():
        wallet = accounts[0].deploy(OddWallet)
        token.transfer(wallet, 2 * FUNDS, {"from": accounts[0]})
        wallet.run(token, token.approve.encode_input(market, 2 * FUNDS), {"from": accounts[0]})
        for call in (market.deposit.encode_input(2 * FUNDS), market.stake.encode_input(FUNDS)):
            wallet.run(market, call, {"from": accounts[0]})
        return wallet

    return make
