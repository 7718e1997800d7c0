"""A long run outlives its process."""

from pathlib import Path

import pytest

from . import progress
from .driver import run
from .progress import Progress

SEEDS = range(4, 44)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a run of which two parts are done."""
    path = tmp_path / "build" / "soak.json"
    begun = Progress.of(SEEDS, path)
    for seed in (4, 24):
        begun.add(seed, run(seed, 60).tally, 1.5)
    return path


def test_a_run_goes_on_with_all_that_it_had_done(path: Path) -> None:
    found, tally = Progress.of(SEEDS, path), run(4, 60).tally
    tally += run(24, 60).tally
    assert found.done == {4, 24}
    assert found.tally == tally
    assert found.tally.lines(SEEDS) == tally.lines(SEEDS)
    assert found.cpu_s == 3


def test_a_run_with_other_seeds_is_another_run(path: Path) -> None:
    with pytest.raises(SystemExit, match="another run"):
        Progress.of(range(4, 64), path)


def test_a_run_against_other_contracts_is_another_run(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "fingerprint", lambda: "other code")
    with pytest.raises(SystemExit, match="another run"):
        Progress.of(SEEDS, path)
