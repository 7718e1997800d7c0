"""Telling clients apart by their addresses."""

from __future__ import annotations

import ipaddress

IPV6_PREFIX = 64  # what one customer is given at least


def network_of(host: str) -> str:
    """What is counted as one client: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), IPV6_PREFIX), strict=False))
    return str(address)
