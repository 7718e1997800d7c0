"""Fetching from gateways, honest and hostile."""

from __future__ import annotations

import gzip
import itertools
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from workbond.blobs.fetch import fetch as fetch_from
from workbond.blobs.gateway import Gateway
from workbond.blobs.sources import GATEWAYS_MAX, Sources, named
from workbond.blobs.store import BlobStore
from workbond.cid import cid_of
from workbond.errors import BlobError, UsageError

Start = Callable[..., Any]
DATA = b"the right bytes " * 10_000
CID = cid_of(DATA)
MANY = 1 << 20


def fetch(cid: str, gateways: Iterable[str], store: BlobStore, **bounds: Any) -> int:
    """From gateways that the user named, which may be on loopback."""
    return fetch_from(cid, Sources(named(gateways)), store, **bounds)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


def refused(store: BlobStore, *gateways: str, **bounds: Any) -> str:
    """The one line that fetching ends with; nothing may be kept."""
    bounds = {"max_bytes": MANY, "timeout_s": 30} | bounds
    with pytest.raises(BlobError) as error:
        fetch(CID, gateways, store, **bounds)
    line = str(error.value)
    assert "\n" not in line
    assert len(line) < 500
    assert not store.has(CID)
    assert list((store.root / "tmp").iterdir()) == []
    return line


def test_a_blob_is_fetched_and_kept(store: BlobStore, other: BlobStore) -> None:
    other.put(DATA)
    with Gateway(other) as gateway:
        size = fetch(CID, [gateway.url + "/"], store, max_bytes=len(DATA), timeout_s=30)
    assert size == len(DATA)
    assert store.read(CID) == DATA


def test_an_empty_blob_is_fetched(store: BlobStore, other: BlobStore) -> None:
    empty = other.put(b"")
    with Gateway(other) as gateway:
        assert fetch(empty, [gateway.url], store, max_bytes=0, timeout_s=30) == 0
    assert store.read(empty) == b""


def test_what_is_here_is_not_fetched(store: BlobStore) -> None:
    store.put(DATA)
    assert fetch(CID, [], store, max_bytes=MANY, timeout_s=30) == len(DATA)
    with pytest.raises(BlobError, match="160,000 bytes, more than the 10 allowed"):
        fetch(CID, [], store, max_bytes=10, timeout_s=30)


def test_the_next_gateway_is_tried(store: BlobStore, other: BlobStore, raw_server: Start) -> None:
    other.put(DATA)
    empty = BlobStore(other.root.with_name("empty"))
    wrong = raw_server(answer(b"wrong", "Content-Length: 5"))
    with Gateway(empty) as first, Gateway(other) as last:
        gateways = ["ftp://x", first.url, wrong.url, last.url]
        fetch(CID, gateways, store, max_bytes=MANY, timeout_s=30)
    assert store.read(CID) == DATA
    assert len(wrong.requests) == 1


def test_a_blob_that_nobody_has_is_told(store: BlobStore, other: BlobStore) -> None:
    with Gateway(other) as gateway:
        assert "status 404" in refused(store, gateway.url)
    assert "no gateway is known" in refused(store)


def test_a_server_that_is_not_there_is_told(store: BlobStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "connection refused" in refused(store, f"http://127.0.0.1:{port}")


def test_a_name_that_nobody_has_is_told(store: BlobStore) -> None:
    assert "can't be used" in refused(store, "http://gateway.invalid")


@pytest.mark.parametrize(
    "gateway",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1",
        "127.0.0.1:80",
        "http://",
        "http://a b",
        "",
        "http:/x",
        "http://user:secret@127.0.0.1",
        "http://127.0.0.1?x",
        "http://127.0.0.1#x",
        "http://a\r\nb",
        "http://127.0.0.1:99999",
        "http://[::1",
        "http://é.org",
        "http://" + "a" * 5000,
    ],
    ids=itertools.count(),
)
def test_an_address_that_is_no_gateway_is_refused(store: BlobStore, gateway: str) -> None:
    assert "is not a gateway" in refused(store, gateway)


