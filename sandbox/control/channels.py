"""Control doors for Channels: live rooms, and what people do with them and with videos."""

from __future__ import annotations

from typing import Any, Literal

from flask import Blueprint, Response
from msgspec import Struct, field

from sandbox.channels import lives
from sandbox.channels.words import Lead, Live
from sandbox.control import acting, doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.settings import Seconds
from sandbox.state import Kind


class _Announce(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    description: str = ""
    starts_in_s: Seconds = 0.0


class _Change(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    export_id: str
    do: Literal["start", "end", "cancel"]


class _Watch(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    export_id: str = ""
    video: str = ""
    seconds: Seconds = 60.0
    cheers: int = 0
    comments: int = 0
    forwards: int = 0
    follow: bool = False


class _Reserve(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    notice_id: str


class _Leave(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    component_id: str = "component-1"
    request_id: str = "request-1"
    fields: dict[str, str] = field(default_factory=dict)


def add_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    """Routes of live rooms and of their viewers."""

    @blueprint.post("/lives")
    def announce() -> Response:
        wanted = doors.read(_Announce)
        _need_assistant(sandbox, wanted.appid)
        with sandbox.lock:
            starts_at = sandbox.now() + wanted.starts_in_s
            return doors.tell(lives.announce(sandbox, wanted.appid, description=wanted.description, starts_at=starts_at))

    @blueprint.post("/lives/change")
    def change() -> Response:
        wanted = doors.read(_Change)
        _need_assistant(sandbox, wanted.appid)
        with sandbox.lock:
            live = _find(sandbox, wanted.appid, wanted.export_id)
            _do(live, wanted.do, sandbox.now())
            return doors.tell(live)

    @blueprint.post("/users/<user_id>/watch")
    def watch(user_id: str) -> Response:
        wanted = doors.read(_Watch)
        _need_assistant(sandbox, wanted.appid)
        doors.find_user(sandbox, user_id)
        with sandbox.lock:
            return doors.tell(_watch(sandbox, user_id, wanted))

    @blueprint.post("/users/<user_id>/reserve-live")
    def reserve(user_id: str) -> Response:
        wanted = doors.read(_Reserve)
        _need_assistant(sandbox, wanted.appid)
        acting.pick_up(sandbox, user_id, wanted.appid)
        with sandbox.lock:
            known = lives.find_channel(sandbox, wanted.appid).lives.values()
            live = next((one for one in known if one.notice_id == wanted.notice_id), None)
            if live is None:
                raise ControlError(404, f"there is no notice {wanted.notice_id!r}: make one with POST /_sandbox/lives")
            return doors.tell({"state": lives.reserve(live, user_id)})

    @blueprint.post("/users/<user_id>/leave-lead")
    def leave_lead(user_id: str) -> Response:
        wanted = doors.read(_Leave)
        _need_assistant(sandbox, wanted.appid)
        user = doors.find_user(sandbox, user_id)
        filled = wanted.fields or {"姓名": user.name, "手机号": user.phone}
        with sandbox.lock:
            lead = Lead(wanted.component_id, wanted.request_id, sandbox.now(), filled)
            lives.find_channel(sandbox, wanted.appid).leads.append(lead)
        return doors.tell({"lead": lead})


def _need_assistant(sandbox: Sandbox, appid: str) -> None:
    if doors.find_account(sandbox, appid).kind is not Kind.ASSISTANT:
        raise ControlError(409, f"{appid} is not of the kind {Kind.ASSISTANT.value}")


def _find(sandbox: Sandbox, appid: str, export_id: str) -> Live:
    live = lives.find_channel(sandbox, appid).lives.get(export_id)
    if live is None:
        raise ControlError(404, f"there is no live room {export_id!r}: make one with POST /_sandbox/lives")
    return live


def _do(live: Live, what: str, now: float) -> None:
    if live.cancelled or live.ended_at is not None or (what == "end") != (live.started_at is not None):
        raise ControlError(409, f"the live room cannot {what} now")
    if what == "start":
        live.started_at = now
    elif what == "end":
        live.ended_at = now
    else:
        live.cancelled = True


def _watch(sandbox: Sandbox, user_id: str, wanted: _Watch) -> dict[str, Any]:
    """A video is counted; a live room has to be on air."""
    channel = lives.find_channel(sandbox, wanted.appid)
    follows = wanted.follow and user_id not in channel.followers
    if follows:
        channel.followers.append(user_id)
    if not wanted.export_id:
        channel.videos[wanted.video] = channel.videos.get(wanted.video, 0) + 1
        return {"video": wanted.video, "views": channel.videos[wanted.video]}
    live = _find(sandbox, wanted.appid, wanted.export_id)
    if live.started_at is None or live.ended_at is not None:
        raise ControlError(409, "the live room is not on air")
    counts = {"cheers": wanted.cheers, "comments": wanted.comments, "forwards": wanted.forwards}
    lives.watch(live, user_id, seconds=wanted.seconds, **counts)
    live.new_followers += int(follows)
    return {"live": live}
