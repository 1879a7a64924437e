"""Records held in quarantine: kept whole, counted by cause, shown masked."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.errors import Busy
from chalicelib.hub.flows.dictionaries import dictionary_of_version
from chalicelib.hub.rules.masking import mask_sample
from chalicelib.hub.tables import quarantine as tables
from chalicelib.hub.words.dictionary import RecordType
from chalicelib.hub.words.quarantine import Cause
from chalicelib.hub.words.records import Part, Ready
from chalicelib.world import World

TRIES = 8


def hold(ready: Ready, reason: str, part: Part, *, world: World, now: datetime) -> None:
    """Hold one record, once however often this runs."""
    dictionary = dictionary_of_version(part.brand, part.dictionary, world=world, now=now)
    record_type = dictionary.types.get(ready.type, RecordType())
    cause = Cause(part.source, ready.type, reason, part.dictionary)
    sealed = world.keyring.encrypt(part.brand, msgspec.json.encode(ready).decode(), now=now)
    sample = msgspec.json.encode(mask_sample(ready, record_type.fields)).decode()
    for attempt in range(TRIES):
        if tables.is_held(part.brand, cause, batch=part.batch, place=ready.place):
            return
        if tables.hold(part.brand, cause, batch=part.batch, place=ready.place, sealed=sealed, sample=sample, now=now):
            return
        world.pause(0.02 * attempt)
    raise Busy("Too many records are held at once; try again.")
