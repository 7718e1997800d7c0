"""Model and contracts take the same random calls and must agree on everything after each.

The seeds are fixed, so a run is repeatable; the counts below the test results say what it covered.
They are even: of those whose resolver is the committee see test_agreement_on_cases.py.
"""

from collections import Counter
from dataclasses import fields

import pytest

from . import test_agreement_on_cases as cases
from .cast import WALLETS
from .driver import Episode, explain
from .errors import MARKET_ERRORS
from .tally import OTHER, SKIPPED, TRANSITIONS, Tally
from .wallets import HOSTILE
from .wire import artifact
from .words import Job, Offer, Request, camel

SEEDS = range(0, 112, 2)
STEPS = 500  # of each episode
OFTEN = 50

# No call grows with users or jobs. A card has 4,096 bytes, an answer up to 8 chunks of 16 KiB; of a
# batch the most that was met, with two wallets asked for every entry.
MAX_GAS = {"answer": 6_000_000, "match_batch": 1_500_000, "finalize_batch": 300_000}
MAX_GAS |= {"match_orders": 550_000, "fill": 300_000, "fill_and_claim": 300_000}
MAX_GAS_OF_OTHERS = 200_000

# The second before, at and after each deadline: times are half-open.
BOUNDARIES = {
    ("accept", "open_until"): ("ok", "TooLate", "TooLate"),
    ("accept", "ramp_start"): ("ok", "ok", "ok"),
    ("accept", "ramp_end"): ("ok", "ok", "ok"),
    ("match_orders", "open_until"): ("ok", "FieldOutOfRange", "FieldOutOfRange"),
    ("match_orders", "valid_until"): ("ok", "TooLate", "TooLate"),
    ("fill", "open_until"): ("ok", "FieldOutOfRange", "FieldOutOfRange"),
    ("fill_and_claim", "open_until"): ("ok", "FieldOutOfRange", "FieldOutOfRange"),
    ("cancel by anyone", "open_until"): ("NotAllowed", "ok", "ok"),
    ("submit", "run_end"): ("ok", "TooLate", "TooLate"),
    ("release", "run_end"): ("ok", "TooLate", "TooLate"),
    ("expire", "run_end"): ("TooEarly", "ok", "ok"),
    ("approve", "window_end"): ("ok", "ok", "ok"),
    ("demand", "window_end"): ("ok", "TooLate", "TooLate"),
    ("answer", "answer_by"): ("ok", "TooLate", "TooLate"),
    ("dispute", "window_end"): ("ok", "TooLate", "TooLate"),
    ("resolve", "case_end"): ("ok", "TooLate", "TooLate"),
    ("timeout", "case_end"): ("TooEarly", "ok", "ok"),
    ("finalize", "window_end"): ("TooEarly", "ok", "ok"),
    ("finalize", "moved window_end"): ("TooEarly", "ok", "ok"),
    ("finalize", "grace_end"): ("ok", "TooLate", "TooLate"),
    ("void", "grace_end"): ("TooEarly", "ok", "ok"),
    ("void", "answer_by"): ("TooEarly", "ok", "ok"),
    ("withdraw_stake", "matures_at"): ("TooEarly", "ok", "ok"),
    # The token takes a permit in its last second.
    ("deposit_with_permit", "deadline"): ("ok", "ok", "ERC20InsufficientAllowance"),
}
TOKEN_ERRORS = ("ERC20InsufficientBalance", "ERC20InsufficientAllowance")
# The ABI decoder's word for what it can't read, and Solidity's for sums beyond 64 bits.
BUILT_IN_ERRORS = ("Malformed", "Panic")
ERRORS = (*MARKET_ERRORS, *TOKEN_ERRORS, *BUILT_IN_ERRORS)
MONEY_FIELDS = ("amount", "total", "unbonding")
TEXT_FIELDS = ("card", "gateway")
TIME_FIELDS = ("rampStart", "rampEnd", "openUntil", "runFor", "challengeFor", "caseFor")
PRICE_FIELDS = ("maxUnits", "minUnitPrice", "bond", "tip", "caseFee")
DEMAND_FIELDS = ("pairs", "task", "answers")
FIELDS = (*MONEY_FIELDS, *TEXT_FIELDS, *TIME_FIELDS, *PRICE_FIELDS, *DEMAND_FIELDS)
REQUEST_FIELDS = ("tasks", "policy", "matcher")
LIMITS = (
    "requester",
    "spec",
    "profile",
    "resolver",
    "policy",
    "minUnitPrice",
    "minFlat",
    "minRunFor",
    "minDemandFee",
    "maxBond",
    "maxUnits",
    "maxTasks",
    "maxLockFor",
    "minSecondsPer1e12Units",
)
SIGNATURES = (
    "of the other chain",
    "of another market",
    "of a stranger",
    "over another order",
    "with another parity",
    "with a parity of 0 or 1",
    "with r changed",
    "with s changed",
    "in its other spelling",
    "cut",
    "too long",
    "that is none",
)
ANSWERS = {
    "without its last byte": "AnswerLength",
    "with a byte too much": "AnswerLength",
    "cut in its leaf": "AnswerLength",
    "without its chunk": "AnswerLength",
    "with a chunk too much": "AnswerLength",
    "with another index": "LeafMismatch",
    "with another class": "LeafMismatch",
    "with another exit code": "LeafMismatch",
    "with another units": "LeafMismatch",
    "with another length": "LeafMismatch",
    "with another digest": "LeafMismatch",
    "with another extra": "LeafMismatch",
    "with another path": "LeafMismatch",
    "with another chunk": "ChunkMismatch",
    "with another path of its chunk": "ChunkMismatch",
    "with another hash beside its chunk": "ChunkMismatch",
    "with too many units": "Panic",
    "with its path reversed": "LeafMismatch",
}
READ_ONLY = {"accountOf", "cooldown", "eip712Domain", "jobId", "slotOf", "stateOf", "token"}
READ_ONLY |= {"offerDigest", "offerUses", "delegateOf"}


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_model_and_contracts_agree_after_every_call(episodes: list[Episode], number: int) -> None:
    episode = episodes[number]
    if episode.divergence:
        pytest.fail(explain(episode), pytrace=False)
    assert episode.tally.steps == STEPS


