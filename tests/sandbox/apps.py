"""The app of a sandbox. With two hundred paths it costs more than the sandbox: the apps of sandboxes that are gone serve again."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, cast

from flask import Flask

from sandbox.app import create_app
from sandbox.emulator import Sandbox


class _StandIn:
    """Stands for the sandbox that has the app now."""

    real: weakref.ref[Sandbox]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real(), name)


_free: list[tuple[_StandIn, Flask]] = []
_given: weakref.WeakKeyDictionary[Sandbox, Callable[[], object]] = weakref.WeakKeyDictionary()


def app_of(sandbox: Sandbox) -> Flask:
    """An app of its own for a sandbox, as long as that lives."""
    stand_in, app = _free.pop() if _free else _build()
    stand_in.real = weakref.ref(sandbox)
    returns = _given[sandbox] = weakref.finalize(sandbox, _free.append, (stand_in, app))
    returns.atexit = False
    return app


def give_back(sandbox: Sandbox) -> None:
    """Nobody asks this sandbox any more, though it may live on until somebody looks for garbage."""
    _given.pop(sandbox)()


def _build() -> tuple[_StandIn, Flask]:
    stand_in = _StandIn()
    return stand_in, create_app(cast(Sandbox, stand_in))
