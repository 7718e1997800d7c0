"""The lottery that audits claims: who wins it, and when its crank can be turned."""

import pytest
from cases import PHASES, hash_of, height, mine, pays, policy, told
from chainkit import now, refused, rpc
from deals import DAY
from eth_utils import keccak
from test_draws import HISTORY


def wins(case, rate):
    """The rule of docs/protocol.md section 8, in fractions of 2^128."""
    number = keccak(hash_of(case.deal.job["claimBlock"] + 2) + case.id + case.deal.job["seal"])
    return (int.from_bytes(number[:16], "big")) * 10_000 < rate << 128


def turns(case, rate, by):
    """The crank does what the rule says."""
    if wins(case, rate):
        case.audit(by=by)
        assert case.deal.state == 4
    else:
        with refused("NotDrawn", case.id):
            case.audit(by=by)


def hashed(case):
    """Waits until the lottery's block is on record."""
    mine(max(0, case.deal.job["claimBlock"] + 2 - height()))
    return case


def test_an_audit_opens_the_markets_case_without_a_bond(
    contested, committee, market, people, requester, provider, stranger
):
    case = contested(committee, rate=10_000)
    with pays(committee, people, {}):
        tx = case.audit(by=stranger)
    id_ = "0x" + case.id.hex()
    opened = {"id": id_, "requester": requester, "provider": provider, "audited": True}
    seed = {"id": id_, "round": 0, "seedBlock": height() + 2, "epoch": now() // DAY}
    assert told(tx, committee) == [
        ("CaseOpened", opened | {"policy": "0x" + policy(3, 10_000).hex(), "opener": stranger}),
        ("SeedRequested", seed),
    ]
    assert market.check(case.id, case.deal.record) == 4
    assert (case.head["phase"], case.head["challenges"]) == (PHASES["Drawing"], 0)


@pytest.mark.parametrize("rate", [300, 5_000, 9_700])
def test_the_lottery_chooses_by_hash_id_and_seal(contested, committee, stranger, rate):
    """Ten claims, each as the rule has it."""
    for i in range(10):
        case = hashed(contested(committee, rate=rate, salt=keccak(bytes([i]))))
        turns(case, rate, stranger)


def test_a_rate_of_zero_never_chooses(contested, committee, stranger):
    case = hashed(contested(committee, rate=0))
    with refused("NotDrawn", case.id):
        case.audit(by=stranger)


def test_a_rate_of_all_needs_no_hash(contested, committee, stranger):
    """Neither in the block behind the claim, nor where none is on record any more."""
    case = contested(committee, rate=10_000)
    case.audit(by=stranger)
    rpc("anvil_setCode", HISTORY, "0x")
    old = contested(committee, rate=10_000, salt=keccak(b"old"))
    mine(300)
    old.audit(by=stranger)


def test_the_lottery_is_not_known_before_its_block(contested, committee, stranger):
    case = contested(committee, rate=9_999)
    number = case.deal.job["claimBlock"] + 2
    while height() < number:  # refused calls are mined
        with refused("HashUnknown", number):
            case.audit(by=stranger)
    turns(case, 9_999, stranger)


def test_the_crank_can_be_turned_while_the_hash_is_on_record(contested, committee, stranger):
    case = contested(committee, rate=9_999)
    mine(400)
    turns(case, 9_999, stranger)


def test_afterwards_the_lottery_is_over(contested, committee, stranger):
    rpc("anvil_setCode", HISTORY, "0x")
    late, case = (contested(committee, rate=9_999, salt=keccak(salt)) for salt in (b"1", b"2"))
    number = case.deal.job["claimBlock"] + 2
    mine(number + 255 - height())
    with refused("HashUnknown", late.deal.job["claimBlock"] + 2):
        late.audit(by=stranger)
    with refused("HashUnknown", number):
        case.audit(by=stranger)


def test_the_lottery_ends_with_the_window(contested, committee, stranger):
    case, late = (contested(committee, rate=10_000, salt=keccak(salt)) for salt in (b"1", b"2"))
    case.audit(by=stranger, at=case.deal.job["windowEnd"] - 1)
    end = late.deal.job["windowEnd"]
    with refused("TooLate", end, end):
        late.audit(by=stranger, at=end)


@pytest.mark.parametrize("before", ["audit", "challenge"])
def test_a_claim_has_one_case(contested, committee, stranger, before):
    case = contested(committee, rate=10_000)
    getattr(case, before)(by=stranger)
    with refused("WrongPhase", case.id, PHASES["None"], PHASES["Drawing"]):
        case.audit(by=stranger)


def test_who_approves_waives_the_audit(contested, committee, stranger):
    case = contested(committee, rate=10_000)
    case.deal.approve()
    with refused("WrongState", case.id, 3, 5):
        case.audit(by=stranger)


def test_an_audited_case_can_be_joined(contested, committee, people, stranger, verifiers):
    case = contested(committee, rate=10_000)
    case.audit(by=stranger)
    with pays(committee, people, {(verifiers[0], "free"): -350_001}):
        case.challenge(by=verifiers[0])
    assert case.head["challenges"] == 1


@pytest.mark.parametrize("member", ["seal", "claimBlock", "caseFee", "bond"])
def test_the_lottery_is_drawn_for_the_record_on_chain(contested, committee, stranger, member):
    case = contested(committee, rate=10_000)
    case.deal.job[member] = b"\1" * 32 if member == "seal" else case.deal.job[member] - 1
    with pytest.raises(Exception, match="JobMismatch"):
        case.audit(by=stranger)
