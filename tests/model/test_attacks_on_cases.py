"""What somebody tries against verifiers, step by step; model and contracts agree on each."""

from dataclasses import replace

from .cast import PASSER_BY
from .committee import rules
from .rules import DAY_S, MAX_AMOUNT
from .test_many_verifiers import STAGE, Court
from .words import ZERO32

LEAST = 1000
STAKE = b"stake".ljust(32, b"\0")
VOTE = b"\7" * 32
SEATS = 31


def test_a_stake_cannot_be_split_into_many_that_no_penalty_reaches() -> None:
    court = Court(1, replace(STAGE, min_stake=LEAST))
    (verifier,) = court.verifiers
    court.call("stake", verifier, LEAST + 5)
    refused = court.attempt("unstake", verifier, 6).refused
    assert refused == ("FieldOutOfRange", STAKE, LEAST - 1, LEAST, MAX_AMOUNT)
    court.call("unstake", verifier, 5)
    court.call("unstake", verifier, LEAST)


def test_a_batch_of_reveals_is_not_stopped_by_who_opens_a_part_of_it_first() -> None:
    court = Court(1)
    (verifier,) = court.verifiers
    court.call("stake", verifier, LEAST)
    court.at += DAY_S
    id_, committee = court.seated(), court.pair.committee
    seats = tuple(range(SEATS))
    words = (rules.commitment_of(committee.address, id_, 0, i, VOTE, ZERO32) for i in seats)
    court.call("commit", verifier, id_, seats, tuple(words))
    court.at = committee.dockets[id_].head.deadline
    opened = (VOTE,) * SEATS, (ZERO32,) * SEATS
    court.call("reveal", PASSER_BY, id_, (7,), (VOTE,), (ZERO32,))
    told = court.attempt("reveal", verifier, id_, seats, *opened).events
    assert [event[3] for event in told] == [seat for seat in seats if seat != 7]
    assert court.attempt("reveal", verifier, id_, seats, *opened).events == ()
