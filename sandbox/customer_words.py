"""A customer-service message as it comes in a request: one branch of many. Pure."""

from __future__ import annotations

from msgspec import Struct, field


class Text(Struct):
    content: str = ""


class File(Struct):
    media_id: str = ""


class Video(Struct):
    media_id: str = ""
    thumb_media_id: str = ""
    title: str = ""
    description: str = ""


class Music(Struct):
    title: str = ""
    description: str = ""
    musicurl: str = ""
    hqmusicurl: str = ""
    thumb_media_id: str = ""


class Article(Struct):
    title: str = ""
    description: str = ""
    url: str = ""
    picurl: str = ""


class News(Struct):
    articles: list[Article] = field(default_factory=list)


class Published(Struct):
    article_id: str = ""


class MenuItem(Struct):
    id: str | int = ""
    content: str = ""


class Menu(Struct):
    head_content: str = ""
    items: list[MenuItem] = field(default_factory=list, name="list")
    tail_content: str = ""


class Card(Struct):
    title: str = ""
    appid: str = ""
    pagepath: str = ""
    thumb_media_id: str = ""


class Link(Struct):
    title: str = ""
    description: str = ""
    url: str = ""
    thumb_url: str = ""


class Agent(Struct):
    kf_account: str = ""


class Message(Struct):
    """The body of custom/send: one branch named as `msgtype` is filled."""

    touser: str = ""
    msgtype: str = ""
    text: Text | None = None
    image: File | None = None
    voice: File | None = None
    video: Video | None = None
    music: Music | None = None
    news: News | None = None
    mpnewsarticle: Published | None = None
    msgmenu: Menu | None = None
    miniprogrampage: Card | None = None
    link: Link | None = None
    customservice: Agent | None = None


Branch = Text | File | Video | Music | News | Published | Menu | Card | Link
