"""What lies under an identifier once somebody has said something, and the entries that are evidence of it. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.consent.rules import consents, preferences
from chalicelib.consent.words import Accepted, Choice, Hours, Side
from chalicelib.consent.words.ledger import Entry, Told


def tell(side: Side, told: Told, *, now: datetime) -> Side:
    """All of it said under one identifier."""
    for each in told.statements:
        side = consents.say(side, each.scope, granted=each.granted, text=each.text, now=now)
    for wish in told.wishes:
        side = preferences.switch(side, wish.topic, wish.channel, on=wish.on, now=now)
    return _agree(_quieten(side, told, now=now), told, now=now)


def write_entries(told: Told, before: Side, after: Side) -> tuple[Entry, ...]:
    """What was said of it anew, by what lies under an identifier before and after; all of it where the identifier had it already."""
    entries = []
    for each in told.statements:
        said = after.consents[str(each.scope)]
        if said != before.consents.get(str(each.scope)):
            scope = each.scope
            entries.append(Entry(about=scope.about, channel=scope.channel, end=scope.end, choice=said.choice, text=said.text))
    for wish in told.wishes:
        name = preferences.name_of(wish.topic, wish.channel)
        if after.preferences[name] != before.preferences.get(name):
            choice = Choice.granted if wish.on else Choice.denied
            entries.append(Entry(about="topic", topic=wish.topic, channel=wish.channel, choice=choice))
    if after.hours != before.hours and after.hours is not None:
        hours = after.hours
        entries.append(Entry(about="hours", text=f"{hours.zone} {hours.quiet_from}-{hours.quiet_until}"))
    if told.privacy is not None and after.privacy != before.privacy:
        entries.append(Entry(about="privacy", text=f"{told.privacy[0]}/{told.privacy[1]}"))
    return tuple(entries)


def _quieten(side: Side, told: Told, *, now: datetime) -> Side:
    if told.quiet is None:
        return side
    hours = Hours(zone=told.quiet.zone, quiet_from=told.quiet.quiet_from, quiet_until=told.quiet.quiet_until, at=now)
    if side.hours is not None and msgspec.structs.replace(side.hours, at=now) == hours:
        return side
    return msgspec.structs.replace(side, hours=hours)


def _agree(side: Side, told: Told, *, now: datetime) -> Side:
    if told.privacy is None or (side.privacy is not None and side.privacy.version >= told.privacy[0]):
        return side
    return msgspec.structs.replace(side, privacy=Accepted(told.privacy[0], now))
