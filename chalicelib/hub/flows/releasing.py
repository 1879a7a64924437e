"""Held records looked at, mended, judged anew, let go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.errors import Missing
from chalicelib.hub.flows.dictionaries import live_dictionary
from chalicelib.hub.flows.keeping import keep_part, keep_records
from chalicelib.hub.rules import records as rules
from chalicelib.hub.rules.masking import mask_fields, mask_id, mask_raw
from chalicelib.hub.tables import quarantine as tables
from chalicelib.hub.words.dictionary import RecordType
from chalicelib.hub.words.quarantine import Cause, Group, GroupShown, Held, HeldShown, Replay, Replayed
from chalicelib.hub.words.records import Part, Ready, RecordVerdict, Verdict
from chalicelib.patience import LONG_PAUSE_S, until_done
from chalicelib.staff import flows as staff
from chalicelib.world import World

TRIES = 8
PAGE = 50
"""Held records judged anew in one go."""


def list_groups(brand: str, *, after: str | None, most: int) -> tuple[list[GroupShown], str | None]:
    """Why records are held, and where the next page begins. Groups that are empty by now are left out."""
    found = tables.list_groups(brand, after=after, most=most)
    return [_show_group(group_id, group) for group_id, group in found if group.count > 0], found[-1][0] if len(found) == most else None


def list_held(brand: str, group: str, *, after: str | None, most: int, world: World, now: datetime) -> tuple[list[HeldShown], str | None]:
    """The records of a group, and where the next page begins."""
    _demand_group(brand, group)
    found = [_open(brand, group, each, world=world) for each in tables.list_held(brand, group, after=after, most=most)]
    types = live_dictionary(brand, world=world, now=now).types
    return [_show(each, types.get(each.ready.type, RecordType())) for each in found], found[-1].id if len(found) == most else None


def replay_one(brand: str, group: str, held_id: str, changes: Mapping[str, Any], *, actor: str, world: World, now: datetime) -> Replayed:
    """Judge one held record anew, mended first, and let it go once it is kept. Repeating it is safe."""
    held = _find(brand, group, held_id, world=world)
    staff.record(brand, "quarantine.replayed", {"group": group, "record": held_id}, actor=actor, world=world, now=now)
    verdict = _replay(held, _demand_group(brand, group).cause.source, changes, world=world, now=now)
    return Replayed(verdict=verdict.verdict, code=verdict.code, problems=verdict.problems)


def replay_group(brand: str, group: str, *, actor: str, world: World, now: datetime) -> GroupShown:
    """Have every record of a group judged anew, in the background: its count tells how far that is."""
    found = _demand_group(brand, group)
    staff.record(brand, "quarantine.replayed", {"group": group}, actor=actor, world=world, now=now)
    world.queues.send("records", msgspec.json.encode(Replay(brand=brand, group=group)).decode())
    return _show_group(group, found)


def work_replay(replay: Replay, *, world: World, now: datetime) -> None:
    """Judge a page of a group anew and hand the next one on. Redelivered, it finds those that are left."""
    group = tables.read_group(replay.brand, replay.group)
    if group is None:
        return
    page = tables.list_held(replay.brand, replay.group, after=replay.after, most=PAGE)
    for sealed in page:
        _replay(_open(replay.brand, replay.group, sealed, world=world), group.cause.source, {}, world=world, now=now)
    if len(page) == PAGE:
        following = msgspec.structs.replace(replay, after=page[-1].id)
        world.queues.send("records", msgspec.json.encode(following).decode())


def work_off(work: Part | Replay, *, world: World, now: datetime) -> None:
    """What the queue of records brings: a part of a batch to keep, or a group to judge anew."""
    if isinstance(work, Part):
        keep_part(work, world=world, now=now)
    else:
        work_replay(work, world=world, now=now)


def drop(brand: str, group: str, held_id: str, *, actor: str, world: World, now: datetime) -> None:
    """Give a held record up for good; doing it again changes nothing."""
    _demand_group(brand, group)
    if tables.read_held(brand, group, held_id) is None:
        return  # nor is it written down: what is no id of ours may be anything
    staff.record(brand, "quarantine.dropped", {"group": group, "record": held_id}, actor=actor, world=world, now=now)
    _let_go(brand, group, held_id, world=world)


def _let_go(brand: str, group: str, held_id: str, *, world: World) -> None:
    """Let a held record go, or raise `Busy`: somebody else may be counting in its group."""

    def look() -> bool | None:
        return tables.release(brand, group, held_id) or tables.read_held(brand, group, held_id) is None or None

    until_done(look, tries=TRIES, longest_s=LONG_PAUSE_S, world=world)


def _replay(held: Held, source: str, changes: Mapping[str, Any], *, world: World, now: datetime) -> RecordVerdict:
    """First the record is kept, then it is let go: a crash between the two finds it kept."""
    dictionary = live_dictionary(held.brand, world=world, now=now)
    judged = rules.rejudge(held.ready, dictionary, changes)
    if judged.ready is None:
        return judged.verdict
    batch = held.id.rpartition("-")[0]
    part = Part(brand=held.brand, batch=batch, part=0, source=source, dictionary=dictionary.version, sealed="")
    (verdict,) = keep_records([judged.ready], dictionary, part, name=f"{held.id}-released", world=world, now=now)
    if verdict.verdict is not Verdict.quarantined or _moved(held, verdict, part):
        _let_go(held.brand, held.group, held.id, world=world)
    return verdict


def _moved(held: Held, verdict: RecordVerdict, part: Part) -> bool:
    """Is it held for another cause now, or under another version of the dictionary? Then it lies there."""
    return tables.group_id(Cause(part.source, held.ready.type, verdict.code or "", part.dictionary)) != held.group


def _find(brand: str, group: str, held_id: str, *, world: World) -> Held:
    sealed = tables.read_held(brand, group, held_id)
    if sealed is None:
        raise Missing(code="held_missing")
    return _open(brand, group, sealed, world=world)


def _open(brand: str, group: str, sealed: tables.Sealed, *, world: World) -> Held:
    return Held(
        brand=brand,
        group=group,
        id=sealed.id,
        held_at=sealed.held_at,
        ready=msgspec.json.decode(world.keyring.decrypt(brand, sealed.sealed), type=Ready),
    )


def _demand_group(brand: str, group: str) -> Group:
    found = tables.read_group(brand, group)
    if found is None:
        raise Missing(code="held_missing")
    return found


def _show_group(group_id: str, group: Group) -> GroupShown:
    cause = group.cause
    return GroupShown(
        id=group_id,
        source=cause.source,
        type=cause.type,
        reason=cause.reason,
        dictionary=cause.dictionary,
        count=group.count,
        first_at=group.first_at,
        last_at=group.last_at,
        sample=group.sample,
    )


def _show(held: Held, record_type: RecordType) -> HeldShown:
    ready = held.ready
    return HeldShown(
        id=held.id,
        record=mask_id(ready.id),
        held_at=held.held_at,
        at=ready.at,
        version=ready.version,
        data=mask_fields(ready.data, record_type.fields),
        raw=mask_raw(ready.raw, record_type.fields),
    )
