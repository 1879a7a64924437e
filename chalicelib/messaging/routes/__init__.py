"""The messaging room over HTTP: messages, and the rules all of them go by."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint

from chalicelib.messaging.routes import messages, settings
from chalicelib.world import World

DOORS = (*messages.DOORS, *settings.DOORS)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the messaging room."""
    routes = Blueprint(__name__)
    messages.add_routes(routes, world)
    settings.add_routes(routes, world)
    return routes
