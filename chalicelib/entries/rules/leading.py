"""Where a visitor of a link is led, by where it was opened. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from chalicelib.entries.rules import addresses, links
from chalicelib.entries.rules.registry import in_force
from chalicelib.entries.words import AppPage, Article, Channels, Entry, Following, MiniProgramPage, WebPage
from chalicelib.entries.words.links import Find, Link, LinkKind, Onward, OpenedIn, Scan, Way
from chalicelib.sessions.rules.addresses import is_in_wechat

MOBILE = re.compile(r"Mobile|Android|iPhone|iPad|iPod|HarmonyOS")
ROBOTS = re.compile(
    r"(?<!cu)bot\b|spider|crawl|slurp|preview|facebookexternalhit|whatsapp|telegram|skype|curl/|wget/|python-|Go-http-client|okhttp|"
    r"HeadlessChrome|monitor|uptime|scan(?:ner)?\b",
    re.IGNORECASE,
)
CQ_LIMIT = 256
"""What a URL Link takes along from an address (`cq`), encoded."""


def read_end(user_agent: str) -> OpenedIn:
    """Where a link was opened, as the browser says."""
    if is_in_wechat(user_agent):
        return OpenedIn.wechat
    return OpenedIn.mobile if MOBILE.search(user_agent) else OpenedIn.desktop


def is_robot(user_agent: str) -> bool:
    """Is this no person? Whoever does not say what it is is none either."""
    return not user_agent.strip() or ROBOTS.search(user_agent) is not None


def choose_way(entry: Entry, kept: Iterable[Link], opened_in: OpenedIn, *, link: str, ticket: str, visit: str = "", now: datetime) -> Way:
    """Where an entry leads at this moment. `link`: its own address; `ticket`: a good one of a personal link, or nothing.

    `visit`: what the page hands back when somebody logs in there, so that the visit is theirs; nothing for who is not counted.
    """
    target, kept = in_force(entry.lead, now), tuple(kept)
    match target:
        case MiniProgramPage():
            return _to_mini_program(entry, target, kept, opened_in, link=link, ticket=ticket, visit=visit, now=now)
        case Following():
            code = links.find_good(kept, LinkKind.follow_code, links.mark_of(entry, target), now)
            return Scan(entry.lead.name, link if code is None else code.value, exhausted=code is None)
        case Channels():
            return Find(target.title)
        case Article():
            return Onward(target.url)
        case AppPage() | WebPage():
            return Onward(addresses.add_visit(addresses.mark(entry, target.url), visit))


def _to_mini_program(
    entry: Entry, page: MiniProgramPage, kept: tuple[Link, ...], opened_in: OpenedIn, *, link: str, ticket: str, visit: str, now: datetime
) -> Way:
    good = links.find_good(kept, LinkKind.url_link, links.mark_of(entry, page), now)
    if good is None:
        return Scan(entry.lead.name, link, exhausted=True)
    if opened_in is OpenedIn.desktop:
        return Scan(entry.lead.name, f"{link}?t={ticket}" if ticket else link)
    return Onward(take_along(good.value, jump=ticket, visit=visit))


def take_along(url_link: str, *, jump: str, visit: str) -> str:
    """A URL Link that hands the page a ticket and a visit: both, else the ticket, else the visit, whatever WeChat takes along."""
    ticket, of_visit = (f"{name}={value}" if value else "" for name, value in (("jump", jump), (addresses.VISIT, visit)))
    for told in ("&".join(filter(None, (ticket, of_visit))), ticket, of_visit):
        encoded = quote(told, safe="")
        if encoded and len(encoded) <= CQ_LIMIT:
            return f"{url_link}?cq={encoded}"
    return url_link
