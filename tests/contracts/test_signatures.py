"""Who signed an order: keys, contract accounts (ERC-1271), keys with delegated code (EIP-7702)."""

import pytest
from batches import Matches
from brownie import chain
from chainkit import moves, refused, reverts, rpc, send
from keys import CURVE_ORDER, parts, sign, spell
from orders import OFFER_FIELDS, REQUEST_FIELDS, ZERO, job_id, offer_digest, offer_tuple
from signed import SignedDeal

WORD = b"\x99" * 32
MANNERS = [
    "Yes",
    "YesWithMore",
    "Short",
    "Dirty",
    "Nothing",
    "MagicRevert",
    "HugeRevert",
    "Burn",
    "Write",
    "CapOnly",
    "Hungry",
    "Once",
]
"""Of OddWallet, in its order."""
TOKENS = b"anything that the wallet knows"


@pytest.fixture(scope="module")
def wallet_code(OddWallet, accounts, module_isolation):
    """A wallet whose code accounts can delegate to."""
    return accounts[0].deploy(OddWallet)


@pytest.fixture
def wallet(new_wallet):
    return new_wallet()


def fill(job, signature):
    return send(job.market.fill, job.order, signature, [], by=job.provider)


def match(job, signature=None, offer_signature=None):
    """Matches with other signatures than the right ones."""
    signature = job.signature if signature is None else signature
    offered = job.offer_signature if offer_signature is None else offer_signature
    call = (job.market.matchOrders, job.order, signature, offer_tuple(job.offer), offered, [])
    return send(*call, by=job.submitter)


def mangled(signature):
    """Wrong variants of a right signature, by what is wrong."""
    r, s, v = parts(signature)
    return {
        "nothing": b"",
        "64 bytes (EIP-2098)": r.to_bytes(32, "big") + (s | (v - 27) << 255).to_bytes(32, "big"),
        "66 bytes": signature + b"\0",
        "high s": spell(r, CURVE_ORDER - s, 55 - v),
        "other v": spell(r, s, 55 - v),
        "v of 0 or 1": spell(r, s, v - 27),
        "v of 29": spell(r, s, 29),
        "no r": spell(0, s, v),
        "no s": spell(r, 0, v),
        "changed r": spell(r ^ 1, s, v),
        "zeros": bytes(65),
    }


def test_only_the_exact_65_bytes_are_a_keys_signature(signed, market, everybody, requester):
    job = signed()
    with moves(market, everybody, {}):
        for wrong in mangled(job.signature).values():
            with refused("SignatureRefused", requester, job.id):
                fill(job, wrong)
    fill(job, job.signature)


def test_an_offers_signature_is_looked_at_as_closely(signed, market, everybody, provider):
    job = signed()
    with moves(market, everybody, {}):
        for wrong in mangled(job.offer_signature).values():
            with refused("SignatureRefused", provider, job.digest):
                match(job, offer_signature=wrong)
    match(job)


@pytest.mark.parametrize("which", ["request", "offer"])
def test_a_strangers_signature_is_refused(signed, requester, provider, stranger, which):
    job = signed()
    if which == "request":
        with refused("SignatureRefused", requester, job.id):
            match(job, signature=sign(stranger, job.id))
    else:
        with refused("SignatureRefused", provider, job.digest):
            match(job, offer_signature=sign(stranger, job.digest))


def test_signatures_of_two_sides_are_not_exchangeable(signed, requester):
    job = signed()
    with refused("SignatureRefused", requester, job.id):
        match(job, signature=job.offer_signature)


def test_nobody_is_no_signer(market, provider, stranger):
    """A signature from which nothing can be recovered is not the zero address's."""
    job = SignedDeal(market, ZERO, provider, stranger, bond=0, tip=0, flat=0, maxUnits=0)
    for wrong in (bytes(65), spell(1, 1, 29), b""):
        with refused("SignatureRefused", ZERO, job.id):
            fill(job, wrong)


def test_orders_of_other_chains_and_markets_are_refused(
    Market, signed, market, token, accounts, requester, provider
):
    other = accounts[0].deploy(Market, token, 0)
    job = signed()
    for domain in ((market, chain.id + 1), (other, chain.id)):
        with refused("SignatureRefused", requester, job.id):
            match(job, signature=sign(requester, job_id(*domain, job.request)))
        with refused("SignatureRefused", provider, job.digest):
            match(job, offer_signature=sign(provider, offer_digest(*domain, job.offer)))


