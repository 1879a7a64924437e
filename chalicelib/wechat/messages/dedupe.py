"""What makes two deliveries the same message."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from chalicelib.wechat.messages.shape import unify

_DIGITS = 32
# Events have no id. A user has one of these in a second at most.
_ALONE = frozenset({"unsubscribe", "location"})
# What tells two others of one user in one second apart, by the Event in lower case; without any of it they differ by all they hold.
_TELLING: dict[str, tuple[str, ...]] = {
    "subscribe": ("EventKey", "Ticket"),
    "scan": ("EventKey", "Ticket"),
    "click": ("EventKey",),
    "view": ("EventKey",),
    "view_miniprogram": ("EventKey",),
    "scancode_push": ("EventKey", "ScanCodeInfo"),
    "scancode_waitmsg": ("EventKey", "ScanCodeInfo"),
    "pic_sysphoto": ("EventKey", "SendPicsInfo"),
    "pic_photo_or_album": ("EventKey", "SendPicsInfo"),
    "pic_weixin": ("EventKey", "SendPicsInfo"),
    "location_select": ("EventKey",),
    "templatesendjobfinish": ("MsgID",),
    "masssendjobfinish": ("MsgID",),
    "subscribe_msg_popup_event": ("List",),
    "subscribe_msg_change_event": ("List",),
    "subscribe_msg_sent_event": ("List",),
    "user_info_modified": ("OpenID", "UnionID"),
    "user_authorization_revoke": ("OpenID", "UnionID", "RevokeInfo", "PluginID", "OpenPID"),
    "user_authorization_cancellation": ("OpenID", "UnionID"),
    "kf_create_session": ("KfAccount",),
    "kf_close_session": ("KfAccount",),
    "kf_switch_session": ("FromKfAccount", "ToKfAccount"),
    "user_enter_tempsession": ("SessionFrom",),
}
# What tells two notices to a platform apart, by the InfoType in lower case.
_TELLING_NOTICES: dict[str, tuple[str, ...]] = {
    "component_verify_ticket": ("ComponentVerifyTicket",),
    "authorized": ("AuthorizationCode",),
    "updateauthorized": ("AuthorizationCode",),
    "unauthorized": ("AuthorizerAppid", "CreateTime"),
}


def dedupe_key(fields: dict[str, Any]) -> str:
    """A hash that is equal for every delivery of one message to one account, as XML or as JSON, and differs between messages.

    By MsgId for what users send; events by user, second, Event and what else tells them apart; notices to a platform by what is theirs
    alone; the rest by everything in it.
    """
    unified = unify(fields)
    # Sorted at every depth: the order of fields says nothing.
    telling = msgspec.json.encode(_find_telling(unified), order="sorted")
    return sha256(telling).hexdigest()[:_DIGITS]


def _find_telling(unified: dict[str, Any]) -> Any:
    if "InfoType" in unified and "MsgType" not in unified:
        return _find_telling_of_notice(unified)
    user, message_type = unified.get("FromUserName"), str(unified.get("MsgType", "")).lower()
    if message_type != "event":
        msg_id = unified.get("MsgId")
        return ["message", user, msg_id] if msg_id else unified
    event = str(unified.get("Event", "")).lower()
    told = [unified.get(name) for name in _TELLING.get(event, ())]
    if event not in _ALONE and not any(told):
        return unified
    return ["event", user, unified.get("CreateTime"), event, *told]


def _find_telling_of_notice(unified: dict[str, Any]) -> Any:
    notice = str(unified["InfoType"]).lower()
    told = [unified.get(name) for name in _TELLING_NOTICES.get(notice, ())]
    return ["notice", unified.get("AppId"), notice, *told] if told and all(told) else unified