def test_what_is_no_cid_is_not_asked_for(store: BlobStore) -> None:
    with pytest.raises(UsageError, match="is not a CID"):
        fetch("../../admin", ["http://127.0.0.1"], store, max_bytes=MANY, timeout_s=30)


def test_the_request_asks_for_a_raw_uncompressed_block(store: BlobStore, raw_server: Start) -> None:
    server = raw_server(answer(DATA, f"Content-Length: {len(DATA)}"))
    fetch(CID, [server.url], store, max_bytes=MANY, timeout_s=30)
    (request,) = server.requests
    assert request.startswith(f"GET /ipfs/{CID}?format=raw HTTP/1.1\r\n".encode())
    assert b"\r\nAccept: application/vnd.ipld.raw\r\n" in request
    assert b"\r\nAccept-Encoding: identity\r\n" in request


def test_wrong_bytes_are_refused(store: BlobStore, raw_server: Start) -> None:
    wrong = DATA[:-1] + b"!"
    server = raw_server(answer(wrong, f"Content-Length: {len(wrong)}"))
    assert "the bytes are not the blob" in refused(store, server.url)


def test_a_body_shorter_than_announced_is_refused(store: BlobStore, raw_server: Start) -> None:
    server = raw_server(answer(DATA[:100], f"Content-Length: {len(DATA)}"))
    assert "can't be used" in refused(store, server.url)


def test_the_right_bytes_with_more_announced_are_refused(
    store: BlobStore, raw_server: Start
) -> None:
    server = raw_server(answer(DATA, f"Content-Length: {len(DATA) + 1}"))
    assert "can't be used" in refused(store, server.url)


def test_a_body_longer_than_announced_is_cut_and_refused(
    store: BlobStore, raw_server: Start
) -> None:
    server = raw_server(answer(DATA, f"Content-Length: {len(DATA) - 1}"))
    assert "the bytes are not the blob" in refused(store, server.url)


def test_an_announced_length_above_the_bound_is_refused_at_once(
    store: BlobStore, raw_server: Start
) -> None:
    server = raw_server(answer(b"", f"Content-Length: {10**30}"))
    assert "1,048,576 are allowed" in refused(store, server.url)


def flood(head: bytes, piece: bytes) -> Callable[[Any, socket.socket], None]:
    def script(server: Any, peer: socket.socket) -> None:
        peer.sendall(head)
        while not server.stopping.is_set():
            peer.sendall(piece)

    return script


def test_an_endless_body_is_cut_at_the_bound(store: BlobStore, raw_server: Start) -> None:
    server = raw_server(flood(answer(b""), bytes(65_536)))
    assert "larger than the 1,048,576 bytes allowed" in refused(store, server.url)
    assert server.hung_up.wait(30)


def test_an_endless_chunked_body_is_cut_at_the_bound(store: BlobStore, raw_server: Start) -> None:
    head = answer(b"", "Transfer-Encoding: chunked")
    server = raw_server(flood(head, b"10000\r\n" + bytes(65_536) + b"\r\n"))
    assert "larger than the 1,048,576 bytes allowed" in refused(store, server.url)
    assert server.hung_up.wait(30)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n",  # headers without end
        b"HTTP/1.1 200 OK\r\nX: ",  # a header without end
        b"",  # a status line without end
        answer(b"", "Transfer-Encoding: chunked"),  # a chunk length without end
    ],
    ids=itertools.count(),
)
def test_endless_headers_are_refused(store: BlobStore, raw_server: Start, head: bytes) -> None:
    piece = b"A: b\r\n" * 1_000 if head.endswith(b"OK\r\n") else b"1" * 65_536
    server = raw_server(flood(head, piece))
    assert "can't be used" in refused(store, server.url)
    assert server.hung_up.wait(30)


