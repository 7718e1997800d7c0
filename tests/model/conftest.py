"""Prints what the episodes did below the test results, so that CI logs show it."""

import pytest

from .tally import Tally

COUNTS = pytest.StashKey[tuple[Tally, range]]()  # of all episodes, and their seeds


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if COUNTS in config.stash:
        tally, seeds = config.stash[COUNTS]
        terminalreporter.section("model against contracts")
        for line in tally.lines(seeds):
            terminalreporter.write_line(line)
