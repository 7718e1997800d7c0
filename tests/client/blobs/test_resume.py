"""Downloads that break, and go on: at another gateway, in another process, among hostile ones."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbond.blobs import partial
from workbond.blobs.fetch import fetch
from workbond.blobs.gateway import Gateway
from workbond.blobs.partial import PARTIAL_BYTES_MIN, STALE_AFTER_S
from workbond.blobs.sources import Sources, named
from workbond.blobs.store import BlobStore
from workbond.cid import cid_of
from workbond.errors import BlobError

Start = Callable[..., Any]
DATA = os.urandom(1 << 16) * 8
CID = cid_of(DATA)
HALF = len(DATA) // 2
POISON = bytes(HALF)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


def broken(data: bytes) -> bytes:
    """The beginning of a blob, and a connection that ends too early."""
    return answer(data, f"Content-Length: {len(DATA)}")


def part(data: bytes, said: str) -> bytes:
    return answer(data, said, f"Content-Length: {len(data)}", status="206 Partial Content")


def get(store: BlobStore, *urls: str) -> int:
    return fetch(CID, Sources(named(urls)), store, max_bytes=len(DATA), timeout_s=30)


def partials(store: BlobStore) -> list[int]:
    return [path.stat().st_size for path in (store.root / "partial").iterdir()]


def ranges(server: Any) -> list[str]:
    """The `Range` of each request, "" for none."""
    found = []
    for request in server.requests:
        lines = request.decode().split("\r\n")
        found.append(next((x[7:] for x in lines if x.startswith("Range: ")), ""))
    return found


def test_a_broken_download_goes_on_at_the_next_gateway(
    store: BlobStore, other: BlobStore, raw_server: Start
) -> None:
    first = raw_server(broken(DATA[:HALF]))
    rest = part(DATA[HALF:], f"Content-Range: bytes {HALF}-{len(DATA) - 1}/{len(DATA)}")
    second = raw_server(rest)
    assert get(store, first.url, second.url) == len(DATA)
    assert store.read(CID) == DATA
    assert ranges(second) == [f"bytes={HALF}-"]
    assert partials(store) == []


def test_a_broken_download_goes_on_in_another_process(
    store: BlobStore, other: BlobStore, raw_server: Start
) -> None:
    other.put(DATA)
    with pytest.raises(BlobError):
        get(store, raw_server(broken(DATA[:HALF])).url)
    assert partials(store) == [HALF]
    again = BlobStore(store.root, stale_after_s=0)  # as a provider opens it at its start
    with Gateway(other) as gateway:
        assert get(again, gateway.url) == len(DATA)
    assert again.read(CID) == DATA
    assert partials(again) == []


def test_a_gateway_without_ranges_sends_all_of_it(store: BlobStore, raw_server: Start) -> None:
    first = raw_server(broken(DATA[:HALF]))
    second = raw_server(answer(DATA, f"Content-Length: {len(DATA)}"))
    assert get(store, first.url, second.url) == len(DATA)
    assert ranges(second) == [f"bytes={HALF}-"]


def test_a_poisoned_beginning_does_not_spoil_an_honest_gateway(
    store: BlobStore, other: BlobStore, raw_server: Start
) -> None:
    other.put(DATA)
    hostile = raw_server(broken(POISON))
    with Gateway(other) as honest:
        assert get(store, hostile.url, honest.url) == len(DATA)
    assert store.read(CID) == DATA


def test_a_poisoned_beginning_that_is_too_long_does_not_either(
    store: BlobStore, other: BlobStore, raw_server: Start
) -> None:
    data = os.urandom(PARTIAL_BYTES_MIN)
    cid = other.put(data)
    hostile = raw_server(answer(bytes(3 * len(data)), f"Content-Length: {4 * len(data)}"))
    with Gateway(other) as honest:
        sources = Sources(named([hostile.url, honest.url]))
        fetch(cid, sources, store, max_bytes=4 * len(data), timeout_s=30)
    assert store.read(cid) == data


def test_a_gateway_that_lies_twice_is_asked_twice_and_no_more(
    store: BlobStore, raw_server: Start
) -> None:
    with pytest.raises(BlobError):
        get(store, raw_server(broken(DATA[:HALF])).url)

    def script(server: Any, peer: socket.socket) -> None:
        if len(server.requests) == 1:
            last = len(DATA) - 1
            peer.sendall(part(POISON, f"Content-Range: bytes {HALF}-{last}/{len(DATA)}"))
        else:
            peer.sendall(answer(bytes(len(DATA)), f"Content-Length: {len(DATA)}"))

    liar = raw_server(script)
    with pytest.raises(BlobError, match="the bytes are not the blob"):
        get(store, liar.url)
    assert ranges(liar) == [f"bytes={HALF}-", ""]
    assert partials(store) == []


@pytest.mark.parametrize(
    "said",
    [
        "Content-Range: bytes 0-9/10",
        f"Content-Range: bytes {HALF - 1}-{len(DATA) - 1}/{len(DATA)}",
        f"Content-Range: bytes {HALF}-{HALF}/{len(DATA)}",
        f"Content-Range: bytes {HALF}-{HALF - 1}/*",
        f"Content-Range: bytes {HALF}-x/*",
        "Content-Range: bytes */10",
        "Content-Type: multipart/byteranges; boundary=x",
    ],
)
def test_another_range_than_was_asked_for_is_refused(
    store: BlobStore, raw_server: Start, said: str
) -> None:
    with pytest.raises(BlobError):
        get(store, raw_server(broken(DATA[:HALF])).url)
    with pytest.raises(BlobError, match="range"):
        get(store, raw_server(part(DATA[HALF:], said)).url)
    assert partials(store) == [HALF]  # still as good as before


def test_a_download_that_was_complete_needs_no_gateway(store: BlobStore, raw_server: Start) -> None:
    (store.root / "partial" / CID).write_bytes(DATA)
    server = raw_server(answer(b"", "Content-Length: 0", status="500 Oops"))
    assert get(store, server.url) == len(DATA)
    assert server.requests == []


def test_little_is_not_kept(store: BlobStore, raw_server: Start) -> None:
    with pytest.raises(BlobError):
        get(store, raw_server(broken(DATA[: PARTIAL_BYTES_MIN - 1])).url)
    assert partials(store) == []


def test_an_endless_answer_is_not_kept(store: BlobStore, raw_server: Start) -> None:
    server = raw_server(answer(DATA + b"!"))
    with pytest.raises(BlobError, match="is larger than"):
        get(store, server.url)
    assert partials(store) == []


def test_what_a_more_generous_call_left_is_started_anew(store: BlobStore, other: BlobStore) -> None:
    cid = other.put(b"small")
    (store.root / "partial" / cid).write_bytes(bytes(100_000))
    with Gateway(other) as gateway:
        fetch(cid, Sources(named([gateway.url])), store, max_bytes=5, timeout_s=30)
    assert store.read(cid) == b"small"


def test_two_processes_that_want_one_blob_do_not_disturb_each_other(
    store: BlobStore, raw_server: Start
) -> None:
    """Each has its own store object on one directory, as two commands have."""
    halfway, going_on = threading.Event(), threading.Event()

    def slow(server: Any, peer: socket.socket) -> None:
        peer.sendall(broken(DATA[:HALF]))
        halfway.set()
        going_on.wait(30)
        peer.sendall(DATA[HALF:])

    sizes: list[int] = []
    first = raw_server(slow)
    thread = threading.Thread(target=lambda: sizes.append(get(store, first.url)))
    thread.start()
    assert halfway.wait(30)
    second = raw_server(answer(DATA, f"Content-Length: {len(DATA)}"))
    theirs = BlobStore(store.root)
    assert get(theirs, second.url) == len(DATA)
    assert ranges(second) == [""]
    going_on.set()
    thread.join(30)
    assert sizes == [len(DATA)]
    assert store.read(CID) == DATA
    assert partials(store) == []
    assert list((store.root / "tmp").iterdir()) == []


def test_old_and_many_partial_downloads_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial, "PARTIALS_MAX", 3)
    folder = BlobStore(tmp_path).root / "partial"
    for number in range(5):
        path = folder / cid_of(bytes([number]))
        path.write_bytes(bytes(10))
        at = path.stat().st_mtime - 10 * (5 - number)
        os.utime(path, (at, at))
    old = folder / cid_of(b"old")
    old.write_bytes(b"x")
    past = old.stat().st_mtime - STALE_AFTER_S - 60
    os.utime(old, (past, past))
    BlobStore(tmp_path)
    assert {path.name for path in folder.iterdir()} == {cid_of(bytes([n])) for n in (2, 3, 4)}


def test_partial_downloads_are_bounded_in_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial, "PARTIAL_BYTES_MAX", 25)
    folder = BlobStore(tmp_path).root / "partial"
    for number in range(3):
        path = folder / cid_of(bytes([number]))
        path.write_bytes(bytes(10))
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 10 * (3 - number)))
    BlobStore(tmp_path)
    assert {path.name for path in folder.iterdir()} == {cid_of(bytes([n])) for n in (1, 2)}
