"""Control doors for subscriptions: the popup of a mini program, and the notification settings."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response
from msgspec import Struct

from sandbox.control import acting, doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.mini import subscriptions
from sandbox.state import Push


class _Request(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    answers: dict[str, Literal["accept", "reject", "ban", "filter"]]
    keep: bool = False
    wait: bool = True


class _Settings(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    template_id: str = ""
    answer: Literal["accept", "reject"] | None = None
    main_switch: bool | None = None
    wait: bool = True


def add_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    """Routes of subscriptions in mini programs."""

    @blueprint.post("/users/<user_id>/request-subscribe")
    def request_subscribe(user_id: str) -> Response:
        wanted = doors.read(_Request)
        phone = acting.pick_up(sandbox, user_id, wanted.appid)
        answers = {template_id: str(answer) for template_id, answer in wanted.answers.items()}
        with sandbox.lock:
            result, outs = acting.attempt(lambda: subscriptions.request(phone, answers, keep=wanted.keep))
        return doors.tell({"openid": phone.openid, "result": result, "pushes": acting.push_all(sandbox, outs, wait=wanted.wait)})

    @blueprint.post("/users/<user_id>/subscription-settings")
    def change_subscriptions(user_id: str) -> Response:
        wanted = doors.read(_Settings)
        phone = acting.pick_up(sandbox, user_id, wanted.appid)
        if wanted.answer is None and wanted.main_switch is None:
            raise ControlError(400, "say what changes: template_id with answer, or main_switch")
        outs: list[Push] = []
        with sandbox.lock:
            if wanted.main_switch is not None:
                outs += acting.attempt(lambda: subscriptions.switch(phone, on=wanted.main_switch is True))
            if wanted.answer is not None:
                outs += acting.attempt(lambda: subscriptions.change(phone, wanted.template_id, accepts=wanted.answer == "accept"))
        return doors.tell({"openid": phone.openid, "pushes": acting.push_all(sandbox, outs, wait=wanted.wait)})
