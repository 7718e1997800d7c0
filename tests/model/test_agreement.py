"""Model and contracts take the same random calls and must agree on everything after each.

The seeds are fixed, so a run is repeatable; the counts below the test results say what it covered.
"""

from dataclasses import fields

import pytest

from .chain import artifact
from .conftest import COUNTS
from .driver import Episode, explain, run
from .tally import MONEY, TRANSITIONS, Tally
from .words import Job, Request, camel

SEEDS = range(16)
STEPS = 500  # of each episode
MAX_GAS = 200_000  # no call grows with users or jobs; the dearest is a card of 4,096 bytes

# The second before, at and after each deadline: times are half-open.
BOUNDARIES = {
    ("accept", "open_until"): ("ok", "TooLate", "TooLate"),
    ("accept", "ramp_start"): ("ok", "ok", "ok"),
    ("accept", "ramp_end"): ("ok", "ok", "ok"),
    ("cancel by anyone", "open_until"): ("NotAllowed", "ok", "ok"),
    ("submit", "run_end"): ("ok", "TooLate", "TooLate"),
    ("release", "run_end"): ("ok", "TooLate", "TooLate"),
    ("expire", "run_end"): ("TooEarly", "ok", "ok"),
    ("approve", "window_end"): ("ok", "ok", "ok"),
    ("finalize", "window_end"): ("TooEarly", "ok", "ok"),
    ("finalize", "grace_end"): ("ok", "TooLate", "TooLate"),
    ("void", "grace_end"): ("TooEarly", "ok", "ok"),
    ("withdraw_stake", "matures_at"): ("TooEarly", "ok", "ok"),
}
ERRORS = (
    "FieldOutOfRange",
    "RecipientRefused",
    "InsufficientFree",
    "InsufficientStake",
    "StakeTooLow",
    "WrongState",
    "JobMismatch",
    "NotAllowed",
    "ProviderNotAllowed",
    "TooEarly",
    "TooLate",
    "CounterMismatch",
    "SealMismatch",
    "Malformed",
    "ERC20InsufficientBalance",
    "ERC20InsufficientAllowance",
)
MONEY_FIELDS = ("amount", "total", "unbonding")
TEXT_FIELDS = ("card", "gateway")
TIME_FIELDS = ("rampStart", "rampEnd", "openUntil", "runFor", "challengeFor", "caseFor")
PRICE_FIELDS = ("maxUnits", "minUnitPrice", "bond", "tip", "caseFee")
FIELDS = (*MONEY_FIELDS, *TEXT_FIELDS, *TIME_FIELDS, *PRICE_FIELDS, "tasks", "policy", "matcher")
READ_ONLY = {"accountOf", "cooldown", "eip712Domain", "jobId", "slotOf", "stateOf", "token"}


@pytest.fixture(scope="module")
def episodes(request: pytest.FixtureRequest) -> list[Episode]:
    played = [run(seed, STEPS) for seed in SEEDS]
    total = Tally()
    for episode in played:
        total += episode.tally
    request.config.stash[COUNTS] = total, len(played)
    return played


@pytest.fixture
def tally(episodes: list[Episode], request: pytest.FixtureRequest) -> Tally:
    return request.config.stash[COUNTS][0]


@pytest.mark.parametrize("seed", SEEDS)
def test_model_and_contracts_agree_after_every_call(episodes: list[Episode], seed: int) -> None:
    episode = episodes[seed]
    if episode.divergence:
        pytest.fail(explain(episode), pytrace=False)
    assert episode.tally.steps == STEPS


def test_there_were_enough_calls_and_enough_of_them_succeeded(tally: Tally) -> None:
    assert tally.steps >= 5_000
    assert tally.successes >= 0.4 * tally.steps


@pytest.mark.parametrize("transition", TRANSITIONS)
def test_every_transition_happened_often(tally: Tally, transition: str) -> None:
    assert tally.of(transition) >= 20


@pytest.mark.parametrize("function", MONEY)
def test_every_other_call_succeeded_often(tally: Tally, function: str) -> None:
    assert tally.of(function) >= 20


@pytest.mark.parametrize("error", ERRORS)
def test_every_refusal_was_met(tally: Tally, error: str) -> None:
    assert tally.refusals()[error] >= 5


def test_no_other_refusal_was_met(tally: Tally) -> None:
    assert set(tally.refusals()) <= set(ERRORS)


@pytest.mark.parametrize("field", FIELDS)
def test_every_rule_of_validity_was_broken(tally: Tally, field: str) -> None:
    assert tally.fields[field] >= 2


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


@pytest.mark.parametrize("wrong", ["locked stake leaves", "locked stake is locked again"])
def test_locked_stake_stayed_locked(tally: Tally, wrong: str) -> None:
    assert tally.wrong[wrong, "InsufficientStake"] >= 5


@pytest.mark.parametrize("kind", ["own", "no bond", "tip", "case fee", "on the ramp", "huge"])
def test_every_kind_of_job_was_accepted(tally: Tally, kind: str) -> None:
    assert tally.kinds[kind] >= 20


@pytest.mark.parametrize("kind", ["named provider", "allow-list"])
def test_every_kind_of_admission_was_accepted(tally: Tally, kind: str) -> None:
    assert tally.kinds[kind] >= 20


def test_no_call_used_much_gas(tally: Tally) -> None:
    assert max(tally.gas.values()) <= MAX_GAS


def test_every_function_of_the_market_was_driven(tally: Tally) -> None:
    published = {e["name"] for e in artifact("Market")["abi"] if e["type"] == "function"}
    driven = {camel(name.split()[0]) for name, _ in tally.calls if not name.startswith("token.")}
    assert driven == published - READ_ONLY
