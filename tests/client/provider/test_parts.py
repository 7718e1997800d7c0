"""The small parts of the node: what it says, how often it tries, what its worker hands back."""

from __future__ import annotations

import queue

from workbond.provider.journal import REMARKS_PER_MINUTE, Journal
from workbond.provider.retry import Retries
from workbond.provider.terms import Terms
from workbond.provider.worker import Worker


def test_strangers_cannot_flood_the_journal() -> None:
    lines: list[str] = []
    journal = Journal(lines.append)
    for number in range(1_000):
        journal.remark(number, f"line {number}")
    # the minute may end once in between
    assert REMARKS_PER_MINUTE <= len(lines) <= 2 * REMARKS_PER_MINUTE + 1
    journal.say("mine")
    assert lines[-1] == "mine"


def test_a_remark_is_told_again_only_when_it_is_news() -> None:
    lines: list[str] = []
    journal = Journal(lines.append)
    for text, key in (("price 1", "PRICE"), ("price 2", "PRICE"), ("stake", "STAKE")):
        journal.remark("job", text, key)
    assert lines == ["price 1", "stake"]


def test_a_line_holds_no_control_characters_and_is_bounded() -> None:
    lines: list[str] = []
    Journal(lines.append).say("a\x1b[2J\nb" + "c" * 10_000)
    assert lines[0].isprintable()
    assert len(lines[0]) <= 600


def test_retries_end_and_pause_in_between() -> None:
    retries = Retries(tries=3, first_pause_s=3_600)
    assert retries.due(b"job")
    assert [retries.failed(b"job") for _ in range(3)] == [True, True, False]
    assert not retries.due(b"job")
    assert retries.due(b"other")


def test_a_worker_hands_back_values_and_errors_and_never_raises() -> None:
    woken: queue.Queue[None] = queue.Queue()
    worker = Worker(lambda: woken.put(None))
    assert worker.take() is None
    worker.start("sum", b"1", lambda: 1 + 1)
    woken.get(timeout=60)
    assert worker.busy
    done = worker.take()
    assert done is not None
    assert (done.kind, done.job_id, done.value, done.error) == ("sum", b"1", 2, None)
    assert not worker.busy
    worker.start("fail", b"2", lambda: 1 // 0)
    woken.get(timeout=60)
    failed = worker.take()
    assert failed is not None
    assert isinstance(failed.error, ZeroDivisionError)


def test_a_worker_survives_what_is_no_ordinary_exception() -> None:
    class Panic(BaseException):  # as libraries written in Rust raise it
        pass

    def panic() -> None:
        raise Panic

    woken: queue.Queue[None] = queue.Queue()
    worker = Worker(lambda: woken.put(None))
    worker.start("parse", b"1", panic)
    woken.get(timeout=10)
    done = worker.take()
    assert done is not None
    assert isinstance(done.error, Panic)
    assert not worker.busy


def test_the_planned_time_grows_with_rounds_not_with_cores() -> None:
    one, four = Terms(cores=1, memory_bytes=1), Terms(cores=4, memory_bytes=1)
    assert one.run_s(8, 10**9, 0, 0) > four.run_s(8, 10**9, 0, 0)
    assert four.run_s(4, 10**9, 0, 0) - four.run_s(1, 10**9, 0, 0) < 1  # the same round
    assert four.run_s(5, 10**9, 0, 0) - four.run_s(4, 10**9, 0, 0) > 10  # another one


def test_memory_and_outputs_cost_planned_time_too() -> None:
    terms = Terms(cores=1, memory_bytes=1)
    assert terms.run_s(1, 1, 1 << 32, 0) - terms.run_s(1, 1, 0, 0) > 8
    assert terms.run_s(1, 1, 0, 1 << 28) - terms.run_s(1, 1, 0, 0) > 5
