"""Live rooms and leads of a Channels account: what people do there, and the little an API tells of it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, TypeVar

from msgspec import Struct

from sandbox.call import ASSISTANTS, OK, Call, Endpoint
from sandbox.channels.words import Channel, Lead, Live
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.reading import Page, turn_page

T = TypeVar("T")
PER_PAGE = 20
RESERVED, ALREADY_RESERVED, CANCELLED_NOTICE, WENT_TO_LIVE, LIVE_ENDED = 6, 8, 3, 2, 4


class _Range(Struct):
    start_time: int = 0
    end_time: int = 2**53
    last_buffer: str = ""


class _Leads(Struct):
    leads_component_id: str = ""
    leads_request_id: str = ""
    start_time: int = 0
    end_time: int = 2**53
    last_buffer: str = ""
    version: int = 0


def find_channel(sandbox: Sandbox, appid: str) -> Channel:
    """What the Channels account keeps; it gets its `sph` id at the first look."""
    channel = sandbox.state.channels.setdefault(appid, Channel())
    channel.uniq_id = channel.uniq_id or f"sph{appid[-13:]}"
    return channel


def announce(sandbox: Sandbox, appid: str, *, description: str, starts_at: float) -> Live:
    """A live room that people can reserve."""
    channel = find_channel(sandbox, appid)
    number = len(channel.lives) + 1
    export_id = f"export/{appid}-{number}"
    live = Live(export_id=export_id, notice_id=f"finderlivenotice-{appid}-{number}", description=description, starts_at=starts_at)
    channel.lives[export_id] = live
    return live


def reserve(live: Live, user: str) -> int:
    """The `state` wx.reserveChannelsLive tells the client; no server ever hears of it."""
    if live.cancelled:
        return CANCELLED_NOTICE
    if live.ended_at is not None:
        return LIVE_ENDED
    if live.started_at is not None:
        return WENT_TO_LIVE
    if user in live.reserved:
        return ALREADY_RESERVED
    live.reserved.append(user)
    return RESERVED


def watch(live: Live, user: str, *, seconds: float, cheers: int = 0, comments: int = 0, forwards: int = 0) -> None:
    """A person in the room."""
    live.viewers[user] = live.viewers.get(user, 0.0) + seconds
    live.cheers += cheers
    live.comments += comments
    live.forwards += forwards
    live.most_online = max(live.most_online, len(live.viewers))


def list_lives(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/finderlive/getfinderliverecordlist`."""
    channel = find_channel(call.sandbox, call.caller.appid)
    told = [{"export_id": one.export_id, "cover_url": "", **_head(call, one)} for one in channel.lives.values() if one.started_at]
    return {**OK, "live_list": told}


