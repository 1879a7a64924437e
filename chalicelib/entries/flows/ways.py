"""What an entry is put in place with, and links for one person each."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.flows import register
from chalicelib.entries.flows import links as made
from chalicelib.entries.flows.registry import link_of, subject_of
from chalicelib.entries.rules import links, registry, ways
from chalicelib.entries.rules import tickets as rules
from chalicelib.entries.tables.links import read_opened
from chalicelib.entries.words import Entry, Following, MiniProgramPage
from chalicelib.entries.words.links import Link, LinkKind, LinkShown, PersonalLink
from chalicelib.entries.words.ways import LinkOrder, Ways
from chalicelib.errors import Invalid, Missing
from chalicelib.identity.words import Identifier
from chalicelib.lint import flows as lint
from chalicelib.sessions.flows import tickets
from chalicelib.sessions.words import TicketOrder
from chalicelib.staff import flows as staff
from chalicelib.world import World


def show_ways(entry: Entry, *, label: str, image_url: str, home: str, world: World, now: datetime) -> Ways:
    """Everything for where the entry leads at this moment. `label`: what people read; the lint looks at one that is not the entry's own."""
    said = registry.read_label(entry, label)
    findings = lint.look_at_texts(entry.brand, subject_of(entry), said, world=world, now=now) if said else ()
    target, link = registry.in_force(entry.lead, now), link_of(entry, home)
    way = None
    if isinstance(target, MiniProgramPage):
        account = register.find_own_account(entry.brand, target.account, world=world, now=now)
        way = ways.page_way(entry, target, account.appid)
    opened, mark = read_opened(entry.brand, entry.id), links.mark_of(entry, target)
    kept = () if opened is None else tuple(_show(each, now) for each in opened.links if each.mark == mark)
    return Ways(
        link=link,
        mini_program=way,
        text_link=ways.text_link(label, link, way),
        article_card=None if way is None else ways.article_card(label, image_url, way),
        web_snippet=None if way is None else ways.web_snippet(label, way),
        sms=ways.write_sms(label, link),
        links=kept,
        findings=findings,
    )


def make_link(entry: Entry, order: LinkOrder, *, actor: str, world: World, now: datetime) -> LinkShown:
    """A link of WeChat's own to where the entry leads at this moment: the good one that is kept, or a new one."""
    target, opened = registry.in_force(entry.lead, now), read_opened(entry.brand, entry.id)
    fits = Following if order.kind is LinkKind.follow_code else MiniProgramPage
    if not isinstance(target, fits):
        raise Invalid("WeChat makes no such link to where the entry leads at this moment - at `$.kind`.")
    if opened is None:
        raise Missing(code="entry_missing")
    staff.record(entry.brand, "link.made", {"entry": entry.id, "kind": order.kind.value}, actor=actor, world=world, now=now)
    return _show(made.have_link(opened, order.kind, target, world=world, now=now), now)


def make_personal_link(entry: Entry, who: Identifier, *, lives_s: int, actor: str, home: str, world: World, now: datetime) -> PersonalLink:
    """A link for one person: it carries a ticket that is good once, and leads where the entry leads also when that has ended."""
    if not entry.lead.ticket:
        raise Invalid("This entry's links are for everybody: PUT it with `ticket` first.")
    order = TicketOrder(purpose=rules.purpose_of(entry), audience=rules.audience_of(entry), lives_s=lives_s)
    ticket = tickets.make_ticket(entry.brand, order, who, actor=actor, home=home, world=world, now=now)
    rules.check_length(entry, ticket.ticket)
    link = f"{link_of(entry, home)}?t={ticket.ticket}"
    return PersonalLink(link=link, ends_at=ticket.ends_at, logs_in_until=ticket.logs_in_until)


def _show(link: Link, now: datetime) -> LinkShown:
    if not links.is_good(link, now):
        return LinkShown(kind=link.kind, trouble=link.trouble or "it has ended")
    return LinkShown(kind=link.kind, value=link.value, ends_at=link.ends_at)
