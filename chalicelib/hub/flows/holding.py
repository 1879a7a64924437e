"""Records held in quarantine: kept whole, counted by cause, shown masked."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.hub.flows.dictionaries import dictionary_of_version
from chalicelib.hub.rules.masking import mask_sample
from chalicelib.hub.tables import quarantine as tables
from chalicelib.hub.words.dictionary import RecordType
from chalicelib.hub.words.quarantine import Cause
from chalicelib.hub.words.records import Part, Ready
from chalicelib.patience import until_done
from chalicelib.world import World

TRIES = 40
"""A part keeps eight records at once, and those held of one cause are counted in one place."""


def hold(ready: Ready, reason: str, part: Part, *, world: World, now: datetime) -> None:
    """Hold one record, once however often this runs."""
    dictionary = dictionary_of_version(part.brand, part.dictionary, world=world, now=now)
    record_type = dictionary.types.get(ready.type, RecordType())
    cause = Cause(part.source, ready.type, reason, part.dictionary)
    sealed = world.keyring.encrypt(part.brand, msgspec.json.encode(ready).decode(), now=now)
    sample = msgspec.json.encode(mask_sample(ready, record_type.fields)).decode()

    def look() -> bool | None:
        is_held = tables.is_held(part.brand, cause, batch=part.batch, place=ready.place)
        return is_held or tables.hold(part.brand, cause, batch=part.batch, place=ready.place, sealed=sealed, sample=sample, now=now) or None

    until_done(look, tries=TRIES, world=world)
