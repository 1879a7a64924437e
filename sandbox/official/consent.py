"""The pages on which people say yes or no: web login, QR login, one-time subscription messages."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from msgspec import Struct

from sandbox.emulator import Sandbox
from sandbox.official import weblogin
from sandbox.official.words import Confirmed
from sandbox.reading import read_host, read_number
from sandbox.state import Account, Kind, User

_ORDER = ["appid", "redirect_uri", "response_type", "scope", "state"]
LONGEST_STATE_BYTES = 128
LARGEST_SCENE = 10_000


class RefusedPageError(Exception):
    """WeChat shows an error page; the message is on it."""


class Page(Struct, frozen=True):
    """HTML to show, or an address to go to."""

    html: str = ""
    location: str = ""


class Wish(Struct, frozen=True):
    """What a page asks a person for."""

    account: Account
    redirect_uri: str
    scope: str
    state: str
    snapshot: bool


def read_login(sandbox: Sandbox, query: list[tuple[str, str]], *, website: bool) -> Wish:
    """The wish in the query of a login page; RefusedPageError when WeChat would not show it."""
    given = dict(query)
    names = [name for name, _ in query if name in _ORDER]
    if sandbox.state.settings.authorize_order_enforced and names != [name for name in _ORDER if name in given]:
        raise RefusedPageError(f"the parameters have to come in the order {', '.join(_ORDER)}")
    account = sandbox.state.accounts.get(given.get("appid", ""))
    if account is None or (account.kind is Kind.WEBSITE_APP) != website:
        raise RefusedPageError("AppID 参数错误 (40013)")
    if given.get("response_type") != "code":
        raise RefusedPageError("response_type has to be code")
    if not weblogin.may_ask(account, given.get("scope", "")):
        raise RefusedPageError("Scope 参数错误或没有 Scope 权限 (10005)")
    if len(given.get("state", "").encode()) > LONGEST_STATE_BYTES:
        raise RefusedPageError("state has at most 128 bytes")
    _check_address(account, given.get("redirect_uri", ""))
    snapshot = sandbox.state.current_is_snapshot or given.get("forceSnapShot") == "true"
    return Wish(account, given["redirect_uri"], given["scope"], given.get("state", ""), snapshot)


def _check_address(account: Account, address: str) -> None:
    host = read_host(address)
    if not host or (account.web_domains is not None and host not in account.web_domains):
        raise RefusedPageError("redirect_uri 域名与后台配置不一致 (10003)")


def open_login(sandbox: Sandbox, wish: Wish) -> Page:
    """The page itself; who only has to be recognised and is the current person goes on at once."""
    current = sandbox.state.users.get(sandbox.state.current_user)
    if wish.scope == weblogin.SILENT and current is not None:
        return answer_login(sandbox, wish, current, agreed=True)
    wanted = "to recognise you" if wish.scope == weblogin.SILENT else "your name and picture"
    return Page(html=draw(sandbox, title="登录", wanted=f"{wish.account.original_id} asks for: {wanted}"))


def answer_login(sandbox: Sandbox, wish: Wish, user: User, *, agreed: bool) -> Page:
    """Back to the account's page: with a code, or after a no with the state alone."""
    state = {"state": wish.state} if wish.state else {}
    if not agreed:
        return Page(location=with_query(wish.redirect_uri, state))
    code = weblogin.make_code(sandbox, user, wish.account, scope=wish.scope, snapshot=wish.snapshot)
    return Page(location=with_query(wish.redirect_uri, {"code": code, **state}))


def read_subscription(sandbox: Sandbox, given: dict[str, str]) -> Account:
    """The account that asks for a one-time subscription message."""
    account = sandbox.state.accounts.get(given.get("appid", ""))
    if account is None or account.kind is not Kind.OFFICIAL_ACCOUNT or not account.verified or not account.service:
        raise RefusedPageError("AppID 参数错误 (40013)")
    if given.get("action") != "get_confirm" or not given.get("template_id"):
        raise RefusedPageError("action has to be get_confirm, with a template_id")
    scene = given.get("scene", "")
    number = read_number(scene)
    if number is None or number > LARGEST_SCENE:
        raise RefusedPageError("scene has to be a number up to 10000")
    _check_address(account, given.get("redirect_url", ""))
    return account


def answer_subscription(sandbox: Sandbox, account: Account, given: dict[str, str], openid: str, *, agreed: bool) -> Page:
    """Back to the account's page; a yes allows one message in this scene."""
    if agreed:
        sandbox.official(account.appid).confirmed.append(Confirmed(openid, given["template_id"], given["scene"]))
    told = {"openid": openid} if agreed else {}
    told |= {"template_id": given["template_id"], "action": "confirm" if agreed else "cancel", "scene": given["scene"]}
    return Page(location=with_query(given["redirect_url"], {**told, "reserved": given.get("reserved", "")}))


def with_query(address: str, more: dict[str, str]) -> str:
    """The address with more parameters, before its fragment."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])))


def draw(sandbox: Sandbox, *, title: str, wanted: str) -> str:
    """A page on which one chooses a person and says yes or no; it answers to its own address."""
    current = sandbox.state.current_user
    people = "".join(
        f'<label><input type="radio" name="user" value="{escape(user.id)}"{" checked" if user.id == current else ""} required>'
        f"{escape(user.name)}</label><br>"
        for user in sandbox.state.users.values()
    )
    buttons = '<button name="answer" value="agree">同意</button> <button name="answer" value="refuse">拒绝</button>'
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    form = f'<form method="post">{people}{buttons}</form>'
    return f'<!doctype html><html lang="zh">{head}<h1>{escape(title)}</h1><p>{escape(wanted)}</p>{form}'


def draw_error(message: str) -> str:
    """The page of a wish that WeChat refuses."""
    return f'<!doctype html><meta charset="utf-8"><title>出错了</title><h1>出错了</h1><p>{escape(message)}</p>'
