"""Where things lie and which ports they take."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from desk.trouble import Trouble

HOST = "127.0.0.1"
REGION = "us-east-1"
STAGE = "local"
ROOT = Path(__file__).resolve().parent.parent
"""The working tree."""
LOCAL = Path(os.environ.get("LIANDONG_LOCAL") or ROOT / ".local").resolve()
"""Everything the running stack keeps; `reset` empties it. LIANDONG_LOCAL names another folder: two stacks beside each other."""
BUILD = ROOT / "build"
"""Packages and templates; may be removed at any time."""


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """One port for each of the three servers, all on loopback."""

    aws: int = 4566
    sandbox: int = 8090
    front: int = 8080


BY_DEFAULT = Ports()
ENVIRONMENT = {"aws": "LIANDONG_PORT_AWS", "sandbox": "LIANDONG_PORT_SANDBOX", "front": "LIANDONG_PORT_FRONT"}


def read_ports(environ: Mapping[str, str], ports: Ports = BY_DEFAULT) -> Ports:
    """The ports as the environment sets them; where it does not, as they are by default, or as servers that run have them."""
    for field, name in ENVIRONMENT.items():
        if text := environ.get(name):
            if not text.isdecimal() or not 0 < int(text) < 65536:
                raise Trouble(f"{name} has to be a port number, it is {text!r}.")
            ports = msgspec.structs.replace(ports, **{field: int(text)})
    if len({ports.aws, ports.sandbox, ports.front}) < 3:
        raise Trouble(f"{', '.join(ENVIRONMENT.values())} have to differ.")
    return ports
