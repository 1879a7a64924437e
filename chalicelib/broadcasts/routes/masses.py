"""Mass sends (群发) over HTTP: previewed, planned, looked at, cancelled, deleted, and how many are left."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.broadcasts.flows.masses import counting, planning, previewing, showing, taking_back
from chalicelib.broadcasts.routes.naming import read_entries
from chalicelib.broadcasts.rules.mass_quotas import audience_of
from chalicelib.broadcasts.words import PERSON, Entry
from chalicelib.broadcasts.words.masses import (
    MassDeleteOrder,
    MassesPage,
    MassOrder,
    MassPreviewed,
    MassPreviewOrder,
    MassQuotaOrder,
    MassQuotaShown,
    MassShown,
    NamedPeople,
    Says,
)
from chalicelib.errors import Invalid, Missing
from chalicelib.identity.routes.people import read_identifier
from chalicelib.ids import digest
from chalicelib.messaging.rules import masses as contents
from chalicelib.messaging.words.masses import AnyMass, Tagged
from chalicelib.staff.callers import Call, prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

QUOTA = "/v1/accounts/{account}/mass-quota"
DOORS = (
    edge.Door(
        method="POST",
        path="/v1/mass-sends",
        does="Plan a mass send: one call of WeChat's that reaches all followers, those with a tag, or people by name.",
        scope=Scope.messages_write,
        takes=MassOrder,
        gives=MassShown,
        status=202,
        refusals=(
            "account_missing",
            "content_refused",
            "idempotency_conflict",
            "mass_quota_spent",
            "wechat_declined",
            "wechat_busy",
            "outcome_unknown",
        ),
    ),
    edge.Door(
        method="POST",
        path="/v1/mass-sends/preview",
        does="Show a mass message to one follower.",
        scope=Scope.messages_write,
        takes=MassPreviewOrder,
        gives=MassPreviewed,
        refusals=("account_missing", "person_missing", "content_refused", "wechat_declined", "wechat_busy", "outcome_unknown"),
    ),
    edge.Door(
        method="GET",
        path="/v1/mass-sends",
        does="List the mass sends, the latest first.",
        scope=Scope.messages_read,
        gives=MassesPage,
        query=("cursor", "limit"),
        refusals=("cursor_invalid",),
    ),
    edge.Door(
        method="GET",
        path="/v1/mass-sends/{mass_send}",
        does="Show a mass send: how it stands, what WeChat told of it, what was found of those who were named.",
        scope=Scope.messages_read,
        gives=MassShown,
        refusals=("mass_send_missing",),
    ),
    edge.Door(
        method="POST",
        path="/v1/mass-sends/{mass_send}/cancel",
        does="Cancel a mass send before WeChat is asked to send it.",
        scope=Scope.messages_write,
        gives=MassShown,
        refusals=("mass_send_missing", "mass_send_gone"),
    ),
    edge.Door(
        method="POST",
        path="/v1/mass-sends/{mass_send}/delete",
        does="Have WeChat take articles or a video that were sent away from who has them.",
        scope=Scope.messages_write,
        takes=MassDeleteOrder,
        gives=MassShown,
        refusals=("mass_send_missing", "mass_send_stays", "wechat_declined", "wechat_busy", "outcome_unknown"),
    ),
    edge.Door(
        method="GET",
        path=QUOTA,
        does="How many mass sends an account still has in this month or day.",
        scope=Scope.messages_read,
        gives=MassQuotaShown,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="PUT",
        path=QUOTA,
        does="Say whether WeChat counts an account's mass sends by the month or by the day.",
        scope=Scope.messages_write,
        takes=MassQuotaOrder,
        gives=MassQuotaShown,
        refusals=("account_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of mass sends."""
    routes = Blueprint(__name__)

    @routes.route("/v1/mass-sends", methods=["POST"])
    def plan_mass() -> Response:
        call = prove(routes, world, Scope.messages_write)
        return edge.answer(plan(edge.read_body(call.request, MassOrder), call), status=202)

    @routes.route("/v1/mass-sends/preview", methods=["POST"])
    def preview_mass() -> Response:
        call = prove(routes, world, Scope.messages_write)
        return edge.answer(preview(edge.read_body(call.request, MassPreviewOrder), call))

    @routes.route("/v1/mass-sends", methods=["GET"])
    def list_masses() -> Response:
        call = prove(routes, world, Scope.messages_read)
        query = edge.query_of(call.request)
        before = edge.cursor_of(query)
        shown, earlier = showing.list_masses(call.brand, before=before, most=edge.page_size(query), world=call.world)
        return edge.answer(MassesPage(mass_sends=tuple(shown), cursor=edge.encode_cursor(earlier) if earlier else None))

    @routes.route("/v1/mass-sends/{mass_send}", methods=["GET"])
    def show_mass(mass_send: str) -> Response:
        call = prove(routes, world, Scope.messages_read)
        return edge.answer(showing.show(planning.find_mass(call.brand, mass_send), world=call.world))

    @routes.route("/v1/mass-sends/{mass_send}/cancel", methods=["POST"])
    def cancel_mass(mass_send: str) -> Response:
        call = prove(routes, world, Scope.messages_write)
        planning.find_mass(call.brand, mass_send)
        cancelled = planning.cancel(call.brand, mass_send, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(showing.show(cancelled, world=call.world))

    @routes.route("/v1/mass-sends/{mass_send}/delete", methods=["POST"])
    def delete_mass(mass_send: str) -> Response:
        call = prove(routes, world, Scope.messages_write)
        article = edge.read_body(call.request, MassDeleteOrder).article
        deleted = taking_back.take_back(call.brand, mass_send, article=article, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(showing.show(deleted, world=call.world))

    @routes.route(QUOTA, methods=["GET"])
    def show_quota(account: str) -> Response:
        call = prove(routes, world, Scope.messages_read)
        return edge.answer(counting.show(find_official(account, call), world=call.world, now=call.now))

    @routes.route(QUOTA, methods=["PUT"])
    def set_quota(account: str) -> Response:
        call = prove(routes, world, Scope.messages_write)
        per = edge.read_body(call.request, MassQuotaOrder).per
        return edge.answer(counting.set_per(find_official(account, call), per, actor=call.actor, world=call.world, now=call.now))

    return routes


def plan(order: MassOrder, call: Call) -> MassShown:
    """An order in our words: its account, and whoever it names, have to be the caller's own."""
    key = edge.idempotency_key(call.request)
    if key is None:
        raise Invalid("A mass send needs an Idempotency-Key: the same order sent again must not reach everybody again.")
    account = _checked(order.account, order.message, call)
    named = isinstance(order.audience, NamedPeople)
    if not named and not order.confirmed:
        raise Invalid("WeChat sends this to all of them, whatever they said to us: say that you know - at `$.confirmed`.")
    says = Says(
        name=order.name,
        message=order.message,
        topic=order.topic or "",
        tag=order.audience.tag if isinstance(order.audience, Tagged) else None,
        entries=_entries_of(order.audience, call) if isinstance(order.audience, NamedPeople) else (),
    )
    wanted = planning.MassPlan(
        id=digest(call.brand, "mass", key),
        account=account,
        audience=audience_of(order.audience),
        says=says,
        purpose=order.purpose,
        not_before=order.not_before,
        expires_at=order.expires_at,
        override=order.override,
    )
    mass, findings = planning.plan(wanted, actor=call.actor, world=call.world, now=call.now)
    return showing.show(mass, findings, world=call.world)


def preview(order: MassPreviewOrder, call: Call) -> MassPreviewed:
    """A mass message shown to one follower, and what was found in it."""
    account = _checked(order.account, order.message, call)
    to = None if order.to is None else read_identifier(order.to, call, place="$.to")
    found = previewing.preview(account, order.message, to, order.wechat_id or "", actor=call.actor, world=call.world, now=call.now)
    return MassPreviewed(findings=found)


def find_official(account_id: str, call: Call) -> Account:
    """The caller's official account with this id; one of another kind sends to nobody at once."""
    account = register.find_own_account(call.brand, account_id, world=call.world, now=call.now)
    if account.kind is not Kind.official_account:
        raise Missing("Only official accounts have mass sends.", code="account_missing")
    return account


def _checked(account_id: str, message: AnyMass, call: Call) -> Account:
    account = register.find_own_account(call.brand, account_id, world=call.world, now=call.now)
    contents.check(account, message, place="$")
    return account


def _entries_of(audience: NamedPeople, call: Call) -> tuple[Entry, ...]:
    people = (Entry(PERSON, each) for each in audience.people)
    return tuple(dict.fromkeys([*people, *read_entries(audience.identifiers, call)]))
