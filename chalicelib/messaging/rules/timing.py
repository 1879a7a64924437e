"""When a message to somebody goes: their zone, their quiet hours, the brand's caps, and what is left of its time. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

import msgspec

from chalicelib.consent.rules.activity import histogram
from chalicelib.consent.rules.showing import latest_hours
from chalicelib.consent.words import Contact
from chalicelib.due import whole_second
from chalicelib.ids import digest
from chalicelib.messaging.rules import caps
from chalicelib.messaging.rules.times import Clockwork, Span, is_quiet, minutes_of, next_allowed
from chalicelib.messaging.words import Message, State
from chalicelib.messaging.words.documents import MessageRules

MOST_MOVES = 6
FindZone = Callable[[str], tzinfo | None]


class Moment(msgspec.Struct, frozen=True):
    """When a message goes: at this moment, because of `why`; or never, and what it ends as."""

    at: datetime
    why: str = ""
    ends: State | None = None


def when(message: Message, contact: Contact, rules: MessageRules, *, short: str, find_zone: FindZone, now: datetime) -> Moment:
    """The moment a message may go to this person: now, later or never. `short`: the message as it stands among sends."""
    at = max(now, message.next_at)
    if message.expires_at is not None and at > message.expires_at:
        return Moment(at, "", State.skipped_expired)
    zone = zone_of(contact, message, rules, find_zone)
    limits = caps.caps_on(rules.caps, message.purpose, None)
    clockwork = clockwork_of(contact, message, rules, zone, short, now=now)
    why, moved = "", at
    for _ in range(MOST_MOVES):
        free = caps.free_at(limits, contact.sends, message=short, at=moved, zone=zone)
        if free is None or (free > moved and (message.expires_at is None or free > message.expires_at)):
            return Moment(at, "cap", State.skipped_cap)
        allowed = next_allowed(free, clockwork, expires_at=message.expires_at)
        if allowed is None:
            return Moment(at, "quiet_hours", State.skipped_quiet_expired)
        if allowed == moved:
            return Moment(moved, why)
        why = _why(moved, free, zone, clockwork)
        moved = whole_second(allowed)
        if message.expires_at is not None and moved > message.expires_at:
            return Moment(at, why, State.skipped_quiet_expired)
    return Moment(moved, why)


def zone_of(contact: Contact, message: Message, rules: MessageRules, find_zone: FindZone) -> tzinfo:
    """By whose clock: the person's own, else the end's they are written to, else the brand's."""
    hours = latest_hours(contact.sides.values())
    ends = [way.account for way in message.ways[message.step :]]
    names = [hours.zone if hours else "", *(rules.zones.get(end, "") for end in ends), rules.zone, "Asia/Shanghai"]
    found = (find_zone(name) for name in names if name)
    return next(zone for zone in found if zone is not None)


def clockwork_of(contact: Contact, message: Message, rules: MessageRules, zone: tzinfo, short: str, *, now: datetime) -> Clockwork:
    """Quiet hours where they hold this message, and how active the person is where it waits for that."""
    quiet: list[Span] = []
    jitter = timedelta(0)
    if message.hold:
        hours = latest_hours(contact.sides.values())
        if hours is not None and hours.quiet_from != hours.quiet_until:
            quiet.append(Span(hours.quiet_from, hours.quiet_until))
        if rules.quiet is not None:
            quiet.append(Span(minutes_of(rules.quiet.since), minutes_of(rules.quiet.until)))
            jitter = timedelta(seconds=int(digest(short, "jitter"), 16) % (rules.quiet.jitter_s + 1))
    return Clockwork(zone, tuple(quiet), jitter, histogram(contact.sides.values(), now) if message.best_hour else ())


def _why(before: datetime, free: datetime, zone: tzinfo, clockwork: Clockwork) -> str:
    if free > before:
        return "cap"
    return "quiet_hours" if is_quiet(before, zone, clockwork.quiet) else "best_hour"
