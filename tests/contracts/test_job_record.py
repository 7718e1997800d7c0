"""A live job is one storage slot: its state and the hash of its record."""

import pytest
from chainkit import SINK, account, error, refused, reverts, rpc, slot
from conftest import FUNDS, STAKE
from deals import ROOT, UNITS
from eth_abi import encode
from eth_utils import keccak
from orders import JOB_FIELDS, JOB_TYPES, job_tuple

# Slot 1 holds the delegates; 2 and 3, those of names too long for EIP-712 constants, are unused.
ACCOUNTS_SLOT, JOBS_SLOT, OFFERS_SLOT = 0, 4, 5
LOW_248 = 2**248 - 1
# A second value of each type.
OTHER = {"address": "0x" + 40 * "9", "bytes32": b"\x99" * 32, "bool": True}
LIVE = {
    "submit": "Running",
    "release": "Running",
    "expire": "Running",
    "approve": "Claimed",
    "finalize": "Claimed",
    "void": "Claimed",
    "demand": "Claimed",
    "answer": "Claimed",
    "dispute": "Claimed",
    "resolve": "Disputed",
    "timeout": "Disputed",
}


def record_hash(record):
    return int.from_bytes(keccak(encode(JOB_TYPES, record)), "big") & LOW_248


def job_slot(id_):
    return int.from_bytes(keccak(id_ + JOBS_SLOT.to_bytes(32, "big")), "big")


def account_slot(address):
    key = bytes.fromhex(str(address)[2:]).rjust(32, b"\0")
    return int.from_bytes(keccak(key + ACCOUNTS_SLOT.to_bytes(32, "big")), "big")


def changed_slots(tx, market):
    """Storage words of `market` that a transaction wrote, by the node's own trace."""
    how = {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}
    trace = rpc("debug_traceTransaction", tx.txid, how)
    states = [trace[side].get(market.address.lower(), {}) for side in ("pre", "post")]
    return {int(word, 16) for state in states for word in state.get("storage", {})}


def arguments(function, id_, record):
    extra = {"submit": [bytes(32), bytes(32)], "approve": [ROOT, UNITS], "finalize": [ROOT, UNITS]}
    extra |= {"demand": [[0]], "answer": [[0], ROOT, UNITS, [b""]], "resolve": [1, SINK]}
    return [id_, record, *extra.get(function, [])]


def call(market, function, id_, record, sender):
    return getattr(market, function)(*arguments(function, id_, record), {"from": sender})


@pytest.mark.parametrize("function", LIVE)
def test_a_record_with_any_other_member_is_refused(disputable, market, stranger, function):
    job = disputable().until(LIVE[function])
    stored = record_hash(job.record)
    for kind, name in zip(JOB_TYPES, JOB_FIELDS, strict=True):
        given = job_tuple({**job.job, name: OTHER[kind] if kind in OTHER else job.job[name] + 1})
        hashes = (stored, record_hash(given))
        mismatch = error("JobMismatch(bytes32,uint248,uint248)", job.id, *hashes)
        called = arguments(function, job.id, given)
        assert reverts(getattr(market, function), *called, by=stranger) == mismatch
        assert reverts(market.check, job.id, given, by=stranger) == mismatch


def test_another_jobs_record_is_refused(deal, market, stranger):
    job, other = deal().until("Claimed"), deal(salt=b"\1" * 32).until("Claimed")
    with refused("JobMismatch", job.id, record_hash(job.record), record_hash(other.record)):
        call(market, "void", job.id, other.record, stranger)


def test_an_outdated_record_is_refused(deal, market, stranger):
    job = deal().until("Running")
    running = job.record
    job.submit()
    with refused("JobMismatch", job.id, record_hash(job.record), record_hash(running)):
        call(market, "finalize", job.id, running, stranger)


def test_each_state_is_the_top_byte_of_one_slot(deal, market):
    job = deal()
    word = job_slot(job.id)
    assert slot(market, word) == 0
    job.post()
    assert slot(market, word) == 1 << 248
    job.accept()
    assert slot(market, word) == 2 << 248 | record_hash(job.record)
    job.submit()
    assert slot(market, word) == 3 << 248 | record_hash(job.record)
    assert tuple(market.slotOf(job.id)) == (3, record_hash(job.record))
    job.approve()
    assert slot(market, word) == 5 << 248
    assert tuple(market.slotOf(job.id)) == (5, 0)


