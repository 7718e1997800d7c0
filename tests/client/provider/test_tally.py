"""Jobs are counted once each, under their latest reason, and the counts say what to do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbond.money import parse_amount
from workbond.provider.advice import ADVICE, hint, ranked, summary
from workbond.provider.fit import Misfit, Refusal
from workbond.provider.tally import OPEN, TOOK, Seen, Tally

WORK = 10**18


def job(number: int) -> bytes:
    return number.to_bytes(32, "big")


def price(offered: int, wanted: int = 1_000) -> Refusal:
    numbers = {"offered": offered * WORK, "highest": offered * WORK, "min_price": wanted * WORK}
    return Refusal(Misfit.PRICE, "", passing=True, numbers=numbers)


def test_a_job_refused_again_and_again_counts_once() -> None:
    tally = Tally()
    for offered in (500, 600, 700):
        tally.see(job(1))
        tally.refuse(job(1), price(offered))
    assert (tally.seen, tally.counts) == (1, {"PRICE": 1})


def test_a_job_that_waited_for_its_price_and_went_to_another_counts_as_taken() -> None:
    tally = Tally()
    tally.refuse(job(1), price(500))
    tally.miss(job(1), Misfit.TAKEN)
    assert tally.counts == {"TAKEN": 1}
    assert "1 while their price was below yours" in summary(tally)


def test_a_job_whose_time_is_over_keeps_the_reason_it_had() -> None:
    tally = Tally()
    tally.refuse(job(1), price(500))
    tally.see(job(2))
    for number in (1, 2):
        tally.miss(job(number), Misfit.CLOSED)
    assert tally.counts == {"PRICE": 1, "CLOSED": 1}


def test_an_outage_is_to_blame_only_for_jobs_that_were_not_refused_before() -> None:
    tally = Tally()
    tally.see(job(1))
    tally.refuse(job(2), price(500))
    for number in (1, 2):
        tally.miss(job(number), Misfit.RPC)
    assert tally.counts == {"RPC": 1, "TAKEN": 1}


def test_a_job_that_fits_after_all_is_taken_and_paid() -> None:
    tally = Tally()
    tally.refuse(job(1), price(500))
    tally.suits(job(1))
    assert tally.counts == {OPEN: 1}
    tally.take(job(1))
    tally.end(earned=7 * WORK)
    tally.end(lost=WORK)
    assert tally.counts == {TOOK: 1}
    assert (tally.done, tally.failed, tally.earned, tally.lost) == (1, 1, 7 * WORK, WORK)
    assert tally.not_taken == 0


def test_old_jobs_become_numbers() -> None:
    tally = Tally(remembered=10)
    for number in range(1_000):
        tally.refuse(job(number), price(500))
    assert tally.counts == {"PRICE": 1_000}
    assert len(tally.with_code("PRICE")) == 10


ACTS = st.sampled_from(["see", "price", "stake", "suits", "take", "taken", "closed", "rpc"])


@given(st.lists(st.tuples(ACTS, st.integers(0, 5))), st.integers(1, 8))
def test_every_job_is_somewhere_whatever_happens_to_it(
    acts: list[tuple[str, int]], remembered: int
) -> None:
    tally = Tally(remembered)
    for act, number in acts:
        {
            "see": tally.see,
            "price": lambda j: tally.refuse(j, price(5)),
            "stake": lambda j: tally.refuse(j, Refusal(Misfit.STAKE, "")),
            "suits": tally.suits,
            "take": tally.take,
            "taken": lambda j: tally.miss(j, Misfit.TAKEN),
            "closed": lambda j: tally.miss(j, Misfit.CLOSED),
            "rpc": lambda j: tally.miss(j, Misfit.RPC),
        }[act](job(number))
    counts = tally.counts
    assert all(number > 0 for number in counts.values())
    assert tally.seen == sum(counts.values())
    assert tally.not_taken == sum(n for code, n in counts.items() if code not in (OPEN, TOOK))
    distinct = len({number for _, number in acts})
    assert tally.seen >= distinct
    if remembered >= 6:
        assert tally.seen == distinct
    summary(tally)


def test_the_summary_begins_with_what_the_owner_can_change() -> None:
    tally = Tally()
    for number in range(5):
        tally.refuse(job(number), Refusal(Misfit.PROFILE, ""))
    for number, offered in enumerate((800, 700, 650, 100), start=10):
        tally.refuse(job(number), price(offered))
    short = Refusal(Misfit.STAKE, "", passing=True, numbers={"missing": 20 * WORK})
    tally.refuse(job(20), short)
    assert summary(tally) == (
        "seen 10 jobs: took 0; not taken: PRICE 4 (best offered 800 WORK per 10^12 units, you want "
        "1000; --min-price 700 would do for 2 of 4), STAKE 1 (20 WORK more would do), PROFILE 5"
    )


@given(st.lists(st.integers(1, 2**95), min_size=2, max_size=30))
def test_the_price_that_is_proposed_is_low_enough_for_as_many_as_it_says(
    offers: list[int],
) -> None:
    jobs = [Seen("PRICE", numbers={"offered": o, "min_price": 2**95}) for o in offers]
    words = hint("PRICE", jobs).split("--min-price ")[1].split()
    assert words[1:4] == ["would", "do", "for"]
    proposed, promised = parse_amount(words[0]), int(words[4])
    assert sum(offer >= proposed for offer in offers) >= promised


def test_every_code_has_advice_and_a_place() -> None:
    assert set(ADVICE) == set(Misfit)
    everything = {misfit.name: 1 for misfit in Misfit}
    assert {code for code, _ in ranked(everything)} == set(everything)
    assert all(hint(code, [Seen(code)]) in ("", "1 before this node could") for code in everything)
