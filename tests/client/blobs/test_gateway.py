"""The gateway as an IPFS client sees it, and as an attacker does."""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
from collections.abc import Iterator

import pytest
import requests

from workbond.blobs.gateway import RAW, Gateway
from workbond.blobs.store import BlobStore
from workbond.cid import cid_of
from workbond.errors import BlobError
from workbond.serving.server import CONNECTIONS_MAX

DATA = bytes(range(256)) * 1_000
CID = cid_of(DATA)


@pytest.fixture
def gateway(store: BlobStore) -> Iterator[Gateway]:
    store.put(DATA)
    with Gateway(store) as running:
        yield running


def get(gateway: Gateway, path: str, **headers: str) -> requests.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(gateway.url + path, headers=names, timeout=30, allow_redirects=False)


def connect(gateway: Gateway) -> socket.socket:
    return socket.create_connection(("127.0.0.1", gateway.port), timeout=30)


def test_a_block_is_served_with_the_headers_of_the_convention(gateway: Gateway) -> None:
    answer = get(gateway, f"/ipfs/{CID}?format=raw")
    assert answer.status_code == 200
    assert answer.content == DATA
    assert answer.headers["Content-Type"] == RAW
    assert answer.headers["Content-Length"] == str(len(DATA))
    assert answer.headers["ETag"] == f'"{CID}.raw"'
    assert answer.headers["X-Ipfs-Path"] == f"/ipfs/{CID}"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{CID}.bin"'
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Content-Encoding" not in answer.headers


def test_the_accept_header_asks_as_well(gateway: Gateway) -> None:
    assert get(gateway, f"/ipfs/{CID}", Accept=RAW).content == DATA
    assert get(gateway, f"/ipfs/{CID}", Accept=f"text/html, {RAW};q=0.5").content == DATA


def test_head_has_the_same_headers_and_no_body(gateway: Gateway) -> None:
    answer = requests.head(f"{gateway.url}/ipfs/{CID}?format=raw", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(len(DATA))
    assert answer.content == b""


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=255000-", 255000, 255999),
        ("bytes=-10", 255990, 255999),
        ("bytes=255990-999999", 255990, 255999),
    ],
)
def test_a_range_is_served(gateway: Gateway, asked: str, first: int, last: int) -> None:
    answer = get(gateway, f"/ipfs/{CID}?format=raw", Range=asked)
    assert answer.status_code == 206
    assert answer.content == DATA[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(DATA)}"


def test_a_range_beyond_the_end_is_refused(gateway: Gateway) -> None:
    answer = get(gateway, f"/ipfs/{CID}?format=raw", Range="bytes=256000-")
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(DATA)}"


def test_a_range_that_makes_no_sense_is_refused(gateway: Gateway) -> None:
    assert get(gateway, f"/ipfs/{CID}?format=raw", Range="lines=1-2").status_code == 400


def test_overlapping_ranges_send_no_byte_twice(gateway: Gateway) -> None:
    many = "bytes=" + ",".join(["0-"] * 90)
    answer = get(gateway, f"/ipfs/{CID}?format=raw", Range=many)
    assert answer.status_code == 206
    assert len(answer.content) < len(DATA) + 1_000


def test_a_cached_copy_is_confirmed(gateway: Gateway) -> None:
    etag = f'"{CID}.raw"'
    for sent in (etag, f'"x", W/{etag}', "*"):
        answer = get(gateway, f"/ipfs/{CID}?format=raw", If_None_Match=sent)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == etag
    assert get(gateway, f"/ipfs/{CID}?format=raw", If_None_Match='"x"').status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/ipfs/{cid_of(b'missing')}?format=raw", 404),
        (f"/ipfs/{CID}?format=car", 406),
        (f"/ipfs/{CID}?format=", 406),
        (f"/ipfs/{CID}", 400),
        ("/ipfs/hello?format=raw", 400),
        (f"/ipfs/{CID.upper()}?format=raw", 400),
        ("/ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKtLkP?format=raw", 400),
        ("/ipfs/bafkqaaa?format=raw", 400),
        (f"/ipfs/{CID}/file?format=raw", 400),
        (f"/ipfs/{CID}/?format=raw", 400),
        ("/ipfs/..%2f..%2fetc%2fpasswd?format=raw", 400),
        ("/ipfs/%2e%2e?format=raw", 400),
        (f"/ipfs/{CID}%00?format=raw", 400),
        ("/ipfs/" + "b" * 9_000 + "?format=raw", 400),
        ("/ipfs/", 404),
        ("/", 404),
        ("/ipns/example.org?format=raw", 404),
        ("/api/v0/block/put", 404),
    ],
    ids=itertools.count(),
)
def test_a_wrong_question_has_its_status(gateway: Gateway, path: str, status: int) -> None:
    answer = get(gateway, path)
    assert answer.status_code == status
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_an_unknown_type_is_not_acceptable(gateway: Gateway) -> None:
    assert get(gateway, f"/ipfs/{CID}", Accept="application/vnd.ipld.car").status_code == 406


