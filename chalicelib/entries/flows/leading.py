"""A visitor of `/l/{entry}` led to a good target, and the visit told."""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.rules import leads_home
from chalicelib.accounts.words import Account, Kind
from chalicelib.aws.metrics import count
from chalicelib.aws.tables import TableError
from chalicelib.entries.flows.registry import FRESH_S, link_of
from chalicelib.entries.rules import addresses, leading, links
from chalicelib.entries.rules import tickets as rules
from chalicelib.entries.rules.registry import in_force, read_public
from chalicelib.entries.tables import codes
from chalicelib.entries.tables.links import read_opened
from chalicelib.entries.words import AppPage, Entry, MiniProgramPage, WebPage
from chalicelib.entries.words.arrivals import Arrived
from chalicelib.entries.words.links import Onward, Opened, OpenedIn, Scan, Visitor, Way
from chalicelib.errors import Busy, LiandongError, Missing, Unauthenticated
from chalicelib.sessions.flows import tickets
from chalicelib.sessions.rules.addresses import add_to_query, web_login
from chalicelib.world import World

log = logging.getLogger("liandong.entries")


def lead(public: str, visitor: Visitor, *, home: str, world: World, now: datetime) -> Way:
    """Where a visitor is led. Costs at most two reads once the account is known, and no write but the message that tells of the visit."""
    opened = find_opened(public, world=world, now=now)
    entry = opened.entry
    ticket = _read_ticket(entry, visitor.ticket, world=world, now=now) if visitor.ticket else ""
    visit = visitor.visit if visitor.counted else ""
    way = leading.choose_way(entry, opened.links, visitor.opened_in, link=link_of(entry, home), ticket=ticket, visit=visit, now=now)
    target = in_force(entry.lead, now)
    if isinstance(target, AppPage | WebPage) and isinstance(way, Onward):
        account = register.find_own_account(entry.brand, target.account, world=world, now=now)
        way = _to_page(account, way.address, ticket, visitor.opened_in, home=home)
    elif isinstance(way, Scan) and way.exhausted and isinstance(target, MiniProgramPage):
        way = msgspec.structs.replace(way, image=codes.read_image(entry, links.mark_of(entry, target)))
    if visitor.counted:
        _tell(entry, visitor, world=world, now=now)
    return way


def find_opened(public: str, *, world: World, now: datetime) -> Opened:
    """An entry with its links as addresses name it, at most ten seconds old; a retired one leads nowhere."""
    named = read_public(public)
    if named is None:
        raise Missing(code="entry_missing")
    opened = world.cache.remember(("opened", *named), FRESH_S, lambda: read_opened(*named, newest=False), now=now)
    if opened is None:
        raise Missing(code="entry_missing")
    if opened.entry.retired_at is not None:
        raise Missing(code="entry_retired")
    return opened


def _to_page(account: Account, address: str, ticket: str, opened_in: OpenedIn, *, home: str) -> Way:
    """A web page, still at home; with a ticket in WeChat by way of the account's web login, as every ticket's link."""
    if not leads_home(address, account.web_origins):
        raise Missing(code="entry_page_missing")
    if not ticket:
        return Onward(address)
    page = add_to_query(address, "jump", ticket)
    if opened_in is OpenedIn.wechat and account.kind is Kind.official_account and account.web_login:
        return Onward(web_login(account.id, page, home))
    return Onward(page)


def _read_ticket(entry: Entry, text: str, *, world: World, now: datetime) -> str:
    """A personal link's ticket if it is good; else it is counted, and its link leads where the entry leads everybody."""
    try:
        brand, jump = tickets.open_ticket(text, world=world, now=now)
        rules.check(entry, brand, jump)
        if tickets.was_used(brand, jump):
            raise Unauthenticated(code="ticket_used")
        return text
    except (LiandongError, TableError) as refused:
        count("LinkTicketsRefused", refused.code if isinstance(refused, LiandongError) else "busy")
        return ""


def _tell(entry: Entry, visitor: Visitor, *, world: World, now: datetime) -> None:
    """Have the visit counted. A visitor is led on also when the queue does not take it: the loss is counted instead."""
    arrived = Arrived(
        brand=entry.brand,
        entry=entry.id,
        visit=visitor.visit,
        opened_in=visitor.opened_in.value,
        at=now,
        utm=addresses.utm_of(entry.lead.utm),
    )
    try:
        world.queues.send("touches", msgspec.json.encode(arrived).decode())
    except Busy:
        count("TouchesLost")
        log.error("a visit of an entry of %s could not be told", entry.brand)