def test_a_case_is_told_by_the_record(disputable, market):
    job = disputable().until("Disputed")
    assert slot(market, job_slot(job.id)) == 4 << 248 | record_hash(job.record)
    assert tuple(market.slotOf(job.id)) == (4, record_hash(job.record))
    assert market.check(job.id, job.record) == 4
    job.resolve(0)
    assert slot(market, job_slot(job.id)) == 3 << 248 | record_hash(job.record)
    assert (job.job["caseDone"], job.job["caseFee"], job.job["disputedAt"]) == (True, 0, 0)


def test_disputes_write_the_jobs_slot_and_who_is_paid(
    disputable, market, requester, provider, stranger, judge
):
    job, other = disputable().until("Claimed"), disputable(salt=b"\1" * 32).until("Disputed")
    assert changed_slots(job.dispute(), market) == {job_slot(job.id)}
    assert changed_slots(job.resolve(0), market) == {job_slot(job.id), account_slot(judge)}
    paid = {account_slot(who) for who in (requester, stranger, judge, SINK)}
    staked = account_slot(provider) + 1  # less the whole bond: what is unbonded stays as it was
    tx = other.resolve(1, stranger)
    assert changed_slots(tx, market) == paid | {staked, job_slot(other.id)}
    assert slot(market, job_slot(other.id)) == 7 << 248


@pytest.mark.parametrize(("end", "code"), [("cancel", 6), ("release", 7)])
def test_final_slots_keep_the_state_alone(deal, market, requester, end, code):
    job = deal().until("Open" if end == "cancel" else "Running")
    job.cancel(by=requester) if end == "cancel" else job.release()
    assert slot(market, job_slot(job.id)) == code << 248


def test_a_job_writes_one_slot_of_its_own(deal, market, requester, provider):
    job = deal()
    money = {account_slot(requester), account_slot(provider), account_slot(provider) + 1}
    own = {job_slot(job.id)}
    for tx in (job.post(), job.accept(), job.submit(), job.approve()):
        assert own <= changed_slots(tx, market) <= own | money


def test_a_match_writes_the_offers_uses_too_and_a_fill_does_not(
    signed, market, requester, provider, stranger
):
    job, filled = signed(), signed(salt=b"\1" * 32)
    parties = {account_slot(requester), account_slot(provider)}
    uses = int.from_bytes(keccak(job.digest + OFFERS_SLOT.to_bytes(32, "big")), "big")
    expected = parties | {job_slot(job.id), uses, account_slot(stranger)}
    assert changed_slots(job.match(), market) == expected
    assert slot(market, uses) == 1
    assert changed_slots(filled.fill_and_claim(), market) == parties | {job_slot(filled.id)}


def test_settling_touches_one_slot_of_each_account(deal, market, requester, provider):
    job = deal().until("Claimed")
    words = {job_slot(job.id), account_slot(requester), account_slot(provider)}
    assert changed_slots(job.approve(), market) == words


def test_an_account_is_two_packed_slots(deal, market, provider):
    deal().until("Running")
    tx = market.unstake(700, {"from": provider})
    matures = tx.events["Unstaked"]["maturesAt"]
    first, second = (slot(market, account_slot(provider) + i) for i in range(2))
    unbonded = STAKE - 700 - 1_000_007
    assert first == FUNDS | unbonded << 96  # the counter above them is 0
    assert second == STAKE - 700 | 700 << 96 | matures << 192
    expected = {"free": FUNDS, "bonded": 1_000_007, "counter": 0, "staked": STAKE - 700}
    assert account(market, provider) == expected | {"unbonding": 700, "maturesAt": matures}


def test_check_gives_the_state_of_jobs_that_have_no_record(deal, market, requester):
    job, other = deal(), deal(salt=b"\1" * 32).until("Running")
    assert market.check(job.id, other.record) == 0
    job.post()
    assert market.check(job.id, other.record) == 1
    job.cancel(by=requester)
    assert market.check(job.id, other.record) == 6
