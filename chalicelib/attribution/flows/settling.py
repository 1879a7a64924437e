"""What came of touches: follows, registrations, orders and arrivals without an entry, each counted once under what it has to thank."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from chalicelib.attribution.rules import pins
from chalicelib.attribution.tables import counting
from chalicelib.attribution.tables import touches as tables
from chalicelib.attribution.words import Cause, Outcome, OutcomeKind, Touch
from chalicelib.errors import Busy
from chalicelib.identity import flows as identity
from chalicelib.identity.rules.coverage import day_of
from chalicelib.identity.words import read_key
from chalicelib.world import World

TRIES = 12
Look = Callable[[Outcome | None], Cause | None]
"""What is to be counted, seen after what was counted was read; nothing when it stays as it is."""


def settle(brand: str, kind: OutcomeKind, outcome_id: str, look: Look, *, world: World, now: datetime) -> None:
    """Attribute something and count it: the difference to what was counted of it before, in one transaction with its row.

    Until an hour after it was heard its touches are looked for again, later only its worth and time change. Safe to repeat, and at once:
    what it is worth is read after its row, which nobody else may have written since.
    """
    for attempt in range(TRIES):
        known = counting.read_outcome(brand, kind, outcome_id)
        cause = look(known)
        if cause is None:
            return
        outcome = _attribute(brand, kind, outcome_id, cause, known, world=world, now=now)
        if known is not None and _is_same(outcome, known):
            return
        if counting.keep_outcome(brand, outcome, pins.difference(outcome.counted, known.counted if known else {})):
            return
        world.pause(0.02 * attempt)
    raise Busy("Too many changes at once to what came of a touch; try again.")


def settle_again(brand: str, person: str, *, since: datetime | None = None, world: World, now: datetime) -> None:
    """Look again at what was heard of somebody within the hour, and was not before a moment: a touch or a join came late."""
    for kind, outcome_id, noted in counting.list_open(brand, person, since=since, now=now):
        settle(brand, kind, outcome_id, partial(_as_it_is, noted), world=world, now=now)


def _as_it_is(noted: Cause, known: Outcome | None) -> Cause:
    """What was noted and is not kept yet is kept without worth: whoever is at it has looked too early, finds it and looks again."""
    return Cause(owner=known.owner, at=known.at, worth=known.worth) if known else noted


def _attribute(
    brand: str, kind: OutcomeKind, outcome_id: str, cause: Cause, known: Outcome | None, *, world: World, now: datetime
) -> Outcome:
    heard_at = known.heard_at if known else now
    first, last = (known.first, known.last) if known else (None, None)
    if pins.is_open(heard_at, now):
        within = timedelta(days=world.settings.attribution_days)
        keys = _note_and_find_keys(brand, kind, outcome_id, cause, heard_at)
        found = _fold(brand, keys, since=cause.at - max(within, pins.INHERITS_FOR))
        first, last = pins.pin_for(kind, found, at=cause.at, within=within)
    day = day_of(cause.at, utc_offset_h=world.settings.utc_offset_h)
    return Outcome(
        kind=kind,
        id=outcome_id,
        owner=cause.owner,
        at=cause.at,
        heard_at=heard_at,
        worth=cause.worth,
        counted=pins.count(day, first, last, cause.worth),
        revision=known.revision + 1 if known else 1,
        first=first,
        last=last,
    )


def _note_and_find_keys(brand: str, kind: OutcomeKind, outcome_id: str, cause: Cause, heard_at: datetime) -> list[str]:
    """Every identifier of whoever it is of, once it is noted that a late touch of theirs may change it.

    In this order: a touch that is kept meanwhile is found by the reads that follow, or finds the note.
    """
    known = identity.known_since(brand, read_key(cause.owner))
    if known is None:
        return [cause.owner]
    counting.note_open(brand, known[0], kind, outcome_id, cause, heard_at=heard_at)
    return [str(key) for key in identity.keys_of_person(brand, known[0])]


def _fold(brand: str, owners: list[str], *, since: datetime) -> list[Touch]:
    """The touches of all of somebody's identifiers that name an entry, with those of the links they opened before they were known."""
    found: dict[str, Touch] = {}
    visits: set[str] = set()
    for owner in owners:
        touches, theirs = tables.list_named(brand, owner, since=since)
        found.update((touch.id, touch) for touch in touches)
        visits.update(theirs)
    for visit in sorted(visits):
        found.update((touch.id, touch) for touch in tables.list_named(brand, visit, since=since)[0])
    return list(found.values())


def _is_same(outcome: Outcome, known: Outcome) -> bool:
    def said(each: Outcome) -> tuple[object, ...]:
        return each.owner, each.at, each.worth, each.counted, each.first, each.last

    return said(outcome) == said(known)
