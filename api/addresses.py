"""From where a request came, as it is counted: of late so many from one address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import Request

_OF_A_HOUSE = 64
"""Bits of an IPv6 address that a provider gives a household; the others it makes up itself, as many as it likes."""


def address_of(request: Request) -> str:
    """The address; of IPv6 the network of one household, and IPv4 within it as itself."""
    return house_of(request.client.host if request.client else "")


def house_of(host: str) -> str:
    """The same of an address as text; what is none stays as it is."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, _OF_A_HOUSE), strict=False))
