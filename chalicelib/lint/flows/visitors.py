"""What people write in a mini program, shown to WeChat's content security (内容安全) before anybody else reads it."""

from __future__ import annotations

import logging
from datetime import datetime

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Busy, Declined, Invalid
from chalicelib.lint.words import Suggestion, VisitorTextOrder, VisitorVerdict, Why
from chalicelib.world import World

log = logging.getLogger("liandong.lint")
NOT_ACTIVE = 61010
"""The person has not used the mini program within two hours."""
REPEATED = 87020


def check_visitor_text(account: Account, openid: str, order: VisitorTextOrder, *, world: World, now: datetime) -> VisitorVerdict:
    """WeChat's verdict on a text by this person. Whenever WeChat gives none it is `unknown`, with the reason: never a pass."""
    if account.kind is not Kind.mini_program:
        raise Invalid("WeChat checks what people write in mini programs alone: ask with a session of a mini program - at `$`.")
    if order.signature and order.scene != 1:
        raise Invalid("A signature is part of a profile, scene 1 - at `$.signature`.")
    try:
        told = tokens.with_token(
            account,
            lambda token: world.wechat.check_text(
                token, openid, order.content, order.scene, title=order.title, nickname=order.nickname, signature=order.signature
            ),
            world=world,
            now=now,
        )
    except Declined as declined:
        why = {NOT_ACTIVE: Why.not_active, REPEATED: Why.repeated}.get(declined.errcode, Why.declined)
        log.warning("a text of %s was not judged: errcode %s", account.id, declined.errcode)
        return VisitorVerdict(verdict=Suggestion.unknown, why=why)
    except Busy as away:  # also what may have happened: asking costs nothing but a call
        log.warning("a text of %s was not judged: %s", account.id, away.code)
        return VisitorVerdict(verdict=Suggestion.unknown, why=Why.wechat_away)
    try:
        verdict = Suggestion(told.suggest)
    except ValueError:
        return VisitorVerdict(verdict=Suggestion.unknown, why=Why.declined)
    return VisitorVerdict(verdict=verdict, label=told.label, trace_id=told.trace_id)
