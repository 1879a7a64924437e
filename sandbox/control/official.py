"""Control doors for what people do with official accounts: menus, messages, articles, logins, grants."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Blueprint, Response, request
from msgspec import Meta, Struct

from sandbox.actions import Phone
from sandbox.control import acting, doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.official import deeds, menus, weblogin
from sandbox.state import Push


class _Action(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    wait: bool = True


class _Block(_Action):
    blocks: bool = True


class _Refuse(_Action):
    template_id: str
    refused: bool = True


class _Tap(_Action):
    name: str
    scan_type: str = "qrcode"
    scan_result: str = "https://example.com/q"
    pictures: Annotated[int, Meta(ge=1, le=9)] = 1
    location_x: float = 31.230416
    location_y: float = 121.473701
    label: str = ""


class _Template(_Action):
    template_id: str


class _Once(_Action):
    template_id: str
    scene: str


class _Read(_Action):
    article_id: str = ""
    url: str = ""
    position: int = 1
    scene: int = 0
    share: Literal[1, 2, 255] | None = None


class _Authorize(_Action):
    scope: str = weblogin.SILENT
    snapshot: bool = False


class _TakeBack(_Action):
    kind: str = "205"


class _Profile(Struct, forbid_unknown_fields=True):
    name: str
    wait: bool = True


class _Close(Struct, forbid_unknown_fields=True):
    wait: bool = True


class _Current(Struct, forbid_unknown_fields=True):
    user: str | None
    snapshot: bool = False


def add_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    """Routes of people's actions, and the person the login pages take for granted."""

    @blueprint.get("/current")
    def show_current() -> Response:
        return doors.tell(_describe_current(sandbox))

    @blueprint.post("/current")
    def set_current() -> Response:
        wanted = doors.read(_Current)
        user = "" if wanted.user is None else doors.find_user(sandbox, wanted.user).id
        with sandbox.lock:
            sandbox.state.current_user, sandbox.state.current_is_snapshot = user, wanted.snapshot
            return doors.tell(_describe_current(sandbox))

    _add_silent_actions(blueprint, sandbox)
    _add_pushing_actions(blueprint, sandbox)


def _describe_current(sandbox: Sandbox) -> dict[str, Any]:
    return {"user": sandbox.state.current_user or None, "snapshot": sandbox.state.current_is_snapshot}


def _add_silent_actions(blueprint: Blueprint, sandbox: Sandbox) -> None:
    @blueprint.post("/users/<user_id>/block")
    def block(user_id: str) -> Response:
        wanted = doors.read(_Block)
        return acting.tell(sandbox, user_id, wanted.appid, lambda phone: deeds.block(phone, blocks=wanted.blocks), as_name="blocks")

    @blueprint.post("/users/<user_id>/refuse-template")
    def refuse_template(user_id: str) -> Response:
        wanted = doors.read(_Refuse)
        return acting.tell(
            sandbox,
            user_id,
            wanted.appid,
            lambda phone: deeds.refuse_template(phone, wanted.template_id, refused=wanted.refused),
            as_name="refused",
        )

    @blueprint.post("/users/<user_id>/confirm-once")
    def confirm_once(user_id: str) -> Response:
        wanted = doors.read(_Once)
        return acting.tell(
            sandbox,
            user_id,
            wanted.appid,
            lambda phone: deeds.confirm_once(phone, wanted.template_id, wanted.scene),
            as_name="scene",
        )

    @blueprint.post("/users/<user_id>/tap-message")
    def tap_message(user_id: str) -> Response:
        return acting.tell(sandbox, user_id, doors.read(_Action).appid, deeds.tap_message, as_name="opens")

    @blueprint.post("/users/<user_id>/read")
    def read_article(user_id: str) -> Response:
        wanted = doors.read(_Read)
        return acting.tell(sandbox, user_id, wanted.appid, lambda phone: _read(phone, wanted), as_name="msgid")

    @blueprint.post("/users/<user_id>/authorize")
    def agree_to_login(user_id: str) -> Response:
        wanted = doors.read(_Authorize)
        return acting.tell(
            sandbox,
            user_id,
            wanted.appid,
            lambda phone: deeds.authorize(phone, scope=wanted.scope, snapshot=wanted.snapshot),
            as_name="code",
        )

    @blueprint.get("/users/<user_id>/menu")
    def show_menu(user_id: str) -> Response:
        phone = acting.pick_up(sandbox, user_id, request.args.get("appid", ""))
        with sandbox.lock:
            menu = menus.menu_of(sandbox, phone.account, phone.contact)
        return doors.tell({"menu": None if menu is None else {"menuid": menu.id, "button": menu.buttons}})


