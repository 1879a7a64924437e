"""Leave to send subscription messages: told by the mini program at once, and how many a template reaches."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.consent.flows import policy
from chalicelib.consent.flows.hearing import change_once, long_term_of
from chalicelib.consent.rules import grants, hearing
from chalicelib.consent.rules.grants import Source
from chalicelib.consent.tables import contacts
from chalicelib.consent.words import Side
from chalicelib.consent.words.grants import GrantShown, GrantsShown, PopupOrder, Reach
from chalicelib.consent.words.policy import TemplateId
from chalicelib.errors import Forbidden, Missing
from chalicelib.identity.words import IdentifierType, read_key
from chalicelib.ids import digest
from chalicelib.sessions.words import Session
from chalicelib.templates import flows as templates
from chalicelib.world import World


def note_popup(session: Session, order: PopupOrder, *, world: World, now: datetime) -> GrantsShown:
    """Count what somebody answered in a popup, unless WeChat's callback has told of it already; told again, it is the same."""
    key = read_key(session.key)
    if key.type is not IdentifierType.openid:
        raise Forbidden(code="openid_needed")
    account = register.find_account(f"{session.brand}.{key.account}", world=world, now=now)
    in_force = policy.policy_of(session.brand, world=world, now=now)
    long_term = long_term_of(account, order.answers, in_force, world=world, now=now)
    answers = {template: [answer.value] for template, answer in order.answers.items()}

    def count(side: Side) -> Side:
        return hearing.hear_act(hearing.hear_popup(side, answers, Source.client, long_term, at=now, heard_at=now), None, in_force, at=now)

    side = change_once(session.brand, key, digest("popup", order.popup), count, world=world, now=now)
    return GrantsShown(grants=tuple(_show(side, template) for template in order.answers))


def show_reach(brand: str, account_id: str, template: str, *, world: World, now: datetime) -> Reach:
    """How many people have given leave for a template and have some left, as of now."""
    account = register.find_own_account(brand, account_id, world=world, now=now)
    try:
        msgspec.convert(template, TemplateId)
    except msgspec.ValidationError:
        raise Missing(code="template_missing") from None
    reached = contacts.count_reached(brand, account.name, template)
    if not reached and templates.is_missing(account, template, world=world, now=now):
        raise Missing(code="template_missing")
    return Reach(account=account.id, template=template, reached=reached)


def _show(side: Side, template: str) -> GrantShown:
    grant = grants.find_grant(side, template)
    return GrantShown(template=template, count=grant.count, long_term=grant.long_term)
