"""Links, splits and what waits for an operator over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.aws.tables import TableError
from chalicelib.errors import CODES, Busy, Forbidden, Invalid, Missing, Refused
from chalicelib.identity import flows
from chalicelib.identity.flows import pointers, reviewing, trying
from chalicelib.identity.routes.people import read_identifier
from chalicelib.identity.words import POINTERS, Identifier, Rank
from chalicelib.identity.words.orders import (
    ClaimedRank,
    Explanation,
    LinkOrder,
    LinksOrder,
    LinkVerdict,
    LinkVerdicts,
    Review,
    ReviewOrder,
    Reviews,
    SplitDone,
    SplitOrder,
)
from chalicelib.identity.words.trials import Trial, TrialOrder
from chalicelib.staff.callers import Call, prove
from chalicelib.staff.rules import allows
from chalicelib.staff.words import Scope
from chalicelib.world import World

NEEDED = {ClaimedRank.verified: Scope.links_verify, ClaimedRank.operator: Scope.people_operate}
"""What a key needs beside `links:write` to claim a rank."""

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/links",
        does="Say of up to 100 pairs of identifiers that each is one person. Every link gets a verdict of its own.",
        scope=Scope.links_write,
        takes=LinksOrder,
        gives=LinkVerdicts,
    ),
    edge.Door(
        method="POST",
        path="/v1/splits",
        does="Say that two identifiers are two people, whatever links say.",
        scope=Scope.people_operate,
        takes=SplitOrder,
        gives=SplitDone,
        status=201,
        refusals=("person_missing", "account_missing"),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/splits/{split}",
        does="Take a split back: the persons are again what the links make them.",
        scope=Scope.people_operate,
        gives=SplitDone,
        refusals=("split_missing", "person_missing"),
    ),
    edge.Door(
        method="GET",
        path="/v1/people/{person}/links",
        does="Explain a person: every link with rank, source and age, why some are not followed, and why openids have no unionid.",
        scope=Scope.people_read,
        gives=Explanation,
        refusals=("person_missing",),
    ),
    edge.Door(
        method="GET",
        path="/v1/reviews",
        does="List the people whose links contradict each other, for an operator to decide.",
        scope=Scope.people_operate,
        gives=Reviews,
        query=("cursor",),
        refusals=("cursor_invalid",),
    ),
    edge.Door(
        method="POST",
        path="/v1/identity/dry-run",
        does="Try other rules on people whose links contradict each other: how many would join or split. Nothing is changed.",
        scope=Scope.people_operate,
        takes=TrialOrder,
        gives=Trial,
    ),
    edge.Door(
        method="POST",
        path="/v1/reviews/{review}/accept",
        does="Decide that a link is right: it is followed before all others.",
        scope=Scope.people_operate,
        takes=ReviewOrder,
        gives=Review,
        refusals=("person_missing", "link_missing", "link_told_apart"),
    ),
    edge.Door(
        method="POST",
        path="/v1/reviews/{review}/reject",
        does="Decide that a link is wrong: its two identifiers are two people.",
        scope=Scope.people_operate,
        takes=ReviewOrder,
        gives=Review,
        refusals=("person_missing", "link_missing"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors for those who say who is who."""
    routes = Blueprint(__name__)

    @routes.route("/v1/links", methods=["POST"])
    def assert_links() -> Response:
        call = prove(routes, world, Scope.links_write)
        order = edge.read_body(call.request, LinksOrder)
        return edge.answer(LinkVerdicts(links=[judge(link, place, call) for place, link in enumerate(order.links)]))

    @routes.route("/v1/splits", methods=["POST"])
    def split() -> Response:
        call = prove(routes, world, Scope.people_operate)
        order = edge.read_body(call.request, SplitOrder)
        ends = (read_identifier(order.a, call, place="$.a"), read_identifier(order.b, call, place="$.b"))
        if POINTERS & {each.type for each in ends}:
            raise Invalid("A device, push token or anonymous id joins nobody, so there is nothing to split - at `$`.")
        a, b = (flows.key_of(call.brand, each, world=call.world, now=call.now) for each in ends)
        if a == b:
            raise Invalid("An identifier is not split from itself - at `$.b`.")
        done = reviewing.split(call.brand, a, b, reason=order.reason, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(done, status=201)

    @routes.route("/v1/splits/{split}", methods=["DELETE"])
    def undo_split(split: str) -> Response:
        call = prove(routes, world, Scope.people_operate)
        return edge.answer(reviewing.undo_split(call.brand, split, actor=call.actor, world=call.world, now=call.now))

    @routes.route("/v1/people/{person}/links", methods=["GET"])
    def explain_person(person: str) -> Response:
        call = prove(routes, world, Scope.people_read)
        return edge.answer(reviewing.explain_person(call.brand, person, world=call.world, now=call.now))

    @routes.route("/v1/reviews", methods=["GET"])
    def list_reviews() -> Response:
        call = prove(routes, world, Scope.people_operate)
        after = edge.cursor_of(edge.query_of(call.request))
        page, following = reviewing.list_reviews(call.brand, after=after, world=call.world)
        return edge.answer(Reviews(reviews=page, cursor=edge.encode_cursor(following) if following else None))

    @routes.route("/v1/identity/dry-run", methods=["POST"])
    def try_rules() -> Response:
        call = prove(routes, world, Scope.people_operate)
        return edge.answer(trying.try_rules(call.brand, edge.read_body(call.request, TrialOrder), world=call.world))

    @routes.route("/v1/reviews/{review}/accept", methods=["POST"])
    def accept_link(review: str) -> Response:
        call = prove(routes, world, Scope.people_operate)
        order = edge.read_body(call.request, ReviewOrder)
        return edge.answer(
            reviewing.accept_link(call.brand, review, order.link, reason=order.reason, actor=call.actor, world=call.world, now=call.now)
        )

    @routes.route("/v1/reviews/{review}/reject", methods=["POST"])
    def reject_link(review: str) -> Response:
        call = prove(routes, world, Scope.people_operate)
        order = edge.read_body(call.request, ReviewOrder)
        return edge.answer(
            reviewing.reject_link(call.brand, review, order.link, reason=order.reason, actor=call.actor, world=call.world, now=call.now)
        )

    return routes


def judge(order: LinkOrder, place: int, call: Call) -> LinkVerdict:
    """Assert one link of a batch; a refusal names the field, and is no refusal of the others."""
    try:
        return _assert(order, call)
    except Refused as refused:
        message = refused.message.replace("`$.", f"`$.links[{place}].")
        return LinkVerdict(verdict="refused", code=refused.code, message=message)
    except (Busy, TableError):  # those before it are kept: only this one has to come again
        return LinkVerdict(verdict="refused", code="busy", message=f"{CODES['busy']} - at `$.links[{place}]`.")


def _assert(order: LinkOrder, call: Call) -> LinkVerdict:
    needed = NEEDED.get(order.rank)
    if needed is not None and not allows(call.scopes, needed):
        raise Forbidden(f"The rank {order.rank.value} needs a key with the scope {needed.value} - at `$.rank`.")
    at = edge.read_past(order.at, now=call.now)
    a, b = _read_end(order, "a", call), _read_end(order, "b", call)
    if flows.key_of(call.brand, a, world=call.world, now=call.now) == flows.key_of(call.brand, b, world=call.world, now=call.now):
        raise Invalid("An identifier is not linked to itself - at `$.b`.")
    if POINTERS & {a.type, b.type}:
        place = pointers.claim(call.brand, a, b, at=at, world=call.world, now=call.now)
    else:
        place = flows.assert_link(call.brand, a, b, rank=Rank[order.rank.value], source=order.source, at=at, world=call.world, now=call.now)
    if place.rejection is None:
        return LinkVerdict(verdict="followed", person=place.person)
    return LinkVerdict(verdict="rejected", person=place.person, code=place.rejection.value, message=reviewing.SAYS[place.rejection])


def _read_end(order: LinkOrder, end: str, call: Call) -> Identifier:
    """One end of a link in our words; what is wrong with it is said of that end."""
    try:
        return read_identifier(order.a if end == "a" else order.b, call, place=f"$.{end}")
    except Missing as missing:
        raise Invalid(f"{missing.message} - at `$.{end}.account`.", code=missing.code) from None
