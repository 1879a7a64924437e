"""Jump tickets made and opened: what they carry, sealed under the brand's key of the month."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Invalid, Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import POINTERS, Identifier, IdentifierType, Key, read_key
from chalicelib.sessions import tables
from chalicelib.sessions.flows import limiting
from chalicelib.sessions.rules import addresses, tickets
from chalicelib.sessions.words import Claims, Jump, MadeTicket, MyTicketOrder, TicketOrder
from chalicelib.staff import flows as staff
from chalicelib.world import World


def make_ticket(
    brand: str, order: TicketOrder, who: Identifier | None, *, actor: str, home: str, world: World, now: datetime
) -> MadeTicket:
    """A ticket a business system asks for, written down without what it carries and whom it is for. `home`: our own address."""
    subject = None if who is None else _find_subject(brand, who, world=world, now=now)
    jump, text = _seal(brand, order, subject, home=home, world=world, now=now)
    about = {"ticket": jump.id, "purpose": jump.purpose, "audience": list(order.audience)}
    staff.record(brand, "ticket.made", about, actor=actor, world=world, now=now)
    return _show(jump, text, home=home, now=now)


def make_own_ticket(order: MyTicketOrder, claims: Claims, *, home: str, world: World, now: datetime) -> MadeTicket:
    """A ticket that somebody logged in asks for, made for the identifier of their session."""
    limit = tickets.ticket_limit(claims.brand, claims.key, world.settings.tickets_per_person_hour)
    jump, text = _seal(claims.brand, order, read_key(claims.key), home=home, world=world, now=now)
    limiting.spend((limit,), refusal="too_many_tickets", now=now)
    return _show(jump, text, home=home, now=now)


def seal_login(account: Account, openid_key: Key, to: str, *, home: str, world: World, now: datetime) -> str:
    """A ticket by which one openid of an official account without web login logs in at a page, once and within five minutes.

    It costs no call to AWS once the brand's key of the month is in memory. `home`: our own address.
    """
    order = MyTicketOrder(purpose="login", audience=(account.id,), to=to)
    jump = tickets.plan_jump(order, ticket_id=world.new_id(), subject=openid_key, audience=(account,), home=home, now=now)
    return _write(account.brand, jump, world=world, now=now)


def lead_in(account: Account, openid: str, page: str, *, home: str, world: World, now: datetime) -> str:
    """An address for one follower that leads to a page, logged in: by the account's web login, or by a ticket where it has none.

    `page`: `phone` for our own, or an address of the account's pages. `home`: our own address.
    """
    to = addresses.own_page(account.id, home) if page == addresses.OUR_PHONE_PAGE else page
    if account.web_login:
        return addresses.web_login(account.id, to, home)
    key = identity.key_of(account.brand, Identifier(IdentifierType.openid, openid, account.name), world=world, now=now)
    return link_to(seal_login(account, key, to, home=home, world=world, now=now), home)


def open_ticket(text: str, *, world: World, now: datetime) -> tuple[str, Jump]:
    """The brand of a ticket and what is in it; refused unless it is ours and not over. Opening it uses nothing up."""
    brand, sealed = tickets.split_text(text, now)
    return brand, tickets.read_jump(world.keyring.unseal(brand, sealed, use=tickets.USE), now)


def was_used(brand: str, jump: Jump) -> bool:
    """Has somebody used a ticket that is good once?"""
    return jump.once and tables.read_spent_ticket(brand, jump.id) is not None


def find_way(text: str, *, home: str, in_wechat: bool, world: World, now: datetime) -> str:
    """Where a ticket's link leads: to its page with the ticket, in WeChat by way of the web login of the page's account."""
    brand, jump = open_ticket(text, world=world, now=now)
    accounts = [register.find_account(f"{brand}.{name}", world=world, now=now) for name in jump.audience]
    at_home = [account for account in accounts if tickets.leads_to(account, jump.to, home)]
    if not at_home:
        raise Missing(code="ticket_page_missing")
    page = addresses.add_to_query(jump.to, "jump", text)
    asking = next((account for account in at_home if account.kind is Kind.official_account and account.web_login), None)
    if asking is None or not in_wechat:
        return page
    return addresses.web_login(asking.id, page, home)


def link_to(text: str, home: str) -> str:
    """The address a ticket is handed on by."""
    return home + addresses.JUMP_PAGE.format(ticket=text)


def _seal(brand: str, order: MyTicketOrder, subject: Key | None, *, home: str, world: World, now: datetime) -> tuple[Jump, str]:
    audience = [_find_receiver(brand, account_id, world=world, now=now) for account_id in order.audience]
    jump = tickets.plan_jump(order, ticket_id=world.new_id(), subject=subject, audience=audience, home=home, now=now)
    return jump, _write(brand, jump, world=world, now=now)


def _write(brand: str, jump: Jump, *, world: World, now: datetime) -> str:
    sealed = world.keyring.seal(brand, msgspec.json.encode(jump).decode(), use=tickets.USE, now=now)
    return tickets.write_text(brand, sealed, to=jump.to)


def _find_receiver(brand: str, account_id: str, *, world: World, now: datetime) -> Account:
    account = register.find_own_account(brand, account_id, world=world, now=now)
    if account.kind not in tickets.OPENED_BY:
        raise Missing(code="account_missing")
    return account


def _find_subject(brand: str, who: Identifier, *, world: World, now: datetime) -> Key:
    """The key of somebody we know; what only points to whoever was last seen with it is nobody to make a ticket for."""
    if who.type in POINTERS:
        raise Invalid("A device, push token or anonymous id is nobody by itself - at `$.who.type`.")
    key = identity.key_of(brand, who, world=world, now=now)
    identity.find_person_by_key(brand, key)
    return key


def _show(jump: Jump, text: str, *, home: str, now: datetime) -> MadeTicket:
    until = tickets.logs_in_until(jump)
    return MadeTicket(
        ticket=text,
        link=link_to(text, home) if jump.to else None,
        ends_at=datetime.fromtimestamp(jump.ends_at, now.tzinfo),
        logs_in_until=None if until is None else datetime.fromtimestamp(until, now.tzinfo),
    )
