"""Rooms open when somebody knocks: the routes a request asks for are loaded and registered then, and with them what they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from chalice import Chalice
from chalice.app import Request, Response

from chalicelib import edge
from chalicelib.accounts.callers import OwnPages
from chalicelib.world import World


class Rooms:
    """The rooms of an app. `answers`: for each module of routes its paths, each with what lies beneath; the longest that fits counts.

    Chalice runs middleware before it looks for a request's route, so what middleware registers is found.
    """

    def __init__(self, app: Chalice, world: Callable[[], World], answers: Mapping[str, tuple[str, ...]]) -> None:
        self._app = app
        self._world = world
        self._names = tuple(answers)
        self._at = {path: name for name, paths in answers.items() for path in paths}
        self._pages = OwnPages(world)
        self._opened: dict[str, tuple[edge.Door, ...]] = {}
        for middleware in (self._pages.mark, edge.refuse, self._open_for):
            app.register_middleware(middleware, "http")

    def open_all(self) -> tuple[edge.Door, ...]:
        """Open every room, for whoever has to see all routes; all doors, in the order of the rooms."""
        return tuple(door for name in self._names for door in self._open(name))

    def room_at(self, path: str) -> str | None:
        """The module that answers a path as routes write it; of two that fit, the one named for more of it."""
        while path and path not in self._at:
            path = path.rpartition("/")[0]
        return self._at.get(path)

    def _open_for(self, request: Request, proceed: Callable[[Request], Response]) -> Response:
        name = self.room_at(request.path)
        if name is not None:
            self._open(name)
        return proceed(request)

    def _open(self, name: str) -> tuple[edge.Door, ...]:
        if name not in self._opened:
            routes: Any = import_module(f"chalicelib.{name}")
            self._app.register_blueprint(routes.make_routes(self._world))
            self._pages.let_in(self._app, routes.DOORS)
            edge.carry_errors(self._app, {door.path for door in routes.DOORS})
            self._opened[name] = routes.DOORS
        return self._opened[name]
