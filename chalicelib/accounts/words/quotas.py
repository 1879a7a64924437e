"""Words of quotas: which APIs are metered, for what they are called, and how each stands today."""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Annotated

import msgspec


class Api(StrEnum):
    """What WeChat counts by the day and campaigns could use up, by the path of its API."""

    template_message = "/cgi-bin/message/template/send"
    subscription_notice = "/cgi-bin/message/subscribe/bizsend"
    subscribe_message = "/cgi-bin/message/subscribe/send"
    customer_message = "/cgi-bin/message/custom/send"
    mass_send = "/cgi-bin/message/mass/send"
    mass_send_all = "/cgi-bin/message/mass/sendall"


class Priority(IntEnum):
    """What a call is made for: the less it matters, the earlier it has to stop."""

    marketing = 1
    service = 2
    urgent = 3


class Metered(msgspec.Struct, frozen=True):
    """One API of one account on one day, as it is counted."""

    brand: str
    account: str
    api: Api
    day: date


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an API stands today. `leased`: calls handed out to our containers, made or not; `used`: calls WeChat has told of."""

    leased: int = 0
    most: int | None = None
    used: int | None = None
    told_at: datetime | None = None
    stopped_until: datetime | None = None


class QuotaShown(msgspec.Struct, frozen=True, kw_only=True):
    """An API's quota today.

    `most`: WeChat's limit, or its usual one until it has told; null where none is published. `leased`: calls handed out to senders.
    `used`: what WeChat has counted, as of `told_at`. `left_for_marketing`, `left_for_service`: calls either may still make.
    """

    api: Api
    most: int | None
    leased: int
    used: int | None
    told_at: datetime | None
    left_for_marketing: int | None
    left_for_service: int | None
    stopped_until: datetime | None


class QuotasShown(msgspec.Struct, frozen=True, kw_only=True):
    """The quotas of an account's day, which begins anew at `resets_at`."""

    day: date
    resets_at: datetime
    quotas: tuple[QuotaShown, ...]


class ClearOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why all quotas are to begin anew: WeChat does it ten times a month."""

    reason: Annotated[str, msgspec.Meta(min_length=5, max_length=256)]
