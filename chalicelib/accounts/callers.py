"""Browsers at an account's own pages: which may ask the doors of people from another origin.

A browser asks before it lets a page read an answer of ours (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol). The pages of the
accounts' own origins may; sessions travel in a header, never in a cookie, so nothing else of a browser comes with them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from chalice import Chalice
from chalice.app import Request, Response

from chalicelib.aws.tables import TableError, code_of
from chalicelib.edge import Door
from chalicelib.world import World

log = logging.getLogger("liandong.edge")
OURS = frozenset({"key", "wechat"})
"""Doors that are proved like this are for servers: no page may hold an API key."""
REMEMBERED_S = 600


class OwnPages:
    """The pages of the accounts' own origins, at the doors that were opened to them."""

    def __init__(self, world: Callable[[], World]) -> None:
        self._world = world
        self._methods: dict[str, list[str]] = {}

    def let_in(self, app: Chalice, doors: Iterable[Door]) -> None:
        """Answer browsers' questions at those of these doors that are people's; all doors of a path come at once."""
        methods: dict[str, list[str]] = {}
        for door in doors:
            if door.path.startswith("/v1/") and door.proof not in OURS:
                methods.setdefault(door.path, []).append(door.method)
        for path in methods:
            app.route(path, methods=["OPTIONS"], name=f"ask_before {path}")(_answer_question)
        self._methods |= methods

    def mark(self, request: Request, proceed: Callable[[Request], Response]) -> Response:
        """Middleware: mark what the doors of people answer. Register before what makes refusals."""
        response = proceed(request)
        allowed = self._methods.get(request.path)
        if allowed is not None:
            response.headers["Vary"] = "Origin"
            origin = str(request.headers.get("origin", ""))
            if origin and _is_own_page(origin, self._world()):
                response.headers.update(_leave(origin, allowed))
        return response


def _answer_question(**parts: str) -> Response:
    return Response("", status_code=204)


def _is_own_page(origin: str, world: World) -> bool:
    """What cannot be found out is no: the browser keeps the answer from the page, which may ask again."""
    from chalicelib.accounts.flows import register  # here, because every function has this file and few are asked by pages

    try:
        return register.is_web_origin(origin, world=world, now=world.now())
    except TableError as error:
        log.error("a browser's origin could not be looked up: %s", code_of(error) or "no answer")
        return False


def _leave(origin: str, methods: list[str]) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": ", ".join(sorted(methods)),
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Expose-Headers": "Retry-After",
        "Access-Control-Max-Age": str(REMEMBERED_S),
    }
