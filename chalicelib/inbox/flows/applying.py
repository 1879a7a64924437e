"""Callbacks worked off by the worker: kept, and what they effect done once."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows import platforms, register, tokens
from chalicelib.accounts.words import Account, Kind
from chalicelib.attribution.flows import keeping as touches
from chalicelib.broadcasts.flows.masses import hearing as masses
from chalicelib.consent.flows import hearing as contacts
from chalicelib.consent.flows import revoking
from chalicelib.consent.words import Purpose
from chalicelib.errors import Declined, LiandongError
from chalicelib.guidance.flows import counting as guidance
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.inbox import rules, tables
from chalicelib.inbox.flows.receiving import row_of
from chalicelib.inbox.words import Callback, Kept, State
from chalicelib.menus.flows import counting as menus
from chalicelib.messaging import flows as messaging
from chalicelib.pulls.flows import reconciling
from chalicelib.replies import flows as replies
from chalicelib.replies.flows.acting import act, follow_up
from chalicelib.replies.flows.unanswered import note_unanswered
from chalicelib.replies.words.ready import Rule
from chalicelib.wechat.messages import Inbound, PlatformNotice, Subscribed, read_message
from chalicelib.world import World


def apply(callback: Callback, *, world: World, now: datetime) -> None:
    """Keep one callback and do what it effects, each effect once however often this runs."""
    account = register.find_account(callback.account, world=world, now=now)
    kept = _keep(account, read_message(callback.fields), callback, world=world, now=now)
    if kept.state is State.applied:
        return
    try:
        _effect(account, _open(kept, world=world), world=world, now=now)
    except LiandongError as error:
        tables.mark_failed(kept, error.code)
        raise
    except Exception as error:
        tables.mark_failed(kept, type(error).__name__)
        raise
    tables.mark_applied(kept)


def _keep(account: Account, message: Inbound, callback: Callback, *, world: World, now: datetime) -> Kept:
    """The callback's row: the one there was, or the one written now."""
    kept = row_of(account, message, callback, State.kept, world=world, now=now)
    if tables.keep(kept):
        return kept
    return tables.read(account.brand, account.name, callback.key) or kept


def _open(kept: Kept, *, world: World) -> Callback:
    """The callback as it was kept first: what a later delivery was answered, by other rules, has no effect."""
    return msgspec.json.decode(world.keyring.decrypt(kept.brand, kept.sealed), type=Callback)


def _effect(account: Account, callback: Callback, *, world: World, now: datetime) -> None:
    """Whether they follow, what their message called for, who it is by WeChat's answer, and by which way they came."""
    message = read_message(callback.fields)
    if isinstance(message, PlatformNotice):
        platforms.hear(account, message, world=world, now=now)
        return
    order_id = rules.shop_order_of(account, message)
    if order_id is not None:
        _recognise_buyers(account, order_id, world=world, now=now)
    menus.note_tap(account, callback.key, message)
    heard_at = max(callback.received_at, message.created_at)  # of two clocks the later one: a no is not lost by one that is slow
    if isinstance(message, revoking.Notice):
        revoking.hear_revoked(account, message, cause=callback.key, heard_at=heard_at, world=world, now=now)
        return
    contacts.hear(account, message, cause=callback.key, heard_at=heard_at, world=world, now=now)
    messaging.hear(account, message, world=world, now=now)
    masses.hear(account, message, now=now)
    if not rules.is_from_a_person(message):
        return
    openid = Identifier(IdentifierType.openid, message.from_user, account.name)
    follows = rules.follow_told_by(message)
    if follows is not None:
        identity.note_follow(account.brand, openid, follows=follows, at=message.created_at, world=world, now=now)
        key = identity.key_of(account.brand, openid, world=world, now=now)
        reconciling.note_heard(account, key, follows_now=follows, at=message.created_at)
    stops = contacts.is_stop(account, message, world=world, now=now)
    if stops:  # before whatever else may fail
        known = identity.recognise(account.brand, openid, None, source=message.kind, world=world, now=now)
        contacts.stop_by_message(account, known.key, cause=callback.key, heard_at=heard_at, world=world, now=now)
    rule = _rule_that_answered(account, callback, world=world, now=now)
    if stops and rules.is_nobodys(rule):
        rule = None  # the answer was that marketing stops
    else:
        _plan_what_follows(account, openid, rule, message, callback, world=world, now=now)
    unionid = _fetch_unionid(account, message.from_user, world=world, now=now) if isinstance(message, Subscribed) else None
    key = identity.recognise(account.brand, openid, unionid, source=message.kind, world=world, now=now).key
    if isinstance(message, Subscribed):  # after it is known who that is
        guidance.note_followed(account, openid, at=message.created_at, world=world, now=now)
    answered = callback.answered.rule or ""
    touches.keep_callback(account, key, message, key=callback.key, answered=answered, world=world, now=now)
    if rule is not None:
        act(account, key, message.from_user, rule, callback.key, at=message.created_at, world=world, now=now)


def _recognise_buyers(account: Account, order_id: str, *, world: World, now: datetime) -> None:
    """Whoever an order of the Channels shop is of, and of a gift also who gives it: each by their own unionid, never as one."""
    for buyer in tokens.with_token(account, lambda token: world.wechat.fetch_buyers(token, order_id), world=world, now=now):
        openid = Identifier(IdentifierType.openid, buyer.openid, account.name)
        identity.recognise(account.brand, openid, buyer.unionid, source="channels.order", world=world, now=now)


def _fetch_unionid(account: Account, openid: str, *, world: World, now: datetime) -> str | None:
    """The unionid of a new follower, where WeChat tells it to this account."""
    try:
        return tokens.with_token(account, lambda token: world.wechat.fetch_follower(token, openid), world=world, now=now).unionid
    except Declined as declined:
        if declined.errcode != rules.NOT_ENTITLED:
            raise
        return None


def _rule_that_answered(account: Account, callback: Callback, *, world: World, now: datetime) -> Rule | None:
    if callback.answered.rule is None:
        return None
    published = replies.rules_of_version(account, callback.answered.version, world=world, now=now)
    return rules.find_rule(published.index.rules, callback.answered.rule)


def _plan_what_follows(
    account: Account, openid: Identifier, rule: Rule | None, message: Inbound, callback: Callback, *, world: World, now: datetime
) -> None:
    """The messages behind the answer. A text that was not foreseen is noted."""
    if account.kind is Kind.official_account:
        note_unanswered(account, message, rule, callback.key, world=world, now=now)
    if rule is None:
        return

    def message_id(cause: str, way: tuple[str, ...]) -> str:
        return messaging.caused_id(account.brand, callback.account, cause, *way)

    def was_lost(cause: str, way: tuple[str, ...]) -> bool:
        return messaging.was_lost(account.brand, message_id(cause, way))

    person = identity.key_of(account.brand, openid, world=world, now=now)
    for sending in follow_up(account, person, rule, callback.key, was_lost=was_lost, now=now):
        what = messaging.Plan(
            id=message_id(callback.key, sending.cause),
            purpose=Purpose.service,
            steps=(rules.write_step(account, sending.what),),
            expires_at=rules.card_not_after(message, callback.received_at, world.settings.card_delay_allowed_s),
        )
        identity.meet(account.brand, openid, world=world, now=now)  # who they are, WeChat may tell later: what follows does not wait
        messaging.plan(account.brand, openid, what, world=world, now=now)
