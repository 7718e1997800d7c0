"""Uploads: to our gateway as to a Kubo node, with a token and within a quota."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from workbond.blobs.fetch import fetch
from workbond.blobs.gateway import Gateway
from workbond.blobs.sources import Sources, named
from workbond.blobs.store import BlobStore
from workbond.blobs.upload import upload
from workbond.cid import cid_of
from workbond.errors import BlobError, UsageError

TOKEN = "correct-horse"
PUT = "/api/v0/block/put?cid-codec=raw&mhtype=sha2-256"
QUOTA = 1_000_000


@pytest.fixture
def remote(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "remote", max_blob_bytes=600_000)


@pytest.fixture
def gateway(remote: BlobStore) -> Iterator[Gateway]:
    with Gateway(remote, upload_token=TOKEN, upload_quota_bytes=QUOTA) as running:
        yield running


def post(gateway: Gateway, blob: bytes, query: str = "", **kwargs: Any) -> requests.Response:
    kwargs.setdefault("headers", {"Authorization": f"Bearer {TOKEN}"})
    kwargs.setdefault("files", {"file": blob})
    return requests.post(gateway.url + PUT + query, timeout=30, **kwargs)


def nothing_kept(remote: BlobStore) -> bool:
    return not list(remote.list()) and not list((remote.root / "tmp").iterdir())


@pytest.mark.parametrize("data", [b"", b"\r\n--boundary--\r\n", bytes(500_000)], ids=len)
def test_an_uploaded_blob_can_be_fetched(
    gateway: Gateway, store: BlobStore, tmp_path: Path, data: bytes
) -> None:
    cid = store.put(data)
    upload(cid, store, gateway.url, token=TOKEN)
    elsewhere = BlobStore(tmp_path / "elsewhere")
    fetch(cid, Sources(named([gateway.url])), elsewhere, max_bytes=len(data), timeout_s=30)
    assert elsewhere.read(cid) == data


def test_the_answer_is_that_of_kubo(gateway: Gateway) -> None:
    answer = post(gateway, b"hello")
    assert answer.status_code == 200
    assert answer.json() == {"Key": cid_of(b"hello"), "Size": 5}


def test_options_that_change_nothing_are_accepted(gateway: Gateway) -> None:
    assert post(gateway, b"x", "&pin=true&allow-big-block=true&mhlen=32").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_without_the_token_nothing_is_kept(
    gateway: Gateway, remote: BlobStore, headers: dict[str, str]
) -> None:
    answer = post(gateway, b"x", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert nothing_kept(remote)


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Bearer Bearer"])
def test_the_token_counts_in_its_scheme_only(gateway: Gateway, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {TOKEN}"}
    assert post(gateway, b"x", headers=headers).status_code == 401


def test_the_client_tells_that_the_token_is_wrong(gateway: Gateway, store: BlobStore) -> None:
    cid = store.put(b"x")
    for token in (None, "wrong"):
        with pytest.raises(BlobError, match=r"with status 401 .*needs the token") as refused:
            upload(cid, store, gateway.url, token=token)
        assert "\n" not in str(refused.value)


def test_a_token_that_is_no_header_is_not_shown(gateway: Gateway, store: BlobStore) -> None:
    with pytest.raises(UsageError, match="printable ASCII") as refused:
        upload(store.put(b"x"), store, gateway.url, token="secret\r\nX: y")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "query", ["&cid-codec=dag-pb", "&mhtype=sha3-256", "&mhlen=16", "&format=v0"]
)
def test_another_kind_of_cid_is_refused(gateway: Gateway, remote: BlobStore, query: str) -> None:
    assert post(gateway, b"x", query).status_code == 400
    assert nothing_kept(remote)


def test_a_blob_above_the_size_limit_is_refused(gateway: Gateway, remote: BlobStore) -> None:
    assert post(gateway, bytes(700_000)).status_code == 413
    assert post(gateway, bytes(600_001)).status_code == 400
    assert nothing_kept(remote)


def test_an_unannounced_length_is_bounded_as_well(gateway: Gateway, remote: BlobStore) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        for _ in range(1_000):
            yield bytes(65_536)

    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Content-Type": "multipart/form-data; boundary=b",
    }
    try:
        answer = requests.post(gateway.url + PUT, data=endless(), headers=headers, timeout=30)
        assert answer.status_code in (400, 413)
    except requests.ConnectionError:
        pass  # the gateway hung up while bytes were still coming
    assert requests.get(gateway.url, timeout=30).status_code == 404
    assert nothing_kept(remote)


def test_a_body_that_never_ends_is_cut_off(remote: BlobStore) -> None:
    head = (
        f"POST {PUT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b\r\n"
    )
    with (
        Gateway(remote, upload_token=TOKEN, exchange_s=0.2) as gateway,
        socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as raw,
    ):
        raw.sendall(head.encode())
        with pytest.raises(ConnectionResetError):
            raw.recv(1)
    assert nothing_kept(remote)


def test_the_quota_bounds_all_uploads_together(gateway: Gateway, remote: BlobStore) -> None:
    first, second = os.urandom(500_000), os.urandom(500_001)
    assert post(gateway, first).status_code == 200
    assert post(gateway, first).status_code == 200  # the same blob again costs nothing
    refused = post(gateway, second)
    assert refused.status_code == 507
    assert "quota" in refused.json()["Message"]
    assert post(gateway, second[:-1]).status_code == 200  # a refused upload gave its share back
    assert post(gateway, b"x").status_code == 507
    assert remote.total_bytes() == QUOTA


MALFORMED: dict[str, tuple[str, bytes]] = {
    "no multipart": ("application/octet-stream", b"x"),
    "no boundary": ("multipart/form-data", b"x"),
    "a long boundary": ("multipart/form-data; boundary=" + "b" * 71, b"x"),
    "not what was announced": ("multipart/form-data; boundary=b", b"hello"),
    "no end": ("multipart/form-data; boundary=b", b"--b\r\nA: b\r\n\r\nhello"),
    "nothing": ("multipart/form-data; boundary=b", b""),
    "two files": (
        "multipart/form-data; boundary=b",
        b"--b\r\nA: b\r\n\r\nx\r\n--b\r\nA: b\r\n\r\ny\r\n--b--\r\n",
    ),
    "a wrong header": ("multipart/form-data; boundary=b", b"--b\r\n\x00: b\r\n\r\nx\r\n--b--\r\n"),
    "a header without end": ("multipart/form-data; boundary=b", b"--b\r\nA: " + b"b" * 100_000),
    "a thousand headers": (
        "multipart/form-data; boundary=b",
        b"--b\r\n" + b"A: b\r\n" * 1_000 + b"\r\nx\r\n--b--\r\n",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_body_is_refused(gateway: Gateway, remote: BlobStore, name: str) -> None:
    kind, body = MALFORMED[name]
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
    answer = post(gateway, b"", files=None, data=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["Type"] == "error"
    assert nothing_kept(remote)


def test_a_gateway_without_token_takes_no_uploads(remote: BlobStore, store: BlobStore) -> None:
    with Gateway(remote) as closed:
        assert post(closed, b"x").status_code == 404
        with pytest.raises(BlobError, match="with status 404"):
            upload(store.put(b"x"), store, closed.url, token=TOKEN)


def test_a_blob_that_is_not_here_is_not_uploaded(gateway: Gateway, store: BlobStore) -> None:
    with pytest.raises(BlobError, match="is not in"):
        upload(cid_of(b"missing"), store, gateway.url, token=TOKEN)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"Key":"bafkrei","Size":1}', "did not confirm"),
        (b"[1]", "did not confirm"),
        (b"null", "did not confirm"),
        (b"<html>\n", "answered the upload of .* strangely"),
        (b"\xff\xfe", "strangely"),
        (b"[" * 4_000, "strangely"),
        (b'{"Key":1,"Key":2}', "strangely"),
    ],
    ids=itertools.count(),
)
def test_a_strange_answer_is_one_line(
    store: BlobStore, raw_server: Callable[..., Any], body: bytes, reason: str
) -> None:
    server = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    with pytest.raises(BlobError, match=reason) as refused:
        upload(store.put(b"x"), store, server.url, token=TOKEN)
    assert "\n" not in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_an_endless_answer_ends(store: BlobStore, raw_server: Callable[..., Any]) -> None:
    def script(server: Any, peer: Any) -> None:
        peer.sendall(b"HTTP/1.1 500 Oops\r\n\r\n")
        while not server.stopping.is_set():
            peer.sendall(b"\x1b[31m" * 10_000)

    server = raw_server(script)
    with pytest.raises(BlobError, match="status 500") as refused:
        upload(store.put(b"x"), store, server.url)
    assert "\x1b" not in str(refused.value)
    assert server.hung_up.wait(30)


def test_a_server_that_never_answers_ends_at_the_deadline(
    store: BlobStore, raw_server: Callable[..., Any]
) -> None:
    server = raw_server(lambda server, _: server.stopping.wait(60))
    with pytest.raises(BlobError, match=r"did not finish within 0\.2 s"):
        upload(store.put(b"x"), store, server.url, timeout_s=0.2)


def test_the_request_is_kubos(store: BlobStore, raw_server: Callable[..., Any]) -> None:
    cid = store.put(b"hello")
    body = b'{"Key":"%s","Size":5}\n' % cid.encode()
    server = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    upload(cid, store, server.url, token=TOKEN)
    (request,) = server.requests
    assert request.startswith(b"POST /api/v0/block/put?cid-codec=raw&mhtype=sha2-256&")
    assert f"\r\nAuthorization: Bearer {TOKEN}\r\n".encode() in request
    assert b"\r\nContent-Length: " in request
