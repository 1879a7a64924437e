"""Authorisations of third-party platforms over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import platforms, register
from chalicelib.accounts.words.platforms import AuthorizationBegun, AuthorizationOrder, AuthorizationShown
from chalicelib.errors import CODES, LiandongError
from chalicelib.pages import HEADERS, write_page
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

SAYS = {
    "authorization_ended": "这次授权已经失效，请重新发起授权。",
    "account_missing": "没有这个第三方平台。",
    "platform_ticket_missing": "第三方平台还没有收到微信推送的票据，请十分钟后重新打开此页。",
    "platform_unauthorised": "这个帐号没有授权，或已经取消了授权。",
    "wechat_busy": "微信暂时没有回应，请刷新此页。",
    "busy": "服务繁忙，请刷新此页。",
}
OTHERWISE = "授权没有成功，请重新发起授权。"

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/accounts/{account}/authorization",
        does="Begin an authorisation: the address of WeChat's page on which an account's admin says what the platform may do.",
        scope=Scope.admin,
        takes=AuthorizationOrder,
        gives=AuthorizationBegun,
        status=201,
        refusals=("account_missing", "platform_ticket_missing", "wechat_busy", "wechat_declined"),
    ),
    edge.Door(
        method="GET",
        path="/v1/accounts/{account}/authorized",
        does="Where WeChat sends the admin's browser back to: a page that says what came of it.",
        proof="code",
        shows="text/html",
        query=("auth_code", "expires_in", "state"),
        refusals=(
            "account_missing",
            "authorization_ended",
            "platform_ticket_missing",
            "platform_unauthorised",
            "wechat_busy",
            "wechat_declined",
        ),
    ),
    edge.Door(
        method="GET",
        path="/v1/accounts/{account}/authorizations",
        does="List who has authorised the platform to do what.",
        scope=Scope.accounts_read,
        gives=list[AuthorizationShown],
        refusals=("account_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of authorisations."""
    routes = Blueprint(__name__)

    @routes.route("/v1/accounts/{account}/authorization", methods=["POST"])
    def begin_authorization(account: str) -> Response:
        call = prove(routes, world, Scope.admin)
        order = edge.read_body(call.request, AuthorizationOrder)
        platform = register.find_platform(call.brand, account, world=call.world, now=call.now)
        callback = f"{edge.own_address(call.request, call.world.settings.public_url)}/v1/accounts/{account}/authorized"
        begun = platforms.begin_authorization(platform, order, callback=callback, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(begun, status=201, headers=edge.NO_STORE)

    @routes.route("/v1/accounts/{account}/authorized", methods=["GET"])
    def finish_authorization(account: str) -> Response:
        query, outside = edge.query_of(routes.current_request), world()
        try:
            shown = platforms.finish_authorization(
                account, query.get("state", ""), query.get("auth_code", ""), world=outside, now=outside.now()
            )
        except LiandongError as refused:
            page = write_page(SAYS.get(refused.code, OTHERWISE), CODES[refused.code], refused.code)
            return Response(page, status_code=refused.status, headers=HEADERS)
        name = shown.title or shown.appid
        page = write_page(
            f"{name} 已完成授权，可以关闭此页。", f"{name} has authorised the platform. You may close this page.", shown.appid
        )
        return Response(page, headers=HEADERS)

    @routes.route("/v1/accounts/{account}/authorizations", methods=["GET"])
    def list_authorizations(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        platform = register.find_platform(call.brand, account, world=call.world, now=call.now)
        return edge.answer(platforms.list_authorizations(platform))

    return routes
