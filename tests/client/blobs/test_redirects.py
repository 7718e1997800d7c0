"""Where a gateway's address or redirect may lead: nowhere near the network of who asks."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from workbond.blobs.fetch import fetch
from workbond.blobs.gateway import Gateway
from workbond.blobs.http import REDIRECTS_MAX, _redirect, origin_of
from workbond.blobs.sources import GATEWAYS_MAX, Source, Sources, named, split_gateways, told
from workbond.blobs.store import BlobStore
from workbond.cid import cid_of
from workbond.errors import BlobError
from workbond.http import Answer

Start = Callable[..., Any]
DATA = b"the right bytes " * 1_000
CID = cid_of(DATA)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


def to(url: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"Location: {url}", "Content-Length: 0", status=status)


def asked(store: BlobStore, sources: list[Source], **more: Any) -> int:
    return fetch(CID, Sources(sources, **more), store, max_bytes=1 << 20, timeout_s=30)


def refused(store: BlobStore, sources: list[Source], **more: Any) -> str:
    with pytest.raises(BlobError) as error:
        asked(store, sources, **more)
    line = str(error.value)
    assert line.isprintable()
    return line


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
def test_a_stranger_s_private_address_is_not_asked(
    store: BlobStore, raw_server: Start, host: str
) -> None:
    server = raw_server(answer(DATA, f"Content-Length: {len(DATA)}"))
    line = refused(store, told(server.url.replace("127.0.0.1", host)))
    assert "no public address" in line
    assert "--allow-private" in line
    assert server.requests == []


def test_a_stranger_s_private_address_is_asked_where_it_may_be(
    store: BlobStore, raw_server: Start
) -> None:
    server = raw_server(answer(DATA, f"Content-Length: {len(DATA)}"))
    assert asked(store, told(server.url, private=True)) == len(DATA)


def test_an_address_that_the_user_named_too_is_the_user_s(
    store: BlobStore, raw_server: Start
) -> None:
    server = raw_server(answer(DATA, f"Content-Length: {len(DATA)}"))
    assert asked(store, told(server.url) + named([server.url])) == len(DATA)


def test_an_address_that_the_user_named_may_be_private(store: BlobStore, raw_server: Start) -> None:
    server = raw_server(answer(DATA, f"Content-Length: {len(DATA)}"))
    assert asked(store, named([server.url])) == len(DATA)


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"]
)
def test_a_redirect_on_the_same_host_is_followed(
    store: BlobStore, other: BlobStore, raw_server: Start, status: str
) -> None:
    other.put(DATA)
    with Gateway(other) as gateway:
        server = raw_server(to(f"{gateway.url}/ipfs/{CID}?format=raw", status))
        assert asked(store, named([server.url])) == len(DATA)


def test_a_relative_redirect_is_followed(store: BlobStore, raw_server: Start) -> None:
    def script(server: Any, peer: Any) -> None:
        first = len(server.requests) == 1
        peer.sendall(to("../there#x") if first else answer(DATA, f"Content-Length: {len(DATA)}"))

    server = raw_server(script)
    assert asked(store, named([server.url])) == len(DATA)
    assert server.requests[1].startswith(b"GET /there HTTP/1.1\r\n")


def test_only_so_many_redirects_are_followed(store: BlobStore, raw_server: Start) -> None:
    server = raw_server(to("/again"))
    assert f"redirects more than {REDIRECTS_MAX} times" in refused(store, named([server.url]))
    assert len(server.requests) == REDIRECTS_MAX + 1


@pytest.mark.parametrize("target", ["[::1]", "localhost", "169.254.169.254", "10.0.0.1", "0"])
def test_a_redirect_into_another_private_place_is_refused(
    store: BlobStore, raw_server: Start, target: str
) -> None:
    trap = raw_server(answer(DATA, f"Content-Length: {len(DATA)}"))
    server = raw_server(to(trap.url.replace("127.0.0.1", target)))
    assert "no public address" in refused(store, named([server.url]))
    assert trap.requests == []


def test_the_body_of_a_redirect_is_not_read(store: BlobStore, raw_server: Start) -> None:
    def endless(server: Any, peer: Any) -> None:
        peer.sendall(answer(b"", "Location: /again", status="302 Found"))
        while not server.stopping.is_set():
            peer.sendall(bytes(1 << 16))

    server = raw_server(endless)
    assert "redirects more than" in refused(store, named([server.url]))
    assert server.hung_up.wait(30)


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "gopher://127.0.0.1/x",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1\\@example.org/",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "/" + "a" * 5_000,
        "http://exa mple.org/",
        "javascript:alert(1)",
    ],
    ids=itertools.count(),
)
def test_a_redirect_to_what_is_no_gateway_is_refused(
    store: BlobStore, raw_server: Start, target: str
) -> None:
    assert "redirects to" in refused(store, named([raw_server(to(target)).url]))


def test_https_is_not_left_for_http() -> None:
    moved = Answer(302, {"location": "http://other.example/x"}, iter(()))
    with pytest.raises(BlobError, match="from https to http"):
        _redirect(moved, "https://gateway.example/ipfs/x")
    sound = Answer(302, {"location": "https://x.gateway.example/"}, iter(()))
    assert _redirect(sound, "http://gateway.example/ipfs/x") == "https://x.gateway.example/"


def test_a_signature_is_sent_to_the_origin_that_was_asked_and_no_other(
    store: BlobStore, raw_server: Start
) -> None:
    second = raw_server(answer(DATA, f"Content-Length: {len(DATA)}"))

    def script(server: Any, peer: Any) -> None:
        peer.sendall(to("/same") if len(server.requests) == 1 else to(second.url + "/x"))

    first = raw_server(script)
    asked(store, named([first.url]), authorize=lambda url: f"Workbond {origin_of(url)[:4]}")
    assert all(b"Authorization: Workbond http\r\n" in request for request in first.requests)
    assert len(first.requests) == 2
    assert b"Authorization" not in second.requests[0]


def test_a_gateway_that_failed_is_asked_last_for_the_next_blob(
    store: BlobStore, other: BlobStore, raw_server: Start
) -> None:
    cids = [other.put(bytes([number])) for number in range(3)]
    dead = raw_server(answer(b"", "Content-Length: 0", status="500 Oops"))
    with Gateway(other) as gateway:
        sources = Sources(named([dead.url, gateway.url]))
        for cid in cids:
            fetch(cid, sources, store, max_bytes=10, timeout_s=30)
    assert len(dead.requests) == 1


def test_wrong_bytes_count_against_the_budget(store: BlobStore, raw_server: Start) -> None:
    wrong = raw_server(answer(bytes(1_000), "Content-Length: 1000"))
    never = raw_server(answer(DATA, f"Content-Length: {len(DATA)}"))
    sources = named([wrong.url, wrong.url + "/", never.url])
    line = refused(store, sources, budget_bytes=1_500)
    assert "more than the 1,500 bytes allowed" in line
    assert never.requests == []


def test_a_busy_gateway_is_asked_again_when_it_says(store: BlobStore, raw_server: Start) -> None:
    def script(server: Any, peer: Any) -> None:
        busy = answer(b"", "Retry-After: 1", "Content-Length: 0", status="503 Busy")
        late = len(server.requests) > 1
        peer.sendall(answer(DATA, f"Content-Length: {len(DATA)}") if late else busy)

    server = raw_server(script)
    assert asked(store, named([server.url])) == len(DATA)
    assert len(server.requests) == 2


def test_a_gateway_that_is_always_busy_ends_with_its_time(
    store: BlobStore, raw_server: Start
) -> None:
    busy = answer(b"", "Retry-After: 3600", "Content-Length: 0", status="503 Busy")
    server = raw_server(busy)
    with pytest.raises(BlobError, match="is busy"):
        fetch(CID, Sources(named([server.url])), store, max_bytes=10, timeout_s=2)
    assert len(server.requests) == 1


def test_the_text_of_an_event_is_split_and_bounded() -> None:
    assert split_gateways("") == split_gateways("   ") == []
    assert split_gateways("http://a  http://b http://a") == ["http://a", "http://b"]
    assert len(split_gateways(" ".join(f"http://{n}" for n in range(500)))) == GATEWAYS_MAX
    assert split_gateways("http://a\nhttp://b") == ["http://a\nhttp://b"]  # refused as an address


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Gateway.Example/path/", "https://gateway.example"),
        ("https://gateway.example:443", "https://gateway.example"),
        ("http://gateway.example:80/x", "http://gateway.example"),
        ("http://gateway.example:443", "http://gateway.example:443"),
        ("http://127.0.0.1:8480", "http://127.0.0.1:8480"),
        ("http://[2001:DB8::1]:8480/", "http://[2001:db8::1]:8480"),
    ],
)
def test_an_origin_is_written_as_rfc_6454_has_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin
