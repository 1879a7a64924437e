"""Our own page on which somebody logged in by an official account adds their phone: for a menu entry, or a link in a reply."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.sessions.rules.addresses import PHONE_PAGE
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="GET",
        path=PHONE_PAGE,
        does="The page on which somebody adds a phone to the openid of an official account; for its menu.",
        proof="nothing",
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """The door of the page; what it does, it asks of the doors every page may ask."""
    routes = Blueprint(__name__)

    @routes.route(PHONE_PAGE, methods=["GET"])
    def show_page(account: str) -> Response:
        nonce = world().random_bytes(16).hex()
        return Response(_page().replace("NONCE", nonce), headers=_headers(nonce))

    return routes


@functools.cache
def _page() -> str:
    return Path(__file__).with_suffix(".html").read_text(encoding="utf-8")


def _headers(nonce: str) -> dict[str, str | list[str]]:
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
