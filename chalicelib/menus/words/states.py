"""Words of what WeChat was told: the state of an account's menu, its holidays, and what is due."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from chalicelib.menus.words.holidays import Holiday


class MenuState(msgspec.Struct, frozen=True, kw_only=True):
    """How an account's menu stands. `told`, `telling` and `refused` are marks of menus, empty for none.

    `told`: what WeChat has confirmed last; `telling`: what it was asked to show and has not answered; `refused`: what it did not take.
    `unsettled_at`: since when another menu may be due; `turn_at`: when a holiday begins or ends. `some`: that a menu for some people is
    being told.
    """

    account: str
    wakes: int = 0
    told: str = ""
    told_version: int = 0
    told_holiday: str = ""
    told_at: datetime | None = None
    telling: str = ""
    unsettled_at: datetime | None = None
    turn_at: datetime | None = None
    refused: str = ""
    trouble: str = ""
    some: str = ""

    @property
    def some_since(self) -> datetime | None:
        """Since when a menu for some people is being told."""
        return datetime.fromtimestamp(int(self.some.partition("#")[0]), UTC) if self.some else None


class Holidays(msgspec.Struct, frozen=True, kw_only=True):
    """An account's holidays, in order, as of a revision."""

    revision: int
    holidays: tuple[Holiday, ...]


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """The menu WeChat should show now: a version's, or a holiday's; `ready` is empty where there shall be none."""

    ready: str
    version: int
    holiday: str
    turn_at: datetime | None
