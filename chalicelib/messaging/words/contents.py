"""What a message says, one form for each channel: as callers order it, and as it is kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.accounts.words import AccountId

Keyword = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{4,20}[0-9]{1,3}$(?!\n)")]
KeywordValue = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Keywords = Annotated[dict[Keyword, KeywordValue], msgspec.Meta(min_length=1, max_length=10)]
TemplateId = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
MediaId = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Path = Annotated[str, msgspec.Meta(max_length=1024)]
WaitS = Annotated[int, msgspec.Meta(ge=60, le=7 * 86400)]


class MiniProgramState(StrEnum):
    """Which version of the mini program the message opens, as WeChat spells it."""

    developer = "developer"
    trial = "trial"
    formal = "formal"


class CustomerText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="text"):
    """A text as a customer-service message; it may hold links."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]


class CustomerImage(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="image"
):
    """A picture as a customer-service message."""

    media_id: MediaId


class CustomerCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="card"):
    """A mini-program card as a customer-service message."""

    title: Annotated[str, msgspec.Meta(max_length=256)]
    appid: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    path: Path
    thumb_media_id: MediaId


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="channel"):
    """One way a message may go, with what it says there. `wait_s`: so long for a receipt of its delivery, then the next way is gone."""

    account: AccountId
    wait_s: WaitS | None = None


class SubscribeMessage(Step, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="subscribe_message"):
    """A mini program's subscribe message (订阅消息)."""

    template_id: TemplateId
    data: Keywords
    page: Path = ""
    miniprogram_state: MiniProgramState = MiniProgramState.formal


class CustomerService(Step, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="customer_service"):
    """A customer-service message (客服消息)."""

    message: CustomerText | CustomerImage | CustomerCard


AnyStep = SubscribeMessage | CustomerService
"""Every form there is: a channel adds its own here."""
