"""Control doors for people: make them, move their fingers, look at their phones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import msgspec
from flask import Blueprint, Response, request
from msgspec import Struct

from sandbox import actions, login, people
from sandbox.actions import ImpossibleError, Phone, Words
from sandbox.control import acting, doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.state import Kind, Push, User


class _Person(Struct, forbid_unknown_fields=True):
    user: str | None = None
    name: str | None = None
    phone: str | None = None
    country_code: str | None = None
    high_risk: bool | None = None
    platform: Literal["1", "2", "3"] | None = None


class Action(Struct, forbid_unknown_fields=True, kw_only=True):
    """Every action names an account; with `wait` false the push goes out in the background."""

    appid: str
    wait: bool = True


class _Follow(Action):
    scene_str: str = ""


class _Scan(Action):
    scene_str: str = ""
    ticket: str = ""
    url: str = ""


class _Click(Action):
    key: str


class _View(Action):
    url: str


class _Enter(Action):
    session_from: str = ""


class _Subscribe(Action):
    template_id: str
    answer: str


class _Write(Words, forbid_unknown_fields=True, kw_only=True):
    appid: str
    wait: bool = True


class _Account(Struct, forbid_unknown_fields=True):
    appid: str


A = TypeVar("A", Action, _Follow, _Scan, _Click, _View, _Enter, _Subscribe, _Write)


def add_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    """Routes under /_sandbox/users."""

    @blueprint.post("/users")
    def save_user() -> Response:
        person = doors.read(_Person)
        with sandbox.lock:
            return doors.tell(_describe(_save_user(sandbox, person)))

    @blueprint.get("/users")
    def list_users() -> Response:
        with sandbox.lock:
            return doors.tell({"users": [_describe(user) for user in sandbox.state.users.values()]})

    @blueprint.get("/users/<user_id>")
    def show_user(user_id: str) -> Response:
        user, appid = doors.find_user(sandbox, user_id), request.args.get("appid")
        with sandbox.lock:
            return doors.tell(_describe(user) if appid is None else _describe_to(sandbox, user, appid))

    @blueprint.get("/users/<user_id>/received")
    def show_screen(user_id: str) -> Response:
        doors.find_user(sandbox, user_id)
        appid = request.args.get("appid")
        with sandbox.lock:
            screen = [shown for shown in sandbox.state.received.get(user_id, []) if appid in (None, shown.appid)]
        return doors.tell({"received": screen})

    @blueprint.post("/users/<user_id>/login")
    def log_in(user_id: str) -> Response:
        return _give_code(sandbox, user_id, login.make_login_code)

    @blueprint.post("/users/<user_id>/phone-code")
    def give_phone(user_id: str) -> Response:
        return _give_code(sandbox, user_id, login.make_phone_code)

    _add_actions(blueprint, sandbox)


def _add_actions(blueprint: Blueprint, sandbox: Sandbox) -> None:
    def act(user_id: str, action: A, do: Callable[[Phone, A], Push]) -> Response:
        phone = acting.pick_up(sandbox, user_id, action.appid)
        with sandbox.lock:
            try:
                out = do(phone, action)
            except ImpossibleError as error:
                raise ControlError(409, str(error)) from error
        return doors.tell({"openid": phone.openid, "push": acting.send(sandbox, out, wait=action.wait)})

    @blueprint.post("/users/<user_id>/follow")
    def follow(user_id: str) -> Response:
        return act(user_id, doors.read(_Follow), lambda phone, action: actions.follow(phone, scene_str=action.scene_str))

    @blueprint.post("/users/<user_id>/unfollow")
    def unfollow(user_id: str) -> Response:
        return act(user_id, doors.read(Action), lambda phone, _: actions.unfollow(phone))

    @blueprint.post("/users/<user_id>/send")
    def send(user_id: str) -> Response:
        return act(user_id, doors.read(_Write), actions.write)

    @blueprint.post("/users/<user_id>/click")
    def click(user_id: str) -> Response:
        return act(user_id, doors.read(_Click), lambda phone, action: actions.click(phone, key=action.key))

    @blueprint.post("/users/<user_id>/view")
    def view(user_id: str) -> Response:
        return act(user_id, doors.read(_View), lambda phone, action: actions.view(phone, url=action.url))

    @blueprint.post("/users/<user_id>/scan")
    def scan(user_id: str) -> Response:
        return act(user_id, doors.read(_Scan), _scan)

    @blueprint.post("/users/<user_id>/enter")
    def enter(user_id: str) -> Response:
        return act(user_id, doors.read(_Enter), lambda phone, action: actions.enter(phone, session_from=action.session_from))

    @blueprint.post("/users/<user_id>/subscribe")
    def subscribe(user_id: str) -> Response:
        return act(user_id, doors.read(_Subscribe), _answer_subscription)


def _scan(phone: Phone, action: _Scan) -> Push:
    if not action.scene_str and not action.ticket and not action.url:
        raise ControlError(400, "say what is scanned: scene_str, ticket or url")
    return actions.scan(phone, scene_str=action.scene_str, ticket=action.ticket, url=action.url)


def _answer_subscription(phone: Phone, action: _Subscribe) -> Push:
    template = next((one for one in phone.account.templates if one.id == action.template_id), None)
    if template is None:
        raise ControlError(404, f"{phone.account.appid} has no template {action.template_id!r}: add it with POST /_sandbox/accounts")
    if action.answer not in ("accept", "reject"):
        raise ControlError(400, "answer has to be accept or reject")
    return actions.answer_subscription(phone, template, accepted=action.answer == "accept")


def _give_code(sandbox: Sandbox, user_id: str, make: Callable[..., str]) -> Response:
    phone = acting.pick_up(sandbox, user_id, doors.read(_Account).appid)
    if phone.account.kind is not Kind.MINI_PROGRAM:
        raise ControlError(409, f"{phone.account.appid} is not a mini program: only those give codes")
    with sandbox.lock:
        code = make(sandbox, phone.user, phone.account)
        return doors.tell({"code": code, "openid": phone.openid})


def _save_user(sandbox: Sandbox, person: _Person) -> User:
    user = people.add_user(sandbox) if person.user is None else doors.find_user(sandbox, person.user)
    for name in ("name", "phone", "country_code", "high_risk", "platform"):
        value = getattr(person, name)
        if value is not None:
            setattr(user, name, value)
    return user


def _describe(user: User) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(user)
    return {"user": told.pop("id"), **told}


def _describe_to(sandbox: Sandbox, user: User, appid: str) -> dict[str, Any]:
    phone = Phone(sandbox, user, doors.find_account(sandbox, appid))
    contact = phone.contact
    seen = {
        "openid": phone.openid,
        "unionid": people.unionid(sandbox, user, phone.account),
        "follows": contact.followed_at is not None,
        "scene_str": contact.scene_str,
        "allowances": contact.allowances,
        "credits": contact.credits,
        "standing": contact.standing,
    }
    return {**_describe(user), **seen}
