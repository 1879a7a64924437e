"""What callbacks say about somebody as a contact: leave to send, room for answers, whether they are reached, and that they want no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.consent.flows import policy, revoking
from chalicelib.consent.flows.changing import TRIES, change_side
from chalicelib.consent.flows.learning import note_no_grant
from chalicelib.consent.flows.telling import hear_no
from chalicelib.consent.rules import hearing
from chalicelib.consent.rules.grants import Source
from chalicelib.consent.tables import contacts, once
from chalicelib.consent.words import Purpose, Scope, Side
from chalicelib.consent.words.ledger import Evidence, Way
from chalicelib.consent.words.policy import PolicyOrder
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType, Key
from chalicelib.patience import until_done
from chalicelib.templates import flows as templates
from chalicelib.wechat.messages import Inbound, SubscribeMessageAnswered, SubscribeMessageChanged, SubscribeMessageSent, Unsubscribed
from chalicelib.world import World

MARKETING = (Scope(Purpose.marketing),)


def hear(account: Account, message: Inbound, *, cause: str, heard_at: datetime, world: World, now: datetime) -> None:
    """What somebody did at an account: each popup counted once by its callback's key, all else the same however often it is heard.

    `heard_at`: when we heard it first, the moment of which a no is.
    """
    if not hearing.concerns(account.kind, message):
        return
    openid = Identifier(IdentifierType.openid, message.from_user, account.name)
    key = identity.key_of(account.brand, openid, world=world, now=now)
    in_force = policy.policy_of(account.brand, world=world, now=now)
    match message:
        case SubscribeMessageAnswered():
            answers = hearing.answers_of(message)
            long_term = long_term_of(account, answers, in_force, world=world, now=now)

            def count(side: Side) -> Side:
                counted = hearing.hear_popup(side, answers, Source.callback, long_term, at=message.created_at, heard_at=heard_at)
                return hearing.hear_act(counted, None, in_force, at=message.created_at)

            change_once(account.brand, key, cause, count, world=world, now=now)
        case SubscribeMessageChanged():

            def take_away(side: Side) -> Side:
                left = hearing.hear_refused(side, hearing.answers_of(message), heard_at=heard_at)
                return hearing.hear_act(left, None, in_force, at=message.created_at)

            change_side(account.brand, key, take_away, world=world)
        case SubscribeMessageSent():
            for template in hearing.templates_without_leave(message):
                note_no_grant(account.brand, key, template, at=message.created_at, world=world)
        case Unsubscribed():
            revoking.hear_unfollowed(account, message, cause=cause, heard_at=heard_at, world=world, now=now)
        case _:
            trigger = hearing.trigger_of(account.kind, message)
            change_side(account.brand, key, lambda side: hearing.hear_act(side, trigger, in_force, at=message.created_at), world=world)


def stop_by_message(account: Account, key: Key, *, cause: str, heard_at: datetime, world: World, now: datetime) -> None:
    """Stop marketing for whoever sent a message that stops it, once for each message. The person has to be known."""
    evidence = Evidence(way=Way.message, end=account.name, request=cause)
    hear_no(account.brand, key, MARKETING, evidence, cause=cause, heard_at=heard_at, world=world, now=now)


def is_stop(account: Account, message: Inbound, *, world: World, now: datetime) -> bool:
    """Is this a message that stops marketing? The policy is looked at for short texts alone."""
    if account.kind not in hearing.ENDS or not hearing.may_be_stop_word(message):
        return False
    return hearing.is_stop_word(message, policy.policy_of(account.brand, world=world, now=now))


def change_once(brand: str, key: Key, mark: str, change: Callable[[Side], Side], *, world: World, now: datetime) -> Side:
    """Change what lies under an identifier once for each mark, however often it is asked for."""

    def look() -> Side | None:
        before, version = contacts.read_side(brand, key)
        after = change(before)
        if after == before or once.was_heard(brand, key, mark):
            return before
        return after if once.keep_heard(brand, key, before, after, version=version, mark=mark, now=now) else None

    return until_done(look, tries=TRIES, world=world)


def long_term_of(account: Account, named: Iterable[str], in_force: PolicyOrder, *, world: World, now: datetime) -> frozenset[str]:
    """Those of some templates whose leave is good for any number of sends: as WeChat says of them, or the brand."""
    told = frozenset(in_force.long_term_templates.get(account.id, ()))
    found = ((template, templates.find_template(account, template, world=world, now=now)) for template in set(named) - told)
    return told | {name for name, template in found if template is not None and template.long_term}
