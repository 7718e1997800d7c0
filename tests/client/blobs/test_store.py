"""The blob directory: what is in it is what its name says."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbond.blobs.store import STALE_AFTER_S, BlobStore, BlobWriter
from workbond.cid import cid_of
from workbond.errors import BlobError, UsageError


def unfinished(store: BlobStore) -> list[Path]:
    return list((store.root / "tmp").iterdir())


@pytest.mark.parametrize("data", [b"", b"hello", bytes(1_000_001)], ids=len)
def test_what_is_put_is_read_back(store: BlobStore, data: bytes) -> None:
    cid = store.put(data)
    assert cid == cid_of(data)
    assert store.has(cid)
    assert store.size(cid) == len(data)
    assert store.read(cid) == data
    with store.open(cid) as file:
        assert file.read() == data
    store.verify(cid)
    assert unfinished(store) == []


def test_a_file_is_copied_in_pieces(store: BlobStore, tmp_path: Path) -> None:
    source = tmp_path / "input.bin"
    source.write_bytes(os.urandom(700_001))
    cid = store.put_file(source)
    assert store.read(cid) == source.read_bytes()


def test_a_missing_file_is_told(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(BlobError, match=r"nothing can't be read: No such file"):
        store.put_file(tmp_path / "nothing")


def test_chunks_with_the_expected_cid_are_kept(store: BlobStore) -> None:
    cid = cid_of(b"abcdef")
    assert store.put_chunks([b"abc", b"", b"def"], expected=cid, max_bytes=6) == cid
    assert store.read(cid) == b"abcdef"


def test_chunks_with_another_cid_leave_nothing(store: BlobStore) -> None:
    with pytest.raises(BlobError, match="the bytes are not the blob bafkrei"):
        store.put_chunks([b"abc", b"deg"], expected=cid_of(b"abcdef"))
    assert list(store.list()) == []
    assert unfinished(store) == []


def test_an_endless_iterator_is_cut_at_the_bound(store: BlobStore) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield bytes(1_000)

    with pytest.raises(BlobError, match="larger than the 10,000 bytes allowed"):
        store.put_chunks(endless(), max_bytes=10_000)
    assert taken == 11
    assert unfinished(store) == []


def test_the_stores_own_bound_holds_too(tmp_path: Path) -> None:
    small = BlobStore(tmp_path / "small", max_blob_bytes=4)
    assert small.put(b"four")
    with pytest.raises(BlobError, match="larger than the 4 bytes"):
        small.put(b"fiver")
    with pytest.raises(BlobError, match="larger than the 4 bytes"):
        small.put_chunks([b"fiver"], max_bytes=100)


def test_an_error_of_the_source_leaves_nothing(store: BlobStore) -> None:
    def broken() -> Iterator[bytes]:
        yield b"abc"
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError, match="gone"):
        store.put_chunks(broken())
    assert unfinished(store) == []


def test_the_directory_is_private(store: BlobStore) -> None:
    cid = store.put(b"x")
    for directory in (store.root, store.root / "tmp", store.path(cid).parent):
        assert stat.S_IMODE(directory.stat().st_mode) & 0o077 == 0


def test_the_list_names_blobs_only(store: BlobStore) -> None:
    cids = {store.put(b"%d" % number) for number in range(50)}
    (store.root / "notes.txt").write_text("x")
    store.path(next(iter(cids))).with_name("notes.txt").write_text("x")
    assert set(store.list()) == cids
    assert store.total_bytes() == sum(len(b"%d" % number) for number in range(50))


def test_a_removed_blob_is_gone(store: BlobStore) -> None:
    cid = store.put(b"x")
    assert store.remove(cid)
    assert not store.remove(cid)
    assert not store.has(cid)
    with pytest.raises(BlobError, match="is not in"):
        store.read(cid)
    with pytest.raises(BlobError, match="is not in"):
        store.size(cid)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "", "tmp", "bafkrei/../x"])
def test_only_a_cid_becomes_a_path(store: BlobStore, name: str) -> None:
    for use in (store.path, store.has, store.read, store.remove, store.size, store.open):
        with pytest.raises(UsageError, match="is not a CID"):
            use(name)
    with pytest.raises(UsageError, match="is not a CID"):
        store.put_chunks([b"x"], expected=name)


def test_damage_is_noticed_and_mended_by_putting_again(store: BlobStore) -> None:
    cid = store.put(b"right")
    store.path(cid).write_bytes(b"wrong")
    assert store.read(cid, verify=False) == b"wrong"
    with pytest.raises(BlobError, match="is damaged; remove"):
        store.read(cid)
    with pytest.raises(BlobError, match="is damaged; remove"):
        store.verify(cid)
    assert store.put(b"right") == cid
    assert store.read(cid) == b"right"


def test_reading_is_bounded(store: BlobStore) -> None:
    cid = store.put(b"12345")
    assert store.read(cid, max_bytes=5) == b"12345"
    with pytest.raises(BlobError, match="larger than the 4 bytes allowed"):
        store.read(cid, max_bytes=4)


def test_a_full_disk_is_one_line(store: BlobStore) -> None:
    # the kernel's own full device stands where the unfinished file would
    part = store.root / "tmp" / "part"
    part.symlink_to("/dev/full")
    with (
        BlobWriter(store, part, None, 1 << 30) as writer,
        pytest.raises(BlobError, match="the disk is full; free some space") as refused,
    ):
        writer.write(bytes(1 << 20))
    assert "\n" not in str(refused.value)
    assert list(store.list()) == []
    assert unfinished(store) == []


def test_a_path_that_is_no_directory_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BlobError, match="can't be written: "):
        BlobStore(tmp_path / "file")


def test_two_writers_of_one_blob_both_succeed(store: BlobStore) -> None:
    cid = cid_of(b"same")
    with store.writer(expected=cid) as first, store.writer(expected=cid) as second:
        first.write(b"same")
        second.write(b"same")
        assert first.commit() == second.commit() == cid
        assert (first.added, second.added) == (True, False)
    assert store.read(cid) == b"same"


def test_many_threads_share_a_store(store: BlobStore) -> None:
    def work(start: int) -> None:
        for number in range(start, start + 40):
            store.put(b"%d" % number)

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 20, 40, 60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(store.list()) == {cid_of(b"%d" % number) for number in range(100)}


def test_leftovers_of_a_dead_process_are_removed(store: BlobStore) -> None:
    old, young = store.root / "tmp" / "old", store.root / "tmp" / "young"
    old.write_bytes(b"x")
    young.write_bytes(b"x")
    past = young.stat().st_mtime - STALE_AFTER_S - 60
    os.utime(old, (past, past))
    BlobStore(store.root)
    assert unfinished(store) == [young]


def test_the_only_writer_of_a_directory_removes_all_leftovers(tmp_path: Path) -> None:
    BlobStore(tmp_path)
    leftover = tmp_path / "tmp" / "leftover"
    leftover.write_bytes(b"half")
    BlobStore(tmp_path)
    assert leftover.exists()  # another process may be writing it
    BlobStore(tmp_path, stale_after_s=0)
    assert not leftover.exists()
