"""Events: whose they are, counted by the day, and what a person did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from chalicelib.errors import Busy, Refused
from chalicelib.hub.flows.holding import hold
from chalicelib.hub.rules import behaviour as rules
from chalicelib.hub.rules.owners import sort_owners
from chalicelib.hub.tables import behaviour as tables
from chalicelib.hub.words.behaviour import Behaviour, Day
from chalicelib.hub.words.records import Part, Ready, RecordVerdict, Verdict
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, Key, Rank, read_key
from chalicelib.patience import LONG_PAUSE_S, step_aside
from chalicelib.world import World

TRIES = 12


def find_owners(
    events: Sequence[Ready], part: Part, *, world: World, now: datetime
) -> tuple[dict[int, Key], dict[Key, str], list[RecordVerdict]]:
    """Whose each event is, by its place; the persons behind those who were known; and the verdicts of events nobody can have brought.

    Those who are known cost two batches of reads for all; whoever comes with several identifiers is linked once for all their events.
    """
    owners = {each.place: read_key(each.owner) for each in events if each.owner}
    named = [(each, tuple(sort_owners(each.who))) for each in events if not each.owner]
    keys = {who: identity.key_of(part.brand, who[0], world=world, now=now) for _, who in named}
    alone = {who: key for who, key in keys.items() if len(who) == 1}
    known = identity.persons_of(part.brand, alone.values()) if alone else {}
    refused: dict[tuple[Identifier, ...], Refused] = {}
    latest = {who: each.at for each, who in sorted(named, key=lambda given: given[0].at)}
    for who, key in keys.items():
        if key in known:
            continue
        try:
            _meet(part, who, at=latest[who], world=world, now=now)
        except Refused as error:
            refused[who] = error
    verdicts = []
    for each, who in named:
        if who not in refused:
            owners[each.place] = keys[who]
            continue
        hold(each, refused[who].code, part, world=world, now=now)
        why = refused[who]
        verdicts.append(RecordVerdict(place=each.place, verdict=Verdict.quarantined, code=why.code, message=why.message))
    return owners, known, verdicts


def count(events: Sequence[tuple[Ready, Key]], part: Part, *, world: World, now: datetime) -> list[RecordVerdict]:
    """Count events into the days of whoever brought them. One read and one write for each identifier and day.

    A repeat is a duplicate; what this very place of the batch had counted before something broke off is stored.
    """
    grouped: defaultdict[tuple[str, date], list[Ready]] = defaultdict(list)
    for ready, owner in events:
        grouped[str(owner), rules.day_of(ready.at)].append(ready)
    days = tables.read_days(part.brand, grouped, consistent=False) if grouped else {}
    verdicts = []
    for (key, on), done in grouped.items():
        counted = _count_day(days.get((key, on), Day(owner=key, on=on)), done, part, world=world, now=now)
        kinds = [Verdict.stored if is_counted else Verdict.duplicate for is_counted in counted]
        verdicts += [RecordVerdict(place=ready.place, verdict=kind) for ready, kind in zip(done, kinds, strict=True)]
    return verdicts


def show_behaviour(brand: str, person: str, *, within: int, now: datetime) -> Behaviour:
    """What a person did on the last days, by each identifier of theirs."""
    since = rules.first_day(now, within)
    keys = identity.keys_of_person(brand, person)
    return rules.fold((day for key in keys for day in tables.list_days(brand, str(key), since=since)), within=within)


def _count_day(day: Day, events: Sequence[Ready], part: Part, *, world: World, now: datetime) -> list[bool]:
    """Count, and keep the day if nobody has kept it meanwhile; look again otherwise."""
    told = [(rules.key_of(each, part.source), rules.bringer_of(each, part.batch), str(each.data["name"])) for each in events]
    for _ in range(TRIES):
        after, counted = rules.count_events(day, told)
        if after is day or tables.keep_day(part.brand, after, now=now):
            return counted
        step_aside(world, LONG_PAUSE_S)
        day = tables.read_days(part.brand, [(day.owner, day.on)], consistent=True).get((day.owner, day.on), Day(owner=day.owner, on=day.on))
    raise Busy("Too many events of one identifier at once; try again.")


def _meet(part: Part, who: tuple[Identifier, ...], *, at: datetime, world: World, now: datetime) -> None:
    owner, *others = who
    if not others:
        identity.meet(part.brand, owner, world=world, now=now)
    for other in others:
        identity.assert_link(part.brand, owner, other, rank=Rank.declared, source=part.source, at=at, world=world, now=now)
