"""Connections to public addresses only: which ones those are, whatever they are called."""

from __future__ import annotations

import socket

import pytest

from workbond.dialing import PrivateAddress, dial, is_public
from workbond.http import Client, HttpFailure

# Loopback, private, shared, link-local, reserved, multicast; and IPv6 addresses that mean such.
PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1"),
    *("198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::7f00:1", "fe80::1", "fe80::1%eth0", "fec0::1"),
    *("fc00::1", "fd12:3456::1", "ff02::1", "ff0e::1", "2001:db8::1", "2001::1", "100::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::"),
    *("2002:a9fe:a9fe::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "4000::1"),
    *("192.0.0.8", "192.88.99.1", "3fff::1"),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "198.20.0.1"),
    *("2606:4700:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"),
    "2002:808:808::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_inside_some_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "::1", "2130706433", "0x7f.1", "0", "::ffff:127.0.0.1"]
)
def test_no_name_of_loopback_is_dialed(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        with pytest.raises(PrivateAddress, match="no public address"):
            dial(host, listener.getsockname()[1], lambda: 5.0, public_only=True)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_loopback_is_dialed_if_it_may_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with dial("localhost", port, lambda: 5.0, public_only=False) as connected:
            assert connected.getpeername()[1] == port


def test_a_client_tells_a_private_address_from_a_dead_server() -> None:
    with (
        Client(timeout_s=5, silence_s=5, public_only=True) as client,
        pytest.raises(HttpFailure, match="localhost is at") as failed,
        client.exchange("GET", "http://localhost:1/"),
    ):
        pass
    assert failed.value.private


def test_a_proxy_and_public_addresses_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="proxy"):
        Client(timeout_s=1, silence_s=1, environment=True, public_only=True)
