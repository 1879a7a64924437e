"""Visits to a mini program: entering with launch options, going through pages, sharing."""

from __future__ import annotations

from typing import Any

from sandbox.actions import ImpossibleError, Phone
from sandbox.mini import pages
from sandbox.mini.words import PageVisit, Visit
from sandbox.state import Kind

VISITS_KEPT = 1_000_000
REFERRED = frozenset({1020, 1035, 1036, 1037, 1038, 1043, 1069})
EXTRA_DATA = frozenset({1037, 1038})
HOME = "pages/index/index"


def launch(
    phone: Phone,
    *,
    scene: int = 1001,
    path: str = "",
    query: str = "",
    referrer_appid: str = "",
    extra_data: dict[str, Any] | None = None,
    stay_s: float = 0.0,
) -> dict[str, Any]:
    """Enter the mini program; says the options its App.onLaunch gets."""
    phone.need(Kind.MINI_PROGRAM)
    page = pages.page_of(path) or _home(phone)
    if not pages.is_released(phone.account, page):
        raise ImpossibleError(f"{page} is not in the released version of {phone.account.appid}")
    if scene in REFERRED and not referrer_appid:
        raise ImpossibleError(f"scene {scene} needs a referrer_appid")
    _note(phone, scene, page, query or pages.query_of(path), referrer_appid, stay_s)
    referrer: dict[str, Any] = {}
    if scene in REFERRED:
        referrer = {"appId": referrer_appid, **({"extraData": extra_data or {}} if scene in EXTRA_DATA else {})}
    return {"path": page, "query": pages.read_query(query or pages.query_of(path)), "scene": scene, "referrerInfo": referrer}


def _home(phone: Phone) -> str:
    released = phone.account.pages
    return released[0] if released else HOME


def _note(phone: Phone, scene: int, page: str, query: str, referrer_appid: str, stay_s: float) -> None:
    now = phone.sandbox.now()
    book = phone.sandbox.mini_book(phone.account.appid)
    phone.act()
    book.active[phone.user.id] = now
    first = PageVisit(path=page, at=now, stay_s=stay_s)
    referrer = referrer_appid if scene in REFERRED else ""
    book.visits.append(Visit(phone.user.id, now, scene, page, pages.read_query(query), referrer, [first]))
    del book.visits[:-VISITS_KEPT]


def browse(phone: Phone, *, path: str, stay_s: float = 0.0, shared: bool = False) -> Visit:
    """Go to another page of the open visit, perhaps share it."""
    visit = current(phone)
    page = pages.page_of(path)
    if not pages.is_released(phone.account, page):
        raise ImpossibleError(f"{page} is not in the released version of {phone.account.appid}")
    visit.pages.append(PageVisit(path=page, at=phone.sandbox.now(), stay_s=stay_s, shared=int(shared)))
    phone.sandbox.mini_book(phone.account.appid).active[phone.user.id] = phone.sandbox.now()
    return visit


def current(phone: Phone) -> Visit:
    """The person's last visit."""
    phone.need(Kind.MINI_PROGRAM)
    visits = phone.sandbox.mini_book(phone.account.appid).visits
    visit = next((one for one in reversed(visits) if one.user == phone.user.id), None)
    if visit is None:
        raise ImpossibleError(f"{phone.user.id} is not in {phone.account.appid}: launch it first")
    return visit
