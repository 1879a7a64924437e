"""Words of menus that come and go: holidays, and menus for some people."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from chalicelib.lint.words import Finding, Override
from chalicelib.menus.words.menu import Advice, Button, MenuOrder

HolidayName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$(?!\n)")]


class HolidayOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A menu that is shown from one moment until another, instead of the one in force."""

    from_at: datetime
    until_at: datetime
    buttons: Annotated[tuple[Button, ...], msgspec.Meta(max_length=20)]
    override: Override = ""


class Holiday(msgspec.Struct, frozen=True, kw_only=True):
    """A holiday as it is kept; `ready` is its menu as WeChat takes it."""

    name: str
    from_at: datetime
    until_at: datetime
    written: MenuOrder
    ready: str


class HolidayShown(msgspec.Struct, frozen=True, kw_only=True):
    """A holiday: whether its menu is shown now, what was found in its texts when it was planned, what might be better."""

    account: str
    name: str
    from_at: datetime
    until_at: datetime
    shown_now: bool
    written: MenuOrder
    findings: tuple[Finding, ...] = ()
    advice: tuple[Advice, ...] = ()


class Platform(StrEnum):
    """What somebody's phone runs."""

    ios = "ios"
    android = "android"
    other = "other"


class ConditionalOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A menu for those who have a tag, or a kind of phone, or both. WeChat counts the newest tag somebody has."""

    tag: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None
    platform: Platform | None = None
    buttons: Annotated[tuple[Button, ...], msgspec.Meta(max_length=20)]
    override: Override = ""


class Conditional(msgspec.Struct, frozen=True, kw_only=True):
    """A menu for some as it is kept.

    `menuid`: WeChat's; empty until it has confirmed. `former`: those it has to let go of. `asked_at`: since when it is being told.
    `trouble`: why WeChat refused it when the schedule told it.
    """

    name: str
    rule: dict[str, str]
    written: MenuOrder
    ready: str
    menuid: str = ""
    former: tuple[str, ...] = ()
    leaving: bool = False
    asked_at: datetime | None = None
    trouble: str = ""


class ConditionalShown(msgspec.Struct, frozen=True, kw_only=True):
    """A menu for some people. `settled`: WeChat shows it as it stands here."""

    account: str
    name: str
    tag: int | None
    platform: Platform | None
    written: MenuOrder
    settled: bool
    menuid: str
    trouble: str = ""
    findings: tuple[Finding, ...] = ()
    advice: tuple[Advice, ...] = ()


class MatchOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose menu is asked for: an openid at the account, or a WeChat id."""

    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """The menu somebody sees, in WeChat's words and as lines; `conditional`: the name of ours it is, empty for the one of everybody."""

    wechat: dict[str, Any]
    lines: tuple[str, ...]
    conditional: str


class Differing(msgspec.Struct, frozen=True, kw_only=True):
    """A button that is another on WeChat's side; one of the two may be absent."""

    place: str
    ours: dict[str, Any] | None
    wechat: dict[str, Any] | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What WeChat shows beside what is in force here.

    `made_by`: `api`, `console` (somebody made it by hand in WeChat's backend), or `nobody`. `conditional_missing`: names of ours that
    WeChat has not; `conditional_unknown`: WeChat's ids of menus that are none of ours.
    """

    same: bool
    made_by: str
    differing: tuple[Differing, ...]
    conditional_missing: tuple[str, ...]
    conditional_unknown: tuple[str, ...]


class ButtonClicks(msgspec.Struct, frozen=True, kw_only=True):
    """How often a button was tapped. `name` and `place`: in the menu in force; empty when it is not in it any more."""

    kind: str
    key: str
    name: str
    place: str
    clicks: int


class DayOfClicks(msgspec.Struct, frozen=True, kw_only=True):
    """A day's taps, in Beijing, the most tapped button first."""

    day: str
    buttons: tuple[ButtonClicks, ...]


class ClicksShown(msgspec.Struct, frozen=True, kw_only=True):
    """Taps of each button, altogether and day by day."""

    account: str
    first: str
    last: str
    buttons: tuple[ButtonClicks, ...]
    days: tuple[DayOfClicks, ...]
