"""What a brand writes about records and messages: drafted, published, rolled back, found in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime

import msgspec

from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document, Draft, Kept
from chalicelib.errors import Missing
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Finding, Subject
from chalicelib.staff import flows as staff
from chalicelib.triggers import tables
from chalicelib.triggers.flows import checking, standing
from chalicelib.triggers.rules.standing import place_of
from chalicelib.triggers.rules.texts import read_texts
from chalicelib.triggers.words import (
    Published,
    RuleShown,
    Standing,
    Stopped,
    Trigger,
    TriggersDraft,
    TriggersDraftOrder,
    TriggersOrder,
    TriggersShown,
)
from chalicelib.world import World

DID = {Standing.running: "trigger.resumed", Standing.stopped: "trigger.stopped"}


def publish(brand: str, order: TriggersOrder, *, override: str = "", actor: str, world: World, now: datetime) -> Published:
    """Check the rules, keep them as a new version and put it in force, on every container within ten seconds.

    `Invalid` (content_refused) for texts that break a rule of content, such as service that markets, unless `override` says why.
    """
    sealed = seal(brand, order, world=world, now=now)
    checking.check(brand, sealed, world=world, now=now)
    with _letting_through(brand, sealed, override=override, actor=actor, world=world, now=now) as findings:
        standing.admit(brand, sealed, actor=actor, world=world, now=now)
        kept = documents.publish(_of(brand), sealed, about={"rules": len(sealed.rules)}, actor=actor, world=world, now=now)
    _settle(brand, actor=actor, world=world, now=now)
    return _tell(kept, live=kept.version, findings=findings)


def save_draft(brand: str, order: TriggersDraftOrder, *, actor: str, world: World, now: datetime) -> TriggersDraft:
    """Keep what is not finished; what it names may not be there yet."""
    sealed = seal(brand, order.triggers, world=world, now=now)
    return _show_draft(documents.save_draft(_of(brand), sealed, revision=order.revision, actor=actor, world=world, now=now))


def read_draft(brand: str) -> TriggersDraft:
    return _show_draft(documents.read_draft(_of(brand)))


def drop_draft(brand: str) -> None:
    """There is no draft any more; it is no mistake if there was none."""
    documents.drop_draft(_of(brand))


def publish_draft(brand: str, revision: int, *, override: str = "", actor: str, world: World, now: datetime) -> Published:
    """Put the draft in force, if it is still the one that was read, and there is none any more; one that was saved meanwhile stays."""
    draft = documents.read_draft(_of(brand), revision=revision)
    published = publish(brand, draft.written, override=override, actor=actor, world=world, now=now)
    documents.drop_draft(_of(brand), revision=draft.revision)
    return published


def roll_back(brand: str, version: int, *, override: str = "", actor: str, world: World, now: datetime) -> Published:
    """Put an earlier version in force again, if today's rules of content let its texts through."""
    kept = documents.find_version(_of(brand), version)
    with _letting_through(brand, kept.written, override=override, actor=actor, world=world, now=now) as findings:
        standing.admit(brand, kept.written, actor=actor, world=world, now=now)
        documents.roll_back(_of(brand), version, about={}, actor=actor, world=world, now=now)
    _settle(brand, actor=actor, world=world, now=now)
    return _tell(kept, live=version, findings=findings)


def show(brand: str) -> TriggersShown:
    """The rules in force as they were written, those that are stopped, and the newest versions."""
    live = documents.find_live(_of(brand))
    if live is None:
        raise Missing(code="document_missing")
    versions = tuple(_tell(each, live=live.version) for each in documents.list_versions(_of(brand)))
    known = tables.list_standings(brand)
    stopped = tuple(
        Stopped(rule=rule.name, at=stands.at, by=stands.by)
        for rule in live.written.rules
        if (stands := known.get(place_of(rule))) is not None and stands.standing is Standing.stopped
    )
    return TriggersShown(version=live.version, triggers=live.written, stopped=stopped, versions=versions)


def turn(brand: str, name: str, wanted: Standing, *, actor: str, world: World, now: datetime) -> RuleShown:
    """Stop a rule in force within two seconds, or let it speak again. What comes due while it is stopped is cancelled."""
    rule = next((each for each in _read_live(brand).rules if each.name == name), None)
    if rule is None:
        raise Missing(code="rule_missing")
    staff.record(brand, DID[wanted], {"rule": name}, actor=actor, world=world, now=now)
    standing.turn(brand, place_of(rule), wanted, actor=actor, world=world, now=now)
    return RuleShown(rule=name, standing=wanted)


def rules_for(brand: str, kind: str, *, world: World, now: datetime) -> tuple[Trigger, ...]:
    """The rules in force for records of a type, at most ten seconds old: who has none is remembered too."""
    return documents.in_force(_of(brand), _by_type, world=world, now=now).get(kind, ())


def last_rules(brand: str, *, world: World, now: datetime) -> tuple[Trigger, ...]:
    """The rules in force that are for somebody's last record, of any type."""
    by_type = documents.in_force(_of(brand), _by_type, world=world, now=now)
    return tuple(rule for rules in by_type.values() for rule in rules if rule.last)


def seal(brand: str, order: TriggersOrder, *, world: World, now: datetime) -> TriggersOrder:
    """The rules as they are kept and shown: fixed recipients without their values."""
    rules = [
        each
        if each.to is None
        else msgspec.structs.replace(each, to=checking.seal(brand, each.to, f"$.rules[{at}].to", world=world, now=now))
        for at, each in enumerate(order.rules)
    ]
    return TriggersOrder(rules=tuple(rules))


def _settle(brand: str, *, actor: str, world: World, now: datetime) -> None:
    standing.settle(brand, lambda: _read_live(brand), actor=actor, world=world, now=now)


def _read_live(brand: str) -> TriggersOrder:
    live = documents.find_live(_of(brand))
    return TriggersOrder() if live is None else live.written


def _by_type(kept: Kept[TriggersOrder] | None) -> Mapping[str, tuple[Trigger, ...]]:
    rules: defaultdict[str, tuple[Trigger, ...]] = defaultdict(tuple)
    for each in () if kept is None else kept.written.rules:
        rules[each.type] += (each,)
    return dict(rules)


def _letting_through(
    brand: str, order: TriggersOrder, *, override: str, actor: str, world: World, now: datetime
) -> AbstractContextManager[tuple[Finding, ...]]:
    subject = Subject(kind="triggers")
    return lint.letting_through(_of(brand), subject, order, read_texts, override=override, actor=actor, world=world, now=now)


def _of(brand: str) -> Document[TriggersOrder]:
    return Document(brand=brand, kind="triggers", written_as=TriggersOrder, event="triggers")


def _show_draft(draft: Draft[TriggersOrder]) -> TriggersDraft:
    return TriggersDraft(revision=draft.revision, triggers=draft.written, saved_at=draft.saved_at, by=draft.by)


def _tell(kept: Kept[TriggersOrder], *, live: int, findings: tuple[Finding, ...] = ()) -> Published:
    return Published(
        version=kept.version,
        rules=len(kept.written.rules),
        published_at=kept.published_at,
        by=kept.by,
        live=kept.version == live,
        findings=findings,
    )
