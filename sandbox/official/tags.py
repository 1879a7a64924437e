"""Tags and remarks: what an account notes about its followers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec import Struct, field

from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.official import lists
from sandbox.official.endpoint import get, post
from sandbox.official.words import SYSTEM_TAGS, Tag
from sandbox.state import Contact

MOST_TAGS = 100
MOST_PER_USER = 20
MOST_OPENIDS = 50
LONGEST_NAME = 30
LONGEST_REMARK_BYTES = 30
FIRST_ID = 100


class _Tag(Struct):
    id: int | None = None
    name: str = ""


class _Wanted(Struct):
    tag: _Tag = field(default_factory=_Tag)


class _Members(Struct):
    tagid: int | None = None
    next_openid: str | None = ""


class _Batch(Struct):
    openid_list: list[str] | None = None
    tagid: int | None = None


class _Openid(Struct):
    openid: str = ""


class _Remark(Struct):
    openid: str = ""
    remark: str = ""


def create(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/tags/create`: up to 100 tags of our own."""
    name = call.read(_Wanted).tag.name
    _check_name(call, name)
    tags = call.official.tags
    if sum(1 for tag_id in tags if tag_id not in SYSTEM_TAGS) >= MOST_TAGS:
        raise WechatError(45056)
    tag_id = max([FIRST_ID - 1, *tags]) + 1
    tags[tag_id] = Tag(tag_id, name)
    return {"tag": {"id": tag_id, "name": name}}


def list_tags(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/tags/get`: with the number of followers that have each."""
    contacts = call.sandbox.state.contacts.get(call.caller.appid, {}).values()
    counts = Counter(tag_id for contact in contacts if contact.followed_at is not None for tag_id in contact.tags)
    return {
        "tags": [
            {"id": tag.id, "name": tag.name, "count": counts[tag.id]} for tag in sorted(call.official.tags.values(), key=lambda tag: tag.id)
        ]
    }


def rename(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/tags/update`."""
    wanted = call.read(_Wanted).tag
    tag = _find_own(call, wanted.id)
    if wanted.name != tag.name:
        _check_name(call, wanted.name)
    tag.name = wanted.name
    return OK


def delete(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/tags/delete`: takes it from everybody; not when too many followers have it."""
    tag = _find_own(call, call.read(_Wanted).tag.id)
    tagged = [contact for contact in call.sandbox.state.contacts.get(call.caller.appid, {}).values() if tag.id in contact.tags]
    if len(tagged) > call.sandbox.state.settings.most_fans_of_deleted_tag:
        raise WechatError(45057)
    for contact in tagged:
        contact.tags.remove(tag.id)
    del call.official.tags[tag.id]
    return OK


def _find_own(call: Call, tag_id: int | None) -> Tag:
    if tag_id in SYSTEM_TAGS:
        raise WechatError(45058)
    return _find(call, tag_id)


def _find(call: Call, tag_id: int | None) -> Tag:
    tag = call.official.tags.get(-1 if tag_id is None else tag_id)
    if tag is None:
        raise WechatError(45159)
    return tag


def _check_name(call: Call, name: str) -> None:
    if not name.strip() or any(tag.name == name for tag in call.official.tags.values()):
        raise WechatError(45157)
    if len(name) > LONGEST_NAME:
        raise WechatError(45158)


def list_members(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/user/tag/get`: followers that have the tag, by time of following."""
    wanted = call.read(_Members)
    tag = _find(call, wanted.tagid)
    contacts = call.sandbox.state.contacts.get(call.caller.appid, {})
    found = sorted((contact.followed_at, openid) for openid, contact in contacts.items() if contact.followed_at and tag.id in contact.tags)
    page = lists.after([openid for _, openid in found], wanted.next_openid or "", call.sandbox.state.settings.tag_members_per_page)
    if not page:
        return {"count": 0, "next_openid": ""}
    return {"count": len(page), "data": {"openid": page}, "next_openid": page[-1]}


def tag_many(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/tags/members/batchtagging`: up to 50 people at once, 20 tags each."""
    wanted = call.read(_Batch)
    tag = _find(call, wanted.tagid)
    contacts = lists.contacts(call, wanted.openid_list, most=MOST_OPENIDS)
    full = [openid for openid, contact in contacts.items() if tag.id not in contact.tags and len(contact.tags) >= MOST_PER_USER]
    partly = call.sandbox.state.settings.tagging_fails_partly
    if full and not partly:
        raise WechatError(45059)
    for openid, contact in contacts.items():
        if openid not in full and tag.id not in contact.tags:
            contact.tags.append(tag.id)
    if full:
        raise WechatError(45171, fail_openid_list=full)
    return OK


def untag_many(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/tags/members/batchuntagging`."""
    wanted = call.read(_Batch)
    tag = _find(call, wanted.tagid)
    for contact in lists.contacts(call, wanted.openid_list, most=MOST_OPENIDS).values():
        if tag.id in contact.tags:
            contact.tags.remove(tag.id)
    return OK


def list_tags_of(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/tags/getidlist`: in the order they were given."""
    return {"tagid_list": call.contact(call.read(_Openid).openid).tags}


def remark(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/user/info/updateremark`: fewer than 30 bytes, about a follower."""
    wanted = call.read(_Remark)
    contact: Contact = call.contact(wanted.openid)
    if contact.followed_at is None:
        raise WechatError(43004)
    if len(wanted.remark.encode()) >= LONGEST_REMARK_BYTES:
        raise WechatError(40092)
    contact.remark = wanted.remark
    return OK


ENDPOINTS = [
    post("/cgi-bin/tags/create", create),
    get("/cgi-bin/tags/get", list_tags),
    post("/cgi-bin/tags/update", rename),
    post("/cgi-bin/tags/delete", delete),
    post("/cgi-bin/user/tag/get", list_members),
    post("/cgi-bin/tags/members/batchtagging", tag_many),
    post("/cgi-bin/tags/members/batchuntagging", untag_many),
    post("/cgi-bin/tags/getidlist", list_tags_of),
    post("/cgi-bin/user/info/updateremark", remark, daily=10_000),
]
