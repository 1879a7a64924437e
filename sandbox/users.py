"""The follower API of official accounts: who follows, since when, from where."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from sandbox import people
from sandbox.call import OFFICIAL_ACCOUNTS, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.reading import read_number

BATCH = 100


class _Wanted(Struct):
    openid: str = ""
    lang: str = "zh_CN"


class _Batch(Struct):
    user_list: list[_Wanted] = field(default_factory=list)


def show_user(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/user/info`."""
    return _describe(call, call.query.get("openid", ""), call.query.get("lang", "zh_CN"))


def show_users(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/user/info/batchget`: up to 100 at once."""
    wanted = call.read(_Batch).user_list
    if not 1 <= len(wanted) <= BATCH:
        raise WechatError(40032)
    return {"user_info_list": [_describe(call, one.openid, one.lang) for one in wanted]}


def _describe(call: Call, openid: str, language: str) -> dict[str, Any]:
    contact = call.contact(openid)
    unionid = people.unionid(call.sandbox, call.sandbox.person(contact), call.caller)
    union = {} if unionid is None else {"unionid": unionid}
    if contact.followed_at is None:
        return {"subscribe": 0, "openid": openid, **(union if call.sandbox.state.settings.unionid_of_non_followers else {})}
    scene = read_number(contact.scene_str)
    return {
        "subscribe": 1,
        "openid": openid,
        "language": language,
        "subscribe_time": int(contact.followed_at),
        **union,
        "remark": contact.remark,
        "groupid": contact.tags[0] if contact.tags else 0,
        "tagid_list": contact.tags,
        "subscribe_scene": contact.scene,
        "qr_scene": scene or 0,
        "qr_scene_str": contact.scene_str if scene is None else "",
    }


def list_followers(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/user/get`: openids by time of following; the last page has no `data`."""
    contacts = call.sandbox.state.contacts.get(call.caller.appid, {})
    followed = sorted((contact.followed_at, openid) for openid, contact in contacts.items() if contact.followed_at is not None)
    openids = [openid for _, openid in followed]
    after = call.query.get("next_openid", "")
    if after and after not in contacts:
        raise WechatError(40003)
    start = openids.index(after) + 1 if after in openids else 0
    page = openids[start : start + call.sandbox.state.settings.followers_per_page]
    if not page:
        return {"total": len(openids), "count": 0, "next_openid": ""}
    return {"total": len(openids), "count": len(page), "data": {"openid": page}, "next_openid": page[-1]}


ENDPOINTS = [
    Endpoint("/cgi-bin/user/info", "GET", show_user, kinds=OFFICIAL_ACCOUNTS, verified=OFFICIAL_ACCOUNTS, daily=5_000_000),
    Endpoint("/cgi-bin/user/info/batchget", "POST", show_users, kinds=OFFICIAL_ACCOUNTS, verified=OFFICIAL_ACCOUNTS, daily=500_000),
    Endpoint("/cgi-bin/user/get", "GET", list_followers, kinds=OFFICIAL_ACCOUNTS, verified=OFFICIAL_ACCOUNTS, daily=500),
]
