"""A mass message shown to one follower before it is sent."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.broadcasts.flows.masses import reading
from chalicelib.consent.words import Purpose
from chalicelib.errors import Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.lint.words import Finding
from chalicelib.messaging.flows.channels import mass as channel
from chalicelib.messaging.words.masses import AnyMass
from chalicelib.staff import flows as staff
from chalicelib.world import World


def preview(
    account: Account, message: AnyMass, to: Identifier | None, wechat_id: str, *, actor: str, world: World, now: datetime
) -> tuple[Finding, ...]:
    """Have WeChat show it to one follower, by any identifier of theirs or their WeChat id; what was found in its texts.

    Nothing is counted but WeChat's hundred previews of a day. `Missing` (person_missing) for who has no openid of this account.
    """
    findings = reading.read(account, "", message, Purpose.marketing, world=world, now=now)
    openid = "" if to is None else _openid_of(account, to, world=world, now=now)
    staff.record(account.brand, "mass_send.previewed", {"account": account.id}, actor=actor, world=world, now=now)
    channel.preview(account, message, openid=openid, wechat_id=wechat_id, world=world, now=now)
    return findings


def _openid_of(account: Account, to: Identifier, *, world: World, now: datetime) -> str:
    if to.type is IdentifierType.openid and to.account == account.name:
        return to.value
    person = identity.find_person(account.brand, to, world=world, now=now)
    openid = identity.find_openid(account.brand, person, account.name, world=world)
    if openid is None:
        raise Missing("This person has no openid of this account.", code="person_missing")
    return openid
