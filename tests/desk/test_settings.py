"""Ports come from the environment, and a wrong one is told at once."""

from __future__ import annotations

import pytest

from desk.settings import Ports, read_ports
from desk.trouble import Trouble


def test_every_port_has_a_default() -> None:
    assert read_ports({}) == Ports(aws=4566, sandbox=8090, front=8080)


def test_a_port_can_be_chosen() -> None:
    assert read_ports({"LIANDONG_PORT_FRONT": "9000", "LIANDONG_PORT_AWS": ""}) == Ports(front=9000)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "eighty", "8080 "])
def test_what_is_no_port_is_refused_by_the_name_of_its_setting(text: str) -> None:
    with pytest.raises(Trouble, match="LIANDONG_PORT_AWS has to be a port"):
        read_ports({"LIANDONG_PORT_AWS": text})


def test_two_servers_cannot_share_a_port() -> None:
    with pytest.raises(Trouble, match="have to differ"):
        read_ports({"LIANDONG_PORT_AWS": "8080"})
