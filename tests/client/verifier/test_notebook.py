"""The notebook: what was written is there, whatever happens to the process."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from workbond.chain.transactions import Signed
from workbond.errors import UsageError
from workbond.verifier.notebook import FILE, KEEP_S, Finding, Notebook, NotebookFailed

JOB = b"\x01" * 32
VOTE, OTHER = b"\x02" * 32, b"\x03" * 32


def commitment(seat: int, vote: bytes) -> tuple[bytes, int, bytes, bytes]:
    return bytes([seat]) + vote[1:], seat, vote, bytes([9]) * 32


def test_what_was_prepared_is_there_after_a_restart_to_the_last_byte(tmp_path: Path) -> None:
    first = Notebook(tmp_path)
    first.prepare([commitment(0, VOTE), commitment(2, VOTE)], JOB, 1, now_s=5)
    first.found(JOB, Finding(VOTE, 2), now_s=5)
    first.remember("commit", Signed(b"raw", 7, 21_000), now_s=5)
    again = Notebook(tmp_path)  # the first was not closed: it was killed
    assert again.opening(commitment(2, VOTE)[0]) == (VOTE, b"\x09" * 32)
    assert again.prepared(JOB, 1) == {seat: (commitment(seat, VOTE)[0], VOTE) for seat in (0, 2)}
    assert again.prepared(JOB, 0) == {}
    assert again.findings() == {JOB: Finding(VOTE, 2)}
    assert again.sent("commit") == [Signed(b"raw", 7, 21_000)]
    assert again.secret == first.secret


def test_a_changed_mind_keeps_both_salts_and_the_latest_is_committed(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    notebook.prepare([commitment(0, VOTE)], JOB, 0, now_s=5)
    notebook.prepare([commitment(0, OTHER)], JOB, 0, now_s=6)
    assert notebook.prepared(JOB, 0) == {0: (commitment(0, OTHER)[0], OTHER)}
    for vote in (VOTE, OTHER):  # whichever transaction lands
        opening = notebook.opening(commitment(0, vote)[0])
        assert opening is not None
        assert opening[0] == vote


def test_a_stranger_s_commitment_has_no_opening(tmp_path: Path) -> None:
    assert Notebook(tmp_path).opening(b"\x05" * 32) is None


def test_it_forgets_what_is_older_than_any_case(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    notebook.prepare([commitment(0, VOTE)], JOB, 0, now_s=100)
    notebook.prepare([commitment(1, VOTE)], JOB, 0, now_s=200)
    notebook.tidy(150 + KEEP_S)
    assert list(notebook.prepared(JOB, 0)) == [1]


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    Notebook(tmp_path)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_another_notebook_has_another_secret(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert Notebook(tmp_path).secret != Notebook(tmp_path / "other").secret


@pytest.mark.parametrize("content", [b"not a database, but long enough to be one", b"\0" * 5_000])
def test_a_damaged_one_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(UsageError, match="it holds the salts of open seats") as refusal:
        Notebook(tmp_path)
    assert "\n" not in str(refusal.value)


def test_a_newer_program_s_is_refused(tmp_path: Path) -> None:
    Notebook(tmp_path).close()
    base = sqlite3.connect(tmp_path / FILE)
    base.execute("PRAGMA user_version = 2")
    base.close()
    with pytest.raises(UsageError, match="use the newer program"):
        Notebook(tmp_path)


def test_what_can_t_be_written_is_an_error_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    other = sqlite3.connect(tmp_path / FILE, timeout=0)
    other.execute("BEGIN EXCLUSIVE")
    notebook._base.execute("PRAGMA busy_timeout = 0")
    with pytest.raises(NotebookFailed, match="see to disk space"):
        notebook.prepare([commitment(0, VOTE)], JOB, 0, now_s=5)
    other.rollback()
    assert notebook.prepared(JOB, 0) == {}
