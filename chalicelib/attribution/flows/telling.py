"""What is told of touches: figures by way in, somebody's touches, those an order has to thank."""

from __future__ import annotations

from datetime import date, datetime

from chalicelib.attribution.flows.naming import describe_entries
from chalicelib.attribution.rules import pins, stats
from chalicelib.attribution.tables import counting
from chalicelib.attribution.tables import touches as tables
from chalicelib.attribution.words import EntryStats, Mode, OrderTouches, OutcomeKind, Touch, TouchesPage, TouchShown
from chalicelib.errors import Missing
from chalicelib.hub.flows.keeping import record_key
from chalicelib.identity import flows as identity
from chalicelib.world import World

Place = tuple[datetime, str]


def sum_up(brand: str, first: date, last: date, mode: Mode) -> EntryStats:
    """What every way in brought and cost over some days: a query for each month and shard, and the registry."""
    counted = list(counting.read_counters(brand, first, last))
    registry = describe_entries(brand, {entry for _, entry, _ in counted}, first, last)
    return stats.sum_up(counted, mode, first, last, registry)


def list_touches(brand: str, person: str, *, before: Place | None, most: int) -> TouchesPage:
    """A person's touches over every identifier they have, and the links they opened before they were known; the latest first."""
    owners = _owners(brand, person)
    found = {touch.id: touch for owner in owners for touch in tables.list_latest(brand, owner, before=before, most=most)}
    touches = sorted(found.values(), key=lambda touch: touch.place, reverse=True)
    return TouchesPage(
        person=person,
        first=_show(_end(brand, owners, latest=False)),
        last=_show(_end(brand, owners, latest=True)),
        touches=tuple(_shown(touch) for touch in touches[:most]),
        cursor=_write_place(touches[most - 1]) if len(touches) > most else None,
    )


def show_order(brand: str, order_id: str, *, world: World, now: datetime) -> OrderTouches:
    """Which touches an order has to thank, by its number."""
    key = record_key(brand, "order", order_id, world=world, now=now)
    outcome = counting.read_outcome(brand, OutcomeKind.order, key)
    if outcome is None:
        raise Missing(code="order_missing")
    return OrderTouches(
        order=order_id,
        at=outcome.at,
        first=_show(outcome.first),
        last=_show(outcome.last),
        orders=outcome.worth.get("orders", 0),
        money_fen=outcome.worth.get("money_fen", 0),
        final=not pins.is_open(outcome.heard_at, now),
    )


def _owners(brand: str, person: str) -> list[str]:
    keys = [str(key) for key in identity.keys_of_person(brand, person)]
    return [*keys, *sorted({visit for key in keys for visit in tables.list_visits(brand, key)})]


def _end(brand: str, owners: list[str], *, latest: bool) -> Touch | None:
    """The first or the last touch of several identifiers that names an entry."""
    ends = [end for owner in owners if (end := tables.find_end(brand, owner, latest=latest)) is not None]
    return (max if latest else min)(ends, key=lambda touch: touch.place, default=None)


def _show(touch: Touch | None) -> TouchShown | None:
    return None if touch is None else _shown(touch)


def _shown(touch: Touch) -> TouchShown:
    return TouchShown(
        id=touch.id,
        kind=touch.kind,
        at=touch.at,
        entry=touch.entry or None,
        account=touch.account or None,
        scene=touch.scene,
        carrier=touch.carrier or None,
        placement=touch.placement or None,
        referrer_appid=touch.referrer_appid or None,
        utm=touch.utm,
    )


def _write_place(touch: Touch) -> str:
    return f"{touch.at.isoformat()}|{touch.id}"