@pytest.mark.usefixtures("say")
def test_there_were_enough_calls_and_enough_of_them_succeeded(tally: Tally) -> None:
    assert tally.steps == len(SEEDS) * STEPS >= 20_000
    assert tally.successes >= 0.4 * tally.steps


def test_there_are_enough_calls_in_a_run_of_all_tests() -> None:
    """Each of the two counts its own."""
    assert len(SEEDS) * STEPS + len(cases.SEEDS) * cases.STEPS >= 50_000


@pytest.mark.parametrize("transition", TRANSITIONS)
def test_every_transition_happened_often(tally: Tally, transition: str) -> None:
    assert tally.done[transition] >= OFTEN


@pytest.mark.parametrize("function", OTHER)
def test_every_other_call_succeeded_often(tally: Tally, function: str) -> None:
    assert tally.done[function] >= OFTEN


@pytest.mark.parametrize("batch", SKIPPED)
def test_entries_of_every_batch_were_skipped_often(tally: Tally, batch: str) -> None:
    assert tally.done[batch] >= OFTEN


@pytest.mark.parametrize("error", ERRORS)
def test_every_refusal_was_met(tally: Tally, error: str) -> None:
    assert tally.refusals()[error] >= 5


def test_no_other_refusal_was_met(tally: Tally) -> None:
    assert set(tally.refusals()) <= set(ERRORS)


@pytest.mark.parametrize("field", [*FIELDS, *REQUEST_FIELDS])
def test_every_rule_of_validity_was_broken(tally: Tally, field: str) -> None:
    assert tally.fields[field] >= 2


@pytest.mark.parametrize("field", LIMITS)
def test_every_limit_of_an_offer_was_exceeded(tally: Tally, field: str) -> None:
    assert tally.limits[field] >= 2


