"""The authorisation page of third-party platforms (授权页), as an admin sees it in a browser."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from sandbox import later
from sandbox.emulator import Sandbox
from sandbox.platform import grants, tickets
from sandbox.push import with_query
from sandbox.reading import read_host
from sandbox.state import Account, Kind

_KINDS = {"1": {Kind.OFFICIAL_ACCOUNT}, "2": {Kind.MINI_PROGRAM}, "3": {Kind.OFFICIAL_ACCOUNT, Kind.MINI_PROGRAM}}
_HOST = "/mp.weixin.qq.com"
_PATH = "/cgi-bin/componentloginpage"


def make_pages(sandbox: Sandbox) -> Blueprint:
    """The page of mp.weixin.qq.com, also behind the name of its host."""
    blueprint = Blueprint("platform", __name__)

    @blueprint.get(_PATH)
    @blueprint.get(_HOST + _PATH)
    def show_choice() -> Response:
        component = request.args.get("component_appid", "")
        with sandbox.lock:
            codes = tickets.find_platform(sandbox, component).pre_auth_codes if component in sandbox.state.platforms else {}
            accounts = [one for one in sandbox.state.accounts.values() if _is_offered(one)]
            known = request.args.get("pre_auth_code", "") in codes
        if not known:
            return _say("the pre_auth_code is unknown, used or expired", 400)
        links = "".join(f'<li><a href="{escape(_confirm_address(one))}">{escape(one.name or one.appid)}</a></li>' for one in accounts)
        return _say(f"<h1>{escape(component)} 申请以下帐号授权</h1><ul>{links}</ul>")

    @blueprint.get(f"{_PATH}/confirm")
    def confirm() -> Response:
        component, appid = request.args.get("component_appid", ""), request.args.get("appid", "")
        address = request.args.get("redirect_uri", "")
        if not read_host(address):
            return _say("redirect_uri has to be a web address", 400)
        with sandbox.lock:
            account = sandbox.state.accounts.get(appid)
            if account is None or component not in sandbox.state.platforms:
                return _say("there is no such account or platform", 404)
            try:
                code, notice = grants.authorize(
                    sandbox, component, account, permissions=None, pre_auth_code=request.args.get("pre_auth_code", "")
                )
            except grants.RefusedError as error:
                return _say(escape(str(error)), 400)
            later.add(sandbox, notice)
        sandbox.unsaved.set()
        answer = {"auth_code": code, "expires_in": str(grants.AUTH_LIFE_S)}
        return Response(status=302, headers={"Location": with_query(address, answer)})

    return blueprint


def _is_offered(account: Account) -> bool:
    wanted = request.args.get("biz_appid", "")
    return account.kind in _KINDS.get(request.args.get("auth_type", "3"), set()) and wanted in ("", account.appid)


def _confirm_address(account: Account) -> str:
    fields = {name: request.args.get(name, "") for name in ("component_appid", "pre_auth_code", "redirect_uri")}
    return f"{_PATH}/confirm?{urlencode({**fields, 'appid': account.appid})}"


def _say(words: str, status: int = 200) -> Response:
    return Response(f"<!doctype html><meta charset=utf-8>{words}", status=status, content_type="text/html; charset=utf-8")
