"""Our own page on which somebody logged in by an official account adds their phone: for a menu entry, or a link in a reply."""

from __future__ import annotations

import functools
from collections.abc import Callable
from html import escape
from pathlib import Path

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.aws.tables import TableError
from chalicelib.errors import LiandongError
from chalicelib.pages import HEADERS
from chalicelib.sessions.flows import official_account
from chalicelib.sessions.routes import pages
from chalicelib.sessions.rules.addresses import PHONE_PAGE
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="GET",
        path=PHONE_PAGE,
        does="The page on which somebody adds a phone to the openid of an official account; for its menu.",
        proof="nothing",
        shows="text/html",
        refusals=("account_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """The door of the page; what it does, it asks of the doors every page may ask."""
    routes = Blueprint(__name__)

    @routes.route(PHONE_PAGE, methods=["GET"])
    def show_page(account: str) -> Response:
        outside = world()
        try:
            found = official_account.find_account(account, world=outside, now=outside.now())
        except (LiandongError, TableError) as refused:
            return pages.show_refusal(refused)
        nonce = outside.random_bytes(16).hex()
        told = {"NONCE": nonce, "BRAND": escape(found.title), "WEB_LOGIN": "yes" if found.web_login else "no"}
        body = functools.reduce(lambda page, item: page.replace(f"%{item[0]}%", item[1]), told.items(), _page())
        return Response(body, headers={**HEADERS, "Content-Security-Policy": _policy(nonce)})

    return routes


@functools.cache
def _page() -> str:
    return Path(__file__).with_suffix(".html").read_text(encoding="utf-8")


def _policy(nonce: str) -> str:
    """What the page's own script and style may do, and nothing else."""
    own = f"script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
