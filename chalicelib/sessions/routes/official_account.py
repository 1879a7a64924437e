"""Logins from the web pages of an official account over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec
from chalice import Blueprint
from chalice.app import Request, Response

from chalicelib import edge
from chalicelib.errors import Invalid, LiandongError
from chalicelib.sessions.flows import official_account
from chalicelib.sessions.routes import pages, phone_page
from chalicelib.sessions.words import LoginResult, TicketLogin, WebScope
from chalicelib.world import World

COOKIE = "ld_browser"
PATH = "/v1/sessions/official-account"
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
    edge.Door(
        method="POST",
        path="/v1/sessions/ticket",
        does="Trade the ticket a web page was opened with for a session, once.",
        proof="ticket",
        takes=TicketLogin,
        gives=LoginResult,
        status=201,
        refusals=("ticket_refused",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of web pages."""
    routes = Blueprint(__name__)

    @routes.route("/v1/sessions/official-account/{account}/authorize", methods=["GET"])
    def authorize(account: str) -> Response:
        request, outside = routes.current_request, world()
        try:
            query, home = edge.query_of(request), _home(request, outside)
            browser = _browser(request) or outside.random_bytes(32).hex()
            address = official_account.begin(
                account,
                query.get("return_to", ""),
                _scope(query.get("scope", "base")),
                browser=browser,
                callback=f"{home}{PATH}/{account}/callback",
                own_page=home + phone_page.PATH.format(account=account),
                world=outside,
                now=outside.now(),
            )
        except LiandongError as refused:
            return pages.show_refusal(refused)
        return _lead(address, {"Set-Cookie": _cookie(browser, secure=home.startswith("https"))})

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
                own_page=_home(request, outside) + phone_page.PATH.format(account=account),
                world=outside,
                now=now,
            )
            ticket = official_account.make_ticket(login, world=outside, now=now)
        except LiandongError as refused:
            return pages.show_refusal(refused)
        return _lead(_with_ticket(login.return_to, ticket), {})

    @routes.route("/v1/sessions/ticket", methods=["POST"])
    def redeem() -> Response:
        order = edge.read_body(routes.current_request, TicketLogin)
        return edge.answer(official_account.redeem(order.ticket, world=world(), now=world().now()), status=201, headers=edge.NO_STORE)

    return routes


def _lead(address: str, headers: dict[str, str]) -> Response:
    return Response("", status_code=302, headers={"Location": address, "Referrer-Policy": "no-referrer", **edge.NO_STORE, **headers})


def _scope(text: str) -> WebScope:
    try:
        return msgspec.convert(text, WebScope)
    except msgspec.ValidationError:
        raise Invalid("The scope is base or userinfo - at `scope`.") from None


def _with_ticket(address: str, ticket: str) -> str:
    parts = urlsplit(address)
    query = "&".join(part for part in (parts.query, urlencode({"ticket": ticket})) if part)
    return urlunsplit(parts._replace(query=query))


def _home(request: Request, world: World) -> str:
    """Our own address as browsers know it: the one that was set, else the gateway's."""
    if world.settings.public_url != "gateway":
        return world.settings.public_url.rstrip("/")
    context = request.context or {}
    return f"https://{context.get('domainName', '')}/{context.get('stage', '')}"


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
