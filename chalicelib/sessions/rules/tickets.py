"""Jump tickets: what one may be made of, who may open it, whether it logs in. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from chalicelib.accounts.rules import LONGEST_ADDRESS
from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Invalid, Unauthenticated
from chalicelib.identity.words import IdentifierType, Key, read_key
from chalicelib.sessions.rules import addresses, launches
from chalicelib.sessions.words import Jump, Limit, LoginRefusal, MyTicketOrder, TicketLogin
from chalicelib.staff.rules import BRAND

USE = "ticket"
LOGS_IN_FOR = timedelta(minutes=5)
LIVES_AT_MOST = timedelta(hours=24)
KEPT_ON = timedelta(hours=1)
"""The row of a used ticket outlives it by this, whatever the clocks of containers and of the table say."""
PAYLOAD_BYTES = 512
TEXT = re.compile(rf"(?P<brand>{BRAND.pattern})\.(?P<sealed>(?P<month>[0-9]{{4}}-[0-9]{{2}})\.[A-Za-z0-9_-]+)")
OPENED_BY = frozenset({Kind.mini_program, Kind.official_account, Kind.app, Kind.website})


def is_jump(text: str) -> bool:
    """Is this meant as a jump ticket? The ticket of a web login has one dot."""
    return text.count(".") == 2


def plan_jump(order: MyTicketOrder, *, ticket_id: str, subject: Key | None, audience: Iterable[Account], home: str, now: datetime) -> Jump:
    """What goes into a ticket, or `Invalid` for one that could do harm or do nothing. `home`: our own address."""
    audience = {account.name: account for account in audience}.values()
    if len(msgspec.json.encode(order.payload)) > PAYLOAD_BYTES:
        raise Invalid(f"As JSON the payload is over {PAYLOAD_BYTES} bytes: carry an id instead - at `$.payload`.")
    if order.to is not None and not any(leads_to(account, order.to, home) for account in audience):
        raise Invalid("This is no page of an account in the audience - at `$.to`.")
    made_at = int(now.timestamp())
    jump = Jump(
        id=ticket_id,
        made_at=made_at,
        ends_at=made_at + order.lives_s,
        subject="" if subject is None else str(subject),
        purpose=order.purpose,
        audience=tuple(account.name for account in audience),
        payload=order.payload,
        once=order.once,
        to=order.to or "",
        entry=launches.read_entry(next(iter(audience)).brand, order.entry or ""),
    )
    if order.entry and not jump.entry:
        raise Invalid("This is another brand's entry - at `$.entry`.")
    if not jump.once and any(is_own_proof(jump, account) for account in audience):
        raise Invalid("At an account without web login this ticket is the only proof: let it be good once - at `$.once`.")
    return jump


def write_text(brand: str, sealed: str, *, to: str) -> str:
    """A ticket as it travels: `<brand>.<month>.<sealed>`; `Invalid` when its page's address would become too long with it."""
    text = f"{brand}.{sealed}"
    if to and len(addresses.add_to_query(to, "jump", text)) > LONGEST_ADDRESS:
        raise Invalid(f"With the ticket the address would be over {LONGEST_ADDRESS} characters: shorten it or the payload - at `$.to`.")
    return text


def split_text(text: str, now: datetime) -> tuple[str, str]:
    """The brand a ticket says it is of, and what is sealed; refused when it cannot be one of the last 24 hours."""
    match = TEXT.fullmatch(text) if len(text) <= LONGEST_ADDRESS else None
    if match is None or match["month"] not in {f"{now:%Y-%m}", f"{now - LIVES_AT_MOST:%Y-%m}"}:
        raise Unauthenticated(code="ticket_refused")
    return match["brand"], match["sealed"]


def read_jump(opened: str | None, now: datetime) -> Jump:
    """What was in a ticket, unless it is over. Whatever it says of its own end, a day is the most."""
    if opened is None:
        raise Unauthenticated(code="ticket_refused")
    jump = msgspec.json.decode(opened, type=Jump)
    if now.timestamp() >= min(jump.ends_at, jump.made_at + LIVES_AT_MOST.total_seconds()):
        raise Unauthenticated(code="ticket_refused")
    return jump


def check_receiver(brand: str, jump: Jump, shown: TicketLogin) -> None:
    """Refuse a ticket at an end it was not handed to, or for something else than it was made for."""
    if shown.account not in {f"{brand}.{name}" for name in jump.audience} or shown.purpose not in {None, jump.purpose}:
        raise Unauthenticated(code="ticket_refused")


def leads_to(account: Account, address: str, home: str) -> bool:
    """Is this a page of an account, or ours for it?"""
    return addresses.is_page_of(account, address, addresses.own_page(account.id, home))


def is_own_proof(jump: Jump, account: Account) -> bool:
    """Would this ticket log in by itself there? Nobody can be asked who they are at an official account without web login."""
    if account.kind is not Kind.official_account or account.web_login or not jump.subject:
        return False
    subject = read_key(jump.subject)
    return subject.type is IdentifierType.openid and subject.account == account.name


def why_no_login(jump: Jump, person: str | None, *, used_at: datetime) -> LoginRefusal | None:
    """Why nobody is logged in, if so. `person`: who is both the receiver and the one the ticket was made for."""
    if not jump.subject:
        return LoginRefusal.ticket_for_nobody
    if is_too_old(jump, used_at):
        return LoginRefusal.ticket_too_old
    return LoginRefusal.ticket_not_yours if person is None else None


def is_too_old(jump: Jump, used_at: datetime) -> bool:
    """Too old to log anybody in?"""
    return used_at.timestamp() - jump.made_at > LOGS_IN_FOR.total_seconds()


def logs_in_until(jump: Jump) -> int | None:
    """Until when a ticket logs in, in seconds; nothing for one made for nobody."""
    return min(jump.ends_at, jump.made_at + int(LOGS_IN_FOR.total_seconds())) if jump.subject else None


def ticket_limit(brand: str, key: str, most: int) -> Limit:
    """How many tickets one person may ask for."""
    return Limit(pk=f"{brand}#I#{key}", sk="L#tickets", most=most, window_s=3600)
