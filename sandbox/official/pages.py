"""What browsers fetch from WeChat's other hosts: images of QR codes, and the pages of consent."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox import people
from sandbox.emulator import Sandbox
from sandbox.official import consent, qrcodes
from sandbox.official.consent import Page, RefusedPageError
from sandbox.state import User

_METHODS = ["GET", "POST"]


def make_pages(sandbox: Sandbox) -> Blueprint:
    """The paths of mp.weixin.qq.com and open.weixin.qq.com, also behind the name of their host."""
    blueprint = Blueprint("pages", __name__)

    @blueprint.get("/cgi-bin/showqrcode")
    @blueprint.get("/mp.weixin.qq.com/cgi-bin/showqrcode")
    def show_qr_code() -> Response:
        with sandbox.lock:
            image = qrcodes.draw(sandbox, request.args.get("ticket", ""))
        if image is None:
            return Response("404 Not Found", status=404, content_type="text/plain")
        return Response(image, content_type="image/png")

    @blueprint.route("/connect/oauth2/authorize", methods=_METHODS)
    @blueprint.route("/open.weixin.qq.com/connect/oauth2/authorize", methods=_METHODS)
    def log_in_to_page() -> AnyResponse:
        return _tell(sandbox, lambda: _log_in(sandbox, website=False))

    @blueprint.route("/connect/qrconnect", methods=_METHODS)
    @blueprint.route("/open.weixin.qq.com/connect/qrconnect", methods=_METHODS)
    def log_in_to_website() -> AnyResponse:
        return _tell(sandbox, lambda: _log_in(sandbox, website=True))

    @blueprint.route("/mp/subscribemsg", methods=_METHODS)
    @blueprint.route("/mp.weixin.qq.com/mp/subscribemsg", methods=_METHODS)
    def confirm_subscription() -> AnyResponse:
        return _tell(sandbox, lambda: _confirm(sandbox))

    return blueprint


def _tell(sandbox: Sandbox, make: Callable[[], Page]) -> AnyResponse:
    try:
        with sandbox.lock:
            page = make()
    except RefusedPageError as error:
        return Response(consent.draw_error(str(error)), status=400, content_type="text/html; charset=utf-8")
    if request.method == "POST":
        sandbox.unsaved.set()
    return redirect(page.location) if page.location else Response(page.html, content_type="text/html; charset=utf-8")


def _log_in(sandbox: Sandbox, *, website: bool) -> Page:
    wish = consent.read_login(sandbox, list(request.args.items(multi=True)), website=website)
    if request.method == "GET":
        return consent.open_login(sandbox, wish)
    return consent.answer_login(sandbox, wish, _chosen(sandbox), agreed=_agreed())


def _confirm(sandbox: Sandbox) -> Page:
    given = request.args.to_dict()
    account = consent.read_subscription(sandbox, given)
    if request.method == "GET":
        return Page(html=consent.draw(sandbox, title="一次性订阅消息", wanted=f"{account.original_id} asks to send you one message"))
    user = _chosen(sandbox)
    people.meet(sandbox, user, account)
    return consent.answer_subscription(sandbox, account, given, user.openids[account.appid], agreed=_agreed())


def _chosen(sandbox: Sandbox) -> User:
    user = sandbox.state.users.get(request.form.get("user", sandbox.state.current_user))
    if user is None:
        raise RefusedPageError("choose a person first")
    return user


def _agreed() -> bool:
    return request.form.get("answer") == "agree"
