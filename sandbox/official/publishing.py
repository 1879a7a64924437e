"""Publishing without a mass send (发布): submitted, checked for a while, then there."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.official import articles, drafts, events, materials
from sandbox.official.endpoint import post
from sandbox.official.words import Article, Publish
from sandbox.reading import read_number

GOOD, UNDER_WAY, ALL_DELETED = 0, 1, 5


class _MediaId(Struct):
    media_id: str = ""


class _PublishId(Struct):
    publish_id: str | int = ""


class _ArticleId(Struct):
    article_id: str = ""
    index: int = 0


class _Page(Struct):
    offset: int = 0
    count: int = materials.MOST_PER_PAGE
    no_content: int = 0


def submit(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/freepublish/submit`: the draft goes when it succeeds; PUBLISHJOBFINISH tells."""
    media_id = call.read(_MediaId).media_id
    draft = drafts.find(call, media_id)
    settings, kept = call.sandbox.state.settings, call.official
    done_at, status = call.now + settings.publish_s, settings.publish_status
    failed = list(range(1, len(draft.articles) + 1)) if status in (2, 4) else []
    publish = Publish(kept.next_id(), "", status, done_at, len(draft.articles), failed)
    data_id = 0
    if status == GOOD:
        article = articles.publish(call.sandbox, call.caller.appid, draft.articles, at=done_at, publish_type=articles.PUBLISHED)
        publish.article_id, data_id = article.id, article.data_id
        del kept.drafts[media_id]
    kept.publishes[publish.publish_id] = publish
    event = {"Event": "PUBLISHJOBFINISH", "PublishEventInfo": _describe(call, publish)}
    events.add(call.sandbox, call.caller, event, delay_s=settings.publish_s)
    return {**OK, "publish_id": str(publish.publish_id), "msg_data_id": str(data_id or kept.next_id())}


def _describe(call: Call, publish: Publish) -> dict[str, Any]:
    told: dict[str, Any] = {"publish_id": publish.publish_id, "publish_status": publish.status}
    if publish.status == GOOD:
        detail = {"count": publish.count, "item": _addresses(call.official.articles[publish.article_id])}
        return {**told, "article_id": publish.article_id, "article_detail": detail}
    return {**told, "fail_idx": publish.failed} if publish.failed else told


def _addresses(article: Article) -> list[dict[str, Any]]:
    return [{"idx": place, "article_url": articles.address(article.data_id, place)} for place in range(1, len(article.articles) + 1)]


def show_status(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/freepublish/get`: how far a publication is."""
    publish = call.official.publishes.get(read_number(str(call.read(_PublishId).publish_id)) or 0)
    if publish is None:
        raise WechatError(40035, "invalid parameter: publish_id")
    head = {"publish_id": str(publish.publish_id)}
    if publish.done_at > call.now:
        return {**head, "publish_status": UNDER_WAY, "fail_idx": []}
    if publish.status != GOOD:
        return {**head, "publish_status": publish.status, "fail_idx": publish.failed}
    article = call.official.articles[publish.article_id]
    status = ALL_DELETED if len(article.deleted) == len(article.articles) else GOOD
    detail = {"count": publish.count, "item": _addresses(article)}
    return {**head, "publish_status": status, "article_id": article.id, "article_detail": detail, "fail_idx": []}


def delete(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/freepublish/delete`: one article by its place from 1, or all with 0."""
    wanted = call.read(_ArticleId)
    article = _find(call, wanted.article_id)
    if not 0 <= wanted.index <= len(article.articles):
        raise WechatError(40114)
    gone = [wanted.index] if wanted.index else list(range(1, len(article.articles) + 1))
    article.deleted = sorted({*article.deleted, *gone})
    return OK


def _find(call: Call, article_id: str) -> Article:
    article = call.official.articles.get(article_id)
    if article is None or article.published_at > call.now:
        raise WechatError(53600)
    return article


def show(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/freepublish/getarticle`."""
    return {"news_item": articles.tell(_find(call, call.read(_ArticleId).article_id))}


def list_page(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/freepublish/batchget`: newest first; mass-sent articles are not among them."""
    wanted = call.read(_Page)
    materials.check_page(wanted.offset, wanted.count)
    published = [one for one in call.official.articles.values() if one.publish_type == articles.PUBLISHED and one.published_at <= call.now]
    found = sorted(published, key=lambda one: -one.published_at)
    items = [
        {
            "article_id": one.id,
            "content": {"news_item": drafts.without_text(articles.tell(one), wanted.no_content)},
            "update_time": int(one.published_at),
        }
        for one in found[wanted.offset : wanted.offset + wanted.count]
    ]
    return {"total_count": len(found), "item_count": len(items), "item": items}


ENDPOINTS = [
    post("/cgi-bin/freepublish/submit", submit, daily=100),
    post("/cgi-bin/freepublish/get", show_status, daily=100),
    post("/cgi-bin/freepublish/delete", delete, daily=10),
    post("/cgi-bin/freepublish/getarticle", show, daily=100),
    post("/cgi-bin/freepublish/batchget", list_page, daily=100),
]
