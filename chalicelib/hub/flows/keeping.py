"""Records kept: whom they are about, which version counts, what is held, each once however often this runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

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
from chalicelib.hub.rules.defaults import BEHAVIOUR
from chalicelib.hub.rules.owners import sort_owners
from chalicelib.hub.tables import batches
from chalicelib.hub.tables import records as tables
from chalicelib.hub.words.dictionary import Dictionary, RecordType
from chalicelib.hub.words.records import Body, Current, Part, PartDone, Ready, RecordVerdict, Verdict, Version
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Key, Rank, read_key
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
    kept = [
        (ready, _keep_record(ready, dictionary.types.get(ready.type, RecordType()), part, world=world, now=now))
        for ready in records
        if ready.type != BEHAVIOUR or ready.hold
    ]
    stored = [(ready, _owner_of(ready, part, world=world, now=now)) for ready, verdict in kept if _is_version(verdict)]
    owners, refused = behaviour.find_owners(events, part, world=world, now=now)
    done = [(ready, owners[ready.place]) for ready in events if ready.place in owners]
    archive(part, name, [*stored, *done], world=world, now=now)
    return (*(verdict for _, verdict in kept), *refused, *behaviour.count(done, part, world=world, now=now))


def _is_version(verdict: RecordVerdict) -> bool:
    """Was a version of the record kept? One that goes back is, though it is held."""
    return verdict.verdict is Verdict.stored or verdict.code == "backwards"


def _owner_of(ready: Ready, part: Part, *, world: World, now: datetime) -> Key:
    """The key of the identifier that brought a record."""
    return read_key(ready.owner) if ready.owner else identity.key_of(part.brand, sort_owners(ready.who)[0], world=world, now=now)


def record_key(brand: str, kind: str, record_id: str, *, world: World, now: datetime) -> str:
    """What a record is kept under: the keyed hash of its id, which may name a person."""
    return world.keyring.hash(brand, f"record:{kind}:{record_id}", now=now)


def _keep_record(ready: Ready, record_type: RecordType, part: Part, *, world: World, now: datetime) -> RecordVerdict:
    """Keep one record, once however often this runs; what is wrong with it holds it alone."""
    if ready.hold:
        hold(ready, ready.hold, part, world=world, now=now)
        return RecordVerdict(place=ready.place, verdict=Verdict.quarantined)
    try:
        owner = _recognise(ready, part, world=world, now=now)
    except Refused as refused:
        hold(ready, refused.code, part, world=world, now=now)
        return RecordVerdict(place=ready.place, verdict=Verdict.quarantined, code=refused.code, message=refused.message)
    return _keep_version(ready, record_type, owner, part, world=world, now=now)


def _recognise(ready: Ready, part: Part, *, world: World, now: datetime) -> Key:
    """The identifier that brought the record, known from now on and linked with the others it came with."""
    if ready.owner:
        return read_key(ready.owner)
    owner, *others = sort_owners(ready.who)
    if not others:
        return identity.meet(part.brand, owner, world=world, now=now).key
    for other in others:
        identity.assert_link(part.brand, owner, other, rank=Rank.declared, source=part.source, at=ready.at, world=world, now=now)
    return identity.key_of(part.brand, owner, world=world, now=now)


def _keep_version(ready: Ready, record_type: RecordType, owner: Key, part: Part, *, world: World, now: datetime) -> RecordVerdict:
    """Look, then write if nobody has written meanwhile; look again otherwise."""
    key, by = record_key(part.brand, ready.type, ready.id, world=world, now=now), f"{part.batch}#{ready.place}"
    version = _version_of(ready, record_type, owner, part, by, world=world, now=now)
    for attempt in range(TRIES):
        current, versions = tables.read_record(part.brand, ready.type, key)
        known = next((each for each in versions if rules.name_of(each) == rules.name_of(version)), None)
        if known is not None:
            return _tell_known(ready, known, by, current, versions, part, world=world, now=now)
        if len(versions) >= rules.MOST_VERSIONS:
            hold(ready, "too_many_versions", part, world=world, now=now)
            return RecordVerdict(
                place=ready.place, verdict=Verdict.quarantined, code="too_many_versions", message=rules.TELLS["too_many_versions"]
            )
        stands, held = rules.count([*versions, version])
        assert stands is not None
        before = current.held if current else ()
        holds = tuple(sorted({*held} - {*before, rules.name_of(version)}))
        after = Current(
            brand=part.brand,
            type=ready.type,
            key=key,
            revision=current.revision + 1 if current else 1,
            version=stands,
            held=held,
        )
        gone_at = now + timedelta(days=record_type.retention_days)
        kept, facts = msgspec.structs.replace(version, holds=holds), _facts(after, version)
        if tables.keep_version(kept, after, facts=facts, gone_at=gone_at, now=now):
            return _tell(ready, kept, held, versions, part, world=world, now=now)
        world.pause(0.02 * attempt)
    raise Busy("Too many changes to this record at once; try again.")


def _tell_known(
    ready: Ready,
    known: Version,
    by: str,
    current: Current | None,
    versions: Sequence[Version],
    part: Part,
    *,
    world: World,
    now: datetime,
) -> RecordVerdict:
    """Brought by this very record: it was kept before a crash. By another one: a duplicate."""
    if known.by != by:
        return RecordVerdict(place=ready.place, verdict=Verdict.duplicate)
    return _tell(ready, known, current.held if current else (), versions, part, world=world, now=now)


def _tell(
    ready: Ready, version: Version, held: tuple[str, ...], versions: Sequence[Version], part: Part, *, world: World, now: datetime
) -> RecordVerdict:
    for other in versions:
        if rules.name_of(other) in version.holds:
            _hold_kept(other, ready.type, part.brand, world=world, now=now)
    if rules.name_of(version) not in held:
        return RecordVerdict(place=ready.place, verdict=Verdict.stored)
    hold(ready, "backwards", part, world=world, now=now)
    return RecordVerdict(place=ready.place, verdict=Verdict.quarantined, code="backwards", message=rules.TELLS["backwards"])


def _hold_kept(version: Version, kind: str, brand: str, *, world: World, now: datetime) -> None:
    """A version that counted until an earlier one came, from which it goes back: an operator is told as of any other."""
    body = msgspec.json.decode(world.keyring.decrypt(brand, version.sealed), type=Body)
    batch = version.by.rpartition("#")[0]
    part = Part(brand=brand, batch=batch, part=0, source=version.source, dictionary=version.dictionary, sealed="")
    hold(rules.reopen(version, body, kind), "backwards", part, world=world, now=now)


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


def _facts(after: Current, version: Version) -> str | None:
    """What is announced: that the record was stored, unless this version of it is held."""
    if rules.name_of(version) in after.held:
        return None
    body = {"type": after.type, "key": after.key, "owner": version.owner, "version": version.number}
    return msgspec.json.encode([{"kind": "record.stored", "body": body}]).decode()
