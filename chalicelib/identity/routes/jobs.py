"""Long works over an account's people over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import register
from chalicelib.identity.flows import jobs
from chalicelib.identity.words.jobs import JobKind, JobShown, MigrationOrder
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/accounts/{account}/backfill",
        does="Have WeChat asked about every follower of an official account, so that each is known with their unionid.",
        scope=Scope.admin,
        gives=JobShown,
        status=202,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="GET",
        path="/v1/accounts/{account}/backfill",
        does="Show how far the back-fill of an account has come.",
        scope=Scope.accounts_read,
        gives=JobShown,
        refusals=("account_missing", "job_missing"),
    ),
    edge.Door(
        method="POST",
        path="/v1/accounts/{account}/migrate",
        does="Have every known openid of a former account, migrated to this one, linked with the new one.",
        scope=Scope.admin,
        takes=MigrationOrder,
        gives=JobShown,
        status=202,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="GET",
        path="/v1/accounts/{account}/migrate",
        does="Show how far the migration to an account has come.",
        scope=Scope.accounts_read,
        gives=JobShown,
        refusals=("account_missing", "job_missing"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors for what takes longer than a request."""
    routes = Blueprint(__name__)

    @routes.route("/v1/accounts/{account}/backfill", methods=["POST"])
    def start_backfill(account: str) -> Response:
        call = prove(routes, world, Scope.admin)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(jobs.start_backfill(own, actor=call.actor, world=call.world, now=call.now), status=202)

    @routes.route("/v1/accounts/{account}/backfill", methods=["GET"])
    def show_backfill(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(jobs.show_job(own, JobKind.backfill))

    @routes.route("/v1/accounts/{account}/migrate", methods=["POST"])
    def start_migration(account: str) -> Response:
        call = prove(routes, world, Scope.admin)
        order = edge.read_body(call.request, MigrationOrder)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(jobs.start_migration(own, order.from_appid, actor=call.actor, world=call.world, now=call.now), status=202)

    @routes.route("/v1/accounts/{account}/migrate", methods=["GET"])
    def show_migration(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(jobs.show_job(own, JobKind.migration))

    return routes
