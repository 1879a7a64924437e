"""What a rule wants said about a record as it stands: to whom, when, in which words; or why nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import cache

import msgspec

from chalicelib.consent import flows as consent
from chalicelib.errors import Missing
from chalicelib.hub.rules.masking import mask_fields
from chalicelib.hub.words.dictionary import RecordType
from chalicelib.identity import flows as identity
from chalicelib.identity.words import POINTERS, Identifier, read_key
from chalicelib.ids import digest
from chalicelib.messaging import flows as messaging
from chalicelib.messaging.flows import settings
from chalicelib.messaging.words.orders import Quiet
from chalicelib.triggers.flows.checking import unseal
from chalicelib.triggers.rules import firing, texts
from chalicelib.triggers.rules.standing import gate_of, place_of
from chalicelib.triggers.words import Due, OnDay, Seen, Trigger, WhyNot, Wish
from chalicelib.world import World


def wish(brand: str, rule: Trigger, seen: Seen, record_type: RecordType, *, world: World, now: datetime) -> Wish | WhyNot:
    """What a rule wants of a record; nothing is kept. Whose clock it goes by is read only where a clock is needed."""
    unmet = firing.find_unmet(rule, seen, record_type)
    if unmet is not None:
        return unmet
    if rule.to is None and seen.owner and read_key(seen.owner).type in POINTERS:
        return WhyNot("nobody")

    @cache
    def zone() -> tzinfo:
        return _find_zone(brand, rule, seen, world=world, now=now)

    due = firing.find_due(rule, seen, zone)
    if isinstance(due, WhyNot):
        return due
    return _write(rule, seen, record_type, due, zone)


def recipient(brand: str, rule: Trigger, seen: Seen, *, world: World) -> Identifier:
    """Whom the message goes to, by value. `Missing` when nobody has the identifier any more."""
    if rule.to is not None:
        return unseal(brand, rule.to, world=world)
    return identity.reveal_identifier(brand, read_key(seen.owner), world=world)


def plan_of(wished: Wish, message_id: str) -> messaging.Plan:
    """A wish as the outbox takes it."""
    rule = wished.rule
    return messaging.Plan(
        id=message_id,
        purpose=rule.purpose,
        steps=wished.steps,
        topic=rule.topic or "",
        priority=rule.priority,
        not_before=wished.due.at,
        expires_at=wished.due.expires_at,
        hold=rule.quiet is Quiet.hold,
        best_hour=rule.best_hour,
        gate=gate_of(place_of(rule)),
    )


def _write(rule: Trigger, seen: Seen, record_type: RecordType, due: Due, zone: Callable[[], tzinfo]) -> Wish | WhyNot:
    """Whoever a record is not about reads of it what those may who may not see personal values."""
    if rule.to is not None:
        seen = msgspec.structs.replace(seen, data=mask_fields(seen.data, record_type.fields))
    try:
        steps = tuple(texts.fill(step, seen, record_type, zone) for step in rule.channels)
    except texts.MissingError as missing:
        return WhyNot("field_missing", str(missing))
    except msgspec.ValidationError:
        return WhyNot("unfit")
    wished = Wish(rule=rule, key=seen.key, due=due, steps=steps, digest="")
    to = seen.owner if rule.to is None else rule.to.sealed or ""
    said = msgspec.json.encode(plan_of(wished, ""), order="deterministic").decode()
    return msgspec.structs.replace(wished, digest=digest(to, said)[:12])


def _find_zone(brand: str, rule: Trigger, seen: Seen, *, world: World, now: datetime) -> tzinfo:
    """By whose clock: the rule's, the person's own, the end's they are written to first, the brand's."""
    rules = settings.in_force(brand, world=world, now=now)
    own = rule.when.zone if isinstance(rule.when, OnDay) else None
    names = (own or _zone_of_person(brand, rule, seen, world=world, now=now), rules.zones.get(rule.channels[0].account), rules.zone)
    found = (settings.find_zone(name) for name in (*names, "Asia/Shanghai") if name)
    return next(zone for zone in found if zone is not None)


def _zone_of_person(brand: str, rule: Trigger, seen: Seen, *, world: World, now: datetime) -> str:
    if rule.to is None and not seen.owner:
        return ""
    try:
        key = read_key(seen.owner) if rule.to is None else identity.key_of(brand, unseal(brand, rule.to, world=world), world=world, now=now)
        hours = consent.latest_hours(consent.read_contact(identity.fold(brand, key)).sides.values())
    except Missing:
        return ""
    return hours.zone if hours is not None else ""
