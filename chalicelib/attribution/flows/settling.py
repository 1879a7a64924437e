"""What came of touches: follows, registrations, orders and arrivals without an entry, each counted once under what it has to thank."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from chalicelib.attribution.rules import pins
from chalicelib.attribution.tables import counting
from chalicelib.attribution.tables import touches as tables
from chalicelib.attribution.words import Cause, Name, Outcome, Touch
from chalicelib.errors import Busy
from chalicelib.identity import flows as identity
from chalicelib.identity.rules.coverage import day_of
from chalicelib.identity.words import read_key
from chalicelib.patience import LONG_PAUSE_S, step_aside
from chalicelib.world import World

TRIES = 12
TOGETHER = 20
"""So many in one transaction at most: each is a row and moves four counters if it comes to that, and a transaction has a hundred places."""
Known = Mapping[Name, Outcome]
Look = Callable[[Sequence[Name], Known], Mapping[Name, Cause]]
"""What is to be counted, seen after what was counted was read; what is not in it stays as it is."""


def settle(brand: str, names: Iterable[Name], look: Look, *, world: World, now: datetime) -> None:
    """Attribute something and count it: the difference to what was counted of it before, in one transaction with its row.

    Until an hour after it was heard its touches are looked for again, later only its worth and time change. Safe to repeat, and at once:
    what it is worth is read after its row, which nobody else may have written since. Many go together; where somebody else was at one
    of them, they go again in smaller groups, and at last alone.
    """
    waiting = list(dict.fromkeys(names))
    for attempt in range(TRIES):
        size = max(TOGETHER >> 2 * attempt, 1)
        groups = [waiting[start : start + size] for start in range(0, len(waiting), size)]
        waiting = [name for group in groups for name in _settle_once(brand, group, look, world=world, now=now)]
        if not waiting:
            return
        step_aside(world, LONG_PAUSE_S)
    raise Busy("Too many changes at once to what came of a touch; try again.")


def settle_again(brand: str, person: str, *, since: datetime | None = None, world: World, now: datetime) -> None:
    """Look again at what was heard of somebody within the hour, and was not before a moment: a touch or a join came late."""
    noted = counting.list_open(brand, person, since=since, now=now)

    def look(names: Sequence[Name], known: Known) -> Mapping[Name, Cause]:
        return {name: _as_it_is(noted[name], known.get(name)) for name in names}

    settle(brand, noted, look, world=world, now=now)


def _as_it_is(noted: Cause, known: Outcome | None) -> Cause:
    """What was noted and is not kept yet is kept without worth: whoever is at it has looked too early, finds it and looks again."""
    return Cause(owner=known.owner, at=known.at, worth=known.worth) if known else noted


def _settle_once(brand: str, names: Sequence[Name], look: Look, *, world: World, now: datetime) -> list[Name]:
    """Count each of a group, all or none; those that have to be looked at again."""
    known = counting.read_outcomes(brand, names)
    outcomes = _attribute(brand, look(names, known), known, world=world, now=now)
    moved = {name: each for name, each in outcomes.items() if name not in known or not _is_same(each, known[name])}
    before = pins.add_lines(*(known[name].counted for name in moved if name in known))
    changes = pins.difference(pins.add_lines(*(each.counted for each in moved.values())), before)
    if not moved or counting.keep_outcomes(brand, list(moved.values()), changes):
        return []
    return list(moved)


def _attribute(brand: str, causes: Mapping[Name, Cause], known: Known, *, world: World, now: datetime) -> dict[Name, Outcome]:
    heard = {name: known[name].heard_at if name in known else now for name in causes}
    may_change = {name: cause for name, cause in causes.items() if pins.is_open(heard[name], now)}
    within = timedelta(days=world.settings.attribution_days)
    found = _note_and_find_touches(brand, may_change, heard, reach=max(within, pins.INHERITS_FOR))
    outcomes = {}
    for name, cause in causes.items():
        before = known.get(name)
        first, last = (before.first, before.last) if before else (None, None)
        if name in found:
            first, last = pins.pin_for(name[0], found[name], at=cause.at, within=within)
        outcomes[name] = Outcome(
            kind=name[0],
            id=name[1],
            owner=cause.owner,
            at=cause.at,
            heard_at=heard[name],
            worth=cause.worth,
            counted=pins.count(day_of(cause.at, utc_offset_h=world.settings.utc_offset_h), first, last, cause.worth),
            revision=before.revision + 1 if before else 1,
            first=first,
            last=last,
        )
    return outcomes


def _note_and_find_touches(
    brand: str, causes: Mapping[Name, Cause], heard: Mapping[Name, datetime], *, reach: timedelta
) -> dict[Name, list[Touch]]:
    """The touches of whoever each is of, by all their identifiers, once it is noted that a late one may change it.

    In this order: a touch that is kept meanwhile, or somebody who is joined, is found by the reads that follow, or finds the note.
    """
    if not causes:
        return {}
    people = identity.known_since_each(brand, {read_key(cause.owner) for cause in causes.values()})
    whose = {name: people[read_key(cause.owner)][0] for name, cause in causes.items() if read_key(cause.owner) in people}
    counting.note_open(brand, [(person, name, causes[name], heard[name]) for name, person in whose.items()])
    keys = identity.keys_of_each(brand, set(whose.values()))
    owners = {name: [str(key) for key in keys[whose[name]]] if name in whose else [cause.owner] for name, cause in causes.items()}
    since: dict[str, datetime] = {}
    for name, cause in causes.items():
        since.update({owner: min(cause.at - reach, since.get(owner, cause.at)) for owner in owners[name]})
    found = {owner: _list_touches(brand, owner, since=moment) for owner, moment in since.items()}
    return {name: list({touch.id: touch for owner in theirs for touch in found[owner]}.values()) for name, theirs in owners.items()}


def _list_touches(brand: str, owner: str, *, since: datetime) -> list[Touch]:
    """An identifier's touches that name an entry, with those of the links that were opened before anybody knew by whom."""
    touches, visits = tables.list_named(brand, owner, since=since)
    return [*touches, *(touch for visit in visits for touch in tables.list_named(brand, visit, since=since)[0])]


def _is_same(outcome: Outcome, known: Outcome) -> bool:
    def said(each: Outcome) -> tuple[object, ...]:
        return each.owner, each.at, each.worth, each.counted, each.first, each.last

    return said(outcome) == said(known)
