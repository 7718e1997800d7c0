"""A market with four funded accounts, turned back after each test."""

import gc

import pytest
from chainkit import answer_when_mined, send
from deals import Deal
from signed import SignedDeal

SUPPLY = 10**27
FUNDS = 10**12
STAKE = 10**11
COOLDOWN = 7 * 86_400


@pytest.fixture(autouse=True, scope="session")
def prompt_chain():
    """No transaction is looked for before it can be found, and turning back is quick."""
    answer_when_mined()
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
