"""Links to mini programs: URL Scheme, URL Link, Short Link, NFC Scheme; made, asked for, opened."""

from __future__ import annotations

import string
from typing import Any, Literal

from msgspec import Struct, field

from sandbox.beijing import DAY_S, number_of_day
from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.mini import pages
from sandbox.mini.words import Link

LONGEST_S = 30 * DAY_S
SHORTEST_S = 60
PER_DAY = 500_000
PER_SECOND = 100
LONGEST_PATH, LONGEST_QUERY, LONGEST_TITLE = 1024, 1024, 20
PERMANENT_SHORT_LINKS = 100_000
SHORT_PER_DAY = 10_000_000


class _Jump(Struct):
    path: str = ""
    query: str = ""
    env_version: str = "release"


class Expiry(Struct):
    """When a link ends: at `expire_time` (type 0), or after `expire_interval` days (type 1)."""

    is_expire: bool = True
    expire_type: int = 0
    expire_time: int = 0
    expire_interval: int = 0


class _Scheme(Expiry):
    jump_wxa: _Jump = field(default_factory=_Jump)


class _UrlLink(Expiry):
    path: str = ""
    query: str = ""
    env_version: str = "release"
    cloud_base: dict[str, str] | None = None


class _ShortLink(Struct):
    page_url: str = ""
    page_title: str = ""
    is_permanent: bool = False


class _Nfc(Struct):
    jump_wxa: _Jump = field(default_factory=_Jump)
    model_id: str = ""
    sn: str = ""


def make_scheme(call: Call) -> dict[str, Any]:
    """`POST /wxa/generatescheme`."""
    wanted = call.read(_Scheme)
    jump = wanted.jump_wxa
    _admit(call, jump.path, jump.query, jump.env_version)
    text = f"weixin://dl/business/?t={_ticket(call, 11)}"
    return {**OK, "openlink": _keep(call, text, "scheme", jump, _expiry(call, wanted))}


def make_url_link(call: Call) -> dict[str, Any]:
    """`POST /wxa/generate_urllink`."""
    wanted = call.read(_UrlLink)
    _admit(call, wanted.path, wanted.query, wanted.env_version)
    if wanted.cloud_base is not None and not wanted.cloud_base.get("env"):
        raise WechatError(85088)
    jump = _Jump(wanted.path, wanted.query, wanted.env_version)
    text = f"https://wxaurl.cn/{_ticket(call, 11)}"
    return {**OK, "url_link": _keep(call, text, "url_link", jump, _expiry(call, wanted), wanted.cloud_base)}


def make_nfc_scheme(call: Call) -> dict[str, Any]:
    """`POST /wxa/generatenfcscheme`: never ends."""
    wanted = call.read(_Nfc)
    if not wanted.model_id:
        raise WechatError(9800003)
    jump = wanted.jump_wxa
    _admit(call, jump.path, jump.query, jump.env_version)
    return {**OK, "openlink": _keep(call, f"weixin://dl/business/?t={_ticket(call, 11)}", "nfc", jump, None)}


def make_short_link(call: Call) -> dict[str, Any]:
    """`POST /wxa/genwxashortlink`: opens in WeChat only; permanent ones are counted, the others end after 30 days."""
    wanted = call.read(_ShortLink)
    allowed = call.sandbox.state.settings.short_link_categories
    if call.caller.individual or (allowed and not set(allowed) & set(call.caller.categories)):
        raise WechatError(43104)
    page = pages.page_of(wanted.page_url)
    if not page or len(wanted.page_url) > LONGEST_PATH or not pages.is_released(call.caller, page):
        raise WechatError(40066)
    if "\n" in wanted.page_title:
        raise WechatError(40225)
    book = call.sandbox.mini_book(call.caller.appid)
    if wanted.is_permanent:
        if book.permanent_short_links >= PERMANENT_SHORT_LINKS:
            raise WechatError(85400)
        book.permanent_short_links += 1
    jump = _Jump(page, pages.query_of(wanted.page_url))
    parts = [call.caller.name or call.caller.appid, _cut(wanted.page_title), _ticket(call, 12)]
    text = "#小程序://" + "/".join(part for part in parts if part)
    return {**OK, "link": _keep(call, text, "short_link", jump, None if wanted.is_permanent else call.now + LONGEST_S)}


def _cut(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[:LONGEST_TITLE] + "…"


def _ticket(call: Call, length: int) -> str:
    return "".join(call.sandbox.random.choices(string.ascii_letters + string.digits, k=length))


def _admit(call: Call, path: str, query: str, env_version: str) -> None:
    """Who may make links, where they may lead, and how many in a second and a day."""
    if call.caller.individual:
        raise WechatError(40002)
    if not call.caller.released:
        raise WechatError(85079)
    if len(path) > LONGEST_PATH or "?" in path or not pages.is_released(call.caller, pages.page_of(path)):
        raise WechatError(40165)
    if len(query) > LONGEST_QUERY or not pages.is_query(query):
        raise WechatError(40212)
    pages.check_environment(env_version, 85402)
    _spend(call)


def _spend(call: Call) -> None:
    made = call.sandbox.mini_book(call.caller.appid).generations
    second, day = f"second {int(call.now)}", f"day {number_of_day(call.now)}"
    for stale in [name for name in made if name not in (second, day)]:
        del made[stale]
    if made.get(second, 0) >= PER_SECOND:
        raise WechatError(44990)
    if made.get(day, 0) >= PER_DAY:
        raise WechatError(44993)
    made[second] = made.get(second, 0) + 1
    made[day] = made.get(day, 0) + 1


def _expiry(call: Call, wanted: Expiry) -> float:
    """When the link ends; 85401 outside one minute and 30 days, and a link without an end gets 30 days or is refused."""
    if not wanted.is_expire or (wanted.expire_type == 0 and not wanted.expire_time):
        if not call.sandbox.state.settings.endless_links_get_30_days:
            raise WechatError(85401)
        return call.now + LONGEST_S
    if wanted.expire_type not in (0, 1):
        raise WechatError(40097)
    ends_at = wanted.expire_time if wanted.expire_type == 0 else call.now + wanted.expire_interval * DAY_S
    if not SHORTEST_S <= ends_at - call.now <= LONGEST_S:
        raise WechatError(85401)
    return ends_at


Kind = Literal["scheme", "url_link", "short_link", "nfc"]


def _keep(call: Call, text: str, kind: Kind, jump: _Jump, expires_at: float | None, cloud_base: dict[str, str] | None = None) -> str:
    path = pages.page_of(jump.path)
    call.sandbox.state.links[text] = Link(
        kind, call.caller.appid, path, jump.query, jump.env_version, call.now, expires_at, cloud_base or {}
    )
    return text


ENDPOINTS = [
    Endpoint("/wxa/generatescheme", "POST", make_scheme, kinds=MINI_PROGRAMS),
    Endpoint("/wxa/generate_urllink", "POST", make_url_link, kinds=MINI_PROGRAMS),
    Endpoint("/wxa/genwxashortlink", "POST", make_short_link, kinds=MINI_PROGRAMS, daily=SHORT_PER_DAY),
    Endpoint("/wxa/generatenfcscheme", "POST", make_nfc_scheme, kinds=MINI_PROGRAMS),
]
