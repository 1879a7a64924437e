"""A request with a proven API key, ready for a door to use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
from chalice import Blueprint
from chalice.app import Request

from chalicelib import edge
from chalicelib.staff import flows
from chalicelib.staff.words import Scope
from chalicelib.world import World


class Call(msgspec.Struct, frozen=True):
    """One request of a business system: its brand and its key's id come from the credential."""

    request: Request
    world: World
    now: datetime
    brand: str
    actor: str
    scopes: frozenset[Scope]


def prove(routes: Blueprint, world: Callable[[], World], scope: Scope) -> Call:
    """The current request, once its key is known and holds `scope`."""
    request, outside = routes.current_request, world()
    now = outside.now()
    caller = flows.authenticate(edge.bearer(request), scope=scope, world=outside, now=now)
    return Call(request, outside, now, caller.brand, caller.key_id, caller.scopes)
