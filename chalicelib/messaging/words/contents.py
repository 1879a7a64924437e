"""What a message says, one form for each channel: as callers order it, and as it is kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.accounts.words import AccountId
from chalicelib.messaging.words.customer import AnyContent, Appid, Path, WebAddress
from chalicelib.templates.words import TooLong

Keyword = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{4,20}[0-9]{1,3}$(?!\n)")]
LONGEST_VALUE = 200
KeywordValue = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_VALUE)]
Keywords = Annotated[dict[Keyword, KeywordValue], msgspec.Meta(min_length=1, max_length=10)]
OlderKeyword = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]{1,32}[0-9]{0,3}$(?!\n)")]
"""Template messages have keywords of before there were kinds too, such as `keyword1` and `remark`."""
OlderKeywords = Annotated[dict[OlderKeyword, KeywordValue], msgspec.Meta(min_length=1, max_length=20)]
TemplateId = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
WaitS = Annotated[int, msgspec.Meta(ge=60, le=7 * 86400)]
PushKey = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$(?!\n)")]
PushData = Annotated[dict[PushKey, Annotated[str, msgspec.Meta(max_length=256)]], msgspec.Meta(max_length=10)]


class MiniProgramState(StrEnum):
    """Which version of the mini program the message opens, as WeChat spells it."""

    developer = "developer"
    trial = "trial"
    formal = "formal"


class MiniProgramLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The page of a mini program that a message opens; the mini program is linked to the account."""

    appid: Appid
    path: Path = ""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="channel"):
    """One way a message may go, with what it says there. `wait_s`: so long for a receipt of its delivery, then the next way is gone."""

    account: AccountId
    wait_s: WaitS | None = None


class TemplateMessage(Step, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="template_message"):
    """An official account's template message (模板消息). `mini_program` wins over `url`. `too_long`: refuse a value, or cut it."""

    template_id: TemplateId
    data: OlderKeywords
    url: WebAddress | None = None
    mini_program: MiniProgramLink | None = None
    too_long: TooLong = TooLong.refuse


class SubscriptionNotice(Step, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="subscription_notice"):
    """A service account's notice to who subscribed to it (订阅通知). As a template message else."""

    template_id: TemplateId
    data: Keywords
    url: WebAddress | None = None
    mini_program: MiniProgramLink | None = None
    too_long: TooLong = TooLong.refuse


class SubscribeMessage(Step, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="subscribe_message"):
    """A mini program's subscribe message (订阅消息). `too_long`: refuse a value, or cut it."""

    template_id: TemplateId
    data: Keywords
    page: Path = ""
    miniprogram_state: MiniProgramState = MiniProgramState.formal
    too_long: TooLong = TooLong.refuse


class CustomerService(Step, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="customer_service"):
    """A customer-service message (客服消息)."""

    message: AnyContent


class Push(Step, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="push"):
    """A notification of an app, on every device of the person. `data`: for the app, unseen; in all 3,000 bytes at most."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    data: PushData = {}


class Sms(Step, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="sms"):
    """A text to a phone of the person."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


AnyStep = TemplateMessage | SubscriptionNotice | SubscribeMessage | CustomerService | Push | Sms
"""Every form there is: a channel adds its own here."""
