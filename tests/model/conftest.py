"""Plays the episodes of a module, and prints what they did below the test results for CI's logs."""

from collections.abc import Callable

import pytest

from .driver import Episode, run
from .tally import Tally

COUNTS = "model against contracts"  # a test's property: it comes from other processes as well


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed"):
        for lines in (value for name, value in report.user_properties if name == COUNTS):
            terminalreporter.section(COUNTS)
            for line in str(lines).splitlines():
                terminalreporter.write_line(line)


@pytest.fixture(scope="module")
def episodes(request: pytest.FixtureRequest) -> list[Episode]:
    """One of the module's STEPS for each of its SEEDS."""
    return [run(seed, request.module.STEPS) for seed in request.module.SEEDS]


@pytest.fixture(scope="module")
def tally(episodes: list[Episode]) -> Tally:
    """All that they did."""
    total = Tally()
    for episode in episodes:
        total += episode.tally
    return total


@pytest.fixture
def say(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    """Has the counts of the module's episodes printed."""
    tally: Tally = request.getfixturevalue("tally")
    record_property(COUNTS, "\n".join(tally.lines(request.module.SEEDS)))
