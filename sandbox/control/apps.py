"""Control doors for mobile apps: what OpenSDK's SendAuth gives back, and launching a mini program."""

from __future__ import annotations

from typing import Any, Literal

from flask import Blueprint, Response
from msgspec import Struct

from sandbox.actions import ImpossibleError, Phone
from sandbox.control import acting, doors
from sandbox.emulator import Sandbox
from sandbox.mini import visits
from sandbox.official import deeds, weblogin
from sandbox.settings import Seconds
from sandbox.state import Kind

ANSWERS = {"allow": 0, "cancel": -2, "deny": -4}
LAUNCHED_BY_APP = 1069


class _Authorize(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    answer: Literal["allow", "cancel", "deny"] = "allow"
    state: str = ""


class _Launch(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    mini_program: str
    path: str = ""
    stay_s: Seconds = 0.0


def add_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    """Routes of what people do in a mobile app."""

    @blueprint.post("/users/<user_id>/app-login")
    def log_in_to_app(user_id: str) -> Response:
        wanted = doors.read(_Authorize)
        return acting.tell(sandbox, user_id, wanted.appid, lambda phone: _answer(phone, wanted), as_name="response")

    @blueprint.post("/users/<user_id>/launch-from-app")
    def launch_from_app(user_id: str) -> Response:
        wanted = doors.read(_Launch)
        app = acting.pick_up(sandbox, user_id, wanted.appid)

        def launch(phone: Phone) -> dict[str, Any]:
            app.need(Kind.MOBILE_APP)
            return visits.launch(phone, scene=LAUNCHED_BY_APP, path=wanted.path, referrer_appid=wanted.appid, stay_s=wanted.stay_s)

        return acting.tell(sandbox, user_id, wanted.mini_program, launch, as_name="launch")


def _answer(phone: Phone, wanted: _Authorize) -> dict[str, Any]:
    """The response of SendAuth: a code only when the person allows it."""
    phone.need(Kind.MOBILE_APP)
    if len(wanted.state) > 1024:
        raise ImpossibleError("state has 1,024 characters at most")
    head = {"ErrCode": ANSWERS[wanted.answer], "state": wanted.state, "lang": "zh_CN", "country": "CN"}
    if wanted.answer != "allow":
        return head
    return {**head, "code": deeds.authorize(phone, scope=weblogin.PROFILE, snapshot=False)}