@pytest.mark.parametrize(("function", "deadline"), BOUNDARIES)
@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_every_deadline_was_met_to_the_second(
    tally: Tally, function: str, deadline: str, offset: int
) -> None:
    word = BOUNDARIES[function, deadline][offset + 1]
    assert tally.boundaries[function, deadline, offset, word] >= 2


@pytest.mark.parametrize("field", [field.name for field in fields(Job)])
def test_a_record_with_any_field_changed_was_refused(tally: Tally, field: str) -> None:
    assert tally.wrong[f"Job.{field}", "JobMismatch"] >= 1


@pytest.mark.parametrize("field", [field.name for field in fields(Request)])
def test_a_request_with_any_field_changed_was_another_job(tally: Tally, field: str) -> None:
    assert tally.wrong[f"Request.{field}", "WrongState"] >= 1


@pytest.mark.parametrize("field", [field.name for field in fields(Offer)])
def test_an_offer_with_any_field_changed_bound_nobody(tally: Tally, field: str) -> None:
    words = outcomes(tally, f"Offer.{field}")
    assert words.total() - words["ok"] >= 1


@pytest.mark.parametrize("kind", SIGNATURES)
def test_no_order_was_bound_by_a_wrong_signature(tally: Tally, kind: str) -> None:
    assert tally.wrong[f"signature {kind}", "SignatureRefused"] >= 1


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_order_was_bound_by_a_wallet_that_does_not_say_yes(tally: Tally, kind: str) -> None:
    words = outcomes(tally, f"signed by a wallet that {kind}")
    assert words["SignatureRefused"] >= 1
    assert words["ok"] == 0


@pytest.mark.parametrize("kind", [w.kind for w in WALLETS if w.kind not in HOSTILE])
def test_wallets_bound_their_owners_often(tally: Tally, kind: str) -> None:
    assert tally.kinds[f"signed by a {kind} wallet"] >= OFTEN


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_wrong_answer_was_refused(tally: Tally, kind: str) -> None:
    words = outcomes(tally, f"answer {kind}")
    assert words[ANSWERS[kind]] >= 1
    assert words["ok"] == 0


@pytest.mark.parametrize("wrong", ["locked stake leaves", "locked stake is locked again"])
def test_locked_stake_stayed_locked(tally: Tally, wrong: str) -> None:
    assert tally.wrong[wrong, "InsufficientStake"] >= 5


@pytest.mark.parametrize("kind", ["own", "no bond", "tip", "case fee", "on the ramp", "huge"])
def test_every_kind_of_job_was_started(tally: Tally, kind: str) -> None:
    assert tally.kinds[kind] >= 20


@pytest.mark.parametrize(
    "kind",
    ["named provider", "allow-list", "named matcher", "for one requester", "for one spec"],
)
def test_every_kind_of_admission_was_used(tally: Tally, kind: str) -> None:
    assert tally.kinds[kind] >= 20


@pytest.mark.parametrize("error", ["OfferUsedUp", "OfferRevoked", "SignatureRefused", "WrongState"])
def test_batches_skipped_what_a_single_match_refuses(tally: Tally, error: str) -> None:
    assert tally.skipped["match_batch", error] >= 2


def test_no_call_used_much_gas(tally: Tally) -> None:
    over = {n: g for n, g in tally.gas.items() if g > MAX_GAS.get(n, MAX_GAS_OF_OTHERS)}
    assert not over


def test_every_function_of_the_market_was_driven(tally: Tally) -> None:
    published = {e["name"] for e in artifact("Market")["abi"] if e["type"] == "function"}
    driven = {camel(name.split()[0]) for name, _ in tally.calls if not name.startswith("token.")}
    assert driven == published - READ_ONLY


def outcomes(tally: Tally, note: str) -> Counter[str]:
    """What came of calls that were made wrong in that way."""
    return Counter({word: n for (wrong, word), n in tally.wrong.items() if wrong == note})
