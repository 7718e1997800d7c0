"""Opening a connection to a host: its name is resolved once, and what was resolved is connected to.

Strangers write addresses: a requester's gateway, a provider's card, a redirect. Whoever follows
them must not be led into its own network, so such a connection is made to public addresses only.
The check is on the address that is connected to, not on a name that could resolve to another one
the next time (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import queue
import socket
from collections.abc import Callable
from typing import Any

from workbond import threads

CONNECT_TIMEOUT_S = 10.0  # per address of a host
ADDRESSES_MAX = 4  # tried per host name: its owner could list a thousand that never answer

# IPv6 is global unicast below this (RFC 4291 section 2.4); what is_global says beyond it has
# changed between versions of Python.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
# Of the special-purpose registries (RFC 6890), what some versions of Python call global: protocol
# assignments, the retired 6to4 relays, and documentation (RFC 9637).
_SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))


class PrivateAddress(Exception):
    """The host is on no public address; the text names host and address."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(
            f"{host[:100]} is at {address}, which is no public address"
            if host != address
            else f"{address} is no public address"
        )


def is_public(address: str) -> bool:
    """Whether `address` (IPv4 or IPv6, as text) is reached through the public internet.

    Not so loopback, link-local, private, shared, reserved and multicast ones, and IPv6 addresses
    that stand for such an IPv4 address (mapped, 6to4, NAT64).
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            embedded = ipaddress.IPv4Address(ip.packed[-4:])
        if embedded is not None:
            return is_public(str(embedded))
        if ip not in _GLOBAL_UNICAST:
            return False
    special = any(ip in network for network in _SPECIAL if network.version == ip.version)
    return ip.is_global and not ip.is_multicast and not special


def dial(host: str, port: int, left_s: Callable[[], float], *, public_only: bool) -> socket.socket:
    """A connection to `host`.

    Args:
        host: a name or an address.
        port: TCP port.
        left_s: how long it may still take.
        public_only: skip addresses that are not public.

    Raises:
        PrivateAddress: all the host's addresses were skipped.
        OSError: no address, or none of them answers.
    """
    found = _resolve(host, port, left_s())
    admitted = [entry for entry in found if not public_only or is_public(str(entry[4][0]))]
    if found and not admitted:
        raise PrivateAddress(host, str(found[0][4][0]))
    problem: OSError = OSError("the host has no address")
    for family, kind, protocol, _, address in admitted[:ADDRESSES_MAX]:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(min(CONNECT_TIMEOUT_S, left_s()))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            problem = error
            sock.close()
            continue
        return sock
    raise problem


def _resolve(host: str, port: int, timeout_s: float) -> list[Any]:
    """`getaddrinfo` with a bound: a name's own server decides how long its answer takes."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    else:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    answers: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except Exception as error:
            answers.put(error)

    threads.start(ask, "resolve")
    try:
        answer = answers.get(timeout=timeout_s)
    except queue.Empty:
        raise TimeoutError("its name could not be resolved in time") from None
    if isinstance(answer, Exception):
        raise answer
    return answer
