"""Words of a menu: as it is written, as WeChat takes it, and what is told about it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from chalicelib.lint.words import Finding, Said

Text = Annotated[str, msgspec.Meta(max_length=2048)]


class ButtonType(StrEnum):
    """What a button does."""

    click = "click"
    view = "view"
    miniprogram = "miniprogram"
    scancode_push = "scancode_push"
    scancode_waitmsg = "scancode_waitmsg"
    pic_sysphoto = "pic_sysphoto"
    pic_photo_or_album = "pic_photo_or_album"
    pic_weixin = "pic_weixin"
    location_select = "location_select"
    media_id = "media_id"
    view_limited = "view_limited"
    article_id = "article_id"
    article_view_limited = "article_view_limited"


class SubButton(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A button that does something. What its type does not need is empty.

    `mini_program` is the id of an account of the brand; WeChat is told its appid. Of a mini program `url` is what old clients open.
    """

    name: Text
    type: ButtonType | None = None
    key: Text = ""
    url: Text = ""
    mini_program: Annotated[str, msgspec.Meta(max_length=64)] = ""
    path: Text = ""
    media_id: Annotated[str, msgspec.Meta(max_length=256)] = ""
    article_id: Annotated[str, msgspec.Meta(max_length=256)] = ""


class Button(SubButton, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A button at the bottom of the screen: it does something, or it opens a group of others."""

    buttons: Annotated[tuple[SubButton, ...], msgspec.Meta(max_length=20)] = ()


class MenuOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A menu as it is written."""

    buttons: Annotated[tuple[Button, ...], msgspec.Meta(max_length=20)]


class DraftOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A menu somebody is at work on. `revision`: of the draft that was read; 0 when there was none."""

    buttons: Annotated[tuple[Button, ...], msgspec.Meta(max_length=20)]
    revision: Annotated[int, msgspec.Meta(ge=0)] = 0


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """Something WeChat would take, and people would like better otherwise."""

    place: str
    advice: str
    say: Said


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A menu as WeChat takes it, as lines to be read, and what might be better."""

    wechat: dict[str, Any]
    lines: tuple[str, ...]
    advice: tuple[Advice, ...]


class DraftShown(msgspec.Struct, frozen=True, kw_only=True):
    """A draft, and what it would look like."""

    account: str
    revision: int
    saved_at: datetime
    by: str
    written: MenuOrder
    preview: Preview


class Told(StrEnum):
    """Whether WeChat shows what is in force here."""

    live = "live"
    telling = "telling"
    """It has not confirmed yet: the next run of the schedule, within a minute or two, asks it again."""
    refused = "refused"
    """It did not take it: what it took last is still shown."""
    nothing = "nothing"
    """No menu is in force."""


class MenuPublished(msgspec.Struct, frozen=True, kw_only=True):
    """What was put in force, whether WeChat shows it, and what was found in its texts.

    `shows`: `version`, or the name of the holiday whose menu is shown until it ends.
    """

    version: int
    told: Told
    shows: str
    findings: tuple[Finding, ...]
    advice: tuple[Advice, ...]


class VersionShown(msgspec.Struct, frozen=True, kw_only=True):
    """A version, and whether it is in force."""

    version: int
    published_at: datetime
    by: str
    live: bool


class HolidaySummary(msgspec.Struct, frozen=True, kw_only=True):
    """When a holiday's menu comes and goes."""

    name: str
    from_at: datetime
    until_at: datetime


class MenuShown(msgspec.Struct, frozen=True, kw_only=True):
    """An account's menu: what is in force, what WeChat shows by our word, what is planned. `trouble`: why WeChat refused the last one."""

    account: str
    version: int
    told: Told
    shows: str
    told_at: datetime | None
    trouble: str
    written: MenuOrder | None
    preview: Preview | None
    versions: tuple[VersionShown, ...]
    holidays: tuple[HolidaySummary, ...]
    conditional: tuple[str, ...]
