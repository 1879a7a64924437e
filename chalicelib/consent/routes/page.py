"""The page on which somebody says what they want, for WeChat's web view and any browser: a form, and no script."""

from __future__ import annotations

import functools
from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from chalice import Blueprint
from chalice.app import Request, Response

from chalicelib import edge
from chalicelib.aws.tables import TableError
from chalicelib.consent.flows import page as flows
from chalicelib.consent.rules.page import PATH
from chalicelib.consent.words.page import Chosen, LinkOrder, Page, PreferenceLink, Ticked
from chalicelib.errors import CODES, Busy, LiandongError
from chalicelib.pages import HEADERS, write_page
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

FORM = ["application/x-www-form-urlencoded", "application/json"]
"""The second is what Chalice takes a request without a type for."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
SAYS = {
    "preference_link_over": "链接已经失效，请重新获取。",
    "person_missing": "链接已经失效，请重新获取。",
    "busy": "服务繁忙，请稍后再试。",
}
OTHERWISE = "没有成功，请稍后再试。"
LONGEST_FORM = 8192

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/people/{person}/preference-links",
        does="Make a link to a person's own page of preferences: no login, good for thirty days unless said otherwise.",
        scope=Scope.consent_write,
        takes=LinkOrder,
        gives=PreferenceLink,
        status=201,
        refusals=("person_missing",),
    ),
    edge.Door(
        method="GET",
        path=PATH,
        does="The page on which somebody says what they want to hear of. It says of nobody who they are.",
        proof="nothing",
        shows="text/html",
        refusals=("preference_link_over",),
    ),
    edge.Door(
        method="POST",
        path=PATH,
        does="Keep what was chosen on the page: in force on every end when this is answered.",
        proof="nothing",
        shows="text/html",
        refusals=("preference_link_over",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the page."""
    routes = Blueprint(__name__)

    @routes.route("/v1/people/{person}/preference-links", methods=["POST"])
    def make_link(person: str) -> Response:
        call = prove(routes, world, Scope.consent_write)
        order = edge.read_body(call.request, LinkOrder)
        home = edge.own_address(call.request, call.world.settings.public_url)
        made = flows.make_link(call.brand, person, order, actor=call.actor, home=home, world=call.world, now=call.now)
        return edge.answer(made, status=201, headers=edge.NO_STORE)

    @routes.route(PATH, methods=["GET"])
    def show(preferences: str) -> Response:
        outside = world()
        return _answer(lambda: flows.show_page(preferences, world=outside, now=outside.now()), done=False)

    @routes.route(PATH, methods=["POST"], content_types=FORM)
    def choose(preferences: str) -> Response:
        request, outside = routes.current_request, world()
        chosen, source = read_form(request), edge.source_of(request)
        if chosen is None:
            return _answer(lambda: flows.show_page(preferences, world=outside, now=outside.now()), done=False)
        return _answer(lambda: flows.choose(preferences, chosen, source=source, world=outside, now=outside.now()), done=True)

    return routes


def read_form(request: Request) -> Chosen | None:
    """What was chosen, if one of the page's buttons was tapped: a request without is no word of anybody's."""
    form = parse_qs(edge.raw_body(request)[:LONGEST_FORM].decode(errors="replace"))
    if not {"stop", "save"} & form.keys():
        return None
    ticked, before = (Ticked(f"{was}marketing" in form, frozenset(form.get(f"{was}topic", ()))) for was in ("", "was_"))
    return Chosen("stop" in form, ticked, before)


def write_form(page: Page, *, done: bool) -> str:
    """The page: it posts to itself, and says what was ticked when it was shown."""
    boxes = "".join(_write_box(topic.zh, topic.en, "topic", topic.topic, on=on) for topic, on in page.topics)
    told = {
        "DONE": "" if done and not page.stopped else " hidden",
        "STOPPED": "" if page.stopped else " hidden",
        "UNDO": "" if page.undoable else " hidden",
        "STOP": " hidden" if page.stopped else "",
        "BOXES": _write_box("营销消息", "Marketing messages", "marketing", "1", on=page.marketing) + boxes,
    }
    return functools.reduce(lambda text, item: text.replace(f"%{item[0]}%", item[1]), told.items(), _page())


def _write_box(zh: str, en: str, name: str, value: str, *, on: bool) -> str:
    checked, before = (" checked", f'<input type="hidden" name="was_{name}" value="{escape(value)}">') if on else ("", "")
    return (
        f'<label><span>{escape(zh)}<small lang="en">{escape(en)}</small></span>'
        f'<input type="checkbox" name="{name}" value="{escape(value)}"{checked}></label>{before}'
    )


def _answer(look: Callable[[], Page], *, done: bool) -> Response:
    headers = {**HEADERS, "Content-Security-Policy": POLICY}
    try:
        return Response(write_form(look(), done=done), headers=headers)
    except (LiandongError, TableError) as refused:
        told = Busy() if isinstance(refused, TableError) else refused
        return Response(write_page(SAYS.get(told.code, OTHERWISE), CODES[told.code], told.code), status_code=told.status, headers=HEADERS)


@functools.cache
def _page() -> str:
    return Path(__file__).with_suffix(".html").read_text(encoding="utf-8")
