"""Addresses that others give us to knock at: how one is written, and which of the internet's we knock at. Pure."""

from __future__ import annotations

import ipaddress
import re

import msgspec

LONGEST = 1024
WRITTEN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?][A-Za-z0-9\-._~!$&'()*+,;=:@%/?\[\]]*)?",
    re.IGNORECASE | re.ASCII,  # without ASCII the long s and the sign of kelvin would be letters too
)
PORTS = {"https": 443, "http": 80}
UNPRIVILEGED = range(1024, 65536)
PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a carrier's customers; a cloud's own services
        "127.0.0.0/8",  # this machine
        "169.254.0.0/16",  # this link; a cloud's own services
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # of protocols
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # of a name server project
        "192.52.193.0/24",  # of multicast tunnels
        "192.88.99.0/24",  # relays from IPv6
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # of a name server project
        "198.18.0.0/15",  # measurements
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "2001::/23",  # of protocols: Teredo's IPv4 within, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address within
        "2620:4f:8000::/48",  # of a name server project
        "3fff::/20",  # documentation
    )
)
"""https://www.iana.org/assignments/iana-ipv4-special-registry/ and https://www.iana.org/assignments/iana-ipv6-special-registry/; what is
mapped or translated (::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48), unique-local, link-local and multicast lies outside 2000::/3."""


class Address(msgspec.Struct, frozen=True):
    """An address taken apart once, so that what is checked is what is asked."""

    scheme: str
    host: str
    port: int
    target: str


def read_address(text: str) -> Address | None:
    """The parts of `http(s)://host[:port][/path][?query]`, the host in ASCII; nothing for anything else, as with a user or a fragment."""
    written = WRITTEN.fullmatch(text) if len(text) <= LONGEST else None
    if written is None:
        return None
    scheme = written["scheme"].lower()
    target = written["target"] or "/"
    port = int(written["port"]) if written["port"] else PORTS[scheme]
    return Address(scheme, written["host"].lower().strip("[]"), port, target if target[0] == "/" else f"/{target}")


def is_open_to_all(address: Address) -> bool:
    """Is it HTTPS, at a port of web servers?"""
    return address.scheme == "https" and (address.port == PORTS["https"] or address.port in UNPRIVILEGED)


def is_public(number: str) -> bool:
    """Does an IP address belong to everybody's internet, whoever asks from wherever, and to one machine?"""
    try:
        address = ipaddress.ip_address(number)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and (address.scope_id or address not in PUBLIC_V6):
        return False
    return address.is_global and not any(address in network for network in NOT_PUBLIC if network.version == address.version)
