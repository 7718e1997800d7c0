"""The same comparison where claims are judged: whole cases, with verifiers of all manners.

The seeds are odd: their episodes are about cases, mostly (see `Stage`).
"""

import pytest

from .driver import Episode, explain
from .tally import SAVING, Tally
from .tally_cases import BOUNDARIES, PAID, TRANSITIONS
from .wire import artifact
from .words import camel

SEEDS = range(1, 133, 2)
STEPS = 500  # of each episode
OFTEN = 50

# Of 31 seats of one verifier; of four rounds with several challengers.
MAX_GAS = {"commit": 900_000, "close": 900_000, "draw": 300_000, "reveal": 300_000}
MAX_GAS_OF_OTHERS = 200_000

OWN_ERRORS = (
    "PolicyInvalid",
    "CaseTooLong",
    "WrongPhase",
    "NotDrawn",
    "HashUnknown",
    "NoVerifiers",
    "SeatNotOpen",
    "CommitmentMismatch",
    "NotAppealable",
    "JoinTooLate",
    "NotDisputed",
    "CaseOpen",
)
SHARED_ERRORS = ("FieldOutOfRange", "InsufficientFree", "InsufficientStake", "RecipientRefused")
SHARED_ERRORS += ("NotAllowed", "TooEarly", "TooLate")
MARKET_ERRORS = ("WrongState", "JobMismatch", "Malformed")
TOKEN_ERRORS = ("ERC20InsufficientBalance", "ERC20InsufficientAllowance")
ERRORS = (*OWN_ERRORS, *SHARED_ERRORS, *MARKET_ERRORS, *TOKEN_ERRORS)
FIELDS = ("seats", "challenges", "stake", "leaving", "caseFor", "amount")
MANNERS = ("honest", "lazy", "silent", "mute", "blind", "fickle")
MANNERS += ("bribed by the provider", "bribed by a challenger", "bribed by the wrong side")
READ_ONLY = {"caseOf", "roundOf", "challengeOf", "verifierOf", "totalActive", "courseOf", "feesOf"}
READ_ONLY |= {"market", "minStake"}


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_model_and_contracts_agree_after_every_call(episodes: list[Episode], number: int) -> None:
    episode = episodes[number]
    if episode.divergence:
        pytest.fail(explain(episode), pytrace=False)
    assert episode.tally.steps == STEPS


@pytest.mark.usefixtures("say")
def test_there_were_enough_calls_and_enough_of_them_succeeded(tally: Tally) -> None:
    assert tally.steps == len(SEEDS) * STEPS >= 30_000
    assert tally.successes >= 0.4 * tally.steps


@pytest.mark.parametrize("transition", TRANSITIONS)
def test_every_transition_of_a_case_happened_often(tally: Tally, transition: str) -> None:
    assert tally.done[transition] >= OFTEN


@pytest.mark.parametrize("function", SAVING)
def test_money_and_stake_moved_often(tally: Tally, function: str) -> None:
    assert tally.done[function] >= OFTEN


@pytest.mark.parametrize("payment", PAID)
def test_every_kind_of_payment_was_made(tally: Tally, payment: str) -> None:
    assert tally.done[payment] >= 5


@pytest.mark.parametrize("manner", MANNERS)
def test_verifiers_of_every_manner_had_seats(tally: Tally, manner: str) -> None:
    assert tally.seats[manner] >= 20


@pytest.mark.parametrize("error", ERRORS)
def test_every_refusal_was_met(tally: Tally, error: str) -> None:
    assert on_committee(tally, error) >= 5


def test_no_other_refusal_was_met(tally: Tally) -> None:
    met = {word for (name, word) in tally.calls if name.startswith("committee.")}
    assert met <= {*ERRORS, "ok"}


@pytest.mark.parametrize("field", FIELDS)
def test_every_limit_was_met(tally: Tally, field: str) -> None:
    assert tally.fields[field] >= 2


@pytest.mark.parametrize(("function", "deadline"), BOUNDARIES)
@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_every_deadline_was_met_to_the_second(
    tally: Tally, function: str, deadline: str, offset: int
) -> None:
    word = BOUNDARIES[function, deadline][offset + 1]
    assert tally.boundaries[f"committee.{function}", deadline, offset, word] >= 1


def test_cases_went_through_all_their_rounds(tally: Tally) -> None:
    for rounds in (1, 2, 3, 4):
        assert tally.done[f"close of {rounds} rounds"] >= 2


def test_no_call_used_much_gas(tally: Tally) -> None:
    used = {n.removeprefix("committee."): g for n, g in tally.gas.items() if "committee." in n}
    over = {n: g for n, g in used.items() if g > MAX_GAS.get(n, MAX_GAS_OF_OTHERS)}
    assert not over


def test_every_function_of_the_committee_was_driven(tally: Tally) -> None:
    published = {e["name"] for e in artifact("Committee")["abi"] if e["type"] == "function"}
    names = (name for name, _ in tally.calls if name.startswith("committee."))
    driven = {camel(name.removeprefix("committee.")) for name in names}
    assert driven == published - READ_ONLY


def on_committee(tally: Tally, word: str) -> int:
    """How often its calls came to that."""
    called = tally.calls.items()
    return sum(n for (name, w), n in called if name.startswith("committee.") and w == word)
