"""A signed request and a signed offer become a running job, for the tip."""

import pytest
from chainkit import account, event, moves, now, out_of_range, refused
from conftest import FUNDS, STAKE
from deals import DAY
from orders import terms
from proofs import address_tree
from signed import SignedDeal

BOND, TIP = 1_000_007, 25_000
FLAT, MIN_PRICE, MAX_PRICE, UNITS = 5_000_003, 1_000_003, 3_000_017, 7_123_456_789_013


def cost(price, units=UNITS):
    return FLAT + units * price // 10**12


def whole(address):
    """An address as a request's `providers` holds it."""
    return bytes.fromhex(str(address)[2:]).rjust(32, b"\0")


def test_a_match_locks_escrow_and_bond_and_pays_the_tip(
    signed, market, everybody, requester, provider, stranger
):
    job = signed()
    at = now() + 10
    expected = {
        (requester, "free"): -cost(MIN_PRICE) - TIP,
        (provider, "bonded"): BOND,
        (stranger, "free"): TIP,
    }
    with moves(market, everybody, expected):
        tx = job.match(at=at)
    assert event(tx, "JobMatched") == {
        "id": "0x" + job.id.hex(),
        "requester": requester,
        "provider": provider,
        "terms": "0x" + terms(job.request, MIN_PRICE, at, job.digest, stranger).hex(),
    }
    assert market.check(job.id, job.record) == job.state == 2
    assert market.offerUses(job.digest) == 1


@pytest.mark.parametrize(
    ("before_end", "price"), [(100, MIN_PRICE), (50, 2_000_010), (0, MAX_PRICE), (-799, MAX_PRICE)]
)
def test_the_price_is_the_ramps_and_nothing_more_is_locked(
    signed, market, everybody, requester, provider, stranger, before_end, price
):
    """From rampStart to the last second before openUntil."""
    job = signed(offer={"validUntil": now() + DAY})
    at = job.request["rampEnd"] - before_end
    expected = {(requester, "free"): -cost(price) - TIP, (provider, "bonded"): BOND}
    with moves(market, everybody, expected | {(stranger, "free"): TIP}):
        job.match(at=at)
    assert (job.job["unitPrice"], job.job["acceptedAt"]) == (price, at)


def test_open_until_is_the_first_second_too_late(signed):
    job = signed(offer={"validUntil": now() + DAY})
    until = job.request["openUntil"]
    with out_of_range("openUntil", until, until + 1, until + 90 * DAY):
        job.match(at=until)
    assert job.state == 0


def test_a_matched_job_is_paid_like_any_other(signed, market, everybody, requester, provider):
    job = signed().until("Claimed")
    paid = cost(MIN_PRICE, 6_123_456_789_012)
    expected = {
        (provider, "free"): paid,
        (provider, "bonded"): -BOND,
        (requester, "free"): cost(MIN_PRICE) - paid,
    }
    with moves(market, everybody, expected):
        job.approve()
    assert job.state == 5


@pytest.mark.parametrize(("elapsed", "lost"), [(0, 0), (333, 49_950), (999, 149_851)])
def test_a_released_job_repays_the_tip_out_of_what_is_burned(
    signed, market, everybody, requester, provider, elapsed, lost
):
    job = signed().until("Running")
    expected = {
        (requester, "free"): cost(MIN_PRICE) + lost + TIP,
        (provider, "staked"): -lost - 50_000,
        (provider, "bonded"): -BOND,
        ("0x000000000000000000000000000000000000dEaD", "free"): 50_000 - TIP,
    }
    with moves(market, everybody, expected):
        job.release(at=job.job["acceptedAt"] + elapsed)


def test_a_silent_provider_pays_for_a_matched_job_too(
    signed, market, everybody, requester, provider, stranger
):
    job = signed().until("Running")
    expected = {
        (requester, "free"): cost(MIN_PRICE) + 240_001,
        (provider, "staked"): -250_001,
        (provider, "bonded"): -BOND,
        (stranger, "free"): 10_000,
    }
    with moves(market, everybody, expected):
        job.expire(by=stranger, at=job.job["acceptedAt"] + 1_000)


def test_two_matches_of_one_request_are_one_job(signed, deal):
    job = signed()
    job.match()
    with refused("WrongState", job.id, 0, 2):
        job.match()
    posted = signed(salt=b"\1" * 32)
    posted.post()
    with refused("WrongState", posted.id, 0, 1):
        posted.match()


@pytest.mark.parametrize("named", ["request", "offer"])
def test_a_named_matcher_alone_matches(signed, stranger, requester, accounts, named):
    matcher = {"matcher": str(accounts[4])}
    job = signed(**matcher) if named == "request" else signed(offer=matcher)
    for other in (stranger, requester):
        with refused("NotAllowed", other, accounts[4]):
            job.match(by=other)
    job.match(by=accounts[4])


def test_two_different_matchers_match_never(signed, requester, stranger):
    job = signed(matcher=str(stranger), offer={"matcher": str(requester)})
    with refused("NotAllowed", stranger, requester):
        job.match(by=stranger)
    with refused("NotAllowed", requester, stranger):
        job.match(by=requester)


