"""What somebody who is logged in has written, judged before others read it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.flows import register
from chalicelib.identity import flows as identity
from chalicelib.identity.words import read_key
from chalicelib.lint import flows as lint
from chalicelib.lint.words import VisitorTextOrder, VisitorVerdict
from chalicelib.sessions.words import Session
from chalicelib.world import World


def check_my_text(order: VisitorTextOrder, session: Session, *, world: World, now: datetime) -> VisitorVerdict:
    """WeChat's verdict on a text by whoever is logged in, by their openid at the mini program they logged in to."""
    account = register.find_account(f"{session.brand}.{session.account}", world=world, now=now)
    mine = identity.reveal_identifier(session.brand, read_key(session.key), world=world)
    return lint.check_visitor_text(account, mine.value, order, world=world, now=now)
