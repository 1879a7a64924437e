"""Browsers led from one address to another."""

from __future__ import annotations

from chalice.app import Response

from chalicelib import edge


def lead(address: str, headers: dict[str, str] | None = None) -> Response:
    """Send a browser on; the next page does not hear where from, and nobody keeps the way."""
    return Response(
        "", status_code=302, headers={"Location": address, "Referrer-Policy": "no-referrer", **edge.NO_STORE, **(headers or {})}
    )