def test_a_request_with_a_matcher_cannot_be_posted_or_filled(signed, stranger):
    job = signed(matcher=str(stranger))
    for call in (job.post, job.fill, job.fill_and_claim):
        with out_of_range("matcher", int(str(stranger), 16), 0, 0):
            call()


def test_a_request_that_names_its_provider_is_matched_to_it_only(
    signed, market, requester, provider, stranger
):
    other = signed(providers=whole(stranger))
    with refused("ProviderNotAllowed", provider, whole(stranger)):
        other.match()
    signed(providers=whole(provider)).match()


def test_an_allow_list_is_proved_by_the_matcher(signed, provider, stranger, accounts):
    members = [str(one) for one in (*accounts[4:7], provider)]
    root, proofs = address_tree(members)
    job = signed(providers=root)
    for proof in ([], proofs[members[0]], [*proofs[str(provider)], b"\1" * 32]):
        with refused("ProviderNotAllowed", provider, root):
            job.match(proof=proof)
    job.match(proof=proofs[str(provider)])


@pytest.mark.parametrize("missing", [0, 1])
def test_the_requester_needs_the_escrow_at_this_price_and_the_tip(
    signed, market, requester, missing
):
    job = signed()
    needed = cost(MIN_PRICE) + TIP
    market.withdraw(requester, FUNDS - needed + missing, {"from": requester})
    if missing:
        with refused("InsufficientFree", requester, needed - 1, needed):
            job.match()
    else:
        job.match()
        assert account(market, requester)["free"] == 0


@pytest.mark.parametrize("missing", [0, 1])
def test_the_provider_needs_the_bond_unbonded(signed, provider, missing):
    signed(salt=b"\1" * 32).match()
    wanted = STAKE - BOND + missing
    job = signed(bond=wanted, offer={"maxBond": wanted})
    if missing:
        with refused("InsufficientStake", provider, STAKE - BOND, wanted):
            job.match()
    else:
        job.match()


@pytest.mark.parametrize("missing", [0, 1])
def test_the_provider_needs_the_least_stake_that_is_asked(signed, provider, missing):
    job = signed(minStake=STAKE + missing)
    if missing:
        with refused("StakeTooLow", provider, STAKE, STAKE + 1):
            job.match()
    else:
        job.match()


def test_the_requester_may_match_itself_and_gets_its_tip_back(
    signed, market, everybody, requester, provider
):
    expected = {(requester, "free"): -cost(MIN_PRICE), (provider, "bonded"): BOND}
    with moves(market, everybody, expected):
        signed().match(by=requester)


def test_one_account_may_stand_on_all_sides(market, provider):
    job = SignedDeal(market, provider, provider, provider)
    expected = {(provider, "free"): -cost(MIN_PRICE), (provider, "bonded"): BOND}
    with moves(market, [provider], expected):
        job.match()


def test_the_case_fee_is_locked_and_stands_in_the_record(signed, market, everybody, requester):
    judge = {"resolver": "0x00000000000000000000000000000000000000AA", "policy": b"\7" * 32}
    job = signed(
        **judge, caseFor=DAY, caseFee=250_001, tip=0, offer={**judge, "maxLockFor": 900 + 3 * DAY}
    )
    free = account(market, requester)["free"]
    job.match()
    assert account(market, requester)["free"] == free - cost(MIN_PRICE) - 250_001
    assert job.job["caseFee"] == 250_001
    assert market.check(job.id, job.record) == 2


def test_without_bond_and_tip_only_the_requesters_money_moves(signed, market, everybody, requester):
    with moves(market, everybody, {(requester, "free"): -cost(MIN_PRICE)}):
        signed(bond=0, tip=0).match()


def test_the_largest_amounts_stay_in_their_members(
    Market, SilentToken, accounts, requester, provider, stranger
):
    """Members of an account share words: near their limits nothing carries into a neighbour."""
    half = 2**95
    token = accounts[0].deploy(SilentToken, 2**97)
    market = accounts[0].deploy(Market, token, 0)
    for person, amount in ((requester, half - 1), (provider, half)):
        token.transfer(person, amount, {"from": accounts[0]})
        token.approve(market, amount, {"from": person})
        market.deposit(amount, {"from": person})
        market.raiseCounter({"from": person})
    market.stake(half, {"from": provider})
    tip = half // 40
    sums = {"bond": half, "tip": tip, "flat": half - 1 - tip, "maxUnits": 0, "counter": 1}
    limits = {"maxBond": half, "counter": 1, "minFlat": 0, "minUnitPrice": 0}
    job = SignedDeal(market, requester, provider, stranger, **sums, offer=limits)
    job.match()
    assert account(market, requester) == dict.fromkeys(account(market, requester), 0) | {
        "counter": 1
    }
    kept = {"free": 0, "bonded": half, "counter": 1, "staked": half}
    assert account(market, provider) == kept | {"unbonding": 0, "maturesAt": 0}
    job.submit()
    job.approve()
    kept |= {"free": half - 1 - tip, "bonded": 0}
    assert account(market, provider) == kept | {"unbonding": 0, "maturesAt": 0}
    assert account(market, stranger)["free"] == tip
