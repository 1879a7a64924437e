"""What lies under an identifier once somebody has said something, and the entries that are evidence of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from chalicelib.consent.rules import consents, preferences
from chalicelib.consent.words import Accepted, Choice, Hours, Scope, Side
from chalicelib.consent.words.ledger import Entry, Told


def tell(side: Side, told: Told, *, now: datetime) -> Side:
    """All of it said under one identifier."""
    for each in told.statements:
        side = consents.say(side, each.scope, granted=each.granted, text=each.text, now=now)
    for wish in told.wishes:
        side = preferences.switch(side, wish.topic, wish.channel, on=wish.on, now=now)
    return _agree(_quieten(side, told, now=now), told, now=now)


def hear_no(side: Side, scopes: Iterable[Scope], *, heard_at: datetime) -> Side:
    """A no to each of these under one identifier, heard at that time and looked at only now."""
    for scope in scopes:
        side = consents.hear_no(side, scope, heard_at=heard_at)
    return side


def write_entries(told: Told, changes: Iterable[tuple[Side, Side]]) -> tuple[Entry, ...]:
    """What was said of it anew, each word once, by what lies under each identifier before and after."""
    found: dict[tuple[str, str], Entry] = {}
    for before, after in changes:
        for name, entry in _find_new(told, before, after):
            found.setdefault(name, entry)
    return tuple(found.values())


def _find_new(told: Told, before: Side, after: Side) -> Iterator[tuple[tuple[str, str], Entry]]:
    """The words that are new under one identifier, by what they are about."""
    for each in told.statements:
        scope, said = each.scope, after.consents[str(each.scope)]
        if said != before.consents.get(str(scope)):
            yield ("said", str(scope)), Entry(about=scope.about, channel=scope.channel, end=scope.end, choice=said.choice, text=said.text)
    for wish in told.wishes:
        name = preferences.name_of(wish.topic, wish.channel)
        if after.preferences[name] != before.preferences.get(name):
            choice = Choice.granted if wish.on else Choice.denied
            yield ("topic", name), Entry(about="topic", topic=wish.topic, channel=wish.channel, choice=choice)
    hours = after.hours
    if hours is not None and hours != before.hours:
        yield ("hours", ""), Entry(about="hours", text=f"{hours.zone} {hours.quiet_from}-{hours.quiet_until}")
    if told.privacy is not None and after.privacy != before.privacy:
        yield ("privacy", ""), Entry(about="privacy", text=f"{told.privacy[0]}/{told.privacy[1]}")


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
