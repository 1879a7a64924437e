"""Logins from the web pages of an official account over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

import msgspec
from chalice import Blueprint
from chalice.app import Request, Response

from chalicelib import edge
from chalicelib.errors import Invalid, LiandongError
from chalicelib.sessions.flows import official_account
from chalicelib.sessions.routes import browsers, pages
from chalicelib.sessions.rules import addresses
from chalicelib.sessions.words import WebScope
from chalicelib.world import World

COOKIE = "ld_browser"
LIFE_S = int(official_account.LIFE.total_seconds())
WEB_REFUSALS = ("account_missing", "web_login_missing", "web_login_ended")

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/sessions/official-account/{account}/authorize",
        does="Send a browser in WeChat to the page that asks who is there; it comes back to `return_to` with a ticket.",
        proof="nothing",
        status=302,
        query=("return_to", "scope"),
        refusals=("account_missing", "web_login_missing"),
    ),
    edge.Door(
        method="GET",
        path="/v1/sessions/official-account/{account}/callback",
        does="Where WeChat sends the browser back to. Coming twice gives the same login.",
        proof="code",
        status=302,
        query=("code", "state"),
        refusals=(*WEB_REFUSALS, "web_login_denied", "web_login_snapshot", "wechat_busy", "wechat_declined"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of web pages."""
    routes = Blueprint(__name__)

    @routes.route("/v1/sessions/official-account/{account}/authorize", methods=["GET"])
    def authorize(account: str) -> Response:
        request, outside = routes.current_request, world()
        try:
            query, home = edge.query_of(request), edge.own_address(request, outside.settings.public_url)
            browser = _browser(request) or outside.random_bytes(32).hex()
            address = official_account.begin(
                account,
                query.get("return_to", ""),
                _scope(query.get("scope", "base")),
                browser=browser,
                callback=f"{home}{addresses.WEB_LOGIN.format(account=account)}/callback",
                own_page=addresses.own_page(account, home),
                world=outside,
                now=outside.now(),
            )
        except LiandongError as refused:
            return pages.show_refusal(refused)
        return browsers.lead(address, {"Set-Cookie": _cookie(browser, secure=home.startswith("https"))})

    @routes.route("/v1/sessions/official-account/{account}/callback", methods=["GET"])
    def come_back(account: str) -> Response:
        request, outside = routes.current_request, world()
        query, now = edge.query_of(request), outside.now()
        try:
            login = official_account.finish(
                account,
                query.get("state", ""),
                query.get("code", ""),
                browser=_browser(request),
                own_page=addresses.own_page(account, edge.own_address(request, outside.settings.public_url)),
                world=outside,
                now=now,
            )
            ticket = official_account.make_ticket(login, world=outside, now=now)
        except LiandongError as refused:
            return pages.show_refusal(refused)
        return browsers.lead(addresses.add_to_query(login.return_to, "ticket", ticket))

    return routes


def _scope(text: str) -> WebScope:
    try:
        return msgspec.convert(text, WebScope)
    except msgspec.ValidationError:
        raise Invalid("The scope is base or userinfo - at `scope`.") from None


def _browser(request: Request) -> str:
    """The secret this browser was given, or nothing."""
    try:
        cookies = SimpleCookie(str(request.headers.get("cookie", "")))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


def _cookie(browser: str, *, secure: bool) -> str:
    """Read by nobody but the callback, sent with WeChat's redirect and with nothing that another page begins."""
    return f"{COOKIE}={browser}; Path=/; Max-Age={LIFE_S}; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")
