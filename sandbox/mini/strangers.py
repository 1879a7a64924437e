"""How far a person can be trusted (用户安全等级), and who a plugin's user is (openpid)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox import ids, people
from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.login import CODE_LIFE_S, keep_code
from sandbox.state import Account, Code, User

ACTIVE_FOR_S = 7200
HIGHEST_RANK = 4


class _Risk(Struct):
    appid: str = ""
    openid: str = ""
    scene: int | None = None
    mobile_no: str = ""
    client_ip: str = ""
    email_address: str = ""
    extended_info: str = ""
    is_test: bool = False


class _Plugin(Struct):
    code: str = ""


def need_active(call: Call, openid: str) -> None:
    """61010 when the person has not used the mini program in the last two hours."""
    used_at = call.sandbox.mini_book(call.caller.appid).active.get(call.contact(openid).user)
    if used_at is None or used_at + ACTIVE_FOR_S <= call.now:
        raise WechatError(61010)


def rank_risk(call: Call) -> dict[str, Any]:
    """`POST /wxa/getuserriskrank`: 4 for a high-risk person, 0 for anybody else; `unoin_id` is the id of the query."""
    wanted = call.read(_Risk)
    if wanted.appid != call.caller.appid:
        raise WechatError(40013)
    if wanted.scene not in (0, 1, 2) or not wanted.client_ip:
        raise WechatError(40097)
    contact = call.contact(wanted.openid)
    need_active(call, wanted.openid)
    rank = HIGHEST_RANK if call.sandbox.person(contact).high_risk else 0
    return {**OK, "risk_rank": rank, "unoin_id": call.sandbox.random.getrandbits(60)}


def make_plugin_code(sandbox: Sandbox, user: User, account: Account) -> str:
    """What wx.pluginLogin gives to the plugin whose owner this account is."""
    people.meet(sandbox, user, account)
    code = Code("plugin", account.appid, user.id, sandbox.now() + CODE_LIFE_S)
    return keep_code(sandbox, ids.login_code(sandbox.random), code)


def tell_openpid(call: Call) -> dict[str, Any]:
    """`POST /wxa/getpluginopenpid`: who a plugin's user is to the plugin; 1007 for a code that names nobody."""
    text = call.read(_Plugin).code
    if not text:
        raise WechatError(1001)
    code = call.sandbox.state.codes.get(text)
    if code is None or code.kind != "plugin" or code.used or code.expires_at <= call.now:
        raise WechatError(1007)
    if code.appid != call.caller.appid:
        raise WechatError(1005)
    code.used = True
    known = call.sandbox.mini_book(code.appid).openpids
    if code.user not in known:
        known[code.user] = "G" + ids.openid(call.sandbox.random)
    return {**OK, "openpid": known[code.user]}


ENDPOINTS = [
    Endpoint("/wxa/getuserriskrank", "POST", rank_risk, kinds=MINI_PROGRAMS),
    Endpoint("/wxa/getpluginopenpid", "POST", tell_openpid, kinds=MINI_PROGRAMS),
]
