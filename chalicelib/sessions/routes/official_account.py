"""Logins from the web pages of an official account over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.aws.tables import TableError
from chalicelib.errors import Invalid, LiandongError
from chalicelib.sessions.flows import official_account
from chalicelib.sessions.routes import browsers, pages
from chalicelib.sessions.rules import addresses
from chalicelib.sessions.words import CodeChallenge, WebScope
from chalicelib.world import World

LIFE_S = int(official_account.LIFE.total_seconds())
WEB_REFUSALS = ("account_missing", "web_login_missing", "web_login_ended")

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/sessions/official-account/{account}/authorize",
        does="Send a browser in WeChat to the page that asks who is there; it comes back to `return_to` with a ticket.",
        proof="nothing",
        shows="text/html",
        status=302,
        query=("return_to", "scope", "code_challenge"),
        refusals=("account_missing", "web_login_missing", "field_invalid"),
    ),
    edge.Door(
        method="GET",
        path="/v1/sessions/official-account/{account}/callback",
        does="Where WeChat sends the browser back to. Coming twice gives the same login.",
        proof="code",
        shows="text/html",
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
            browser = browsers.read_secret(request) or outside.random_bytes(32).hex()
            address = official_account.begin(
                account,
                query.get("return_to", ""),
                _scope(query.get("scope", "base")),
                browser=browser,
                callback=f"{home}{addresses.WEB_LOGIN.format(account=account)}/callback",
                own_page=addresses.own_page(account, home),
                code_challenge=_challenge(query.get("code_challenge")),
                world=outside,
                now=outside.now(),
            )
        except (LiandongError, TableError) as refused:
            return pages.show_refusal(refused)
        return browsers.lead(address, {"Set-Cookie": browsers.keep_secret(browser, secure=home.startswith("https"), for_s=LIFE_S)})

    @routes.route("/v1/sessions/official-account/{account}/callback", methods=["GET"])
    def come_back(account: str) -> Response:
        request, outside = routes.current_request, world()
        query, now, browser = edge.query_of(request), outside.now(), browsers.read_secret(request)
        state, own_page = query.get("state", ""), addresses.own_page(account, edge.own_address(request, outside.settings.public_url))
        try:
            login = official_account.finish(
                account, state, query.get("code", ""), browser=browser, own_page=own_page, world=outside, now=now
            )
            ticket = official_account.make_ticket(login, world=outside, now=now)
        except TableError as refused:
            return pages.show_refusal(refused)
        except LiandongError as refused:
            page = official_account.find_page(account, state, browser=browser, own_page=own_page, world=outside, now=now)
            return pages.show_refusal(refused, again=page)
        return browsers.lead(addresses.add_to_query(login.return_to, "ticket", ticket))

    return routes


def _scope(text: str) -> WebScope:
    try:
        return msgspec.convert(text, WebScope)
    except msgspec.ValidationError:
        raise Invalid("The scope is base or userinfo - at `scope`.") from None


def _challenge(text: str | None) -> str:
    try:
        return "" if text is None else msgspec.convert(text, CodeChallenge)
    except msgspec.ValidationError:
        raise Invalid("A code_challenge is the SHA-256 of the verifier in base64url, 43 characters - at `code_challenge`.") from None
