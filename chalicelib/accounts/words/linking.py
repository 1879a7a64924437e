"""Words of links between official accounts and mini programs (关联小程序)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

ProgramName = Annotated[str, msgspec.Meta(pattern=r"^([a-z][a-z0-9]{1,30}\.[a-z][a-z0-9-]{0,30}|[A-Za-z0-9_-]{6,64})$(?!\n)")]


class Said(msgspec.Struct, frozen=True):
    """The same in Chinese and in English."""

    zh: str
    en: str


class LinkState(StrEnum):
    """How far a link is. `asked` and `unlink_asked`: WeChat was asked and has not shown it in its list yet."""

    linked = "linked"
    waits_for_official_account = "waits_for_official_account"
    waits_for_mini_program = "waits_for_mini_program"
    refused_by_mini_program = "refused_by_mini_program"
    asked = "asked"
    unlink_asked = "unlink_asked"
    undocumented = "undocumented"


class LinkOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which mini program shall be linked: an account of the brand by its id, or any by its appid."""

    mini_program: ProgramName
    notify_followers: bool = False
    show_profile: bool = True


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A mini program as far as it is known here; `original_id` tells it in WeChat's list before it is linked."""

    appid: str
    account: str | None = None
    original_id: str = ""
    title: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """When WeChat was last asked for a link, or for its end."""

    appid: str
    link_at: datetime | None = None
    unlink_at: datetime | None = None


class LinkShown(msgspec.Struct, frozen=True, kw_only=True):
    """One mini program of an official account. `status`: WeChat's number, null where its list does not show the link."""

    appid: str | None
    account: str | None
    original_id: str
    title: str
    status: int | None
    state: LinkState
    means: Said
    next: Said


class LinkLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of WeChat's limits is used. WeChat does not tell whose a linked one is; the month's are those asked for here."""

    linked: int
    same_subject_most: int
    other_subjects_most: int
    asked_this_month: int
    asked_a_month_most: int


class LinksShown(msgspec.Struct, frozen=True, kw_only=True):
    """The mini programs of an official account, by its platform; without one the steps to do it in WeChat's console."""

    official_account: str
    by: Literal["platform", "console"]
    platform: str | None
    links: tuple[LinkShown, ...]
    limits: LinkLimits | None
    steps: tuple[Said, ...]
