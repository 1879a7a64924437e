"""The doors of the phone: the page, its feed, pictures, the way to the backend, the shop's computer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Blueprint, Response, current_app, redirect, request
from msgspec import Meta, Struct
from werkzeug.wrappers import Response as AnyResponse

from sandbox.control import doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.phone import backend, feed, files, offers, pushes, shop, texts, till

PAGE = "/_sandbox/phone"
_ACTION = "/_sandbox/users/<user_id>/"


Token = Annotated[str, Meta(pattern=r"^[!-~]*$(?!\n)", max_length=4096)]


class _Ask(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    path: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    body: dict[str, Any] | None = None
    token: Token = ""
    user: str = ""


class _Settings(Struct, forbid_unknown_fields=True):
    backend_key: Token


def make_phone(sandbox: Sandbox) -> Blueprint:
    """Everything under /_sandbox/phone, and the way there from /."""
    blueprint = Blueprint("phone", __name__)
    blueprint.register_error_handler(ControlError, doors.tell_error)

    @blueprint.get("/")
    def go_to_phone() -> AnyResponse:
        return redirect(PAGE)

    @blueprint.get(PAGE)
    def show_page() -> Response:
        return files.serve("index.html")

    @blueprint.get(f"{PAGE}/static/<name>")
    def show_file(name: str) -> Response:
        return files.serve(name)

    @blueprint.get(f"{PAGE}/media/<media_id>")
    def show_picture(media_id: str) -> Response:
        with sandbox.lock:
            return files.serve_picture(sandbox, media_id)

    @blueprint.get(f"{PAGE}/feed")
    def show_feed() -> Response:
        after = request.args.get("after", 0, int)
        epoch, stage = request.args.get("epoch", ""), request.args.get("stage", "")
        return doors.tell(feed.tell(sandbox, after=after, epoch=epoch, stage=stage, can=_list_actions()))

    @blueprint.get(f"{PAGE}/backend")
    def show_offer() -> Response:
        return doors.tell(offers.ask_offer(sandbox, doors.find_account(sandbox, request.args.get("appid", ""))))

    _add_writing_doors(blueprint, sandbox)
    _add_till(blueprint, sandbox)
    return blueprint


def _add_writing_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    @blueprint.post(f"{PAGE}/pictures")
    def keep_picture() -> Response:
        account = doors.find_account(sandbox, request.args.get("appid", ""))
        with sandbox.lock:
            return doors.tell({"media_id": files.keep_picture(sandbox, account.appid, request.get_data(), request.mimetype)})

    @blueprint.post(f"{PAGE}/backend")
    def ask_backend() -> Response:
        wanted = _read(_Ask)
        account = doors.find_account(sandbox, wanted.appid)
        if not backend.is_client_path(wanted.path):
            raise ControlError(403, "phones reach /v1/sessions, /v1/sms-codes and /v1/me only")
        return doors.tell(
            backend.ask(
                sandbox,
                account,
                who="client",
                user=wanted.user,
                method=wanted.method,
                path=wanted.path,
                body=wanted.body,
                token=wanted.token,
            )
        )

    @blueprint.post(f"{PAGE}/shop")
    def book() -> Response:
        order = _read(shop.Order)
        user, account = doors.find_user(sandbox, order.user), doors.find_account(sandbox, order.appid)
        answer = doors.tell(shop.book(sandbox, user, account, order))
        sandbox.unsaved.set()
        return answer

    @blueprint.post(f"{PAGE}/sms")
    def deliver_text() -> Response:
        sms = _read(texts.Text)
        with sandbox.lock:
            shown = texts.deliver(sandbox, sms)
        sandbox.unsaved.set()
        return doors.tell({"shown": shown})

    @blueprint.post(f"{PAGE}/provider")
    def take_text() -> Response:
        handed, head = _read(texts.Handover), request.headers
        timestamp, signature = head.get("Liandong-Timestamp", ""), head.get("Liandong-Signature", "")
        with sandbox.lock:
            shown = texts.take(sandbox, handed, body=request.get_data(), timestamp=timestamp, signature=signature)
        sandbox.unsaved.set()
        return doors.tell({"delivered": shown})

    @blueprint.post(f"{PAGE}/push")
    def take_push() -> Response:
        handed, head = _read(pushes.Handover), request.headers
        timestamp, signature = head.get("Liandong-Timestamp", ""), head.get("Liandong-Signature", "")
        with sandbox.lock:
            pushes.take(sandbox, handed, body=request.get_data(), timestamp=timestamp, signature=signature)
        sandbox.unsaved.set()
        return doors.tell({"delivered": True})

    @blueprint.post(f"{PAGE}/settings")
    def change_settings() -> Response:
        wanted = _read(_Settings)
        with sandbox.lock:
            sandbox.state.phone.backend_key = wanted.backend_key
        sandbox.unsaved.set()
        return doors.tell({"backend_key": feed.mask_key(wanted.backend_key)})


def _add_till(blueprint: Blueprint, sandbox: Sandbox) -> None:
    @blueprint.post(f"{PAGE}/orders")
    def buy() -> Response:
        wanted = _read(till.Purchase)
        user, account = doors.find_user(sandbox, wanted.user), doors.find_account(sandbox, wanted.appid)
        answer = doors.tell(till.sell(sandbox, user, account, wanted))
        sandbox.unsaved.set()
        return answer

    @blueprint.get(f"{PAGE}/ways")
    def tell_ways() -> Response:
        user, account = request.args.get("user", ""), doors.find_account(sandbox, request.args.get("appid", ""))
        return doors.tell(till.ask_ways(sandbox, user, account))

    @blueprint.post(f"{PAGE}/posters")
    def hang_poster() -> Response:
        hung = _read(till.Hung)
        doors.find_account(sandbox, hung.appid)
        told = doors.tell(till.hang(sandbox, hung))
        sandbox.unsaved.set()
        return told


def _list_actions() -> list[str]:
    """What people can do by the control doors there are, such as follow."""
    rules = (rule.rule for rule in current_app.url_map.iter_rules())
    return sorted(rule.removeprefix(_ACTION) for rule in rules if rule.startswith(_ACTION))


def _read(words: type[doors.T]) -> doors.T:
    """The body, when it says that it is JSON: no page of another origin can send that unasked."""
    if request.mimetype != "application/json":
        raise ControlError(415, "send JSON with Content-Type: application/json")
    return doors.read(words)
