"""The HTTP API as a hostile or curious stranger meets it."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from workbond.errors import BookError, UsageError
from workbond.matcher.limits import Rates
from workbond.matcher.rounds import EXPLAIN_WAITING_MAX, EXPLAINING_MAX
from workbond.matcher.run import CONNECTIONS_PER_CLIENT
from workbond.orders.bookclient import BookClient
from workbond.orders.envelope import ORDER_BYTES_MAX
from workbond.serving.networks import network_of

from .conftest import House, Open, Side

TIMEOUT_S = 30


def problem(answer: requests.Response) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    page: dict[str, Any] = answer.json()
    assert set(page) == {"type", "title", "status", "detail", "code"}
    assert page["status"] == answer.status_code
    assert "Traceback" not in answer.text
    return page


def test_pages_of_open_orders_follow_each_other(house: House, side: Side, world: Any) -> None:
    sent = [side.request(), *(side.offer() for _ in range(4)), side.request()]
    house.send(*sent)
    first = requests.get(f"{house.url}/orders?limit=4", timeout=TIMEOUT_S).json()
    assert [page["id"] for page in first["orders"]] == ["0x" + o.id.hex() for o in sent[:4]]
    rest = requests.get(f"{house.url}/orders?limit=4&after={first['next']}", timeout=TIMEOUT_S)
    assert [page["id"] for page in rest.json()["orders"]] == ["0x" + o.id.hex() for o in sent[4:]]
    assert rest.json()["next"] is None
    assert [listing.id for listing in house.client.orders()] == [order.id for order in sent]
    offers = list(house.client.orders(kind="offer", author=world.provider.address.lower()))
    assert [listing.order for listing in offers] == sent[1:5]
    assert list(house.client.orders(profile=b"\x09" * 32)) == []
    assert len(list(house.client.orders(profile=b"\x02" * 32, limit=2))) == 2


@pytest.mark.parametrize(
    "query",
    ["kind=bid", "profile=0x12", "author=me", "after=-1", "after=x", "limit=0", "limit=101"],
)
def test_odd_queries_are_refused(house: House, query: str) -> None:
    answer = requests.get(f"{house.url}/orders?{query}", timeout=TIMEOUT_S)
    assert answer.status_code == 400
    assert problem(answer)["code"] == "query"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/orders/0x" + "ab" * 32, 404),
        ("GET", "/orders/0x12", 400),
        ("GET", "/nothing", 404),
        ("GET", "/docs", 404),
        ("PUT", "/orders", 405),
        ("DELETE", "/orders/0x" + "ab" * 32, 403),
    ],
)
def test_what_is_not_here(house: House, method: str, path: str, status: int) -> None:
    answer = requests.request(method, house.url + path, timeout=TIMEOUT_S)
    assert answer.status_code == status
    problem(answer)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"\xff\xfe", b'{"kind":"request"}', b"[" * 5_000], ids=str
)
def test_what_is_no_order_is_refused(house: House, body: bytes) -> None:
    answer = requests.post(f"{house.url}/orders", data=body, timeout=TIMEOUT_S)
    assert answer.status_code == 400
    assert problem(answer)["code"] == "form"


def test_a_body_without_end_is_cut_off(house: House) -> None:
    def endless() -> Any:
        for _ in range(1_000):
            yield b" " * 8_192

    answer = None
    with contextlib.suppress(requests.ConnectionError):  # closed while we still sent
        answer = requests.post(f"{house.url}/orders", data=endless(), timeout=TIMEOUT_S)
    assert answer is None or answer.status_code == 413
    exact = b" " * (ORDER_BYTES_MAX + 1)
    answer = requests.post(f"{house.url}/orders", data=exact, timeout=TIMEOUT_S)
    assert problem(answer)["code"] == "too-large"


def test_an_address_asks_so_often_a_minute(open_house: Open) -> None:
    house = open_house(requests_per_minute=3)
    statuses = [
        requests.get(f"{house.url}/health", timeout=TIMEOUT_S).status_code for _ in range(4)
    ]
    assert statuses == [200, 200, 200, 429]
    answer = requests.get(f"{house.url}/health", timeout=TIMEOUT_S)
    assert problem(answer)["code"] == "too-many-requests"
    assert int(answer.headers["Retry-After"]) > 0


def test_a_proxy_in_front_tells_clients_apart_only_where_it_is_trusted(open_house: Open) -> None:
    for trusted in (False, True):
        house = open_house(requests_per_minute=2, trust_proxy=trusted)
        headers = [{"X-Forwarded-For": f"10.9.9.9, 192.0.2.{i}"} for i in range(4)]
        statuses = [
            requests.get(f"{house.url}/health", headers=each, timeout=TIMEOUT_S).status_code
            for each in headers
        ]
        assert statuses == ([200] * 4 if trusted else [200, 200, 429, 429])
        house.matcher.store.close()


def test_a_client_can_not_choose_its_address_before_a_proxy_that_adds_a_header(
    open_house: Open,
) -> None:
    house = open_house(requests_per_minute=2, trust_proxy=True)
    statuses = []
    for i in range(3):
        connection = http.client.HTTPConnection(urlsplit(house.url).netloc, timeout=TIMEOUT_S)
        connection.putrequest("GET", "/health")
        connection.putheader("X-Forwarded-For", f"192.0.2.{i}")  # by the client
        connection.putheader("X-Forwarded-For", "203.0.113.7")  # by the proxy
        connection.endheaders()
        statuses.append(connection.getresponse().status)
        connection.close()
    assert statuses == [200, 200, 429]


def test_one_clients_idle_connections_leave_room_for_others(house: House) -> None:
    host, port = urlsplit(house.url).hostname, urlsplit(house.url).port
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS_PER_CLIENT):
            stack.enter_context(socket.create_connection((host, port), timeout=TIMEOUT_S))
        one_more = stack.enter_context(socket.create_connection((host, port), timeout=TIMEOUT_S))
        with pytest.raises(ConnectionResetError):
            one_more.recv(1)
        other = stack.enter_context(
            socket.create_connection((host, port), TIMEOUT_S, source_address=("127.0.0.2", 0))
        )
        other.sendall(b"GET /health HTTP/1.1\r\nHost: book\r\nConnection: close\r\n\r\n")
        assert other.recv(12) == b"HTTP/1.1 200"


def test_a_page_is_read_from_memory(
    house: House, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders with long lists of providers take long to read, and anybody may ask for pages."""
    order = side.request()
    house.send(order)

    def read(*_: Any) -> Any:
        raise AssertionError("an order was read from disk")

    monkeypatch.setattr("workbond.matcher.store._entry", read)
    assert [listing.id for listing in house.client.orders()] == [order.id]


