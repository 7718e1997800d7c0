"""`make invariants` must fail where the play was too short, too idle, or left an exit out."""

import invariants

PLAYED = "played=1000;idle=10"


def counts(*, least: int = invariants.LEAST, without: str = "") -> str:
    exits = [f"{name}={least}" for name in invariants.EXITS if name != without]
    return ";".join([PLAYED, *exits, "gas 0x01=7"])


def test_a_play_that_went_everywhere_passes() -> None:
    assert invariants.judge(invariants.read(counts()), 1000) == []


def test_an_exit_that_was_never_taken_fails_it() -> None:
    text = counts(without="void unanswered")
    assert invariants.judge(invariants.read(text), 1000) == [
        "void unanswered: taken 0 times, not 500"
    ]


def test_each_exit_must_be_taken_often_enough() -> None:
    problems = invariants.judge(invariants.read(counts(least=invariants.LEAST - 1)), 1000)
    assert len(problems) == len(invariants.EXITS)


def test_too_few_calls_fail_it() -> None:
    assert invariants.judge(invariants.read(counts()), 1001) == ["1000 calls, not 1001"]


def test_calls_that_do_nothing_are_not_enough() -> None:
    text = counts().replace("idle=10", "idle=301")
    assert invariants.judge(invariants.read(text), 1000) == [
        "699 of 1000 calls did something: too few"
    ]


def test_a_run_that_forge_tells_twice_counts_once() -> None:
    once = counts()
    assert invariants.read(f"{once}\n{once}\n") == invariants.read(once)


def test_gas_is_the_most_of_all_runs() -> None:
    read = invariants.read(f"{PLAYED};gas 0x01=7\nplayed=1;gas 0x01=5")
    assert read["gas 0x01"] == 7
    assert read["played"] == 1001
