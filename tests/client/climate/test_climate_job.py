"""The job file of the example is valid, and affordable with what a newcomer's faucet gives."""

from __future__ import annotations

from pathlib import Path

from workbond.demo.climate import data_dir, lay_out
from workbond.jobfile import load_job_file

WORK = 10**18


def test_the_committed_job_has_48_tasks_and_a_modest_price() -> None:
    job = load_job_file(data_dir() / "job.toml")
    assert job.tasks == 48
    assert job.min_unit_price < job.price.max_unit_price
    assert job.max_payment < 3 * WORK
    assert job.price.bond == 100 * WORK


def test_the_job_laid_out_elsewhere_is_the_committed_one(tmp_path: Path) -> None:
    committed = load_job_file(data_dir() / "job.toml")
    copy = load_job_file(lay_out(tmp_path / "job"))
    assert copy.program_path.read_bytes() == committed.program_path.read_bytes()
    assert copy.program_path.is_relative_to(tmp_path)
    assert [path.name for path in copy.input_paths] == [path.name for path in committed.input_paths]
    assert [path.read_bytes() for path in copy.input_paths] == [
        path.read_bytes() for path in committed.input_paths
    ]
    assert copy.limits == committed.limits
    assert copy.price == committed.price