def drip(head: bytes, piece: bytes) -> Callable[[Any, socket.socket], None]:
    """Sends a piece now and then: never silent for long, never done."""

    def script(server: Any, peer: socket.socket) -> None:
        peer.sendall(head)
        while not server.stopping.wait(0.02):
            peer.sendall(piece)

    return script


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (answer(b"", f"Content-Length: {len(DATA)}"), DATA[:1]),
        (answer(b""), DATA[:1]),
        (answer(b"", "Transfer-Encoding: chunked"), b"1\r\nt\r\n"),
        (answer(b"", "Transfer-Encoding: chunked"), b"0"),
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"A"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=itertools.count(),
)
def test_a_slow_drip_ends_at_the_deadline(
    store: BlobStore, raw_server: Start, head: bytes, piece: bytes
) -> None:
    server = raw_server(drip(head, piece))
    assert "did not finish within 0.3 s" in refused(store, server.url, timeout_s=0.3)
    assert server.hung_up.wait(30)


def test_a_silent_server_ends_at_the_deadline(store: BlobStore, raw_server: Start) -> None:
    server = raw_server(lambda server, _: server.stopping.wait(60))
    assert "0.2 s" in refused(store, server.url, timeout_s=0.2)


def test_a_slow_gateway_leaves_time_for_the_next(
    store: BlobStore, other: BlobStore, raw_server: Start
) -> None:
    other.put(DATA)
    slow = raw_server(drip(answer(b""), b"x"))
    with Gateway(other) as gateway:
        fetch(CID, [slow.url, gateway.url], store, max_bytes=MANY, timeout_s=4)
    assert store.has(CID)


def test_only_so_many_gateways_are_tried(store: BlobStore, raw_server: Start) -> None:
    server = raw_server(answer(b"", "Content-Length: 0", status="404 Not Found"))
    many = [f"{server.url}/{number}" for number in range(100)]
    assert f"from {GATEWAYS_MAX} gateway(s)" in refused(store, *many)
    assert len(server.requests) == GATEWAYS_MAX


@pytest.mark.parametrize("status", ["206 Partial Content", "204 No Content", "500 Oops"])
def test_another_status_is_refused(store: BlobStore, raw_server: Start, status: str) -> None:
    server = raw_server(answer(b"", "Content-Length: 0", status=status))
    assert f"status {status[:3]}" in refused(store, server.url)


def test_a_compressed_answer_is_refused(store: BlobStore, raw_server: Start) -> None:
    bomb = gzip.compress(bytes(100_000_000))
    head = ("Content-Encoding: gzip", f"Content-Length: {len(bomb)}")
    server = raw_server(answer(bomb, *head))
    assert "compressed answer" in refused(store, server.url)


def test_a_compressed_transfer_is_not_unpacked(store: BlobStore, raw_server: Start) -> None:
    packed = gzip.compress(DATA)
    server = raw_server(answer(packed, "Transfer-Encoding: gzip", f"Content-Length: {len(packed)}"))
    assert "the bytes are not the blob" in refused(store, server.url)


@pytest.mark.parametrize(
    "reply",
    [b"", b"\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x16\x03\x01"],
    ids=itertools.count(),
)
def test_what_is_not_http_is_refused(store: BlobStore, raw_server: Start, reply: bytes) -> None:
    assert "can't be used" in refused(store, raw_server(reply).url)


@pytest.mark.parametrize("reply", [b"HTTP/1.1 \x1b[2J 1\r\n\r\n", b"\x1b]0;mine\x07 evil\r\n"])
def test_no_word_of_the_server_reaches_the_terminal(
    store: BlobStore, raw_server: Start, reply: bytes
) -> None:
    line = refused(store, raw_server(reply).url)
    assert line.isprintable()
    assert "evil" not in line


def test_a_server_without_tls_is_told_so(store: BlobStore, raw_server: Start) -> None:
    server = raw_server(answer(DATA))
    address = server.url.replace("http:", "https:")
    # its TLS greeting is no HTTP request, so the server waits: the deadline ends the handshake
    assert "within 0.3 s" in refused(store, address, timeout_s=0.3)


def test_proxies_and_passwords_of_the_environment_are_not_used(
    store: BlobStore, raw_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = raw_server(answer(DATA, f"Content-Length: {len(DATA)}"))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    fetch(CID, [server.url], store, max_bytes=MANY, timeout_s=30)
    assert b"Authorization" not in server.requests[0]
