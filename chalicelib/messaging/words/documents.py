"""The brand's rules of sending, as they are written, drafted and shown: caps, quiet hours, zones."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.consent.words import Channel, Purpose

TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")]
Zone = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Window(StrEnum):
    """How a cap counts: the last so many hours, or days by the person's calendar."""

    rolling = "rolling"
    calendar = "calendar"


class Cap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most so many messages to one person within so many days.

    Over all channels a message with several ways counts once; of one `channel`, each attempt that goes this way does.
    """

    most: Annotated[int, msgspec.Meta(ge=0, le=20)]
    days: Annotated[int, msgspec.Meta(ge=1, le=31)] = 1
    window: Window = Window.rolling
    channel: Channel | None = None
    purpose: Purpose | None = None


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When people are let alone, by their own clock. What was held goes out within `jitter_s` after."""

    since: TimeOfDay
    until: TimeOfDay
    jitter_s: Annotated[int, msgspec.Meta(ge=0, le=3600)] = 1200


class MessageRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for every message of the brand. `zones`: of those who come by one account, where nothing better is known."""

    caps: Annotated[tuple[Cap, ...], msgspec.Meta(max_length=10)] = ()
    quiet: QuietHours | None = None
    zone: Zone = "Asia/Shanghai"
    zones: Annotated[dict[str, Zone], msgspec.Meta(max_length=50)] = {}


class RulesDraftOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules that are not finished, upon the `revision` that was read; 0 for the first."""

    revision: Annotated[int, msgspec.Meta(ge=0)]
    rules: MessageRules


class RulesDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The draft there is."""

    revision: int
    rules: MessageRules
    saved_at: datetime
    by: str


class RulesPublishOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The draft's revision that was read."""

    revision: Annotated[int, msgspec.Meta(ge=1)]


class RulesPublished(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the rules; `live`: is it in force?"""

    version: int
    published_at: datetime
    by: str
    live: bool


class RulesShown(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force and the newest versions. Version 0: none was ever published, and the house's own hold."""

    version: int
    rules: MessageRules
    versions: tuple[RulesPublished, ...]
