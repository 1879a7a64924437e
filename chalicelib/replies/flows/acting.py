"""What a rule effects beside its answer, each effect once however often this runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.words import Account
from chalicelib.errors import Declined
from chalicelib.hub.flows import taking
from chalicelib.hub.words.behaviour import EventOrder
from chalicelib.identity.words import Key
from chalicelib.ids import digest
from chalicelib.replies.flows import measuring
from chalicelib.replies.tables import once as tables
from chalicelib.replies.words.ready import Picture, ReadyOnce, Rule, Said, Sending
from chalicelib.world import World

log = logging.getLogger("liandong.replies")
SOURCE = "reply-rules"
UNTAGGABLE = frozenset({40003, 45059, 45159, 45171, 48001, 49003})
"""No follower any more, too many tags, no such tag, no right to tag: trying again changes none of it."""


def follow_up(
    account: Account, person: Key, rule: Rule, cause: str, *, was_lost: Callable[[str, tuple[str, ...]], bool], now: datetime
) -> list[Sending]:
    """The messages that follow the answer. `cause`: the callback; `was_lost`: did what was sent for an earlier one reach nobody?"""
    sendings = [] if rule.card is None else [Sending((rule.name,), rule.card)]
    if rule.hand_over is not None and rule.text:
        sendings.append(Sending((rule.name, "text"), Said(rule.text)))
    if rule.once is not None:
        sendings += _give_once(account, str(person), rule.once, cause, was_lost, now)
    return sendings


def act(account: Account, person: Key, openid: str, rule: Rule, cause: str, *, at: datetime, world: World, now: datetime) -> None:
    """Everything else a rule effects: what needs an answer of WeChat comes last. `at`: when the person did it."""
    if rule.hand_over is not None:
        measuring.note_hand_over(account, person, openid, cause, at=at, world=world, now=now)
    if rule.event:
        event = EventOrder(id=digest("reply", account.id, cause), name=rule.event, at=at, properties={"rule": rule.name})
        taking.tell_event(account.brand, str(person), event, source=SOURCE, world=world, now=now)
    for tag in rule.tags:
        _tag(account, tag, openid, rule, world=world, now=now)


def _give_once(
    account: Account, person: str, once: ReadyOnce, cause: str, was_lost: Callable[[str, tuple[str, ...]], bool], now: datetime
) -> list[Sending]:
    way = ("once", once.key)
    had_for = tables.take(account, once.key, person, cause, now=now)
    if had_for != cause and was_lost(had_for, way) and tables.take_again(account, once.key, person, cause, instead_of=had_for, now=now):
        had_for = cause
    if had_for == cause:
        return [Sending(way, once.card or (Picture(once.image) if once.image else Said(once.text)))]
    return [Sending(("again", once.key), Said(once.again))] if once.again else []


def _tag(account: Account, tag: int, openid: str, rule: Rule, *, world: World, now: datetime) -> None:
    try:
        tokens.with_token(account, lambda token: world.wechat.tag_people(token, tag, [openid]), world=world, now=now)
    except Declined as declined:
        if declined.errcode not in UNTAGGABLE:
            raise
        log.warning("the rule %s of %s could not give the tag %s: errcode %s", rule.name, account.id, tag, declined.errcode)
