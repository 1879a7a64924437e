"""Customer-service agents (客服帐号): made, invited, listed."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.official.endpoint import get, post
from sandbox.official.words import Agent, Official

MOST_AGENTS = 100
LONGEST_PREFIX = 10
LONGEST_NICKNAME = 16
INVITATION_LIFE_S = 86_400
FIRST_ID = 1001
_PREFIX = re.compile(r"[A-Za-z0-9_]+")
_ONLINE = 1


class _Wanted(Struct):
    kf_account: str = ""
    nickname: str = ""
    invite_wx: str = ""


def add(call: Call) -> dict[str, Any]:
    """`POST /customservice/kfaccount/add`: the name is a prefix of 10 characters at most, @, the account."""
    wanted, agents = call.read(_Wanted), call.official.agents
    prefix, at, _ = wanted.kf_account.partition("@")
    if not at or not prefix:
        raise WechatError(61452)
    if len(prefix) > LONGEST_PREFIX:
        raise WechatError(61454)
    if not _PREFIX.fullmatch(prefix):
        raise WechatError(61455)
    if wanted.kf_account in agents:
        raise WechatError(61453)
    _check_nickname(wanted.nickname)
    if len(agents) >= MOST_AGENTS:
        raise WechatError(61456)
    agent_id = max([FIRST_ID - 1, *(agent.id for agent in agents.values())]) + 1
    agents[wanted.kf_account] = Agent(wanted.kf_account, wanted.nickname, agent_id)
    return OK


def _check_nickname(nickname: str) -> None:
    if not 1 <= len(nickname) <= LONGEST_NICKNAME:
        raise WechatError(65403)


def rename(call: Call) -> dict[str, Any]:
    """`POST /customservice/kfaccount/update`."""
    wanted = call.read(_Wanted)
    agent = find(call.official, wanted.kf_account)
    _check_nickname(wanted.nickname)
    agent.nickname = wanted.nickname
    return OK


def find(kept: Official, account: str) -> Agent:
    """The agent of this name, else 65401."""
    agent = kept.agents.get(account)
    if agent is None:
        raise WechatError(65401)
    return agent


def delete(call: Call) -> dict[str, Any]:
    """`GET /customservice/kfaccount/del?kf_account=`: ends the agent's sessions, too."""
    kept = call.official
    agent = find(kept, call.query.get("kf_account", ""))
    del kept.agents[agent.account]
    kept.sessions = {openid: session for openid, session in kept.sessions.items() if session.account != agent.account}
    return OK


def invite(call: Call) -> dict[str, Any]:
    """`POST /customservice/kfaccount/inviteworker`: somebody by WeChat id; a control action answers for them."""
    wanted = call.read(_Wanted)
    agent = find(call.official, wanted.kf_account)
    if not wanted.invite_wx:
        raise WechatError(65404)
    if agent.wechat_id:
        raise WechatError(65408)
    if agent.invite_status == "waiting" and agent.invited_until > call.now:
        raise WechatError(65407)
    agent.invited, agent.invited_until, agent.invite_status = wanted.invite_wx, call.now + INVITATION_LIFE_S, "waiting"
    return OK


def set_avatar(call: Call) -> dict[str, Any]:
    """`POST /customservice/kfaccount/uploadheadimg?kf_account=`: a picture in the field `media`."""
    agent = find(call.official, call.query.get("kf_account", ""))
    if call.upload is None:
        raise WechatError(41005)
    if not call.upload.content_type.startswith("image/"):
        raise WechatError(61457)
    agent.avatar_url = f"http://mmbiz.qpic.cn/kf/{agent.id}/0"
    return OK


def list_all(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/customservice/getkflist`: with the WeChat id, or the invitation."""
    return {"kf_list": [_tell(agent, call.now) for agent in call.official.agents.values()]}


def _tell(agent: Agent, now: float) -> dict[str, Any]:
    told: dict[str, Any] = {"kf_account": agent.account, "kf_headimgurl": agent.avatar_url, "kf_id": agent.id, "kf_nick": agent.nickname}
    if agent.wechat_id:
        return {**told, "kf_wx": agent.wechat_id}
    if not agent.invite_status:
        return told
    status = "expired" if agent.invite_status == "waiting" and agent.invited_until <= now else agent.invite_status
    return {**told, "invite_wx": agent.invited, "invite_expire_time": int(agent.invited_until), "invite_status": status}


def list_online(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/customservice/getonlinekflist`: who is there, with the number of sessions each has."""
    kept = call.official
    cases = [session.account for session in kept.sessions.values()]
    online = [agent for agent in kept.agents.values() if agent.online]
    return {
        "kf_online_list": [
            {"kf_account": agent.account, "status": _ONLINE, "kf_id": agent.id, "accepted_case": cases.count(agent.account)}
            for agent in online
        ]
    }


ENDPOINTS = [
    post("/customservice/kfaccount/add", add),
    post("/customservice/kfaccount/update", rename),
    get("/customservice/kfaccount/del", delete, either_method=True),
    post("/customservice/kfaccount/inviteworker", invite),
    post("/customservice/kfaccount/uploadheadimg", set_avatar, takes_json=False),
    get("/cgi-bin/customservice/getkflist", list_all),
    get("/cgi-bin/customservice/getonlinekflist", list_online),
]
