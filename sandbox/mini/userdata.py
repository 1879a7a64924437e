"""Encrypted user data as the phone gives it (encryptedData, iv), and the check that it came from WeChat."""

from __future__ import annotations

import base64
from typing import Any, Literal

import msgspec
from msgspec import Struct

from sandbox import ids, login, people
from sandbox.actions import ImpossibleError, Phone
from sandbox.beijing import DAY_S
from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.mini import sealing

CHECKED_FOR_S = 3 * 86_400
GREY_AVATAR = "https://thirdwx.qlogo.cn/mmopen/vi_32/grey/132"
What = Literal["user_info", "phone", "share", "group", "werun"]


class _Hash(Struct):
    encrypted_msg_hash: str = ""


def seal(phone: Phone, what: What) -> dict[str, Any]:
    """What the client gets: encryptedData and iv under the present session key, for user_info also rawData and its signature."""
    sandbox, contact = phone.sandbox, phone.contact
    if not login.session_lives(contact, sandbox.now()):
        raise ImpossibleError(f"{phone.user.id} has no session key at {phone.account.appid}: log in first")
    watermark = {"timestamp": int(sandbox.now()), "appid": phone.account.appid}
    plain = msgspec.json.encode({**_payload(phone, what), "watermark": watermark})
    iv = base64.b64encode(sandbox.random.randbytes(16)).decode()
    sealed = sealing.encrypt(plain, session_key=contact.session_key, iv=iv)
    _remember(phone, sealed)
    told = {"encryptedData": sealed, "iv": iv}
    return told if what != "user_info" else {**told, **_raw(phone)}


def _payload(phone: Phone, what: What) -> dict[str, Any]:
    if what == "phone":
        numbers = {"phoneNumber": login.international(phone.user, phone.sandbox), "purePhoneNumber": phone.user.phone}
        return {**numbers, "countryCode": phone.user.country_code}
    if what == "share":
        return {"openGId": _group(phone)}
    if what == "group":
        return {"opengid": _group(phone), "open_single_roomid": "", "group_openid": ids.openid(phone.sandbox.random)}
    if what == "werun":
        today = int(phone.sandbox.now()) // DAY_S * DAY_S
        return {"stepInfoList": [{"timestamp": today - back * DAY_S, "step": 1000 + 100 * back} for back in reversed(range(31))]}
    unionid = people.unionid(phone.sandbox, phone.user, phone.account)
    return {"openId": phone.openid, **_profile(phone), **({} if unionid is None else {"unionId": unionid})}


def _group(phone: Phone) -> str:
    return "tG" + phone.account.appid[-8:] + "0" * 18


def _profile(phone: Phone) -> dict[str, Any]:
    """Anonymous for everybody since October 2022."""
    if phone.sandbox.state.settings.anonymous_profiles:
        empty = {"language": "", "city": "", "province": "", "country": ""}
        return {"nickName": "微信用户", "gender": 0, **empty, "avatarUrl": GREY_AVATAR}
    place = {"language": "zh_CN", "city": "Guangzhou", "province": "Guangdong", "country": "CN"}
    return {"nickName": phone.user.name, "gender": 0, **place, "avatarUrl": GREY_AVATAR}


def _raw(phone: Phone) -> dict[str, str]:
    raw = msgspec.json.encode(_profile(phone)).decode()
    return {"rawData": raw, "signature": sealing.sign_raw(raw, phone.contact.session_key)}


def _remember(phone: Phone, sealed: str) -> None:
    book, now = phone.sandbox.mini_book(phone.account.appid).sealed, phone.sandbox.now()
    while book and book[oldest := next(iter(book))] + CHECKED_FOR_S <= now:
        del book[oldest]
    book[sealing.hash_of(sealed)] = now


def check_sealed(call: Call) -> dict[str, Any]:
    """`POST /wxa/business/checkencryptedmsg`: whether WeChat encrypted this, in the last three days; the key is spelled `vaild`."""
    wanted = call.read(_Hash).encrypted_msg_hash
    if not wanted:
        raise WechatError(40097)
    made_at = call.sandbox.mini_book(call.caller.appid).sealed.get(wanted)
    if made_at is None or made_at + CHECKED_FOR_S <= call.now:
        raise WechatError(1)
    return {**OK, "vaild": True, "create_time": int(made_at)}


ENDPOINTS = [Endpoint("/wxa/business/checkencryptedmsg", "POST", check_sealed, kinds=MINI_PROGRAMS)]
