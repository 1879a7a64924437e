"""The draft box (草稿箱)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from sandbox import ids
from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.official import articles, materials
from sandbox.official.articles import Written
from sandbox.official.endpoint import get, post
from sandbox.official.words import Draft


class _Articles(Struct):
    articles: list[Written] = field(default_factory=list)


class _MediaId(Struct):
    media_id: str = ""


class _Change(Struct):
    media_id: str = ""
    index: int = 0
    articles: Written = field(default_factory=Written)


class _Page(Struct):
    offset: int = 0
    count: int = materials.MOST_PER_PAGE
    no_content: int = 0


def add(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/draft/add`: up to 8 articles; pictures have to be permanent."""
    written = call.read(_Articles).articles
    if not 1 <= len(written) <= articles.MOST_ARTICLES:
        raise WechatError(45008)
    kept = [articles.check(call, one, alone=len(written) == 1) for one in written]
    media_id = ids.media_id(call.sandbox.random)
    call.official.drafts[media_id] = Draft(kept, call.now)
    return {"media_id": media_id}


def show(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/draft/get`."""
    return {"news_item": _tell(find(call, call.read(_MediaId).media_id))}


def find(call: Call, media_id: str) -> Draft:
    """The account's draft, else 40007."""
    draft = call.official.drafts.get(media_id)
    if draft is None:
        raise WechatError(40007)
    return draft


def _tell(draft: Draft) -> list[dict[str, Any]]:
    return [{**one, "url": "http://mp.weixin.qq.com/s?__biz=sandbox&draft=1"} for one in draft.articles]


def delete(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/draft/delete`."""
    media_id = call.read(_MediaId).media_id
    find(call, media_id)
    del call.official.drafts[media_id]
    return OK


def change(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/draft/update`: one article of a draft, by its place from 0."""
    wanted = call.read(_Change)
    draft = find(call, wanted.media_id)
    if not 0 <= wanted.index < len(draft.articles):
        raise WechatError(40114)
    draft.articles[wanted.index] = articles.check(call, wanted.articles, alone=len(draft.articles) == 1)
    draft.updated_at = call.now
    return OK


def count(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/draft/count`."""
    return {"total_count": len(call.official.drafts)}


def list_page(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/draft/batchget`: newest first, 20 at most, without the texts on request."""
    wanted = call.read(_Page)
    materials.check_page(wanted.offset, wanted.count)
    found = sorted(call.official.drafts.items(), key=lambda item: -item[1].updated_at)
    page = found[wanted.offset : wanted.offset + wanted.count]
    items = [
        {
            "media_id": media_id,
            "content": {"news_item": without_text(_tell(draft), wanted.no_content)},
            "update_time": int(draft.updated_at),
        }
        for media_id, draft in page
    ]
    return {"total_count": len(found), "item_count": len(items), "item": items}


def without_text(told: list[dict[str, Any]], no_content: int) -> list[dict[str, Any]]:
    """The articles as they are, or without their texts."""
    return [{name: value for name, value in one.items() if name != "content"} for one in told] if no_content else told


def switch(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/draft/switch`: the box is open for everybody by now."""
    return {**OK, "is_open": 1}


ENDPOINTS = [
    post("/cgi-bin/draft/add", add, daily=1_000),
    post("/cgi-bin/draft/get", show, daily=500),
    post("/cgi-bin/draft/delete", delete, daily=1_000),
    post("/cgi-bin/draft/update", change, daily=1_000),
    get("/cgi-bin/draft/count", count, daily=1_000),
    post("/cgi-bin/draft/batchget", list_page, daily=1_000),
    post("/cgi-bin/draft/switch", switch, takes_json=False),
]