def list_notices(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/finderlive/getfinderlivenoticerecordlist`."""
    waiting = [one for one in find_channel(call.sandbox, call.caller.appid).lives.values() if one.started_at is None]
    told = [
        {
            "notice_id": one.notice_id,
            "status": int(one.cancelled),
            "status_wording": "已取消" if one.cancelled else "预约中",
            "start_time": int(one.starts_at),
            **_head(call, one),
        }
        for one in waiting
    ]
    return {**OK, "live_notice_list": told}


def _head(call: Call, live: Live) -> dict[str, str]:
    return {"description": live.description, "nickname": call.caller.name or call.caller.appid, "head_url": ""}


def show_channel(call: Call) -> dict[str, Any]:
    """`POST /channels/finderlive/get_finder_attr_by_appid`."""
    channel = find_channel(call.sandbox, call.caller.appid)
    attributes = {"uniq_id": channel.uniq_id, "nickname": call.caller.name or call.caller.appid, "fans_count": len(channel.followers)}
    return {**OK, "finder_attr": attributes}


def list_figures(call: Call) -> dict[str, Any]:
    """`POST /channels/finderlive/get_finder_live_data_list`: sums per ended live room, nobody by name."""
    wanted = call.read(_Range)
    ended = [one for one in find_channel(call.sandbox, call.caller.appid).lives.values() if one.ended_at is not None]
    found = [one for one in ended if one.started_at is not None and wanted.start_time <= one.started_at <= wanted.end_time]
    page = _turn(found, wanted.last_buffer)
    return {**OK, "item": [_figures(one) for one in page.items], "last_buffer": page.cursor, "continue_flag": page.more}


def _turn(found: list[T], last_buffer: str) -> Page[T]:
    page = turn_page(found, last_buffer, PER_PAGE)
    if page is None:
        raise WechatError(40097)
    return page


def _figures(live: Live) -> dict[str, Any]:
    assert live.started_at is not None
    assert live.ended_at is not None
    viewers = len(live.viewers)
    return {
        "export_id": live.export_id,
        "live_start_time": int(live.started_at),
        "live_duration_in_seconds": int(live.ended_at - live.started_at),
        "total_audience_count": viewers,
        "total_cheer_count": live.cheers,
        "forward_count": live.forwards,
        "total_comment_count": live.comments,
        "audiences_avg_seconds": int(sum(live.viewers.values()) / viewers) if viewers else 0,
        "max_online_count": live.most_online,
        "new_follow_count": live.new_followers,
        "new_follow_count_biz": 0,
    }


def count_leads(call: Call) -> dict[str, Any]:
    """`POST /channels/finderlive/get_finder_live_leads_data`: how many leads each component brought."""
    counts = Counter(one.component_id for one in find_channel(call.sandbox, call.caller.appid).leads)
    return {**OK, "leads_count_by_component": [{"component_id": one, "leads_count": count} for one, count in counts.items()]}


def list_components(call: Call) -> dict[str, Any]:
    """`POST /channels/leads/get_leads_component_id`."""
    found = dict.fromkeys(one.component_id for one in find_channel(call.sandbox, call.caller.appid).leads)
    return {**OK, "item": [{"leads_component_id": one} for one in found], "continue_flag": False, "last_buffer": ""}


def list_requests(call: Call) -> dict[str, Any]:
    """`POST /channels/leads/get_leads_request_id`."""
    found = dict.fromkeys(one.request_id for one in find_channel(call.sandbox, call.caller.appid).leads)
    return {**OK, "item": [{"request_id": one} for one in found], "continue_flag": False, "last_buffer": ""}


def list_leads_of_component(call: Call) -> dict[str, Any]:
    """`POST /channels/leads/get_leads_info_by_component_id`."""
    wanted = call.read(_Leads)
    return _tell_leads(call, wanted, [one for one in _leads(call) if one.component_id == wanted.leads_component_id])


def list_leads_of_request(call: Call) -> dict[str, Any]:
    """`POST /channels/leads/get_leads_info_by_request_id`."""
    wanted = call.read(_Leads)
    return _tell_leads(call, wanted, [one for one in _leads(call) if one.request_id == wanted.leads_request_id])


def _leads(call: Call) -> list[Lead]:
    return find_channel(call.sandbox, call.caller.appid).leads


def _tell_leads(call: Call, wanted: _Leads, found: list[Lead]) -> dict[str, Any]:
    """The forms as they were filled in: there is no openid in them."""
    within = [one for one in found if wanted.start_time <= one.at <= wanted.end_time]
    page = _turn(within, wanted.last_buffer)
    told = [_write_form(one, whole=wanted.version == 1) for one in page.items]
    return {**OK, "user_data": told, "continue_flag": page.more, "last_buffer": page.cursor}


def _write_form(lead: Lead, *, whole: bool) -> Any:
    """The phone alone; in the first version the whole form, as JSON in a text in JSON in a text."""
    if not whole:
        return {"phone": next((value for title, value in lead.fields.items() if "手机" in title), "")}
    lines = [{"title": title, "value": value} for title, value in lead.fields.items()]
    return json.dumps({"leads_data": json.dumps(lines, ensure_ascii=False)}, ensure_ascii=False)


_LIVE, _LEADS = "/channels/finderlive", "/channels/leads"
ENDPOINTS = [
    Endpoint("/channels/ec/finderlive/getfinderliverecordlist", "POST", list_lives, kinds=ASSISTANTS),
    Endpoint("/channels/ec/finderlive/getfinderlivenoticerecordlist", "POST", list_notices, kinds=ASSISTANTS),
    Endpoint(f"{_LIVE}/get_finder_attr_by_appid", "POST", show_channel, kinds=ASSISTANTS, takes_json=False),
    Endpoint(f"{_LIVE}/get_finder_live_data_list", "POST", list_figures, kinds=ASSISTANTS),
    Endpoint(f"{_LIVE}/get_finder_live_leads_data", "POST", count_leads, kinds=ASSISTANTS),
    Endpoint(f"{_LEADS}/get_leads_component_id", "POST", list_components, kinds=ASSISTANTS),
    Endpoint(f"{_LEADS}/get_leads_request_id", "POST", list_requests, kinds=ASSISTANTS),
    Endpoint(f"{_LEADS}/get_leads_info_by_component_id", "POST", list_leads_of_component, kinds=ASSISTANTS),
    Endpoint(f"{_LEADS}/get_leads_info_by_request_id", "POST", list_leads_of_request, kinds=ASSISTANTS),
]
