"""Messages a user sends.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from chalicelib.wechat.messages.inbound import Inbound


class Ordinary(Inbound, frozen=True, kw_only=True):
    """A message, known by its `msg_id`; the article data is there when it was sent from an article page, whose places count from 1."""

    msg_id: str = field(name="MsgId")
    msg_data_id: str = field(name="MsgDataId", default="")
    article_index: int = field(name="Idx", default=0)


class TextMessage(Ordinary, frozen=True, kw_only=True):
    """A text; with a `menu_item_id` it is a tap on an item of a customer-service menu."""

    KIND: ClassVar[str] = "text"

    content: str = field(name="Content")
    menu_item_id: str = field(name="bizmsgmenuid", default="")


class ImageMessage(Ordinary, frozen=True, kw_only=True):
    """A picture; `media_id` is good for 3 days."""

    KIND: ClassVar[str] = "image"

    media_id: str = field(name="MediaId")
    picture_url: str = field(name="PicUrl", default="")


class VoiceMessage(Ordinary, frozen=True, kw_only=True):
    """A recording; `recognition` is its text where WeChat still recognises speech."""

    KIND: ClassVar[str] = "voice"

    media_id: str = field(name="MediaId")
    format: str = field(name="Format", default="")
    media_id_16k: str = field(name="MediaId16K", default="")
    recognition: str = field(name="Recognition", default="")


class VideoMessage(Ordinary, frozen=True, kw_only=True):
    """A video."""

    KIND: ClassVar[str] = "video"

    media_id: str = field(name="MediaId")
    thumb_media_id: str = field(name="ThumbMediaId", default="")


class ShortVideoMessage(Ordinary, frozen=True, kw_only=True):
    """A video taken in the chat."""

    KIND: ClassVar[str] = "shortvideo"

    media_id: str = field(name="MediaId")
    thumb_media_id: str = field(name="ThumbMediaId", default="")


class LocationMessage(Ordinary, frozen=True, kw_only=True):
    """A place the user sends."""

    KIND: ClassVar[str] = "location"

    latitude: float = field(name="Location_X")
    longitude: float = field(name="Location_Y")
    scale: str = field(name="Scale", default="")
    label: str = field(name="Label", default="")


class LinkMessage(Ordinary, frozen=True, kw_only=True):
    """A link the user sends."""

    KIND: ClassVar[str] = "link"

    url: str = field(name="Url")
    title: str = field(name="Title", default="")
    description: str = field(name="Description", default="")


class MiniProgramPageMessage(Ordinary, frozen=True, kw_only=True):
    """A mini-program card the user sends into a customer-service chat."""

    KIND: ClassVar[str] = "miniprogrampage"

    appid: str = field(name="AppId")
    page_path: str = field(name="PagePath")
    title: str = field(name="Title", default="")
    thumb_url: str = field(name="ThumbUrl", default="")
    thumb_media_id: str = field(name="ThumbMediaId", default="")


ORDINARY: tuple[type[Inbound], ...] = (
    TextMessage,
    ImageMessage,
    VoiceMessage,
    VideoMessage,
    ShortVideoMessage,
    LocationMessage,
    LinkMessage,
    MiniProgramPageMessage,
)
