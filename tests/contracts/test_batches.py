"""Many calls in one transaction: a bad entry is left out and told, and harms nobody else's."""

import pytest
from batches import (
    PLACE,
    Matches,
    blank,
    breaks_at,
    changes,
    finalizes,
    least_gas,
    outcomes,
    send_with_gas,
    sized,
    skipped,
    submits,
)
from chainkit import error, moves, now, reverts, rpc, send
from conftest import FUNDS
from deals import DAY, MANIFEST, ROOT, UNITS
from keys import sign
from orders import (
    JOB_FIELDS,
    OFFER_FIELDS,
    OFFER_TYPE,
    REQUEST_FIELDS,
    REQUEST_TYPE,
    ZERO,
    ZERO32,
    offer_tuple,
    seal,
    terms,
)
from proofs import address_tree
from results import Result, pair
from signed import SignedDeal

HUNGRY = 10  # OddWallet.Manner: says yes after 180,000 gas
BOND, TIP, ESCROW = 1_000_007, 25_000, 5_000_003 + 7_123_456_789_013 * 1_000_003 // 10**12


def match(market, batch, by, at=None):
    return send(market.matchBatch, batch.data, by=by, at=at)


@pytest.fixture
def several(signed):
    """Makes `count` deals of one offer, which is good for all of them."""

    def make(count, first=1, **changes):
        offer = {"maxJobs": 100, **changes.pop("offer", {})}
        salts = (bytes([first + i]) * 32 for i in range(count))
        return [signed(**changes, salt=salt, offer=offer) for salt in salts]

    return make


# ─────────────────────────────────────── match ────────────────────────────────────


def test_one_offer_takes_many_requests(market, everybody, several, requester, provider, stranger):
    jobs = several(5)
    at = now() + 10
    expected = {
        (requester, "free"): 5 * (-ESCROW - TIP),
        (provider, "bonded"): 5 * BOND,
        (stranger, "free"): 5 * TIP,
    }
    with moves(market, everybody, expected):
        tx = match(market, Matches(*jobs), by=stranger, at=at)
    assert outcomes(tx) == [("JobMatched", job.id) for job in jobs]
    for job, said in zip(jobs, tx.events["JobMatched"], strict=True):
        told = terms(job.request, 1_000_003, at, job.digest, stranger)
        assert said["terms"] == "0x" + told.hex()
        job.started(said, TIP)
        assert market.check(job.id, job.record) == 2
    assert market.offerUses(jobs[0].digest) == 5


def test_many_offers_take_their_own_requests(market, accounts, requester, provider, stranger):
    send(market.stake, 10**9, by=stranger)
    pairs = [
        SignedDeal(market, requester, who, stranger, salt=bytes([i + 1]) * 32)
        for i, who in enumerate((provider, stranger))
    ]
    tx = match(market, Matches(*pairs), by=stranger)
    assert [(e["id"], e["provider"]) for e in tx.events["JobMatched"]] == [
        ("0x" + pair.id.hex(), pair.provider) for pair in pairs
    ]


