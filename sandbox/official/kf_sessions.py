"""The API of sessions between people and customer-service agents, and of the record of what they wrote."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox import later
from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.official import agents, desk
from sandbox.official.endpoint import get, post

MOST_WAITING = 100
MOST_RECORDS = 10_000
LONGEST_SPAN_S = 86_400


class _Wanted(Struct):
    kf_account: str = ""
    openid: str = ""


class _Span(Struct):
    starttime: int = 0
    endtime: int = 0
    msgid: int = 1
    number: int = 0


def create(call: Call) -> dict[str, Any]:
    """`POST /customservice/kfsession/create`: the agent has to be bound to somebody and online."""
    wanted, kept = call.read(_Wanted), call.official
    call.contact(wanted.openid)
    agent = agents.find(kept, wanted.kf_account)
    if not agent.wechat_id or not agent.online:
        raise WechatError(65402)
    known = kept.sessions.get(wanted.openid)
    if known is not None:
        raise WechatError(65413 if known.account == agent.account else 65415)
    event = desk.begin(call.sandbox, call.caller.appid, wanted.openid, agent.account)
    later.add_receipt(call.sandbox, call.caller, wanted.openid, event)
    return OK


def close(call: Call) -> dict[str, Any]:
    """`POST /customservice/kfsession/close`."""
    wanted, kept = call.read(_Wanted), call.official
    call.contact(wanted.openid)
    agents.find(kept, wanted.kf_account)
    known = kept.sessions.get(wanted.openid)
    if known is None or known.account != wanted.kf_account:
        raise WechatError(65414)
    event = desk.end(call.sandbox, call.caller.appid, wanted.openid)
    later.add_receipt(call.sandbox, call.caller, wanted.openid, event)
    return OK


def show(call: Call) -> dict[str, Any]:
    """`GET /customservice/kfsession/getsession?openid=`: an empty agent when there is no session."""
    openid = call.query.get("openid", "")
    call.contact(openid)
    session = call.official.sessions.get(openid)
    if session is None:
        return {"createtime": 0, "kf_account": ""}
    return {"createtime": int(session.made_at), "kf_account": session.account}


def list_of_agent(call: Call) -> dict[str, Any]:
    """`GET /customservice/kfsession/getsessionlist?kf_account=`."""
    agent = agents.find(call.official, call.query.get("kf_account", ""))
    sessions = [session for session in call.official.sessions.values() if session.account == agent.account]
    return {"sessionlist": [{"createtime": int(session.made_at), "openid": session.openid} for session in sessions]}


def list_waiting(call: Call) -> dict[str, Any]:
    """`GET /customservice/kfsession/getwaitcase`: the 100 who have waited longest."""
    waiting = sorted(call.official.waiting.items(), key=lambda item: item[1])[:MOST_WAITING]
    cases = [{"latest_time": int(at), "openid": openid} for openid, at in waiting]
    return {"count": len(call.official.waiting), "waitcaselist": cases}


def list_records(call: Call) -> dict[str, Any]:
    """`POST /customservice/msgrecord/getmsglist`: a day at most, from `msgid` on, 10,000 at most."""
    wanted = call.read(_Span)
    if not 0 <= wanted.endtime - wanted.starttime <= LONGEST_SPAN_S:
        raise WechatError(65416)
    if not 1 <= wanted.number <= MOST_RECORDS or wanted.msgid < 1:
        raise WechatError(65417)
    inside = [one for one in call.official.records if wanted.starttime <= one.at <= wanted.endtime and one.id >= wanted.msgid]
    page = inside[: wanted.number]
    told = [{"openid": one.openid, "opercode": one.opercode, "text": one.text, "time": int(one.at), "worker": one.worker} for one in page]
    return {"recordlist": told, "number": len(told), "msgid": page[-1].id + 1 if page else wanted.msgid}


ENDPOINTS = [
    post("/customservice/kfsession/create", create),
    post("/customservice/kfsession/close", close),
    get("/customservice/kfsession/getsession", show),
    get("/customservice/kfsession/getsessionlist", list_of_agent),
    get("/customservice/kfsession/getwaitcase", list_waiting),
    post("/customservice/msgrecord/getmsglist", list_records),
]