# One more valid value of each field, None where it is refused for another reason first.
REQUESTS = {
    "spec": WORD,
    "profile": WORD,
    "tasks": 47,
    "flat": 1,
    "minUnitPrice": 0,
    "maxUnitPrice": 9_000_000,
    "rampStart": 0,
    "rampEnd": lambda request: request["rampEnd"] + 1,
    "maxUnits": 1,
    "bond": 1_000_008,
    "minStake": 1,
    "tip": 0,
    "openUntil": lambda request: request["openUntil"] + 1,
    "runFor": 999,
    "challengeFor": 0,
    "resolver": "0x00000000000000000000000000000000000000aA",
    "demandFee": 0,
    "salt": WORD,
}
JUDGED = {"resolver": REQUESTS["resolver"]}
MORE_REQUESTS = {
    "policy": (JUDGED, WORD),
    "caseFor": (JUDGED, 1),
    "caseFee": (JUDGED, 1),
}


@pytest.mark.parametrize(
    "name", REQUESTS.keys() | MORE_REQUESTS.keys() | {"requester", "providers"}
)
def test_a_request_with_any_other_member_is_refused(signed, market, provider, stranger, name):
    before, value = MORE_REQUESTS.get(name, ({}, REQUESTS.get(name)))
    job = signed(**before)
    if name == "requester":
        value = str(stranger)
    elif name == "providers":
        value = bytes.fromhex(str(provider)[2:]).rjust(32, b"\0")
    elif callable(value):
        value = value(job.request)
    signature = job.signature
    job.request[name] = value
    with refused(
        "SignatureRefused", job.request["requester"], job_id(market, chain.id, job.request)
    ):
        fill(job, signature)


def test_matcher_and_counter_are_signed_too(signed, market, requester, stranger):
    """Their other values are refused elsewhere, but where they fit."""
    job = signed()
    signature = job.signature
    job.request["matcher"] = str(stranger)
    with refused("SignatureRefused", requester, job_id(market, chain.id, job.request)):
        match(job, signature)
    job.request["matcher"] = ZERO
    job.request["counter"] = 1
    market.raiseCounter({"from": requester})
    with refused("SignatureRefused", requester, job_id(market, chain.id, job.request)):
        match(job, signature)


def test_every_field_of_a_request_was_tampered_with():
    rest = {"requester", "providers", "matcher", "counter"}
    assert REQUESTS.keys() | MORE_REQUESTS.keys() | rest == set(REQUEST_FIELDS)


# Another value of each field of the offer that still fits.
OFFERS = {
    "minUnitPrice": 0,
    "minFlat": 0,
    "maxBond": 2**96 - 1,
    "maxUnits": 2**64 - 1,
    "maxTasks": 2**32 - 1,
    "minRunFor": 0,
    "minSecondsPer1e12Units": 0,
    "maxLockFor": 2**32 - 1,
    "minDemandFee": 0,
    "maxJobs": 2**32 - 1,
    "validUntil": 2**64 - 1,
    "salt": WORD,
}


@pytest.mark.parametrize("name", OFFERS)
def test_an_offer_with_any_other_member_is_refused(signed, provider, name):
    job = signed()
    signature = job.offer_signature
    job.offer[name] = OFFERS[name]
    with refused("SignatureRefused", provider, job.digest):
        match(job, offer_signature=signature)


def test_the_offers_names_are_signed_too(signed, market, requester, provider, stranger):
    judge = "0x00000000000000000000000000000000000000aA"
    others = {
        "provider": (str(stranger), {}),
        "requester": (str(requester), {}),
        "spec": (signed().request["spec"], {}),
        "profile": (WORD, {"profile": WORD}),
        "resolver": (judge, {"resolver": judge}),
        "policy": (WORD, {"resolver": judge, "policy": WORD}),
        "matcher": (str(stranger), {}),
        "counter": (1, {}),
    }
    assert others.keys() | OFFERS.keys() == set(OFFER_FIELDS)
    for name, (value, changes) in others.items():
        fits = {"resolver": judge} if name == "policy" else {}
        job = signed(**changes, offer=fits)
        signature = job.offer_signature
        job.offer[name] = value
        if name == "counter":
            market.raiseCounter({"from": provider})
        with refused("SignatureRefused", job.offer["provider"], job.digest):
            match(job, offer_signature=signature)


# ─────────────────────────────── contract accounts ────────────────────────────────


def of_wallet(market, wallet, provider, submitter, manner, signature=TOKENS, **changes):
    """A deal whose requester is the wallet, which was told the signature."""
    job = SignedDeal(market, wallet, provider, submitter, **changes)
    wallet.approve(job.id, signature, MANNERS.index(manner), {"from": submitter})
    return job


@pytest.mark.parametrize("signature", [TOKENS, b"", b"\7" * 65, b"\7" * 5_000])
def test_a_contract_account_signs_with_whatever_bytes_it_accepts(
    market, wallet, provider, stranger, signature
):
    job = of_wallet(market, wallet, provider, stranger, "Yes", signature)
    for wrong in (signature + b"\0", signature[:-1] or b"\1"):
        with refused("SignatureRefused", wallet, job.id):
            fill(job, wrong)
    fill(job, signature)
    assert job.state == 2


