"""Logins of mini programs: codes of wx.login, session keys, phone-number codes."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from msgspec import Struct

from sandbox import ids, people, quotas, tokens
from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint, Proof
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.state import Account, Code, Contact, User

CODE_LIFE_S = 300
_HOME_COUNTRY = "86"


class _PhoneRequest(Struct):
    code: str = ""
    openid: str = ""


def make_login_code(sandbox: Sandbox, user: User, account: Account) -> str:
    """What wx.login gives on the person's phone; it may replace the session key, as WeChat does."""
    settings, now = sandbox.state.settings, sandbox.now()
    contact = people.meet(sandbox, user, account)
    if not session_lives(contact, now) or sandbox.random.random() < settings.session_key_rotation:
        contact.session_key = ids.session_key(sandbox.random)
    contact.session_until = now + settings.session_key_lifetime_s
    sandbox.mini_book(account.appid).active[user.id] = now
    return keep_code(sandbox, ids.login_code(sandbox.random), Code("login", account.appid, user.id, now + CODE_LIFE_S))


def make_phone_code(sandbox: Sandbox, user: User, account: Account) -> str:
    """What the phone-number button gives on the person's phone."""
    people.meet(sandbox, user, account)
    code = Code("phone", account.appid, user.id, sandbox.now() + CODE_LIFE_S)
    return keep_code(sandbox, ids.phone_code(sandbox.random), code)


def keep_code(sandbox: Sandbox, text: str, code: Code) -> str:
    """Remember a code until its end."""
    codes, now = sandbox.state.codes, sandbox.now()
    while codes and codes[oldest := next(iter(codes))].expires_at <= now:
        del codes[oldest]
    codes[text] = code
    return text


def exchange_login_code(call: Call) -> dict[str, Any]:
    """`GET /sns/jscode2session`: openid, session_key, perhaps unionid; a refused login uses the code up, too."""
    call.account = tokens.check_secret(call, call.query.get("appid", ""), call.query.get("secret", ""))
    return redeem(call)


def redeem(call: Call) -> dict[str, Any]:
    """What the login code gives, once the caller has proven who it is."""
    query = call.query
    quotas.spend(call)
    if query.get("grant_type") != "authorization_code":
        raise WechatError(40002)
    if not query.get("js_code"):
        raise WechatError(41008)
    code = _find_code(call, query["js_code"], "login")
    if code.used:
        raise WechatError(call.sandbox.state.settings.used_login_code_errcode)
    code.used = True
    user = call.sandbox.state.users[code.user]
    if user.high_risk:
        raise WechatError(40226)
    contact = people.meet(call.sandbox, user, call.caller)
    answer = {"openid": user.openids[call.caller.appid], "session_key": contact.session_key}
    unionid = people.unionid(call.sandbox, user, call.caller)
    return answer if unionid is None else {**answer, "unionid": unionid}


def _find_code(call: Call, text: str, kind: str) -> Code:
    """The living code of this kind for the calling account; 40029 for any other."""
    code = call.sandbox.state.codes.get(text)
    if code is None or code.kind != kind or code.appid != call.caller.appid or code.expires_at <= call.now:
        raise WechatError(40029)
    return code


def session_lives(contact: Contact, now: float) -> bool:
    """Whether the person's session key is there and has not ended."""
    return bool(contact.session_key) and contact.session_until > now


def sign(session_key: str, message: bytes = b"") -> str:
    """HMAC-SHA256 in hex; its key is the base64 text itself."""
    return hmac.new(session_key.encode(), message, hashlib.sha256).hexdigest()


def is_signed(call: Call, contact: Contact) -> bool:
    """Whether the query's `signature` was made with the person's session key."""
    return hmac.compare_digest(sign(contact.session_key).encode(), call.query.get("signature", "").encode())


def check_session(call: Call) -> dict[str, Any]:
    """`GET /wxa/checksession`: whether the session key is still the one."""
    if not call.query.get("openid"):
        raise WechatError(41009)
    contact = call.contact(call.query["openid"])
    if call.query.get("sig_method") != "hmac_sha256":
        raise WechatError(87008)
    if not session_lives(contact, call.now) or not is_signed(call, contact):
        raise WechatError(87009)
    contact.session_until = call.now + call.sandbox.state.settings.session_key_lifetime_s
    return OK


def exchange_phone_code(call: Call) -> dict[str, Any]:
    """`POST /wxa/business/getuserphonenumber`: the number behind a phone code, once; `openid`, when given, has to be the person's."""
    wanted = call.read(_PhoneRequest)
    code = _find_code(call, wanted.code, "phone")
    user = call.sandbox.state.users[code.user]
    if code.used or wanted.openid not in ("", user.openids[call.caller.appid]):
        raise WechatError(40029)
    code.used = True
    watermark = {"timestamp": int(call.now), "appid": call.caller.appid}
    phone = {"phoneNumber": international(user, call.sandbox), "purePhoneNumber": user.phone, "countryCode": user.country_code}
    return {**OK, "phone_info": {**phone, "watermark": watermark}}


def international(user: User, sandbox: Sandbox) -> str:
    """The number as `phoneNumber` has it: with the area code when it is foreign."""
    if user.country_code == _HOME_COUNTRY:
        return user.phone
    plus = "+" if sandbox.state.settings.foreign_phone_plus else ""
    return f"{plus}{user.country_code}{user.phone}"


ENDPOINTS = [
    Endpoint("/sns/jscode2session", "GET", exchange_login_code, proof=Proof.SECRET, kinds=MINI_PROGRAMS),
    Endpoint("/wxa/checksession", "GET", check_session, kinds=MINI_PROGRAMS),
    Endpoint("/wxa/business/getuserphonenumber", "POST", exchange_phone_code, kinds=MINI_PROGRAMS, verified=MINI_PROGRAMS),
]
