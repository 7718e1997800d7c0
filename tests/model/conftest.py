"""Plays the episodes of a module, and prints what they did below the test results for CI's logs."""

import pytest

from .driver import Episode, run
from .tally import Tally

COUNTS = pytest.StashKey[list[tuple[Tally, range]]]()  # of all episodes, and their seeds


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COUNTS] = []


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for tally, seeds in config.stash[COUNTS]:
        terminalreporter.section("model against contracts")
        for line in tally.lines(seeds):
            terminalreporter.write_line(line)


@pytest.fixture(scope="module")
def episodes(request: pytest.FixtureRequest) -> list[Episode]:
    """One of the module's STEPS for each of its SEEDS."""
    return [run(seed, request.module.STEPS) for seed in request.module.SEEDS]


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest, episodes: list[Episode]) -> Tally:
    """All that they did."""
    total = Tally()
    for episode in episodes:
        total += episode.tally
    request.config.stash[COUNTS].append((total, request.module.SEEDS))
    return total
