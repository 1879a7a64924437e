"""What is a touch, and of what kind: read from a login, a callback, a link that was opened, an order. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from chalicelib.attribution.rules.scenes import scene_of
from chalicelib.attribution.words import UNATTRIBUTED, Touch, TouchKind
from chalicelib.entries.words.arrivals import Arrived
from chalicelib.ids import digest
from chalicelib.sessions.rules import launches
from chalicelib.sessions.words import LoggedIn, TicketOpened, Told
from chalicelib.wechat.messages import Inbound, MenuClicked, QrScanned, Subscribed

VISIT = "visit#"
"""What the owner of a touch begins with of whom nothing is known but the link they opened."""
OPENED_IN = re.compile(r"[a-z]{1,16}")
NO_VISITS = frozenset({TouchKind.order})


def read_login(login: LoggedIn) -> Touch | None:
    """The touch that a login is; nothing for machines of WeChat and of developers, which are nobody."""
    kind = TouchKind.ticket if login.ticket else TouchKind.login
    return _read_told(login.told, digest("login", login.key, login.cause), kind, login.account, at=login.at)


def read_opened_ticket(opened: TicketOpened) -> Touch | None:
    """The touch of a ticket that logged nobody in; nothing for machines."""
    return _read_told(opened.told, digest("ticket", opened.key, opened.cause), TouchKind.ticket_opened, opened.account, at=opened.at)


def _read_told(told: Told, touch_id: str, kind: TouchKind, account: str, *, at: datetime) -> Touch | None:
    scene = None if told.scene is None else scene_of(told.scene)
    if scene is not None and scene.machine:
        return None
    return Touch(
        id=touch_id,
        kind=kind,
        at=to_the_millisecond(at),
        entry=told.entry,
        account=account,
        scene=told.scene,
        carrier=scene.carrier if scene else "",
        placement=scene.placement if scene else "",
        referrer_appid=told.referrer_appid if scene and scene.referrer else "",
        visit=told.visit,
        utm=told.utm,
    )


def read_callback(message: Inbound, *, key: str, account: str, answered: str) -> Touch | None:
    """The touch that a callback is: every follow, and what names an entry. `answered`: the name of the rule that answered it."""
    kind, entry = _read_message(message, answered)
    if kind is None:
        return None
    return Touch(
        id=digest("callback", account, key),
        kind=kind,
        at=to_the_millisecond(message.created_at),
        entry=entry,
        account=account,
        carrier="offline" if kind in (TouchKind.qr_follow, TouchKind.qr_scan) else "oa",
        placement=message.kind.rpartition(".")[2],
    )


def read_arrival(arrived: Arrived) -> Touch:
    """The touch that opening a link is."""
    at = to_the_millisecond(arrived.at)
    return Touch(
        id=digest("link", arrived.entry, arrived.visit, at.isoformat()),
        kind=TouchKind.link,
        at=at,
        entry=launches.read_entry(arrived.brand, arrived.entry),
        carrier="link",
        placement=arrived.opened_in if OPENED_IN.fullmatch(arrived.opened_in) else "",
        utm=launches.clean_utm(arrived.utm),
    )


def read_order(brand: str, key: str, named: object, *, at: datetime) -> Touch | None:
    """The touch that an order is which names its entry: the first it is heard of with."""
    entry = launches.read_entry(brand, named) if isinstance(named, str) else UNATTRIBUTED
    return Touch(id=digest("order", key), kind=TouchKind.order, at=at, entry=entry) if entry else None


def arrival_of(touch: Touch) -> dict[str, int]:
    """What a touch counts for as an arrival."""
    return {"visits": 1, "opened": int(touch.kind is TouchKind.link)}


def to_the_millisecond(at: datetime) -> datetime:
    """As rows keep times."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def _read_message(message: Inbound, answered: str) -> tuple[TouchKind | None, str]:
    if isinstance(message, Subscribed):
        entry = launches.entry_of_scene(message.scene)
        return (TouchKind.qr_follow if entry else TouchKind.follow), entry
    for kind, named in ((TouchKind.qr_scan, _scanned(message)), (TouchKind.menu_click, _clicked(message)), (TouchKind.reply, answered)):
        if entry := launches.entry_of_scene(named):
            return kind, entry
    return None, UNATTRIBUTED


def _scanned(message: Inbound) -> str:
    return message.scene if isinstance(message, QrScanned) else ""


def _clicked(message: Inbound) -> str:
    return message.event_key if isinstance(message, MenuClicked) else ""
