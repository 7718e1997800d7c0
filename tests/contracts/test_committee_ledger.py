"""Money comes to the committee and goes only here; the market holds it all the while."""

import pytest
from cases import holdings, owes, pays, told
from chainkit import account, moves, now, out_of_range, refused, send
from conftest import COOLDOWN, FUNDS, MIN_STAKE
from orders import ZERO, ZERO32
from test_permit import AMOUNT, permit_of

MAX96 = 2**96 - 1


@pytest.fixture
def committee_of(Market, Committee, accounts, stranger):
    """A committee over another token, of which the stranger has 10,000 and approved them all."""

    def deploy(Token):
        token = accounts[0].deploy(Token, 10**30)
        market = accounts[0].deploy(Market, token, COOLDOWN)
        committee = accounts[0].deploy(Committee, market, MIN_STAKE)
        token.transfer(stranger, 10_000, {"from": accounts[0]})
        for person in (stranger, accounts[0]):
            token.approve(committee, 2**256 - 1, {"from": person})
        return committee, market, token

    return deploy


def test_a_deposit_is_the_committees_in_the_market(bench, market, token, people, stranger):
    before = token.balanceOf(market)
    with (
        pays(bench, people, {(stranger, "free"): 5_000}),
        moves(market, [*people, bench], {(bench, "free"): 5_000}),
    ):
        tx = send(bench.deposit, 5_000, by=stranger)
    assert told(tx, bench) == [("Deposited", {"account": stranger, "amount": 5_000})]
    assert told(tx, market) == [("Deposited", {"account": bench, "amount": 5_000})]
    assert (token.balanceOf(bench), token.balanceOf(market)) == (0, before + 5_000)


def test_a_withdrawal_goes_to_anybody(bench, market, token, people, stranger, accounts):
    with (
        pays(bench, people, {(stranger, "free"): -4_000}),
        moves(market, [*people, bench], {(bench, "free"): -4_000}),
    ):
        tx = send(bench.withdraw, accounts[0], 4_000, by=stranger)
    withdrawn = {"account": stranger, "to": accounts[0], "amount": 4_000}
    assert told(tx, bench) == [("Withdrawn", withdrawn)]
    assert told(tx, market) == [("Withdrawn", withdrawn | {"account": bench})]
    assert token.balanceOf(bench) == 0


def test_nothing_cannot_be_deposited_or_withdrawn(bench, stranger):
    with out_of_range("amount", 0, 1, MAX96):
        send(bench.deposit, 0, by=stranger)
    with out_of_range("amount", 0, 1, MAX96):
        send(bench.withdraw, stranger, 0, by=stranger)
    with out_of_range("amount", 0, 1, MAX96):
        send(bench.depositWithPermit, 0, now() + 9, 27, ZERO32, ZERO32, by=stranger)


def test_more_than_is_free_cannot_be_withdrawn(committee, verifiers, stranger):
    """Neither what others have there, nor one's own stake."""
    with refused("InsufficientFree", stranger, FUNDS, FUNDS + 1):
        send(committee.withdraw, stranger, FUNDS + 1, by=stranger)
    free = holdings(committee, verifiers[4])[str(verifiers[4]), "free"]
    with refused("InsufficientFree", verifiers[4], free, free + 1):
        send(committee.withdraw, stranger, free + 1, by=verifiers[4])


def test_no_withdrawal_to_nobody_the_market_or_itself(bench, market, stranger):
    for to in (ZERO, market.address, bench.address):
        with refused("RecipientRefused", to):
            send(bench.withdraw, to, 1, by=stranger)


def test_nobody_takes_the_committees_money_from_the_market(bench, market, accounts):
    """It has no key, and no call of it withdraws but for who owns what is withdrawn."""
    assert account(market, bench)["free"] == 8 * FUNDS
    with refused("InsufficientFree", accounts[0], 0, 1):
        send(bench.withdraw, accounts[0], 1, by=accounts[0])


def test_a_permit_and_a_deposit_are_one_transaction(bench, token, people, verifiers, accounts):
    saver = verifiers[0]
    token.transfer(saver, AMOUNT, {"from": accounts[0]})
    token.approve(bench, 0, {"from": saver})
    signed = permit_of(token, saver, bench)
    with pays(bench, people, {(saver, "free"): AMOUNT}):
        send(bench.depositWithPermit, AMOUNT, *signed, by=saver)
    assert token.allowance(saver, bench) == 0


def test_a_permit_that_somebody_used_before_is_no_failure(
    bench, token, people, verifiers, stranger, accounts
):
    saver = verifiers[0]
    token.transfer(saver, AMOUNT, {"from": accounts[0]})
    token.approve(bench, 0, {"from": saver})
    signed = permit_of(token, saver, bench)
    send(token.permit, saver, bench, AMOUNT, *signed, by=stranger)
    with pays(bench, people, {(saver, "free"): AMOUNT}):
        send(bench.depositWithPermit, AMOUNT, *signed, by=saver)


