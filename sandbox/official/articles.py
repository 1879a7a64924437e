"""Articles: what one may be, how a draft becomes a published group, and where its pages are."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from msgspec import Struct, field

from sandbox import ids
from sandbox.call import Call
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.official.words import Article, Official
from sandbox.reading import read_number

MOST_ARTICLES = 8
MOST_PICTURES = 20
LONGEST_TITLE, LONGEST_AUTHOR, LONGEST_DIGEST = 32, 16, 128
DIGEST_OF_CONTENT = 54
LONGEST_CONTENT, LARGEST_CONTENT, LONGEST_SOURCE = 20_000, 1_048_576, 1024
PUBLISHED, MASS_SENT = 1, 0
_PICTURES = "mmbiz.qpic.cn"
_SCRIPT = re.compile(r"<script\b.*?</script\s*>", re.IGNORECASE | re.DOTALL)
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")


class _Picture(Struct):
    image_media_id: str = ""


class _Pictures(Struct):
    image_list: list[_Picture] = field(default_factory=list)


class Written(Struct):
    """An article as it comes in a request."""

    article_type: str = "news"
    title: str = ""
    author: str = ""
    digest: str = ""
    content: str = ""
    content_source_url: str = ""
    thumb_media_id: str = ""
    need_open_comment: int = 0
    only_fans_can_comment: int = 0
    image_info: _Pictures = field(default_factory=_Pictures)


def check(call: Call, written: Written, *, alone: bool) -> dict[str, Any]:
    """The article as a draft keeps it: scripts and foreign pictures gone, a digest made for a single one."""
    if not 1 <= len(written.title) <= LONGEST_TITLE:
        raise WechatError(45003)
    if len(written.author) > LONGEST_AUTHOR:
        raise WechatError(40035, "invalid parameter: author is too long")
    if len(written.digest) > LONGEST_DIGEST:
        raise WechatError(45004)
    if not written.content:
        raise WechatError(45166)
    if len(written.content) >= LONGEST_CONTENT or len(written.content.encode()) >= LARGEST_CONTENT:
        raise WechatError(45002)
    if len(written.content_source_url.encode()) > LONGEST_SOURCE:
        raise WechatError(40039)
    content = _IMAGE.sub(lambda found: found[0] if _PICTURES in found[0] else "", _SCRIPT.sub("", written.content))
    kept: dict[str, Any] = {
        "article_type": written.article_type,
        "title": written.title,
        "author": written.author,
        "digest": written.digest or (_TAG.sub("", content)[:DIGEST_OF_CONTENT] if alone else ""),
        "content": content,
        "content_source_url": written.content_source_url,
        "thumb_media_id": written.thumb_media_id,
        "show_cover_pic": 0,
        "need_open_comment": written.need_open_comment,
        "only_fans_can_comment": written.only_fans_can_comment,
    }
    return {**kept, **_check_pictures(call, written)}


def _check_pictures(call: Call, written: Written) -> dict[str, Any]:
    materials = call.official.materials
    if written.article_type == "newspic":
        pictures = [one.image_media_id for one in written.image_info.image_list]
        if not 1 <= len(pictures) <= MOST_PICTURES or any(one not in materials for one in pictures):
            raise WechatError(40007)
        return {"image_info": {"image_list": [{"image_media_id": one} for one in pictures]}}
    if written.article_type != "news":
        raise WechatError(40008)
    if written.thumb_media_id not in materials:
        raise WechatError(40007)
    return {}


def publish(sandbox: Sandbox, appid: str, draft: list[dict[str, Any]], *, at: float, publish_type: int, targets: int = 0) -> Article:
    """Turn the articles of a draft into a published group."""
    kept = sandbox.official(appid)
    article = Article(
        id=ids.article_id(sandbox.random),
        data_id=kept.next_id(),
        articles=draft,
        published_at=at,
        publish_type=publish_type,
        targets=targets,
    )
    kept.articles[article.id] = article
    return article


def address(data_id: int, position: int) -> str:
    """Where an article is read; the sandbox shows nothing there."""
    return f"http://mp.weixin.qq.com/s?__biz=sandbox&mid={data_id}&idx={position}&sn={data_id * 31 + position:x}"


def find_by_address(kept: Official, url: str) -> tuple[Article, int] | None:
    """The article and the position that an address leads to."""
    query = parse_qs(url.partition("?")[2])
    mid, position = (read_number(query.get(name, [""])[0]) for name in ("mid", "idx"))
    article = next((one for one in kept.articles.values() if one.data_id == mid), None)
    if article is None or position is None or not 1 <= position <= len(article.articles):
        return None
    return article, position


def tell(article: Article) -> list[dict[str, Any]]:
    """The group as WeChat tells it after publishing."""
    return [
        {**one, "url": address(article.data_id, position), "thumb_url": "", "is_deleted": position in article.deleted}
        for position, one in enumerate(article.articles, start=1)
    ]
