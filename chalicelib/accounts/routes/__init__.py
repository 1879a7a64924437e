"""Accounts and the token broker over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.words import Account, AccountOrder, SecretOrder, ShownToken, WebOriginsOrder
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/accounts",
        does="Add an account to the brand. Its secrets go to the secret store and are never shown.",
        scope=Scope.admin,
        takes=AccountOrder,
        gives=Account,
        status=201,
        refusals=("account_taken", "account_missing"),
    ),
    edge.Door(method="GET", path="/v1/accounts", does="List the brand's accounts.", scope=Scope.accounts_read, gives=list[Account]),
    edge.Door(
        method="GET",
        path="/v1/accounts/{account}",
        does="Show one account.",
        scope=Scope.accounts_read,
        gives=Account,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="PUT",
        path="/v1/accounts/{account}/secret",
        does="Change parts of an account's secret; a new aes_key keeps the old one readable for its rotation.",
        scope=Scope.admin,
        takes=SecretOrder,
        status=204,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="PUT",
        path="/v1/accounts/{account}/web-origins",
        does="Say which origins are the account's own web pages, and whether it has web login: nothing of ours leads a browser elsewhere.",
        scope=Scope.admin,
        takes=WebOriginsOrder,
        gives=Account,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="GET",
        path="/v1/tokens/{account}",
        does="Lend the account's WeChat access token to another system of the business; each time is audited.",
        scope=Scope.tokens_read,
        gives=ShownToken,
        refusals=("account_missing", "wechat_busy", "wechat_declined"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the accounts room."""
    routes = Blueprint(__name__)

    @routes.route("/v1/accounts", methods=["POST"])
    def create_account() -> Response:
        call = prove(routes, world, Scope.admin)
        order = edge.read_body(call.request, AccountOrder)
        return edge.answer(register.create_account(call.brand, order, actor=call.actor, world=call.world, now=call.now), status=201)

    @routes.route("/v1/accounts", methods=["GET"])
    def list_accounts() -> Response:
        call = prove(routes, world, Scope.accounts_read)
        return edge.answer(register.list_accounts(call.brand))

    @routes.route("/v1/accounts/{account}", methods=["GET"])
    def show_account(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        return edge.answer(register.find_own_account(call.brand, account, world=call.world, now=call.now))

    @routes.route("/v1/accounts/{account}/secret", methods=["PUT"])
    def change_secret(account: str) -> Response:
        call = prove(routes, world, Scope.admin)
        order = edge.read_body(call.request, SecretOrder)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        register.change_secret(own, order, actor=call.actor, world=call.world, now=call.now)
        return Response("", status_code=204)

    @routes.route("/v1/accounts/{account}/web-origins", methods=["PUT"])
    def change_web_origins(account: str) -> Response:
        call = prove(routes, world, Scope.admin)
        order = edge.read_body(call.request, WebOriginsOrder)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(register.change_web_origins(own, order, actor=call.actor, world=call.world, now=call.now))

    @routes.route("/v1/tokens/{account}", methods=["GET"])
    def lend_token(account: str) -> Response:
        call = prove(routes, world, Scope.tokens_read)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        lent = tokens.lend_token(own, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(lent, headers=edge.NO_STORE)

    return routes
