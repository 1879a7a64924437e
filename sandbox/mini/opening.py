"""Links of mini programs after they were made: what they lead to, how often they may be opened, opening them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

from sandbox.actions import ImpossibleError, Phone
from sandbox.beijing import number_of_day
from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.mini import pages, visits
from sandbox.mini.words import Link

LONGEST_CUSTOM_QUERY = 256
LONGEST_PLAIN_QUERY = 512
SCHEME = "weixin://dl/business/?"
OUTSIDE, INSIDE, SHORT, PLAIN, SCHEMED = 1194, 1167, 1179, 1286, 1065


class _SchemeQuery(Struct):
    scheme: str = ""
    query_type: int = 0


class _UrlLinkQuery(Struct):
    url_link: str = ""
    query_type: int = 0


def tell_scheme(call: Call) -> dict[str, Any]:
    """`POST /wxa/queryscheme`: where a scheme leads (0), or how many openings are left today (1)."""
    wanted = call.read(_SchemeQuery)
    if wanted.query_type == 1:
        return _tell_quota(call)
    if not wanted.scheme.startswith(SCHEME) or wanted.query_type:
        raise WechatError(40097)
    fields = _fields(wanted.scheme)
    if "appid" in fields:
        return {**OK, "scheme_info": _tell_plain(call, fields)}
    link = _own(call, f"{SCHEME}t={fields.get('t', '')}", ("scheme", "nfc"))
    return {**OK, "scheme_info": _describe(link)}


def tell_url_link(call: Call) -> dict[str, Any]:
    """`POST /wxa/query_urllink`."""
    wanted = call.read(_UrlLinkQuery)
    if wanted.query_type == 1:
        return _tell_quota(call)
    if not wanted.url_link or wanted.query_type:
        raise WechatError(40097)
    link = _own(call, wanted.url_link.partition("?")[0], ("url_link",))
    cloud_base = {"env": "", "doamin": "", "path": "", "query": "", "resource_appid": ""}
    for name, value in link.cloud_base.items():
        cloud_base["doamin" if name == "domain" else name] = value
    return {**OK, "url_link_info": {**_describe(link), "cloud_base": cloud_base}}


def _own(call: Call, text: str, kinds: tuple[str, ...]) -> Link:
    link = call.sandbox.state.links.get(text)
    if link is None or link.kind not in kinds or link.appid != call.caller.appid:
        raise WechatError(85403)
    return link


def _describe(link: Link) -> dict[str, Any]:
    return {
        "appid": link.appid,
        "path": link.path,
        "query": link.query,
        "create_time": int(link.made_at),
        "expire_time": 0 if link.expires_at is None else int(link.expires_at),
        "env_version": link.env_version,
    }


def _tell_plain(call: Call, fields: dict[str, str]) -> dict[str, Any]:
    path = fields.get("path", "")
    if fields["appid"] != call.caller.appid or pages.page_of(path) not in call.caller.plain_scheme_pages:
        raise WechatError(85405)
    environment = fields.get("env_version", "release")
    return {"appid": fields["appid"], "path": path, "query": fields.get("query", ""), "env_version": environment}


def _fields(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query, keep_blank_values=True).items()}


def _tell_quota(call: Call) -> dict[str, Any]:
    return {**OK, "quota_info": {"remain_visit_quota": _openings_left(call.sandbox, call.caller.appid, call.now)}}


def _openings_left(sandbox: Sandbox, appid: str, now: float) -> int:
    used = sandbox.mini_book(appid).openings.get(str(number_of_day(now)), 0)
    return max(0, sandbox.state.settings.link_openings_per_day - used)


def find_target(sandbox: Sandbox, text: str) -> tuple[str, str, str]:
    """Appid, path and whole query of a link as a phone opens it; ImpossibleError for one that leads nowhere (any more)."""
    fields = _fields(text)
    if text.startswith(SCHEME) and "appid" in fields:
        return _find_plain(sandbox, fields)
    known = f"{SCHEME}t={fields.get('t', '')}" if text.startswith(SCHEME) else text.partition("?")[0]
    link = sandbox.state.links.get(known)
    if link is None:
        raise ImpossibleError("nobody made this link")
    if link.expires_at is not None and link.expires_at <= sandbox.now():
        raise ImpossibleError("the link has ended")
    custom = fields.get("cq", "")
    if len(custom) > LONGEST_CUSTOM_QUERY:
        raise ImpossibleError(f"cq is longer than {LONGEST_CUSTOM_QUERY} characters")
    return link.appid, link.path, "&".join(part for part in (link.query, unquote(custom)) if part)


def _find_plain(sandbox: Sandbox, fields: dict[str, str]) -> tuple[str, str, str]:
    account, query = sandbox.state.accounts.get(fields["appid"]), fields.get("query", "")
    if account is None or pages.page_of(fields.get("path", "")) not in account.plain_scheme_pages:
        raise ImpossibleError("the mini program has not declared this path in plain_scheme_pages")
    if len(query) > LONGEST_PLAIN_QUERY:
        raise ImpossibleError(f"the query is longer than {LONGEST_PLAIN_QUERY} characters")
    return account.appid, fields.get("path", ""), query


def open_link(phone: Phone, text: str, *, in_wechat: bool) -> dict[str, Any]:
    """Tap a link; one of many people, any number of times, within the openings of the day."""
    appid, path, query = find_target(phone.sandbox, text)
    if appid != phone.account.appid:
        raise ImpossibleError(f"the link leads to {appid}")
    if text.startswith("#") and not in_wechat:
        raise ImpossibleError("short links open in WeChat only")
    if _openings_left(phone.sandbox, appid, phone.sandbox.now()) == 0:
        raise ImpossibleError("the openings of today are used up")
    options = visits.launch(phone, scene=_scene(text, in_wechat), path=path, query=query)
    today, openings = str(number_of_day(phone.sandbox.now())), phone.sandbox.mini_book(appid).openings
    count = openings.get(today, 0) + 1
    openings.clear()
    openings[today] = count
    return options


def _scene(text: str, in_wechat: bool) -> int:
    if text.startswith("#"):
        return SHORT
    if text.startswith(SCHEME):
        return PLAIN if "appid" in _fields(text) else SCHEMED
    return INSIDE if in_wechat else OUTSIDE


ENDPOINTS = [
    Endpoint("/wxa/queryscheme", "POST", tell_scheme, kinds=MINI_PROGRAMS),
    Endpoint("/wxa/query_urllink", "POST", tell_url_link, kinds=MINI_PROGRAMS),
]