def test_without_a_good_permit_the_allowance_decides(bench, token, verifiers, accounts):
    saver = verifiers[0]
    token.transfer(saver, AMOUNT, {"from": accounts[0]})
    token.approve(bench, 0, {"from": saver})
    with refused("ERC20InsufficientAllowance", bench.address, 0, AMOUNT):
        send(bench.depositWithPermit, AMOUNT, *permit_of(token, saver, verifiers[1]), by=saver)


def test_tokens_sent_directly_are_nobodys(bench, market, token, people, accounts):
    for to in (bench, market):
        with pays(bench, people, {}):
            token.transfer(to, 5_000, {"from": accounts[0]})
    assert owes(bench, people) == account(market, bench)["free"]


# ─────────────────────────────────── hostile tokens ───────────────────────────────


def test_a_token_that_takes_a_fee_is_refused(committee_of, FeeToken, stranger):
    committee, _, _ = committee_of(FeeToken)
    with pytest.raises(Exception, match="revert"):
        send(committee.deposit, 9_000, by=stranger)


def test_a_fee_is_not_taken_from_what_lies_there(committee_of, FeeToken, stranger, accounts):
    """Were there enough tokens to hide the first fee, the market would see the second."""
    committee, _, token = committee_of(FeeToken)
    token.transfer(committee, 10**6, {"from": accounts[0]})
    with refused("DepositMismatch", 9_000, 8_910):
        send(committee.deposit, 9_000, by=stranger)


def test_a_token_that_returns_nothing_works(committee_of, SilentToken, stranger, accounts):
    committee, market, token = committee_of(SilentToken)
    send(committee.deposit, 9_000, by=stranger)
    send(committee.withdraw, accounts[7], 8_000, by=stranger)
    assert (token.balanceOf(market), token.balanceOf(accounts[7])) == (1_000, 8_000)
    send(committee.depositWithPermit, 500, 0, 27, ZERO32, ZERO32, by=stranger)
    assert holdings(committee, stranger)[str(stranger), "free"] == 1_500


def test_a_token_that_returns_false_is_refused(committee_of, RefusingToken, stranger):
    committee, _, token = committee_of(RefusingToken)
    with refused("SafeERC20FailedOperation", token.address):
        send(committee.deposit, 9_000, by=stranger)


@pytest.mark.parametrize("door", ["deposit", "withdraw"])
@pytest.mark.parametrize("again", ["deposit", "withdraw", "stake", "market"])
def test_a_token_that_calls_back_finds_and_leaves_a_sound_ledger(
    committee_of, ReentrantToken, stranger, door, again
):
    """It has money there itself, and calls in the middle of the stranger's transfer."""
    committee, market, token = committee_of(ReentrantToken)
    token.join(committee, MIN_STAKE + 700)
    send(committee.deposit, 5_000, by=stranger)
    call = {
        "deposit": lambda: committee.deposit.encode_input(1),
        "withdraw": lambda: committee.withdraw.encode_input(token.address, 500),
        "stake": lambda: committee.stake.encode_input(MIN_STAKE),
        "market": lambda: market.withdraw.encode_input(token.address, 1),
    }[again]()
    token.arm(market if again == "market" else committee, call)
    outer = {
        "deposit": (committee.deposit, 1_000),
        "withdraw": (committee.withdraw, stranger, 1_000),
    }
    before = holdings(committee, stranger, token)
    send(*outer[door], by=stranger)
    after = holdings(committee, stranger, token)
    moved = {key[1]: after[key] - before[key] for key in after if key[0] == str(stranger)}
    assert moved == {"free": 1_000 if door == "deposit" else -1_000, "staked": 0, "leaving": 0}
    theirs = {key[1]: after[key] - before[key] for key in after if key[0] == token.address}
    if again == "stake":
        assert theirs == {"free": -MIN_STAKE, "staked": MIN_STAKE, "leaving": 0}
    else:
        assert theirs == {"free": -500 if token.succeeded() and again == "withdraw" else 0} | {
            "staked": 0,
            "leaving": 0,
        }
    assert owes(committee, [stranger, token]) == account(market, committee)["free"]
    assert token.balanceOf(market) == account(market, committee)["free"]


def test_a_committee_needs_a_market(Committee, accounts):
    for no_market in (ZERO, accounts[5].address):
        with pytest.raises(Exception, match="revert"):
            accounts[0].deploy(Committee, no_market, MIN_STAKE)


def test_without_allowance_the_tokens_own_error_is_shown(bench, token, stranger):
    token.approve(bench, 0, {"from": stranger})
    with refused("ERC20InsufficientAllowance", bench.address, 0, 9):
        send(bench.deposit, 9, by=stranger)
