"""Broadcasts as callers see them: how far each is, and its messages as they are now."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.broadcasts import rules
from chalicelib.broadcasts.flows import laying, sending
from chalicelib.broadcasts.tables import broadcasts as tables
from chalicelib.broadcasts.tables import parts as parts_tables
from chalicelib.broadcasts.words import Broadcast, Entry
from chalicelib.broadcasts.words.orders import BroadcastListed, BroadcastShown
from chalicelib.messaging.flows import showing
from chalicelib.messaging.tables import messages
from chalicelib.messaging.words import State
from chalicelib.messaging.words.orders import MessageShown
from chalicelib.world import World

PARTS_A_PAGE = 5


def show(broadcast: Broadcast, *, world: World, now: datetime) -> BroadcastShown:
    """A broadcast and how far it is, added up from its parts."""
    content = laying.open_sealed(broadcast, world=world).content
    outcomes = rules.add_up(parts_tables.list_parts(broadcast.brand, broadcast.id))
    looked_at = sum(each.people for each in outcomes)
    rate = parts_tables.read_taken(broadcast.brand, broadcast.id, now - rules.A_MINUTE)
    listed = msgspec.structs.asdict(_list(broadcast, world=world, now=now))
    return BroadcastShown(
        **listed,
        topic=content.topic or "",
        holdout=content.holdout,
        expires_at=content.expires_at,
        per_minute=broadcast.per_minute,
        waits_until=broadcast.waits_until if broadcast.waits_until is not None and broadcast.waits_until > now else None,
        looked_at=looked_at,
        outcomes=outcomes,
        sent_last_minute=rate,
        ends_at=rules.ends_at(broadcast, left=broadcast.people - looked_at, rate=rate, now=now),
    )


def list_broadcasts(brand: str, *, before: str | None, most: int, world: World, now: datetime) -> tuple[list[BroadcastListed], str | None]:
    """Broadcasts, the latest first, and where earlier ones begin."""
    places = tables.list_places(brand, before=before, most=most + 1)
    ids = [place.partition("#")[2] for place in places[:most]]
    kept = tables.read_broadcasts(brand, ids)
    shown = [_list(kept[each], world=world, now=now) for each in ids if each in kept]
    return shown, places[most - 1] if len(places) > most else None


def list_messages(
    broadcast: Broadcast, state: State | None, *, first: int, most: int, world: World, now: datetime
) -> tuple[list[MessageShown], int | None]:
    """Messages from a place of the audience on, those in one state or all, and the place the next page begins with.

    A page looks at five parts at most: where few are in the state, it may be empty and still lead on.
    """
    found: list[MessageShown] = []
    for number in range(first // rules.PART, min(first // rules.PART + PARTS_A_PAGE, broadcast.parts)):
        start = number * rules.PART
        for place, message in _messages_of(broadcast, number, world=world, now=now):
            if start + place < first or (state is not None and message.state is not state):
                continue
            if len(found) == most:
                return found, start + place
            found.append(message)
    following = (first // rules.PART + PARTS_A_PAGE) * rules.PART
    return found, following if following < broadcast.parts * rules.PART else None


def _messages_of(broadcast: Broadcast, number: int, *, world: World, now: datetime) -> list[tuple[int, MessageShown]]:
    """The messages of a part as they are now, with the place of each; there is none of who was not looked at, or held out."""
    people = parts_tables.read_people(broadcast.brand, broadcast.id, number, broadcast.fingerprint)
    if people is None:
        return []
    entries = msgspec.json.decode(world.keyring.decrypt(broadcast.brand, people), type=tuple[Entry, ...])
    ids = [sending.message_id(broadcast, sending.cause_of(broadcast.brand, entry, world=world, now=now)) for entry in entries]
    kept = messages.read_messages(broadcast.brand, dict.fromkeys(ids))
    return [(place, showing.show(kept[each], now=now)) for place, each in enumerate(ids) if each in kept]


def _list(broadcast: Broadcast, *, world: World, now: datetime) -> BroadcastListed:
    content = laying.open_sealed(broadcast, world=world).content
    return BroadcastListed(
        id=broadcast.id,
        name=content.name,
        purpose=content.purpose,
        state=rules.state_of(broadcast).value,
        why=rules.why_of(broadcast, now),
        started_at=broadcast.started_at,
        begins_at=broadcast.begins_at,
        by=broadcast.by,
        people=broadcast.people,
        laid=broadcast.laid,
    )