@pytest.mark.parametrize("manner", ["YesWithMore", "CapOnly", "Hungry"])
def test_what_a_wallet_says_beyond_the_first_word_is_not_read(
    market, wallet, provider, stranger, manner
):
    """And it gets 200,000 gas and no more."""
    job = of_wallet(market, wallet, provider, stranger, manner)
    fill(job, TOKENS)
    assert job.state == 2


REFUSALS = ["Short", "Dirty", "Nothing", "MagicRevert", "HugeRevert", "Burn", "Write"]


@pytest.mark.parametrize("manner", REFUSALS)
def test_anything_but_the_magic_word_is_a_no(market, wallet, provider, stranger, manner):
    job = of_wallet(market, wallet, provider, stranger, manner)
    with refused("SignatureRefused", wallet, job.id):
        fill(job, TOKENS)


def test_a_contract_that_knows_no_signatures_is_no_signer(market, token, provider, stranger):
    job = SignedDeal(market, token, provider, stranger)
    with refused("SignatureRefused", token, job.id):
        fill(job, TOKENS)


@pytest.mark.parametrize("manner", ["HugeRevert", "YesWithMore", "Burn"])
def test_a_hostile_wallet_costs_little_more_than_the_cap(
    market, wallet, provider, stranger, manner
):
    job = of_wallet(market, wallet, provider, stranger, manner)
    # Enough for the fill and the cap: were returned data copied, it would run out.
    data = reverts(market.fill, job.order, TOKENS, [], by=provider, gas=460_000)
    assert data is None if manner == "YesWithMore" else len(data) == 68


def test_whoever_starves_a_wallet_of_gas_cannot_make_its_signature_look_wrong(
    market, wallet, provider, stranger
):
    """With any gas at all the call succeeds, or reverts without a word."""
    job = of_wallet(market, wallet, provider, stranger, "Hungry")
    call = (market.fill, job.order, TOKENS, [])
    outcomes = [reverts(*call, by=provider, gas=gas) for gas in range(50_000, 420_000, 3_001)]
    assert set(outcomes) == {None, b""}
    enough = outcomes.index(None)
    assert not any(outcome is not None for outcome in outcomes[enough:])


def test_a_wallet_can_be_the_provider(market, wallet, requester, stranger):
    job = SignedDeal(market, requester, wallet, stranger)
    wallet.approve(job.digest, TOKENS, 0, {"from": stranger})
    with refused("SignatureRefused", wallet, job.digest):
        match(job, offer_signature=b"other")
    match(job, offer_signature=TOKENS)
    assert job.state == 2


def test_a_wallets_word_is_asked_for_at_every_match(market, wallet, requester, stranger):
    """A contract may change its mind, in the same transaction too."""
    first, second = (
        SignedDeal(market, requester, wallet, stranger, salt=bytes([i]) * 32) for i in (1, 2)
    )
    wallet.approve(first.digest, TOKENS, MANNERS.index("Once"), {"from": stranger})
    batch = Matches().add(first, offer_signature=TOKENS).add(second, offer_signature=TOKENS)
    tx = send(market.matchBatch, batch.data, by=stranger)
    assert [entry.name for entry in tx.events] == ["JobMatched", "EntrySkipped"]
    assert (first.state, second.state) == (2, 0)


# ──────────────────────────── accounts with delegated code ────────────────────────


@pytest.fixture
def delegated(OddWallet, wallet_code, requester):
    """The requester's account, which still has its key, with a wallet's code."""
    code = "0xef0100" + wallet_code.address[2:].lower()
    rpc("anvil_setCode", str(requester), code)
    return OddWallet.at(str(requester))


def test_an_account_with_delegated_code_signs_with_its_key(signed, delegated):
    job = signed()
    fill(job, job.signature)
    assert job.state == 2


def test_an_account_with_delegated_code_signs_through_its_code(signed, delegated, stranger):
    job = signed()
    with refused("SignatureRefused", job.requester, job.id):
        fill(job, TOKENS)
    delegated.approve(job.id, TOKENS, 0, {"from": stranger})
    fill(job, TOKENS)
    assert job.state == 2


def test_an_accounts_empty_code_accepts_nothing(signed, requester):
    """Delegated to an address without code: the call succeeds and says nothing."""
    rpc("anvil_setCode", str(requester), "0xef0100" + 40 * "9")
    job = signed()
    with refused("SignatureRefused", requester, job.id):
        fill(job, TOKENS)
    fill(job, job.signature)