def test_many_who_ask_why_keep_nobody_else_waiting(house: House, side: Side) -> None:
    order = side.request()
    house.send(order)
    rounds = house.matcher.rounds
    with contextlib.ExitStack() as busy:
        for _ in range(EXPLAINING_MAX + EXPLAIN_WAITING_MAX):
            busy.enter_context(rounds._asking)
        for _ in range(EXPLAINING_MAX):
            busy.enter_context(rounds._explaining)
        assert house.client.status(order.id).reasons == ()
    assert house.client.status(order.id).reasons != ()


def test_our_own_failure_shows_no_traceback(
    house: House, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("secret /home/operator")

    monkeypatch.setattr(house.matcher.service, "health", fail)
    answer = requests.get(f"{house.url}/health", timeout=TIMEOUT_S)
    assert answer.status_code == 500
    assert "secret" not in json.dumps(problem(answer))
    assert house.said("RuntimeError")


def test_health_and_metrics_tell_what_the_book_holds(house: House, side: Side, world: Any) -> None:
    house.send(side.request(), side.offer(max_jobs=1), side.offer(profile=b"\x05" * 32))
    house.turn()
    house.turn()
    health = house.client.health()
    assert health["status"] == "ok"
    assert health["market"] == world.market.address
    assert health["orders"]["offer"] == {"open": 1, "dormant": 0}
    text = requests.get(f"{house.url}/metrics", timeout=TIMEOUT_S).text
    assert 'workbond_matcher_orders{kind="offer",state="open"} 1' in text
    assert "workbond_matcher_matches_total 1" in text
    assert 'workbond_matcher_orders_taken_total{kind="request"} 1' in text
    for line in text.splitlines():
        assert line.startswith("#") or len(line.split(" ")) == 2


def test_openapi_describes_every_route(house: House) -> None:
    spec = requests.get(f"{house.url}/openapi.json", timeout=TIMEOUT_S).json()
    told = {(m.upper(), path) for path, ops in spec["paths"].items() for m in ops}
    assert told == {
        ("POST", "/orders"),
        ("GET", "/orders"),
        ("GET", "/orders/{order_id}"),
        ("DELETE", "/orders/{order_id}"),
        ("GET", "/health"),
        ("GET", "/metrics"),
        ("GET", "/problems/{code}"),
    }
    body = spec["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]
    kinds = [one["properties"]["kind"]["const"] for one in body["schema"]["oneOf"]]
    assert kinds == ["request", "offer"]


def test_every_problem_has_a_page(house: House) -> None:
    from workbond.matcher.codes import Refusal
    from workbond.matcher.problems import KINDS

    assert set(KINDS) == set(Refusal)
    page = requests.get(f"{house.url}/problems/signature", timeout=TIMEOUT_S)
    assert (page.status_code, page.text) == (
        200,
        "The signature is not the author's (status 403).\n",
    )


def test_a_book_that_still_reads_the_chain_takes_nothing(
    house: House, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.matcher.upkeep, "head", None)
    assert requests.get(f"{house.url}/health", timeout=TIMEOUT_S).status_code == 503
    answer = requests.post(f"{house.url}/orders", data=side.request().to_bytes(), timeout=TIMEOUT_S)
    assert answer.status_code == 503
    assert problem(answer)["code"] == "later"


def test_the_client_says_in_one_line_what_is_wrong_with_a_book(world: Any, tmp_path: Path) -> None:
    for url in ("ftp://x", "nothing", "http://user:pw@host"):
        with pytest.raises(UsageError, match="no address of a book"):
            BookClient(url)
    with pytest.raises(BookError, match="can't be used"):
        BookClient("http://127.0.0.1:9").health()
    with pytest.raises(BookError):  # a node is no book
        BookClient(world.url).health()


def test_buckets_refill_and_stay_few() -> None:
    now = [0.0]
    rates = Rates(60, clock=lambda: now[0], keys=3)
    assert all(rates.admit("a") for _ in range(60))
    assert not rates.admit("a")
    now[0] += 1.0
    assert rates.admit("a")
    assert not rates.admit("a")
    for key in "bcde":
        rates.admit(key)
    assert rates.admit("a")  # forgotten, as bounded memory has it


def test_a_customer_is_one_network() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::9")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("fe80::1%eth0") == "fe80::/64"
    assert len(network_of("x" * 1_000)) <= 64
