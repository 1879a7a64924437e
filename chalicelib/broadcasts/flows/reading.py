"""What a broadcast says, read by the rules of content: when it is started or resumed, and before each of its parts goes."""

from __future__ import annotations

from datetime import datetime

from chalicelib.broadcasts.flows import laying
from chalicelib.broadcasts.words import Broadcast
from chalicelib.broadcasts.words.orders import Content
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Finding, Severity, Subject
from chalicelib.messaging.flows import reading
from chalicelib.world import World


def read(brand: str, broadcast_id: str, content: Content, *, override: str, actor: str, world: World, now: datetime) -> tuple[Finding, ...]:
    """What is found in its texts. `Invalid` (content_refused) when one stands in the way and no reason to `override` it is given."""
    findings = reading.find_in(brand, content.channels, content.purpose, world=world, now=now)
    subject = Subject("broadcast", content.channels[0].account, broadcast_id)
    lint.stand_or_refuse(brand, subject, findings, override, actor=actor, world=world, now=now)
    return findings


def read_again(broadcast: Broadcast, *, override: str, actor: str, world: World, now: datetime) -> bool:
    """Is it overridden, once it is resumed? `Invalid` (content_refused) as in `read`, by the rules of this moment."""
    if broadcast.overridden:
        return True
    content = laying.open_sealed(broadcast, world=world).content
    return stand_in_the_way(read(broadcast.brand, broadcast.id, content, override=override, actor=actor, world=world, now=now))


def is_refused(broadcast: Broadcast, *, world: World, now: datetime) -> bool:
    """Does a rule of today, or a word the brand has added since, stand in its way? What somebody has overridden is not asked for."""
    if broadcast.overridden:
        return False
    content = laying.open_sealed(broadcast, world=world).content
    return stand_in_the_way(reading.find_in(broadcast.brand, content.channels, content.purpose, world=world, now=now))


def stand_in_the_way(findings: tuple[Finding, ...]) -> bool:
    """Is one of them more than a warning?"""
    return any(each.severity is Severity.refuse for each in findings)
