"""Control doors for third-party platforms: tickets now, what admins of accounts decide."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response
from msgspec import Struct

from sandbox.control import acting, doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.platform import grants, linking, tickets
from sandbox.state import Kind


class _Authorize(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    permissions: list[int] | None = None
    pre_auth_code: str = ""
    wait: bool = True


class _Withdraw(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    wait: bool = True


class _Answer(Struct, forbid_unknown_fields=True, kw_only=True):
    admin: Literal["official_account", "mini_program"]
    answer: Literal["accept", "refuse"] = "accept"


def add_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    """Routes under /_sandbox/platforms, and the links between accounts."""

    @blueprint.post("/platforms/<component>/push-ticket")
    def push_ticket(component: str) -> Response:
        doors.read(doors.Nothing)
        _find(sandbox, component)
        with sandbox.lock:
            out = tickets.issue(sandbox, component)
        return doors.tell({"ticket": out.fields["ComponentVerifyTicket"], "push": acting.send(sandbox, out, wait=True)})

    @blueprint.post("/platforms/<component>/authorize")
    def authorize(component: str) -> Response:
        wanted = doors.read(_Authorize)
        _find(sandbox, component)
        account = doors.find_account(sandbox, wanted.appid)
        with sandbox.lock:
            try:
                code, out = grants.authorize(
                    sandbox, component, account, permissions=wanted.permissions, pre_auth_code=wanted.pre_auth_code
                )
            except grants.RefusedError as error:
                raise ControlError(409, str(error)) from error
        pushed = acting.send(sandbox, out, wait=wanted.wait)
        return doors.tell({"auth_code": code, "expires_in": grants.AUTH_LIFE_S, "push": pushed})

    @blueprint.post("/platforms/<component>/unauthorize")
    def withdraw(component: str) -> Response:
        wanted = doors.read(_Withdraw)
        _find(sandbox, component)
        with sandbox.lock:
            try:
                out = grants.withdraw(sandbox, component, wanted.appid)
            except grants.RefusedError as error:
                raise ControlError(409, str(error)) from error
        return doors.tell({"push": acting.send(sandbox, out, wait=wanted.wait)})

    @blueprint.post("/accounts/<appid>/links/<program>")
    def answer_link(appid: str, program: str) -> Response:
        wanted = doors.read(_Answer)
        account = doors.find_account(sandbox, appid)
        doors.find_account(sandbox, program)
        with sandbox.lock:
            try:
                status = linking.answer(sandbox, account, program, admin=wanted.admin, accepts=wanted.answer == "accept")
            except linking.NothingToConfirmError as error:
                raise ControlError(409, str(error)) from error
        return doors.tell({"status": status})


def _find(sandbox: Sandbox, component: str) -> None:
    if doors.find_account(sandbox, component).kind is not Kind.PLATFORM:
        raise ControlError(409, f"{component} is not of the kind platform")
