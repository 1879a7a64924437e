"""By which way somebody came, read from what an end tells of its launch; nothing personal is kept of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl, unquote

import msgspec

from chalicelib.sessions.words import Jump, Launch, LoggedIn, Session, Told, WebLogin
from chalicelib.staff.rules import BRAND

NOTHING = Told()
ENTRY = re.compile(rf"(?:(?P<brand>{BRAND.pattern})\.)?(?P<code>[0-9a-z]{{8}})")
SCENE = re.compile(r"e_(?P<code>[0-9a-z]{8})(?:_[0-9A-Za-z_-]*)?")
"""What a QR code with parameters or a mini-program code carries: the entry's code, and which row of parameters."""
LINK = re.compile(rf"/l/(?P<name>{BRAND.pattern}\.[0-9a-z]{{8}})(?=[/?#&]|$)")
VISIT = re.compile(r"[0-9A-Za-z_-]{8,64}")
APPID = re.compile(r"wx[0-9A-Za-z]{4,30}")
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
UTM_VALUE = re.compile(r"[\w .:+|/-]{1,64}")
PERSONAL = re.compile(r"\d{11}|@|(?<![\w-])o[\w-]{27}(?![\w-])", re.ASCII)
"""A phone, an address of mail, an openid: what some systems write into campaigns."""


def read_launch(brand: str, launch: Launch | None) -> Told:
    """By which way somebody came. What is no entry of ours, too long or personal is left out: a login never fails by it."""
    if launch is None:
        return NOTHING
    given = {**dict(parse_qsl(launch.path.partition("?")[2])), **launch.query}
    visit = given.get("visit", "")
    return Told(
        entry=_find_entry(brand, launch.entry, given),
        scene=launch.scene,
        visit=visit if VISIT.fullmatch(visit) else "",
        referrer_appid=launch.referrer_appid if APPID.fullmatch(launch.referrer_appid) else "",
        utm=clean_utm(given),
    )


def read_jump(brand: str, jump: Jump, launch: Launch | None) -> Told:
    """By which way somebody came who shows a jump ticket. Its own entry goes before the launch's; a personal link's is its purpose."""
    told = read_launch(brand, launch)
    return msgspec.structs.replace(told, entry=jump.entry or entry_of_scene(jump.purpose) or told.entry)


def read_web_login(login: WebLogin, told: Told) -> Told:
    """By which way somebody came to a web page: what they told, and else what the page they were led back to is marked with."""
    page = read_launch(login.brand, Launch(path=login.return_to.partition("#")[0]))
    return msgspec.structs.replace(told, entry=told.entry or page.entry, visit=told.visit or page.visit, utm=told.utm or page.utm)


def read_entry(brand: str, text: str) -> str:
    """The code of an entry as somebody names it, `<code>` or `<brand>.<code>`; nothing for another brand's, or what is none."""
    match = ENTRY.fullmatch(text)
    return match["code"] if match and match["brand"] in (None, brand) else ""


def entry_of_scene(text: str) -> str:
    """The code of the entry that a scene names; nothing for other scenes."""
    match = SCENE.fullmatch(text)
    return match["code"] if match else ""


def clean_utm(given: Mapping[str, str]) -> dict[str, str]:
    """What analytics tell visits apart by, without what names a person."""
    return {name: given[name] for name in UTM if UTM_VALUE.fullmatch(given.get(name, "")) and not PERSONAL.search(given[name])}


def announce(session: Session, told: Told, *, ticket: str, web_login: WebLogin | None) -> str:
    """What the row of a new session announces."""
    cause = ticket or (web_login.state_hash if web_login else session.id)
    body = LoggedIn(
        key=session.key,
        account=session.account,
        session=session.id,
        cause=cause,
        at=_to_the_millisecond(session.refreshed_at),
        ticket=bool(ticket),
        told=told,
    )
    return msgspec.json.encode([{"kind": "logged_in", "body": body}]).decode()


def _find_entry(brand: str, named: str, given: Mapping[str, str]) -> str:
    """The first of the places an entry may be named in: by itself, in the query, in a code's scene, in the link a code held."""
    scanned = LINK.search(unquote(given.get("q", "")))
    found = (
        read_entry(brand, named),
        read_entry(brand, given.get("entry", "")),
        read_entry(brand, given.get("e", "")),
        entry_of_scene(unquote(given.get("scene", ""))),
        read_entry(brand, scanned["name"]) if scanned else "",
    )
    return next(filter(None, found), "")


def _to_the_millisecond(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