BAD = {
    "signature": {},
    "offer's limit": {"tasks": 49},
    "field": {"runFor": 0},
    "provider": {"providers": b"\xee" * 32},
    "counter": {"counter": 1},
    "matcher": {"matcher": "0x00000000000000000000000000000000000000aA"},
    "stake": {"minStake": 2 * FUNDS},
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_request_is_skipped_with_the_single_calls_error(
    market, everybody, signed, several, requester, provider, stranger, kind
):
    first, last = several(2)
    bad = signed(**BAD[kind], salt=b"\7" * 32)
    bad.offer = first.offer
    signature = sign(stranger if kind == "signature" else requester, bad.id)
    single = (bad.order, signature, offer_tuple(first.offer), first.offer_signature, [])
    reason = reverts(market.matchOrders, *single, by=stranger)
    assert len(reason) > 4
    moved = {(requester, "free"): 2 * (-ESCROW - TIP), (provider, "bonded"): 2 * BOND}
    with moves(market, everybody, moved | {(stranger, "free"): 2 * TIP}):
        batch = Matches(first).add(bad, signature=signature).add(last)
        tx = match(market, batch, by=stranger)
    assert outcomes(tx) == [
        ("JobMatched", first.id),
        skipped(1, bad.id, reason),
        ("JobMatched", last.id),
    ]
    assert market.offerUses(first.digest) == 2


def test_a_replay_within_a_batch_is_skipped(market, several, stranger):
    job, other = several(2)
    tx = match(market, Matches(job, job, other, job), by=stranger)
    reason = error("WrongState(bytes32,uint8,uint8)", job.id, 0, 2)
    assert outcomes(tx) == [
        ("JobMatched", job.id),
        skipped(1, job.id, reason),
        ("JobMatched", other.id),
        skipped(3, job.id, reason),
    ]


def test_uses_count_within_a_batch(market, several, stranger):
    jobs = several(3, offer={"maxJobs": 2})
    tx = match(market, Matches(*jobs), by=stranger)
    reason = error("OfferUsedUp(bytes32,uint32)", jobs[0].digest, 2)
    expected = [("JobMatched", job.id) for job in jobs[:2]]
    assert outcomes(tx) == [*expected, skipped(2, jobs[2].id, reason)]


def test_money_that_an_entry_spent_is_missing_to_the_next(market, several, requester, stranger):
    """And what a skipped entry would have spent is not."""
    jobs = several(3)
    free = 2 * (ESCROW + TIP) - 1
    send(market.withdraw, requester, FUNDS - free, by=requester)
    small = several(1, first=9, tip=0)[0]
    tx = match(market, Matches(jobs[0], jobs[1], small), by=stranger)
    left = ESCROW + TIP - 1
    refusal = "InsufficientFree(address,uint256,uint256)"
    reason = error(refusal, str(requester), left, left + 1)
    assert outcomes(tx) == [
        ("JobMatched", jobs[0].id),
        skipped(1, jobs[1].id, reason),
        ("JobMatched", small.id),
    ]


def test_a_revoked_and_a_late_offer_are_skipped(market, several, provider, stranger):
    revoked, late, good = (
        several(1, first=i, offer={"salt": bytes([i]) * 32})[0] for i in (1, 2, 3)
    )
    late.offer["validUntil"] = now() + 20
    send(market.cancelOffer, offer_tuple(revoked.offer), by=provider)
    at = late.offer["validUntil"]
    tx = match(market, Matches(revoked, late, good), by=stranger, at=at)
    assert outcomes(tx) == [
        skipped(0, revoked.id, error("OfferRevoked(bytes32)", revoked.digest)),
        skipped(1, late.id, error("TooLate(uint256,uint256)", at, at)),
        ("JobMatched", good.id),
    ]


def test_an_offer_is_signed_where_it_was_not_seen_signed_before(market, several, stranger):
    """The key's signature is remembered within the transaction; a wrong one before it is not."""
    first, second, third = several(3)
    wrong = b"\1" * 65
    batch = Matches().add(first, offer_signature=wrong)
    batch.add(second, offer_signature=first.offer_signature).add(third, offer_signature=wrong)
    tx = match(market, batch, by=stranger)
    refusal = error("SignatureRefused(address,bytes32)", str(first.provider), first.digest)
    assert outcomes(tx) == [
        skipped(0, first.id, refusal),
        ("JobMatched", second.id),
        ("JobMatched", third.id),
    ]
    again = several(1, first=9)[0]
    again.offer = first.offer
    tx = match(market, Matches().add(again, offer_signature=wrong), by=stranger)
    assert outcomes(tx) == [skipped(0, again.id, refusal)]  # another transaction knows nothing


def test_the_caller_of_the_batch_is_the_matcher(market, several, requester, stranger, accounts):
    jobs = several(2, matcher=str(accounts[5]), offer={"matcher": str(accounts[5])})
    reason = error("NotAllowed(address,address)", str(stranger), str(accounts[5]))
    tx = match(market, Matches(*jobs), by=stranger)
    assert outcomes(tx) == [skipped(i, job.id, reason) for i, job in enumerate(jobs)]
    with moves(market, [accounts[5]], {(accounts[5], "free"): 2 * TIP}):
        match(market, Matches(*jobs), by=accounts[5])


def test_entries_of_any_lengths_do_not_disturb_each_other(
    market, new_wallet, accounts, requester, provider, stranger
):
    """The memory of a long entry is used again for a short one, and the other way round."""
    deals, batch = [], Matches()
    for i, length in enumerate([0, 500, 65, 0, 31, 1, 2_000, 33, 0, 64]):
        buyer = new_wallet()
        seller = new_wallet() if i % 2 else provider
        root, proofs = address_tree([str(one) for one in (*accounts[3 : 5 + i % 4], seller)])
        listed = {"providers": root} if i % 3 == 1 else {}
        deal = SignedDeal(market, buyer, seller, stranger, **listed, offer={"maxJobs": 100})
        signature, offered = bytes([i + 1]) * length, bytes([i + 101]) * (700 - 70 * i)
        buyer.approve(deal.id, signature, 0, {"from": stranger})
        if seller == provider:
            offered = deal.offer_signature
        else:
            seller.approve(deal.digest, offered, 0, {"from": stranger})
        batch.add(deal, signature, offered, proofs[str(seller)] if listed else [])
        deals.append(deal)
    own = SignedDeal(market, requester, provider, stranger)
    batch.add(own)
    tx = match(market, batch, by=stranger)
    assert outcomes(tx) == [("JobMatched", deal.id) for deal in (*deals, own)]


def test_a_skipped_entrys_reason_leaves_the_others_alone(market, several, stranger):
    jobs = several(4)
    batch = Matches().add(jobs[0], bytes(65)).add(jobs[1]).add(jobs[2], b"\1" * 900).add(jobs[3])
    tx = match(market, batch, by=stranger)
    names = [name for name, *_ in outcomes(tx)]
    assert names == ["EntrySkipped", "JobMatched", "EntrySkipped", "JobMatched"]
    assert [job.state for job in jobs] == [0, 2, 0, 2]


def test_every_member_of_an_order_changes_from_entry_to_entry(
    signed, market, requester, provider, stranger, accounts
):
    """Whatever is not written again is the entry's before: two deals that differ in everything."""
    judge = "0x00000000000000000000000000000000000000aA"
    everything = {
        "spec": b"\1" * 32,
        "profile": b"\2" * 32,
        "tasks": 47,
        "flat": 6_000_000,
        "minUnitPrice": 1_000_010,
        "maxUnitPrice": 3_000_000,
        "rampStart": now() + 110,
        "rampEnd": now() + 210,
        "openUntil": now() + 900,
        "maxUnits": 10**12,
        "bond": 0,
        "minStake": 0,
        "tip": 0,
        "runFor": 1_001,
        "challengeFor": 601,
        "resolver": judge,
        "policy": b"\3" * 32,
        "caseFor": 5,
        "demandFee": 78,
        "providers": bytes.fromhex(str(stranger)[2:]).rjust(32, b"\0"),
        "matcher": str(stranger),
        "counter": 1,
        "salt": b"\4" * 32,
    }
    limits = {"spec": b"\1" * 32, "profile": b"\2" * 32, "policy": b"\3" * 32, "resolver": judge}
    limits |= {"maxLockFor": 10**6, "requester": str(provider), "matcher": str(stranger)}
    limits |= {"counter": 2, "maxBond": 0, "minFlat": 1, "minRunFor": 3, "minDemandFee": 4}
    limits |= {"maxTasks": 50, "maxUnits": 10**13, "minUnitPrice": 2, "maxJobs": 9}
    limits |= {"minSecondsPer1e12Units": 1, "validUntil": now() + 400, "salt": b"\6" * 32}
    for who, times in ((provider, 1), (stranger, 2)):
        for _ in range(times):
            send(market.raiseCounter, by=who)
    first, third = signed(minStake=1), signed(minStake=1, salt=b"\7" * 32)
    first.offer["counter"] = third.offer["counter"] = 1
    other = SignedDeal(market, provider, stranger, stranger, **everything, offer=limits)
    same = {name for name in REQUEST_FIELDS if other.request[name] == first.request[name]}
    assert same == {"caseFee"}  # a bond of 0 allows none
    assert all(other.offer[name] != first.offer[name] for name in OFFER_FIELDS)
    tx = match(market, Matches(first, other, third), by=stranger)
    assert outcomes(tx) == [("JobMatched", deal.id) for deal in (first, other, third)]
    for deal, said in zip((first, other, third), tx.events["JobMatched"], strict=True):
        price = deal.request["minUnitPrice"]
        told = terms(deal.request, price, now(), deal.digest, stranger)
        assert said["terms"] == "0x" + told.hex()


def test_of_a_member_written_twice_the_last_counts(market, several, stranger):
    first, second = several(2)
    whole = Matches(first, second).entries
    salt = REQUEST_FIELDS.index("salt")
    assert whole[1][:2] == bytes([1, salt])
    twice = bytes([2, salt]) + bytes(range(32)) + whole[1][1:]
    tx = send(market.matchBatch, whole[0] + twice, by=stranger)
    assert outcomes(tx) == [("JobMatched", first.id), ("JobMatched", second.id)]


def test_without_an_offer_there_is_no_match(market, several, stranger):
    """The offer of zeros, which nobody signed, is a stranger to every request."""
    job = several(1)[0]
    request = changes(REQUEST_TYPE, blank(REQUEST_TYPE), job.request)
    tx = send(market.matchBatch, request + sized(job.signature) + bytes(2), by=stranger)
    [(name, job_id, place, reason)] = outcomes(tx)
    assert (name, job_id, place) == ("EntrySkipped", job.id, 0)
    assert reason[:4] == error("TooLate(uint256,uint256)", 0, 0)[:4]


def refuses(function, data, kind, by):
    """A batch that breaks off is refused whole, with the place where it does."""
    place = breaks_at(data, kind)
    expected = None if place is None else error("BatchMalformed(uint256)", place)
    assert reverts(function, data, by=by) == expected
    return place is not None


@pytest.fixture
def whole(market, several, provider, stranger):
    """Kind, function, caller and data of a batch of two."""

    def make(kind):
        jobs = several(2)
        if kind == "match":
            return market.matchBatch, Matches(*jobs).data, kind, stranger
        jobs = [job.until("Running" if kind == "submit" else "Claimed") for job in jobs]
        if kind == "submit":
            claims = [(job, seal(provider, job.id, ROOT, UNITS), MANIFEST) for job in jobs]
            return market.submitBatch, submits(*claims), kind, provider
        rpc("evm_setNextBlockTimestamp", jobs[-1].job["windowEnd"])
        rpc("evm_mine")
        return (
            market.finalizeBatch,
            finalizes(*((job, ROOT, UNITS) for job in jobs)),
            kind,
            stranger,
        )

    return make


KINDS = ["match", "submit", "finalize"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_that_breaks_off_anywhere_is_refused_whole(whole, kind):
    function, data, kind, by = whole(kind)
    ends = 0
    for end in range(len(data) + 1):
        ends += not refuses(function, data[:end], kind, by)
    assert ends == 3  # none, one and two entries are whole


@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_a_batch_is_an_entry_of_it(whole, kind):
    function, data, kind, by = whole(kind)
    for more in (b"\0", b"\xff", b"\0" * 31, b"\xff" * 33):
        assert refuses(function, data + more, kind, by)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("beyond", [0, 1, 255])
def test_a_member_that_no_struct_has_is_refused(whole, kind, beyond):
    function, data, kind, by = whole(kind)
    begin = 0 if kind == "match" else 32
    position = min(255, (len(REQUEST_FIELDS) if kind == "match" else len(JOB_FIELDS)) + beyond)
    broken = data[: begin + 1] + bytes([position]) + data[begin + 2 :]
    assert breaks_at(broken, kind) == PLACE + begin
    assert refuses(function, broken, kind, by)


def test_an_offers_member_beyond_the_last_is_refused(market, several, stranger):
    job = several(1)[0]
    data = Matches(job).data
    request = changes(REQUEST_TYPE, blank(REQUEST_TYPE), job.request) + sized(job.signature)
    assert data.startswith(request)
    for position in (len(OFFER_FIELDS), 31, 32, 255):
        broken = request + bytes([1, position]) + bytes(200)
        assert breaks_at(broken, "match") == PLACE + len(request)
        assert refuses(market.matchBatch, broken, "match", stranger)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_lengths_that_lie_are_refused(market, several, stranger, place):
    """Of the request's signature, the offer's, and the proof: as large as they can be said."""
    job = several(1)[0]
    request = changes(REQUEST_TYPE, blank(REQUEST_TYPE), job.request)
    parts = [request, sized(job.signature), changes(OFFER_TYPE, blank(OFFER_TYPE), job.offer)]
    parts += [sized(job.offer_signature), b"\0"]
    lie = [1, 3, 4][place]
    parts[lie] = b"\xff" if place == 2 else b"\xff\xff" + parts[lie][2:]
    assert refuses(market.matchBatch, b"".join(parts), "match", stranger)


def test_an_empty_batch_does_nothing(market, everybody, stranger):
    with moves(market, everybody, {}):
        for tx in (
            match(market, Matches(), by=stranger),
            send(market.submitBatch, b"", by=stranger),
            send(market.finalizeBatch, b"", by=stranger),
        ):
            assert not tx.events


# ───────────────────────────────────── submit ─────────────────────────────────────


def claim(job, root=ROOT, units=UNITS):
    return job, seal(job.provider, job.id, root, units), MANIFEST


def opening(job):
    return job, ROOT, UNITS


def test_claims_of_a_batch_are_those_of_single_calls(market, everybody, several, provider):
    jobs = [job.until("Running") for job in several(3)]
    at = now() + 10
    with moves(market, everybody, {}):
        tx = send(market.submitBatch, submits(*map(claim, jobs)), by=provider, at=at)
    assert outcomes(tx) == [("JobClaimed", job.id) for job in jobs]
    for job, said in zip(jobs, tx.events["JobClaimed"], strict=True):
        right = seal(provider, job.id, ROOT, UNITS)
        assert (said["seal"], said["manifest"]) == ("0x" + right.hex(), "0x" + MANIFEST.hex())
        assert said["claimedAt"] == at
        job.claimed(said, right)
        assert market.check(job.id, job.record) == 3


def test_bad_claims_are_skipped_with_the_single_calls_error(
    market, deal, several, requester, provider, stranger
):
    good, last, done, forged = (job.until("Running") for job in several(4))
    foreign = SignedDeal(market, requester, stranger, provider, bond=0, tip=0)
    foreign.fill()
    done.submit()
    forged.job["bond"] += 1
    unknown = several(1, first=50)[0]
    jobs = [good, done, forged, foreign, unknown, last]
    unknown.job |= dict.fromkeys(("requester", "provider", "resolver"), ZERO)
    unknown.job |= {"caseDone": False, "demandHash": ZERO32, "seal": ZERO32}
    reasons = [
        reverts(market.submit, job.id, running(job), ZERO32, ZERO32, by=provider) for job in jobs
    ]
    tx = send(market.submitBatch, submits(*map(claim, jobs)), by=provider)
    assert outcomes(tx) == [
        ("JobClaimed", job.id) if reason is None else skipped(place, job.id, reason)
        for place, (job, reason) in enumerate(zip(jobs, reasons, strict=True))
    ]
    assert [reason is None for reason in reasons] == [True, False, False, False, False, True]


def running(job):
    """The record as a submit entry spells it: what is set by the claim is zero."""
    late = {"claimedAt": 0, "claimBlock": 0, "windowEnd": 0, "seal": ZERO32}
    return tuple((job.job | late).values())


def test_late_claims_are_skipped(market, several, provider):
    early, late = several(2)
    early.match()
    late.match(at=now() + 100)
    at = early.job["acceptedAt"] + 1_000
    tx = send(market.submitBatch, submits(claim(early), claim(late)), by=provider, at=at)
    reason = error("TooLate(uint256,uint256)", at, at)
    assert outcomes(tx) == [skipped(0, early.id, reason), ("JobClaimed", late.id)]


# ──────────────────────────────────── finalize ────────────────────────────────────


def test_a_batch_settles_what_single_calls_would(
    market, everybody, several, requester, provider, stranger
):
    jobs = [job.until("Claimed") for job in several(3)]
    at = jobs[-1].job["windowEnd"]
    paid = 5_000_003 + UNITS * 1_000_003 // 10**12
    expected = {
        (provider, "free"): 3 * paid,
        (provider, "bonded"): -3 * BOND,
        (requester, "free"): 3 * (ESCROW - paid),
    }
    entries = finalizes(*map(opening, jobs))
    with moves(market, everybody, expected):
        tx = send(market.finalizeBatch, entries, by=stranger, at=at)
    assert outcomes(tx) == [("JobSettled", job.id) for job in jobs]
    for said in tx.events["JobSettled"]:
        assert (said["payment"], said["refund"], said["approved"]) == (paid, ESCROW - paid, False)
        assert (said["root"], said["totalUnits"]) == ("0x" + ROOT.hex(), UNITS)


def test_bad_settlements_are_skipped_with_their_errors(market, several, provider, stranger):
    """Entries: good, sealed otherwise, twice the good one, demanded, too early."""
    good, demanded = (job.until("Claimed") for job in several(2))
    other = several(1, first=8)[0].until("Running")
    other.submit(claim=b"\2" * 32)
    demanded.demand([0, 1])
    demanded_at = now()
    early = several(1, first=9, challengeFor=5_000, offer={"maxLockFor": 10**6})[0]
    early.until("Claimed")
    at = demanded_at + 700
    jobs = [good, other, good, demanded, early]
    entries = finalizes(*map(opening, jobs))
    tx = send(market.finalizeBatch, entries, by=stranger, at=at)
    opened = seal(provider, other.id, ROOT, UNITS)
    assert outcomes(tx) == [
        ("JobSettled", good.id),
        skipped(1, other.id, error("SealMismatch(bytes32,bytes32)", b"\2" * 32, opened)),
        skipped(2, good.id, error("WrongState(bytes32,uint8,uint8)", good.id, 3, 5)),
        skipped(3, demanded.id, error("DemandOpen(bytes32,uint8)", demanded.id, 0b11111100)),
        skipped(4, early.id, error("TooEarly(uint256,uint256)", at, early.job["windowEnd"])),
    ]


def test_only_jobs_whose_case_is_over_are_settled(market, disputable, stranger):
    """Entries: in a case, upheld, rejected, timed out; the records of those that go on tell it."""
    jobs = [disputable(salt=bytes([i]) * 32, caseFor=60).until("Claimed") for i in range(4)]
    open_, upheld, rejected, timed_out = jobs
    for job in (timed_out, open_, upheld, rejected):
        job.dispute()
    upheld.resolve(0)
    rejected.resolve(1)
    timed_out.timeout(by=stranger, at=timed_out.job["disputedAt"] + 60)
    tx = send(market.finalizeBatch, finalizes(*map(opening, jobs)), by=stranger)
    wrong_state = "WrongState(bytes32,uint8,uint8)"
    assert outcomes(tx) == [
        skipped(0, open_.id, error(wrong_state, open_.id, 3, 4)),
        ("JobSettled", upheld.id),
        skipped(2, rejected.id, error(wrong_state, rejected.id, 3, 7)),
        ("JobSettled", timed_out.id),
    ]


def test_every_member_of_a_record_is_unpacked(market, several, stranger):
    """A job with a demand that was answered has them all set but the case's."""
    result = Result([b"output"])
    judge = {"resolver": "0x00000000000000000000000000000000000000aA"}
    offered = judge | {"maxLockFor": 10**7}
    job = several(1, **judge, tasks=1, caseFor=DAY, caseFee=9, minStake=1, offer=offered)[0]
    job.until("Running")
    job.submit(claim=seal(job.provider, job.id, result.root, result.units))
    pairs = [pair(0, 0), pair(0, 1)]
    job.demand(pairs)
    job.answer(pairs, result, [result.answer(0, 0, 0), result.answer(1, 0, 1)])
    entry = finalizes((job, result.root, result.units))
    tx = send(market.finalizeBatch, entry, by=stranger, at=job.job["windowEnd"])
    assert outcomes(tx) == [("JobSettled", job.id)]


# ──────────────────────────────────── out of gas ──────────────────────────────────


def all_or_nothing(function, *call, jobs, by):
    """With any gas the batch does all of it or reverts: so an estimate finds the gas for all."""
    before = [job.state for job in jobs]
    least = least_gas(function.encode_input(*call))
    for gas in range(least, least + 1_000_000, 5_003):
        if send_with_gas(function, *call, by=by, gas=gas):
            return [job.state for job in jobs]
        assert [job.state for job in jobs] == before
    raise AssertionError("no gas is enough")


def test_where_gas_runs_out_no_match_is_skipped(market, several, stranger):
    jobs = several(4)
    data = Matches(*jobs).data
    assert all_or_nothing(market.matchBatch, data, jobs=jobs, by=stranger) == [2] * 4


def test_where_gas_runs_out_no_wallets_match_is_skipped(market, new_wallet, stranger):
    """Who starves two wallets, one on each side, can't make their words look like refusals."""
    buyer, seller = new_wallet(), new_wallet()
    deal = SignedDeal(market, buyer, seller, stranger)
    buyer.approve(deal.id, b"bought", HUNGRY, {"from": stranger})
    seller.approve(deal.digest, b"sold", HUNGRY, {"from": stranger})
    data = Matches().add(deal, b"bought", b"sold").data
    assert all_or_nothing(market.matchBatch, data, jobs=[deal], by=stranger) == [2]


def test_where_gas_runs_out_no_claim_is_skipped(market, several, provider):
    jobs = [job.until("Running") for job in several(4)]
    entries = submits(*map(claim, jobs))
    assert all_or_nothing(market.submitBatch, entries, jobs=jobs, by=provider) == [3] * 4


def test_where_gas_runs_out_no_settlement_is_skipped(market, several, stranger):
    jobs = [job.until("Claimed") for job in several(4)]
    rpc("evm_setNextBlockTimestamp", jobs[-1].job["windowEnd"])
    entries = finalizes(*map(opening, jobs))
    assert all_or_nothing(market.finalizeBatch, entries, jobs=jobs, by=stranger) == [5] * 4
