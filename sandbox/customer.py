"""Customer-service messages (客服消息) and the typing sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from sandbox import allowances, media, people
from sandbox.call import MINI_PROGRAMS, OFFICIAL_ACCOUNTS, OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.customer_words import Agent, Branch, Card, File, Link, Menu, Message, Music, News, Published, Text, Video
from sandbox.official import blacklist
from sandbox.state import Kind

TYPING_S = 15
EXCHANGE_S = 30


class Typing(Struct):
    touser: str = ""
    command: str = ""


_BY_OFFICIAL_ACCOUNT = frozenset({"text", "image", "voice", "video", "music", "news", "mpnewsarticle", "msgmenu", "miniprogrampage"})
_BY_MINI_PROGRAM = frozenset({"text", "image", "link", "miniprogrampage"})


def send(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/custom/send`: the person has to have done something lately."""
    message = call.read(Message)
    contact = call.contact(message.touser)
    allowed = _BY_OFFICIAL_ACCOUNT if call.caller.kind is Kind.OFFICIAL_ACCOUNT else _BY_MINI_PROGRAM
    if message.msgtype not in allowed:
        raise WechatError(40008)
    branch: Branch | None = getattr(message, message.msgtype)
    if branch is None:
        raise WechatError(40008)
    text = _check(call, branch)
    _check_agent(call, message.customservice)
    blacklist.refuse(contact)
    allowances.spend(contact, call.now)
    contact.typing_until = 0.0
    content = msgspec.to_builtins(branch)
    people.show(
        call.sandbox, contact.user, appid=call.caller.appid, via="customer_service", msgtype=message.msgtype, text=text, content=content
    )
    return OK


def _check_agent(call: Call, agent: Agent | None) -> None:
    """A message may come from an agent's name and picture, if the account has the agent."""
    if agent is not None and agent.kf_account and agent.kf_account not in call.official.agents:
        raise WechatError(61452)


def _check(call: Call, branch: Branch) -> str:
    """What a person reads of a message that may go; an error code for one that may not."""
    check: Callable[[Call, Any], str] = _CHECKS[type(branch)]
    return check(call, branch)


def _check_text(call: Call, text: Text) -> str:
    if not text.content:
        raise WechatError(44004)
    if len(text.content.encode()) > call.sandbox.state.settings.text_limit_bytes:
        raise WechatError(45002)
    return text.content


def _check_file(call: Call, file: File) -> str:
    _require_media(call, file.media_id)
    return "[file]"


def _check_video(call: Call, video: Video) -> str:
    _require_media(call, video.media_id)
    _require_media(call, video.thumb_media_id)
    return video.title or "[video]"


def _check_music(call: Call, music: Music) -> str:
    _require(music.title, "music.title")
    _require(music.description, "music.description")
    _require(music.musicurl, "music.musicurl")
    _require_media(call, music.thumb_media_id)
    return music.title


def _check_news(call: Call, news: News) -> str:
    if len(news.articles) != 1:
        raise WechatError(45008)
    _require(news.articles[0].title, "news.articles.title")
    return news.articles[0].title


def _check_published(call: Call, published: Published) -> str:
    article = call.official.articles.get(published.article_id)
    if article is None or article.published_at > call.now:
        raise WechatError(53600)
    return str(article.articles[0]["title"])


def _check_menu(call: Call, menu: Menu) -> str:
    if not menu.items:
        raise WechatError(40035, "invalid parameter: msgmenu.list is empty")
    return "\n".join([menu.head_content, *(item.content for item in menu.items), menu.tail_content])


def _check_card(call: Call, card: Card) -> str:
    _require(card.title, "miniprogrampage.title")
    _require(card.pagepath, "miniprogrampage.pagepath")
    if call.caller.kind is Kind.OFFICIAL_ACCOUNT:
        _require(card.appid, "miniprogrampage.appid")
        if card.appid not in call.caller.linked_mini_programs:
            raise WechatError(call.sandbox.state.settings.unlinked_mini_program_errcode)
    _require_media(call, card.thumb_media_id)
    return card.title


def _check_link(call: Call, link: Link) -> str:
    _require(link.title, "link.title")
    _require(link.url, "link.url")
    return link.title


_CHECKS: dict[type[Branch], Callable[[Call, Any], str]] = {
    Text: _check_text,
    File: _check_file,
    Video: _check_video,
    Music: _check_music,
    News: _check_news,
    Published: _check_published,
    Menu: _check_menu,
    Card: _check_card,
    Link: _check_link,
}


def _require(value: str, name: str) -> None:
    if not value:
        raise WechatError(40035, f"invalid parameter: {name} is missing")


def _require_media(call: Call, media_id: str) -> None:
    if media.find(call.sandbox, media_id, appid=call.caller.appid) is None:
        raise WechatError(40007)


def type_in_account(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/message/custom/typing`, the path of official accounts."""
    if call.caller.kind is Kind.MINI_PROGRAM and not call.sandbox.state.settings.mini_program_may_use_typing:
        raise WechatError(48001)
    return _type(call)


def _type(call: Call) -> dict[str, Any]:
    typing = call.read(Typing)
    contact = call.contact(typing.touser)
    if typing.command not in ("Typing", "CancelTyping"):
        raise WechatError(45072)
    if contact.acted_at is None or call.now - contact.acted_at > EXCHANGE_S:
        raise WechatError(45080)
    if typing.command == "CancelTyping":
        contact.typing_until = 0.0
        return OK
    if contact.typing_until > call.now:
        raise WechatError(45081)
    contact.typing_until = call.now + TYPING_S
    return OK


ENDPOINTS = [
    Endpoint("/cgi-bin/message/custom/send", "POST", send, verified=OFFICIAL_ACCOUNTS, daily=500_000),
    Endpoint("/cgi-bin/message/custom/typing", "POST", type_in_account, verified=OFFICIAL_ACCOUNTS),
    Endpoint("/cgi-bin/message/custom/business/typing", "POST", _type, kinds=MINI_PROGRAMS),
]