def _read(phone: Phone, wanted: _Read) -> str:
    return deeds.read(phone, article_id=wanted.article_id, url=wanted.url, position=wanted.position, scene=wanted.scene, share=wanted.share)


def _add_pushing_actions(blueprint: Blueprint, sandbox: Sandbox) -> None:
    @blueprint.post("/users/<user_id>/tap")
    def tap_menu(user_id: str) -> Response:
        wanted = doors.read(_Tap)
        phone = acting.pick_up(sandbox, user_id, wanted.appid)
        scanned = deeds.Scanned(wanted.scan_result, wanted.scan_type, wanted.pictures, wanted.location_x, wanted.location_y, wanted.label)
        with sandbox.lock:
            tapped: deeds.Tapped = acting.attempt(lambda: deeds.tap(phone, wanted.name, scanned))
        pushes = acting.push_all(sandbox, tapped.pushes, wait=wanted.wait)
        return doors.tell({"openid": phone.openid, "opens": tapped.opens, "pushes": pushes})

    @blueprint.post("/users/<user_id>/turn-off-subscription")
    def turn_off(user_id: str) -> Response:
        wanted = doors.read(_Template)
        phone = acting.pick_up(sandbox, user_id, wanted.appid)
        template = next((one for one in phone.account.templates if one.id == wanted.template_id), None)
        if template is None:
            raise ControlError(404, f"{wanted.appid} has no template {wanted.template_id!r}: add it with POST /_sandbox/accounts")
        with sandbox.lock:
            out: Push = acting.attempt(lambda: deeds.turn_off(phone, template))
        return doors.tell({"openid": phone.openid, "push": acting.send(sandbox, out, wait=wanted.wait)})

    @blueprint.post("/users/<user_id>/revoke-authorization")
    def take_back(user_id: str) -> Response:
        wanted = doors.read(_TakeBack)
        phone = acting.pick_up(sandbox, user_id, wanted.appid)
        with sandbox.lock:
            out = deeds.take_back(phone, kind=wanted.kind)
        return doors.tell({"openid": phone.openid, "push": acting.send(sandbox, out, wait=wanted.wait)})

    @blueprint.post("/users/<user_id>/change-profile")
    def change_profile(user_id: str) -> Response:
        wanted = doors.read(_Profile)
        with sandbox.lock:
            doors.find_user(sandbox, user_id).name = wanted.name
            told = [deeds.change_profile(phone) for phone in _phones(sandbox, user_id) if deeds.granted_lately(phone)]
        return doors.tell({"pushes": _push_all(sandbox, told, wait=wanted.wait)})

    @blueprint.post("/users/<user_id>/close-account")
    def close_account(user_id: str) -> Response:
        wanted = doors.read(_Close)
        with sandbox.lock:
            told = [deeds.leave(phone) for phone in _phones(sandbox, user_id)]
            doors.find_user(sandbox, user_id).closed = True
        return doors.tell({"pushes": _push_all(sandbox, told, wait=wanted.wait)})


def _phones(sandbox: Sandbox, user_id: str) -> list[Phone]:
    """The person together with every account that knows them."""
    user = doors.find_user(sandbox, user_id)
    return [acting.pick_up(sandbox, user_id, account.appid) for account in deeds.accounts_of(user, sandbox.state.accounts)]


def _push_all(sandbox: Sandbox, outs: list[Push], *, wait: bool) -> list[dict[str, Any]]:
    told = acting.push_all(sandbox, outs, wait=wait)
    return [{"appid": out.appid, **one} for out, one in zip(outs, told, strict=True)]
