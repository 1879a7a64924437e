"""Which addresses of others are knocked at: how they are written, and what they lead to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.providers.addresses import Address, is_open_to_all, is_public, read_address

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "101.32.0.1",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.254",
    "2400:3200::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::8a",
]
PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "233.252.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2002:808:808::1",
    "2620:4f:8000::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
NO_ADDRESSES = [
    "",
    "localhost",
    "0x7f.1",
    "2130706433",
    "127.1",
    "017700000001",
    "1.1.1",
    "1.1.1.1.1",
    "01.1.1.1",
    "8.8.8.8/32",
    " 8.8.8.8",
]


@pytest.mark.parametrize("number", PUBLIC)
def test_an_address_of_the_public_internet_is_asked(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize("number", PRIVATE)
def test_an_address_that_is_not_everybodys_is_not(number: str) -> None:
    assert not is_public(number)


@pytest.mark.parametrize("number", NO_ADDRESSES)
def test_what_is_no_address_is_not_asked(number: str) -> None:
    assert not is_public(number)


@given(st.ip_addresses(v=6))
def test_no_address_within_another_network_is_asked(address: object) -> None:
    assert not is_public(str(address)) or str(address)[0] in "23"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://a.example.com", Address("https", "a.example.com", 443, "/")),
        ("HTTPS://A.Example.COM/Path", Address("https", "a.example.com", 443, "/Path")),
        ("https://a.example.com:8443/x?y=1&z=%20", Address("https", "a.example.com", 8443, "/x?y=1&z=%20")),
        ("https://a.example.com?y=1", Address("https", "a.example.com", 443, "/?y=1")),
        ("https://8.8.8.8/", Address("https", "8.8.8.8", 443, "/")),
        ("https://[2606:4700::1]:9000/", Address("https", "2606:4700::1", 9000, "/")),
        ("https://xn--fiqs8s.example/", Address("https", "xn--fiqs8s.example", 443, "/")),
        ("http://127.0.0.1:5000/hook", Address("http", "127.0.0.1", 5000, "/hook")),
    ],
)
def test_an_address_is_taken_apart_once(text: str, parts: Address) -> None:
    assert read_address(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "https:///path",
        "https:a.example.com",
        "//a.example.com",
        "ftp://a.example.com",
        "file:///etc/passwd",
        "gopher://a.example.com",
        "https://user@a.example.com",
        "https://user:word@a.example.com",
        "https://a.example.com@127.0.0.1/",
        "https://a.example.com\\@127.0.0.1/",
        "https://a.example.com#@127.0.0.1",
        "https://a.example.com/#part",
        "https://a.example.com/\\",
        "https://a.example.com /",
        " https://a.example.com",
        "http\u017f://a.example.com",
        "https://\u017fa.example.com",
        "https://\u212aa.example.com",
        "https://a\u0131.example.com",
        "https://a.example.com\n",
        "https://a.example.com/\r\nHost: b",
        "https://a.example.com/\x00",
        "https://a.example.com/路",
        "https://钩子.example.com",
        "https://a.example.com:port",
        "https://a.example.com:",
        "https://a.example.com:123456",
        "https://-a.example.com",
        "https://a.example.com-",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        f"https://a.example.com/{'x' * 1024}",
    ],
)
def test_what_may_be_read_in_two_ways_is_not_read(text: str) -> None:
    assert read_address(text) is None


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("https://a.example.com", True),
        ("https://a.example.com:443", True),
        ("https://a.example.com:8443", True),
        ("https://a.example.com:1024", True),
        ("https://a.example.com:65535", True),
        ("https://a.example.com:0", False),
        ("https://a.example.com:22", False),
        ("https://a.example.com:25", False),
        ("https://a.example.com:80", False),
        ("https://a.example.com:1023", False),
        ("https://a.example.com:65536", False),
        ("http://a.example.com", False),
        ("http://a.example.com:8080", False),
    ],
)
def test_https_at_ports_of_web_servers_is_open_to_all(text: str, is_open: bool) -> None:
    address = read_address(text)

    assert address is not None
    assert is_open_to_all(address) is is_open