def test_a_path_is_not_walked_even_if_the_client_does_not_clean_it(gateway: Gateway) -> None:
    for path in ("/ipfs/../../../etc/passwd", f"/ipfs/{CID}/../../x", "//etc/passwd"):
        with connect(gateway) as raw:
            raw.sendall(f"GET {path}?format=raw HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert raw.recv(12) in (b"HTTP/1.1 400", b"HTTP/1.1 404")


def test_a_cache_that_must_not_ask_further_gets_412(gateway: Gateway) -> None:
    missing = f"/ipfs/{cid_of(b'missing')}?format=raw"
    assert get(gateway, missing, Cache_Control="only-if-cached").status_code == 412


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_only_get_and_head_are_answered(gateway: Gateway, method: str) -> None:
    answer = requests.request(method, f"{gateway.url}/ipfs/{CID}?format=raw", timeout=30)
    assert answer.status_code == 405


def test_a_blob_that_may_not_be_served_looks_missing(store: BlobStore) -> None:
    secret, public = store.put(b"secret"), store.put(b"public")
    with Gateway(store, allow=lambda cid: cid == public) as gateway:
        refused = get(gateway, f"/ipfs/{secret}?format=raw")
        missing = get(gateway, f"/ipfs/{cid_of(b'missing')}?format=raw")
        assert get(gateway, f"/ipfs/{public}?format=raw").content == b"public"
    assert (refused.status_code, refused.content) == (missing.status_code, missing.content)
    assert refused.status_code == 404


def test_a_blob_put_later_is_served(gateway: Gateway, store: BlobStore) -> None:
    cid = store.put(b"later")
    assert get(gateway, f"/ipfs/{cid}?format=raw").content == b"later"


def test_a_busy_port_is_one_line(gateway: Gateway, store: BlobStore) -> None:
    with pytest.raises(BlobError, match="Address already in use; choose another port") as refused:
        Gateway(store, port=gateway.port).start()
    assert str(gateway.port) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("192.0.2.1", 0)])
def test_an_address_that_is_not_ours_is_one_line(store: BlobStore, host: str, port: int) -> None:
    with pytest.raises(BlobError, match="can't listen on"):
        Gateway(store, host=host, port=port).start()


def test_after_stopping_the_port_is_free(store: BlobStore) -> None:
    with Gateway(store) as gateway:
        assert get(gateway, "/").status_code == 404
        port = gateway.port
    with Gateway(store, port=port) as again:
        assert get(again, "/").status_code == 404


def test_stopping_does_not_wait_for_idle_or_stuck_clients(store: BlobStore) -> None:
    with Gateway(store) as gateway:
        idle, stuck = connect(gateway), connect(gateway)
        stuck.sendall(b"GET /ipfs/")
        assert get(gateway, "/").status_code == 404
    with idle, stuck:
        assert idle.recv(1) == b""


def test_headers_that_never_end_are_cut_off(store: BlobStore) -> None:
    with Gateway(store, headers_s=0.2) as gateway, connect(gateway) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        assert dropped(raw)


def test_a_silent_client_is_cut_off(store: BlobStore) -> None:
    with Gateway(store, headers_s=0.2) as gateway, connect(gateway) as raw:
        assert dropped(raw)


def test_a_second_request_that_never_ends_is_cut_off(store: BlobStore) -> None:
    with Gateway(store, headers_s=0.2) as gateway, connect(gateway) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT")
        assert raw.recv(12) == b"HTTP/1.1 404"
        assert dropped(raw)


def test_a_client_that_does_not_read_is_cut_off(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = BlobStore(tmp_path_factory.mktemp("large"))
    cid = store.put(bytes(50_000_000))
    with Gateway(store, exchange_s=0.3) as gateway, connect(gateway) as raw:
        raw.sendall(f"GET /ipfs/{cid}?format=raw HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        # a reset is seen by the socket's error state, without reading a byte
        assert broken_while_waiting(raw)


def test_oversized_headers_are_refused(gateway: Gateway) -> None:
    with connect(gateway) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 60_000)
        assert raw.recv(12) in (b"HTTP/1.1 400", b"HTTP/1.1 431")


def test_too_many_connections_are_refused_and_later_served_again(gateway: Gateway) -> None:
    crowd = [connect(gateway) for _ in range(CONNECTIONS_MAX)]
    for raw in crowd:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    statuses = [raw.recv(12) for raw in crowd]
    assert b"HTTP/1.1 503" in statuses
    assert set(statuses) <= {b"HTTP/1.1 404", b"HTTP/1.1 503"}
    for raw in crowd:
        with raw, contextlib.suppress(OSError):  # those refused are closed already
            raw.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert dropped(raw)
    assert get(gateway, f"/ipfs/{CID}?format=raw").content == DATA


def dropped(raw: socket.socket) -> bool:
    """Whether the server hangs up before the socket's timeout."""
    try:
        while raw.recv(4096):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def broken_while_waiting(raw: socket.socket) -> bool:
    poller = select.poll()
    poller.register(raw, select.POLLHUP | select.POLLERR)
    return bool(poller.poll(30_000))
