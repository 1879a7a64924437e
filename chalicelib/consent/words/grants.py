"""Words of leave to send, as mini programs tell it and as callers see it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.consent.words.policy import TemplateId


class PopupAnswer(StrEnum):
    """What `wx.requestSubscribeMessage` says of a template."""

    accept = "accept"
    accept_with_audio = "acceptWithAudio"
    accept_with_alert = "acceptWithAlert"
    reject = "reject"
    ban = "ban"
    filter = "filter"


class PopupOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody answered in one popup. `popup`: an id the client makes for it, so that telling it again counts nothing."""

    popup: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{8,64}$(?!\n)")]
    answers: Annotated[dict[TemplateId, PopupAnswer], msgspec.Meta(min_length=1, max_length=5)]


class GrantShown(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages of a template may be sent to whoever is logged in; with `long_term` any number."""

    template: str
    count: int
    long_term: bool


class GrantsShown(msgspec.Struct, frozen=True, kw_only=True):
    """Leave for the templates that were answered."""

    grants: tuple[GrantShown, ...]


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How many openids of an account a template can be sent to now."""

    account: str
    template: str
    reached: int
