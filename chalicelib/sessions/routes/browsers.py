"""Browsers led from one address to another, and where they find us."""

from __future__ import annotations

from chalice.app import Request, Response

from chalicelib import edge
from chalicelib.world import World


def lead(address: str, headers: dict[str, str] | None = None) -> Response:
    """Send a browser on; the next page does not hear where from, and nobody keeps the way."""
    return Response(
        "", status_code=302, headers={"Location": address, "Referrer-Policy": "no-referrer", **edge.NO_STORE, **(headers or {})}
    )


def own_address(request: Request, world: World) -> str:
    """Our own address as browsers know it: the one that was set, else the gateway's."""
    return edge.own_address(request, world.settings.public_url)
