"""The privacy guideline of a mini program (用户隐私保护指引), as a platform sets and reads it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint, Proof
from sandbox.codes import WechatError

LIVE, DRAFT = 1, 2
KEYS: dict[str, str] = {
    "UserInfo": "用户信息（微信昵称、头像）",
    "Location": "位置信息",
    "Address": "地址",
    "Invoice": "发票信息",
    "RunData": "微信运动数据",
    "Record": "麦克风",
    "Album": "选中的照片或视频信息",
    "Camera": "摄像头",
    "PhoneNumber": "手机号",
    "Contact": "通讯录（仅写入）权限",
    "DeviceInfo": "设备信息",
    "EXIDNumber": "身份证号码",
    "EXOrderInfo": "订单信息",
    "LicensePlate": "车牌号",
    "BlueTooth": "蓝牙",
}
_CONTACTS = ("contact_email", "contact_phone", "contact_qq", "contact_weixin")


class _Owner(Struct):
    contact_email: str = ""
    contact_phone: str = ""
    contact_qq: str = ""
    contact_weixin: str = ""
    notice_method: str = ""
    store_expire_timestamp: str = ""
    ext_file_media_id: str = ""


class _Item(Struct):
    privacy_key: str = ""
    privacy_text: str = ""


class _Guideline(Struct):
    privacy_ver: int = DRAFT
    owner_setting: _Owner | None = None
    setting_list: list[_Item] = field(default_factory=list)
    sdk_privacy_info_list: list[dict[str, Any]] = field(default_factory=list)


class _Version(Struct):
    privacy_ver: int = DRAFT


def save_guideline(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/component/setprivacysetting`."""
    wanted = call.read(_Guideline)
    if wanted.owner_setting is None or not any(getattr(wanted.owner_setting, name) for name in _CONTACTS):
        raise WechatError(86069)
    if not wanted.owner_setting.notice_method:
        raise WechatError(86071)
    if any(item.privacy_key not in KEYS for item in wanted.setting_list):
        raise WechatError(86074)
    told: dict[str, Any] = msgspec.to_builtins(wanted)
    call.sandbox.mini_book(call.caller.appid).privacy[str(wanted.privacy_ver)] = {**told, "update_time": int(call.now)}
    return OK


def tell_guideline(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/component/getprivacysetting`."""
    version = call.read(_Version).privacy_ver
    kept = call.sandbox.mini_book(call.caller.appid).privacy.get(str(version), {})
    settings = [
        {**item, "privacy_label": KEYS[item["privacy_key"]]} for item in kept.get("setting_list", []) if item["privacy_key"] in KEYS
    ]
    return {
        **OK,
        "code_exist": int(call.caller.released),
        "privacy_list": [item["privacy_key"] for item in settings],
        "setting_list": settings,
        "update_time": kept.get("update_time", 0),
        "owner_setting": kept.get("owner_setting", msgspec.to_builtins(_Owner())),
        "privacy_desc": {"privacy_desc_list": [{"privacy_key": key, "privacy_desc": words} for key, words in KEYS.items()]},
    }


_BY_PLATFORM: dict[str, Any] = {"proof": Proof.AUTHORIZER, "kinds": MINI_PROGRAMS}
ENDPOINTS = [
    Endpoint("/cgi-bin/component/setprivacysetting", "POST", save_guideline, **_BY_PLATFORM),
    Endpoint("/cgi-bin/component/getprivacysetting", "POST", tell_guideline, **_BY_PLATFORM),
]
