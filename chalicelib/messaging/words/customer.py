"""What a customer-service message says, by its kind, within the limits WeChat has for each.

https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage; where WeChat publishes no limit, it is ours.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

MediaId = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Path = Annotated[str, msgspec.Meta(max_length=1024)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Description = Annotated[str, msgspec.Meta(max_length=512)]
WebAddress = Annotated[str, msgspec.Meta(max_length=1024, pattern=r"^https?://[!-~]+$(?!\n)")]
Appid = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
MenuText = Annotated[str, msgspec.Meta(max_length=512)]
MOST_BYTES = 2048
"""Of a text, as UTF-8: a Chinese character has three. More is refused (45002)."""


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"):
    """One kind of customer-service message."""


class CustomerText(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="text"):
    """A text; it may hold links. 2,048 bytes at most."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_BYTES)]


class CustomerImage(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="image"):
    """A picture that WeChat has."""

    media_id: MediaId


class CustomerVoice(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="voice"):
    """A voice message that WeChat has."""

    media_id: MediaId


class CustomerVideo(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="video"):
    """A video that WeChat has, with the picture it begins with."""

    media_id: MediaId
    thumb_media_id: MediaId
    title: Annotated[str, msgspec.Meta(max_length=128)] = ""
    description: Description = ""


class CustomerMusic(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="music"):
    """Music somewhere in the web; `hq_url` is played where there is Wi-Fi."""

    title: Title
    description: Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
    url: WebAddress
    hq_url: WebAddress | None = None
    thumb_media_id: MediaId


class CustomerNews(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="news"):
    """One card that leads to a web page: WeChat takes no second one (45008)."""

    title: Title
    description: Description = ""
    url: WebAddress
    picture_url: WebAddress | None = None


class CustomerArticle(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="article"):
    """An article the account has published."""

    article_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class MenuItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer of a menu. Who taps it sends its `text`, with its `id` beside."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$(?!\n)")]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class CustomerMenu(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="menu"):
    """A question with answers to tap."""

    head: MenuText = ""
    items: Annotated[tuple[MenuItem, ...], msgspec.Meta(min_length=1, max_length=10)]
    tail: MenuText = ""


class CustomerCard(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="card"):
    """A mini-program card. `appid`: needed by official accounts alone, of a mini program that is linked; a mini program shows itself."""

    title: Annotated[str, msgspec.Meta(max_length=256)]
    appid: Annotated[str, msgspec.Meta(max_length=64)] = ""
    path: Path
    thumb_media_id: MediaId


class CustomerLink(Content, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="link"):
    """A card that leads to a web page, from a mini program."""

    title: Title
    description: Description = ""
    url: WebAddress
    picture_url: WebAddress | None = None


AnyContent = (
    CustomerText
    | CustomerImage
    | CustomerVoice
    | CustomerVideo
    | CustomerMusic
    | CustomerNews
    | CustomerArticle
    | CustomerMenu
    | CustomerCard
    | CustomerLink
)
