"""Codes, material, links and snippets of entries over HTTP; what a scene stands for."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import register
from chalicelib.entries.flows import codes, quotas, ways
from chalicelib.entries.flows.registry import find_living_entry
from chalicelib.entries.routes.registry import home_of
from chalicelib.entries.rules.registry import label_of
from chalicelib.entries.rules.ways import check_label
from chalicelib.entries.words.codes import CodeOrder, CodeShown, SceneShown
from chalicelib.entries.words.links import LinkShown, PersonalLink, PersonalLinkOrder
from chalicelib.entries.words.quotas import QuotasShown
from chalicelib.entries.words.ways import LinkOrder, Ways
from chalicelib.errors import Invalid
from chalicelib.identity.routes.people import read_identifier
from chalicelib.sessions.flows import current
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

ENTRY = ("entry_missing", "entry_retired")
WECHAT = ("wechat_declined", "wechat_busy", "outcome_unknown", "platform_ticket_missing", "platform_unauthorised")
SCALES = range(1, 41)
DOORS = (
    edge.Door(
        method="GET",
        path="/v1/entries/{entry}/ways",
        does="Show what the entry is put in place with: path, card, link for texts, snippet for pages, text, and WeChat's own links.",
        scope=Scope.entries_read,
        gives=Ways,
        query=("label", "image_url"),
        refusals=(*ENTRY, "field_invalid", "content_refused"),
    ),
    edge.Door(
        method="POST",
        path="/v1/entries/{entry}/ways",
        does="Have WeChat make a URL Link, Scheme or Short Link to where the entry leads; it is renewed from then on.",
        scope=Scope.entries_write,
        takes=LinkOrder,
        gives=LinkShown,
        status=201,
        refusals=(*ENTRY, "links_spent", *WECHAT),
    ),
    edge.Door(
        method="GET",
        path="/v1/entries/{entry}/material",
        does="Lead to a QR code for print, PNG or SVG, with room for a logo.",
        scope=Scope.entries_read,
        status=303,
        query=("of", "format", "logo", "scale"),
        refusals=(*ENTRY, "field_invalid", "links_spent", *WECHAT),
    ),
    edge.Door(
        method="POST",
        path="/v1/entries/{entry}/codes",
        does="Have WeChat draw a code: to follow an account, or of a mini program, with parameters behind its scene.",
        scope=Scope.entries_write,
        takes=CodeOrder,
        gives=CodeShown,
        status=201,
        refusals=(*ENTRY, "account_missing", "field_invalid", "codes_spent", "links_spent", *WECHAT),
    ),
    edge.Door(
        method="POST",
        path="/v1/entries/{entry}/links",
        does="Make a link for one person: it carries a ticket that is good once.",
        scope=Scope.tickets_write,
        takes=PersonalLinkOrder,
        gives=PersonalLink,
        status=201,
        refusals=(*ENTRY, "account_missing", "person_missing"),
    ),
    edge.Door(
        method="GET",
        path="/v1/accounts/{account}/link-quotas",
        does="Show how many codes and links of an account are used, today and for good, and how many WeChat gives.",
        scope=Scope.entries_read,
        gives=QuotasShown,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="GET",
        path="/v1/scenes/{scene}",
        does="Tell a mini program what the scene it was opened with stands for.",
        proof="session",
        gives=SceneShown,
        refusals=("session_refused", "scene_missing"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of what leads to entries."""
    routes = Blueprint(__name__)

    @routes.route("/v1/entries/{entry}/ways", methods=["GET"])
    def show_ways(entry: str) -> Response:
        call = prove(routes, world, Scope.entries_read)
        query, found = edge.query_of(call.request), find_living_entry(call.brand, entry)
        label, image_url = check_label(query.get("label", label_of(found)), place="label"), _read_image(query)
        return edge.answer(ways.show_ways(found, label=label, image_url=image_url, home=home_of(call), world=call.world, now=call.now))

    @routes.route("/v1/entries/{entry}/ways", methods=["POST"])
    def make_link(entry: str) -> Response:
        call = prove(routes, world, Scope.entries_write)
        order = edge.read_body(call.request, LinkOrder)
        found = find_living_entry(call.brand, entry)
        return edge.answer(ways.make_link(found, order, actor=call.actor, world=call.world, now=call.now), status=201)

    @routes.route("/v1/entries/{entry}/material", methods=["GET"])
    def show_material(entry: str) -> Response:
        call = prove(routes, world, Scope.entries_read)
        query, found = edge.query_of(call.request), find_living_entry(call.brand, entry)
        of, kind = _read_choice(query, "of", ("link", "follow")), _read_choice(query, "format", ("png", "svg"))
        logo, scale = _read_choice(query, "logo", ("yes", "no")) == "yes", _read_scale(query)
        address = codes.offer_material(
            found, of=of, format=kind, logo=logo, scale=scale, home=home_of(call), world=call.world, now=call.now
        )
        return Response("", status_code=303, headers={"Location": address, **edge.NO_STORE})

    @routes.route("/v1/entries/{entry}/codes", methods=["POST"])
    def make_code(entry: str) -> Response:
        call = prove(routes, world, Scope.entries_write)
        order = edge.read_body(call.request, CodeOrder)
        found = find_living_entry(call.brand, entry)
        return edge.answer(codes.make_code(found, order, actor=call.actor, world=call.world, now=call.now), status=201)

    @routes.route("/v1/entries/{entry}/links", methods=["POST"])
    def make_personal_link(entry: str) -> Response:
        call = prove(routes, world, Scope.tickets_write)
        order = edge.read_body(call.request, PersonalLinkOrder)
        found, who = find_living_entry(call.brand, entry), read_identifier(order.who, call, place="$.who")
        made = ways.make_personal_link(
            found, who, lives_s=order.lives_s, actor=call.actor, home=home_of(call), world=call.world, now=call.now
        )
        return edge.answer(made, status=201, headers=edge.NO_STORE)

    @routes.route("/v1/accounts/{account}/link-quotas", methods=["GET"])
    def show_quotas(account: str) -> Response:
        call = prove(routes, world, Scope.entries_read)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(quotas.show_quotas(own, world=call.world, now=call.now))

    @routes.route("/v1/scenes/{scene}", methods=["GET"])
    def show_scene(scene: str) -> Response:
        outside = world()
        now = outside.now()
        claims = current.authenticate(edge.bearer(routes.current_request), world=outside, now=now)
        return edge.answer(codes.show_scene(claims, scene, now=now))

    return routes


def _read_choice(query: dict[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of a few words, the first when left out."""
    chosen = query.get(name, choices[0])
    if chosen not in choices:
        raise Invalid(f"It is one of {', '.join(choices)} - at `{name}`.")
    return chosen


def _read_scale(query: dict[str, str]) -> int:
    text = query.get("scale", "10")
    if not text.isascii() or not text.isdigit() or len(text) > 2 or int(text) not in SCALES:
        raise Invalid(f"It is a number of pixels from 1 to {SCALES[-1]} - at `scale`.")
    return int(text)


def _read_image(query: dict[str, str]) -> str:
    """The picture of an article's card, which WeChat takes from its own host alone."""
    url = query.get("image_url", "")
    if url and (not url.startswith(("https://mmbiz.qpic.cn/", "http://mmbiz.qpic.cn/")) or len(url) > 1024):
        raise Invalid("The picture of a card lies at mmbiz.qpic.cn: upload it to WeChat first - at `image_url`.")
    return url
