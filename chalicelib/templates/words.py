"""Words of templates: what an account may fill in, and how what was filled in reads."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

Keyword = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]{1,32}[0-9]{0,3}$(?!\n)")]
Value = Annotated[str, msgspec.Meta(max_length=1000)]
Data = Annotated[dict[Keyword, Value], msgspec.Meta(max_length=20)]


class TemplateKind(StrEnum):
    """What a template is for: template messages (模板消息), or what people subscribe to (订阅消息, 订阅通知)."""

    template_message = "template_message"
    subscription = "subscription"


class TooLong(StrEnum):
    """What becomes of a value that is longer than WeChat takes."""

    refuse = "refuse"
    cut = "cut"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A keyword of a template: `thing1` is of the kind `thing`. `values`: what an `enum` may say; empty where WeChat names none."""

    key: str
    kind: str
    name: str
    values: tuple[str, ...] = ()


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A template of an account. `long_term`: one yes allows many messages."""

    id: str
    kind: TemplateKind
    title: str
    content: str
    example: str
    fields: tuple[Field, ...]
    long_term: bool = False


class Synced(msgspec.Struct, frozen=True, kw_only=True):
    """The templates of an account as WeChat told them."""

    synced_at: datetime
    templates: tuple[Template, ...]


class TemplatesShown(msgspec.Struct, frozen=True, kw_only=True):
    """The templates of an account, as of `synced_at`."""

    account: str
    synced_at: datetime
    templates: tuple[Template, ...]


class PreviewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to fill in. `too_long`: `refuse`, or `cut` what may be cut."""

    data: Data
    too_long: TooLong = TooLong.refuse


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """A keyword WeChat would refuse (47003), and what it takes instead."""

    key: str
    why: str


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A template filled in. `cut`: keywords that were shortened; `wrong`: those WeChat would refuse, none of them if it can be sent."""

    data: dict[str, str]
    cut: tuple[str, ...]
    wrong: tuple[Wrong, ...]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """How a message would read, and what stands in its way."""

    template: str
    title: str
    text: str
    data: dict[str, str]
    cut: tuple[str, ...]
    wrong: tuple[Wrong, ...]
