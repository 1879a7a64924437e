"""The tickets of third-party platforms (component_verify_ticket), and the platform's own token that is made of one."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.accounts.flows import register
from chalicelib.accounts.rules import platforms as rules
from chalicelib.accounts.tables import platforms as tables
from chalicelib.accounts.words import Account
from chalicelib.accounts.words.platforms import KeepTicket
from chalicelib.errors import Busy, Declined
from chalicelib.wechat.platforms import StableToken
from chalicelib.world import World

ASKED_AGAIN_AFTER = timedelta(minutes=10)
"""WeChat pushes a ticket every ten minutes by itself: asking more often brings none sooner."""
EXPIRED, INVALID = 61005, 61006


def keep(platform: Account, pushed: KeepTicket) -> None:
    """Keep a ticket as it is sealed; of two the later one, in whatever order they come."""
    tables.keep_ticket(platform, pushed.sealed, pushed.pushed_at)


def fetch_token(platform: Account, *, world: World, now: datetime) -> StableToken:
    """The platform's own token. `Busy` (platform_ticket_missing) without a good ticket: WeChat has been asked for one then."""
    ticket = tables.read_ticket(platform)
    secret = register.fetch_secret(platform, world=world, now=now).app_secret
    if ticket.sealed is None or not rules.is_good_ticket(ticket, now):
        raise _missing(platform, secret, world=world, now=now)
    opened = world.keyring.decrypt(platform.brand, ticket.sealed)
    try:
        return world.wechat.fetch_component_token(platform.appid, secret, opened)
    except Declined as refused:
        if refused.errcode not in {EXPIRED, INVALID}:
            raise
    raise _missing(platform, secret, world=world, now=now)


def _missing(platform: Account, secret: str, *, world: World, now: datetime) -> Busy:
    """What to tell while there is no ticket; WeChat is asked for one, once in ten minutes."""
    if tables.note_ticket_asked(platform, now=now, before=now - ASKED_AGAIN_AFTER):
        world.wechat.start_tickets(platform.appid, secret)
    return Busy(
        f"WeChat has pushed {platform.id} no good ticket. It was asked for one: if none comes within ten minutes, "
        f"check that the platform's callback address in WeChat's console (授权事件接收配置) ends with /wechat/{platform.id}.",
        code="platform_ticket_missing",
    )
