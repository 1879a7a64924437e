"""Records kept: whom they are about, which version counts, what is held, each once however often this runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

import msgspec

from chalicelib.errors import Busy, Refused
from chalicelib.hub.flows import behaviour
from chalicelib.hub.flows.archiving import archive
from chalicelib.hub.flows.dictionaries import dictionary_of_version
from chalicelib.hub.flows.holding import hold
from chalicelib.hub.flows.sampling import leave_samples
from chalicelib.hub.flows.sources import keep_counted, settle
from chalicelib.hub.flows.taking import open_part
from chalicelib.hub.rules import records as rules
from chalicelib.hub.rules import versions as version_rules
from chalicelib.hub.rules.defaults import BEHAVIOUR
from chalicelib.hub.rules.owners import sort_owners
from chalicelib.hub.tables import batches
from chalicelib.hub.tables import records as tables
from chalicelib.hub.words.dictionary import Dictionary, RecordType
from chalicelib.hub.words.records import Body, Current, Known, Part, PartDone, Ready, RecordVerdict, Verdict, Version
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Key, Rank, read_key
from chalicelib.patience import LONG_PAUSE_S, step_aside
from chalicelib.world import World

TRIES = 12


def keep_part(part: Part, *, world: World, now: datetime) -> None:
    """Keep every record of a part. Redelivered, it has one effect, and the verdicts of the first time stay."""
    if part.told and batches.is_part_done(part.brand, part.batch, part.part):
        settle(part)
        return
    dictionary = dictionary_of_version(part.brand, part.dictionary, world=world, now=now)
    records, name = open_part(part, world=world), f"{part.batch}-{part.part:04d}"
    verdicts = keep_records(records, dictionary, part, name=name, world=world, now=now)
    if part.told:
        _finish(part, records, PartDone(part=part.part, verdicts=verdicts), world=world, now=now)


def _finish(part: Part, records: Sequence[Ready], done: PartDone, *, world: World, now: datetime) -> None:
    """Keep what came of a part, counted with the same write; and leave some of its records as a sample for a later dictionary."""

    def key_of(ready: Ready) -> str:
        return record_key(part.brand, ready.type, ready.id, world=world, now=now)

    leave_samples(part, [ready for ready in records if ready.type != BEHAVIOUR], done, key_of=key_of, now=now)
    keep_counted(part, records, done, world=world, now=now)
    settle(part)


def keep_records(
    records: Sequence[Ready], dictionary: Dictionary, part: Part, *, name: str, world: World, now: datetime
) -> tuple[RecordVerdict, ...]:
    """Keep each record, hand what is kept to the archive under a name, and count the events.

    In this order: what is counted and is not in the archive would be lost if this broke off.
    """
    events = [ready for ready in records if ready.type == BEHAVIOUR and not ready.hold]
    others = [ready for ready in records if ready.type != BEHAVIOUR or ready.hold]
    glance = _glance_at([ready for ready in others if not ready.hold], part, world=world, now=now)
    kept = _keep_each(others, dictionary, part, glance, world=world, now=now)
    stored = [(ready, _owner_of(ready, part, world=world, now=now)) for ready, verdict in kept if _is_version(verdict)]
    owners, known, refused = behaviour.find_owners(events, part, world=world, now=now)
    done = [(ready, owners[ready.place]) for ready in events if ready.place in owners]
    archive(part, name, [*stored, *done], known={**glance.known, **known}, world=world, now=now)
    return (*(verdict for _, verdict in kept), *refused, *behaviour.count(done, part, world=world, now=now))


def _keep_each(
    records: Sequence[Ready], dictionary: Dictionary, part: Part, glance: Glance, *, world: World, now: datetime
) -> list[tuple[Ready, RecordVerdict]]:
    """Keep several records at once, for each is a write to wait for. Those by one id go one after the other, as they came; those that
    are held besides, for all of a cause are counted in one place."""
    apart: defaultdict[tuple[str, str], list[Ready]] = defaultdict(list)
    for ready in records:
        apart[("", "") if ready.hold else (ready.type, ready.id)].append(ready)

    def keep(alike: Sequence[Ready]) -> list[tuple[Ready, RecordVerdict]]:
        return [
            (ready, _keep_record(ready, dictionary.types.get(ready.type, RecordType()), part, glance, world=world, now=now))
            for ready in alike
        ]

    kept = world.together([partial(keep, alike) for alike in apart.values()])
    return sorted(chain.from_iterable(kept), key=lambda each: each[0].place)


class Glance(msgspec.Struct):
    """Who is known, as which person, and how records stand: read for a whole part at once, and maybe a moment old."""

    known: dict[Key, str]
    records: dict[tuple[str, str], Current]


def _glance_at(records: Sequence[Ready], part: Part, *, world: World, now: datetime) -> Glance:
    alone = {
        identity.key_of(part.brand, ready.who[0], world=world, now=now) for ready in records if not ready.owner and len(ready.who) == 1
    }
    known = identity.persons_of(part.brand, alone) if alone else {}
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for ready in records:
        keys[ready.type].add(record_key(part.brand, ready.type, ready.id, world=world, now=now))
    standing = [each for kind, named in keys.items() for each in tables.read_by_keys(part.brand, kind, named)]
    return Glance(known, {(each.type, each.key): each for each in standing})


def _is_version(verdict: RecordVerdict) -> bool:
    """Was a version of the record kept? One that goes back is, though it is held."""
    return verdict.verdict is Verdict.stored or verdict.code == "backwards"


def _owner_of(ready: Ready, part: Part, *, world: World, now: datetime) -> Key:
    """The key of the identifier that brought a record."""
    return read_key(ready.owner) if ready.owner else identity.key_of(part.brand, sort_owners(ready.who)[0], world=world, now=now)


def record_key(brand: str, kind: str, record_id: str, *, world: World, now: datetime) -> str:
    """What a record is kept under: the keyed hash of its id, which may name a person."""
    return world.keyring.hash(brand, f"record:{kind}:{record_id}", now=now)


def _keep_record(ready: Ready, record_type: RecordType, part: Part, glance: Glance, *, world: World, now: datetime) -> RecordVerdict:
    """Keep one record, once however often this runs; what is wrong with it holds it alone."""
    if ready.hold:
        hold(ready, ready.hold, part, world=world, now=now)
        return RecordVerdict(place=ready.place, verdict=Verdict.quarantined)
    try:
        owner = _recognise(ready, part, glance, world=world, now=now)
    except Refused as refused:
        hold(ready, refused.code, part, world=world, now=now)
        return RecordVerdict(place=ready.place, verdict=Verdict.quarantined, code=refused.code, message=refused.message)
    return _keep_version(ready, record_type, owner, part, glance, world=world, now=now)


def _recognise(ready: Ready, part: Part, glance: Glance, *, world: World, now: datetime) -> Key:
    """The identifier that brought the record, known from now on and linked with the others it came with."""
    if ready.owner:
        return read_key(ready.owner)
    owner, *others = sort_owners(ready.who)
    key = identity.key_of(part.brand, owner, world=world, now=now)
    if not others and key not in glance.known:
        identity.meet(part.brand, owner, world=world, now=now)
    for other in others:
        identity.assert_link(part.brand, owner, other, rank=Rank.declared, source=part.source, at=ready.at, world=world, now=now)
    return key


def _keep_version(
    ready: Ready, record_type: RecordType, owner: Key, part: Part, glance: Glance, *, world: World, now: datetime
) -> RecordVerdict:
    """Look, then write if nobody has written meanwhile; look again otherwise."""
    key, by = record_key(part.brand, ready.type, ready.id, world=world, now=now), f"{part.batch}#{ready.place}"
    version = _version_of(ready, record_type, owner, part, by, world=world, now=now)
    for attempt in range(TRIES):
        current = tables.read_record(part.brand, ready.type, key) if attempt else glance.records.get((ready.type, key))
        versions = (*current.others, current.version) if current else ()
        known = next((each for each in versions if version_rules.name_of(each) == version_rules.name_of(version)), None)
        if known is not None and known.by != by:
            return RecordVerdict(place=ready.place, verdict=Verdict.duplicate)
        if known is not None and current is not None:  # this very record brought it, and then there was a crash
            return _tell(ready, known, current, part, world=world, now=now)
        if len(versions) >= version_rules.MOST_VERSIONS:
            hold(ready, "too_many_versions", part, world=world, now=now)
            return RecordVerdict(
                place=ready.place, verdict=Verdict.quarantined, code="too_many_versions", message=rules.TELLS["too_many_versions"]
            )
        after, aside = _count_in(version, current, brand=part.brand, kind=ready.type, key=key)
        gone_at = now + timedelta(days=record_type.retention_days)
        if tables.keep_record(after, aside=aside, news=_news(after, version, current), gone_at=gone_at, now=now):
            glance.records[ready.type, key] = after
            (kept,) = (each for each in (*after.others, after.version) if version_rules.name_of(each) == version_rules.name_of(version))
            return _tell(ready, kept, after, part, world=world, now=now)
        step_aside(world, LONG_PAUSE_S)
    raise Busy("Too many changes to this record at once; try again.")


def _count_in(version: Version, current: Current | None, *, brand: str, kind: str, key: str) -> tuple[Current, list[Version]]:
    """The record with one version more, and those of its versions that are held from now on and may count again."""
    if current is None:
        return Current(brand=brand, type=kind, key=key, revision=1, version=version), []
    stands, held = version_rules.count([*current.others, current.version, version])
    assert stands is not None
    counted = version_rules.name_of(current.version)
    version = msgspec.structs.replace(version, holds=counted if counted in held else "")
    at_hand = {version_rules.name_of(each): each for each in (current.version, version)}
    name = version_rules.name_of(stands)
    others = [version_rules.known_of(each) for each in (*current.others, current.version, version) if version_rules.name_of(each) != name]
    after = msgspec.structs.replace(
        current,
        revision=current.revision + 1,
        version=at_hand.get(name) or tables.read_held(brand, kind, key, name),
        others=tuple(others),
        held=held,
    )
    return after, [each for each in at_hand.values() if version_rules.name_of(each) in held]


def _tell(ready: Ready, version: Known, current: Current, part: Part, *, world: World, now: datetime) -> RecordVerdict:
    if version.holds:
        held = tables.read_held(part.brand, ready.type, current.key, version.holds)
        _hold_kept(held, ready.type, part.brand, world=world, now=now)
    if version_rules.name_of(version) not in current.held:
        return RecordVerdict(place=ready.place, verdict=Verdict.stored)
    hold(ready, "backwards", part, world=world, now=now)
    return RecordVerdict(place=ready.place, verdict=Verdict.quarantined, code="backwards", message=rules.TELLS["backwards"])


def _hold_kept(version: Version, kind: str, brand: str, *, world: World, now: datetime) -> None:
    """A version that counted until an earlier one came, from which it goes back: an operator is told as of any other."""
    body = msgspec.json.decode(world.keyring.decrypt(brand, version.sealed), type=Body)
    batch = version.by.rpartition("#")[0]
    part = Part(brand=brand, batch=batch, part=0, source=version.source, dictionary=version.dictionary, sealed="")
    hold(version_rules.reopen(version, body, kind), "backwards", part, world=world, now=now)


def _version_of(ready: Ready, record_type: RecordType, owner: Key, part: Part, by: str, *, world: World, now: datetime) -> Version:
    body = msgspec.json.encode(Body(id=ready.id, data=ready.data, raw=ready.raw)).decode()
    return Version(
        number=ready.version,
        content=world.keyring.hash(part.brand, f"content:{rules.said_by(ready)}", now=now)[:16],
        by=by,
        state=rules.state_of(ready, record_type),
        correction=ready.data.get("correction") is True,
        at=ready.at.replace(microsecond=0),
        owner=str(owner),
        source=part.source,
        dictionary=part.dictionary,
        sealed=world.keyring.encrypt(part.brand, body, now=now),
    )


def _news(after: Current, version: Version, before: Current | None) -> str | None:
    """What is announced: that the record was stored, unless this version of it is held; and whose it was, if it turned out another's."""
    if version_rules.name_of(version) in after.held:
        return None
    body = {"type": after.type, "key": after.key, "owner": version.owner, "version": version.number}
    if before is not None and before.version.owner != after.version.owner:
        body["before"] = before.version.owner
    return msgspec.json.encode([{"kind": "record.stored", "body": body}]).decode()
