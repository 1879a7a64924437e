"""Records heard of: what rules want of each as it stands now is planned, and what they do not want any more is taken back."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from chalicelib.aws.facts import Fact
from chalicelib.aws.metrics import count
from chalicelib.errors import Busy, Conflict, Refused
from chalicelib.hub.flows.dictionaries import live_dictionary
from chalicelib.hub.flows.handing import open_records
from chalicelib.hub.words.dictionary import RecordType
from chalicelib.messaging import flows as messaging
from chalicelib.triggers import tables
from chalicelib.triggers.flows.publishing import rules_for
from chalicelib.triggers.flows.wishing import plan_of, recipient, wish
from chalicelib.triggers.rules import slots as rules
from chalicelib.triggers.rules.standing import place
from chalicelib.triggers.tables import Figures
from chalicelib.triggers.words import Caused, Seen, Slot, Trigger, Wish
from chalicelib.world import World

log = logging.getLogger("liandong.triggers")
TRIES = 5
SKIPS = frozenset({"nobody", "field_missing", "unfit", "too_old", "too_far"})
"""The record is as the rule wants it, and nothing is said all the same."""
OF_LAST = "L#"
NONE: Figures = {}
LONGEST_AT_WORK_S = 120
"""Whoever noted a message and has not planned it by then does not come back: the function ends within a minute."""


def hear(facts: Iterable[Fact], *, world: World, now: datetime) -> None:
    """What this room does about the facts of a message: records are looked at as they stand now, whichever version was announced.

    Records of types without rules cost one look that is remembered. One that cannot be followed keeps none of the others back.
    """
    stored: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for fact in facts:
        if fact.kind == "record.stored":
            stored[fact.brand, fact.body["type"]][fact.body["key"]] = None
    troubles: list[Exception] = []
    for (brand, kind), keys in stored.items():
        in_force = rules_for(brand, kind, world=world, now=now)
        if in_force:
            troubles += _hear_records(brand, kind, list(keys), in_force, world=world, now=now)
    if troubles:
        raise troubles[0]


def _hear_records(
    brand: str, kind: str, keys: Sequence[str], in_force: Sequence[Trigger], *, world: World, now: datetime
) -> list[Exception]:
    """Follow the rules for records of one type; what went wrong. Records and what was caused by them are read in a batch each."""
    seen = _see(brand, kind, keys, world=world)
    asked = [(subject, some, each) for each in seen.values() for subject, some in _subjects(each, in_force)]
    caused = tables.read_caused(brand, {subject for subject, _, _ in asked})
    troubles: list[Exception] = []
    for subject, some, each in asked:
        try:
            _follow(caused.get(subject) or Caused(brand=brand, subject=subject), some, each, world=world, now=now)
        except Exception as error:
            troubles.append(error)
    return troubles


def _see(brand: str, kind: str, keys: Sequence[str], *, world: World) -> dict[str, Seen]:
    return {
        key: Seen(type=kind, key=key, id=body.id, at=version.at, data=body.data, owner=version.owner)
        for key, (version, body) in open_records(brand, kind, keys, world=world).items()
    }


def _subjects(seen: Seen, in_force: Sequence[Trigger]) -> Iterator[tuple[str, list[Trigger]]]:
    """What is remembered together: all that a record causes; what a rule causes by the last record of an identifier."""
    each = [rule for rule in in_force if not rule.last]
    if each:
        yield f"R#{seen.type}#{seen.key}", each
    for rule in in_force:
        if rule.last:
            yield f"{OF_LAST}{rule.name}#{seen.type}#{seen.owner}", [rule]


def _follow(caused: Caused, in_force: Sequence[Trigger], seen: Seen, *, world: World, now: datetime) -> None:
    """Note what is to be first, tell the outbox then, and note last that it knows. Whatever stops in between goes on from the note."""
    ours: tuple[Slot, ...] = ()
    for attempt in range(TRIES):
        if attempt:
            caused, newer = _read_again(caused, seen, world=world)
            if newer is None:
                return
            caused, seen = msgspec.structs.replace(caused, slots=rules.doubt(caused.slots, ours)), newer
        wishes, decided = _decide(caused, in_force, seen, world=world, now=now)
        if all(each.settled or (each.wanted and _is_of_another(each, seen)) for each in decided) and decided == caused.slots:
            return
        noted = _note(caused, decided, now=now)
        if noted is None:
            continue
        told, troubles = _tell(noted, wishes, seen, world=world, now=now)
        ours += told
        if _note(noted, rules.remembered(told), figures=_figures(noted, told, seen.type), now=now) is None:
            continue
        if troubles:
            raise troubles[0]
        return
    raise Busy("Somebody is following the same record right now; try again.")


def _figures(noted: Caused, told: Iterable[Slot], kind: str) -> Figures:
    return {(_place(noted, rule, kind), what): number for (rule, what), number in rules.count(noted.slots, told).items()}


def _note(caused: Caused, slots: tuple[Slot, ...], *, figures: Figures = NONE, now: datetime) -> Caused | None:
    """Keep these slots with what is counted of them, if they are others than before; nothing comes back when somebody else was quicker."""
    if slots == caused.slots:
        return caused
    noted = msgspec.structs.replace(caused, revision=caused.revision + 1, slots=slots)
    return noted if tables.save_caused(noted, figures, now=now) else None


def _read_again(caused: Caused, seen: Seen, *, world: World) -> tuple[Caused, Seen | None]:
    """Both anew: who was in the way may have seen a newer version than we."""
    found = tables.read_caused(caused.brand, [caused.subject]).get(caused.subject)
    newer = _see(caused.brand, seen.type, [seen.key], world=world).get(seen.key)
    return found or Caused(brand=caused.brand, subject=caused.subject), newer


def _decide(
    caused: Caused, in_force: Sequence[Trigger], seen: Seen, *, world: World, now: datetime
) -> tuple[dict[str, Wish], tuple[Slot, ...]]:
    """What the rules want, and the slots as they are to be; those of rules that are gone are wanted no more."""
    record_type = live_dictionary(caused.brand, world=world, now=now).types.get(seen.type, RecordType())
    names = {rule.name for rule in in_force}
    decided = rules.forget_rules(caused.slots, names)
    wishes: dict[str, Wish] = {}
    for rule in in_force:
        wished = wish(caused.brand, rule, seen, record_type, world=world, now=now)
        decided, why = rules.decide(decided, rule.name, seen.key, wished, now)
        if why in SKIPS:
            count("TriggersSkipped", why)
        if isinstance(wished, Wish):
            wishes[rule.name] = wished
    return wishes, decided


def _tell(caused: Caused, wishes: dict[str, Wish], seen: Seen, *, world: World, now: datetime) -> tuple[tuple[Slot, ...], list[Busy]]:
    """Take back what is not wanted, then plan what is: the slots as they stand after, and what has to be tried again.

    Nothing is planned while something may still come that is to be taken back.
    """
    troubles: list[Busy] = []
    after: list[Slot] = []
    for slot in caused.slots:
        try:
            after.append(slot if slot.settled or slot.wanted else _take_back(caused, slot, seen.type, now=now))
        except Busy as busy:
            troubles.append(busy)
            after.append(slot)
    if troubles:
        return tuple(after), troubles
    told = []
    for slot in after:
        if slot.settled or not slot.wanted or _is_of_another(slot, seen):
            told.append(slot)
        elif not rules.is_undone(slot, after):
            told.append(_plan(caused, slot, wishes[slot.rule], seen, world=world, now=now))
    return tuple(told), []


def _take_back(caused: Caused, slot: Slot, kind: str, *, now: datetime) -> Slot:
    """Cancel what waits still. `Busy` while whoever noted it may be about to plan it."""
    try:
        message = messaging.cancel(caused.brand, id_of(caused, kind, slot), now=now)
    except Conflict:
        return msgspec.structs.replace(slot, settled=True, sent=True)
    if message is None and now.timestamp() - slot.at < LONGEST_AT_WORK_S:
        raise Busy("A message that is to be taken back may be about to be planned: come again.")
    return msgspec.structs.replace(slot, settled=True)


def _plan(caused: Caused, slot: Slot, wished: Wish, seen: Seen, *, world: World, now: datetime) -> Slot:
    """Hand a message to the outbox; what it refuses for good, or has nobody to go to any more, is let be."""
    try:
        to = recipient(caused.brand, wished.rule, seen, world=world)
        messaging.plan(caused.brand, to, plan_of(wished, id_of(caused, seen.type, slot)), world=world, now=now)
    except Refused as refused:
        log.warning("the rule %s of %s could not plan a message: %s", slot.rule, caused.brand, refused.code)
        return msgspec.structs.replace(slot, settled=True)
    return msgspec.structs.replace(slot, settled=True, planned=True)


def id_of(caused: Caused, kind: str, slot: Slot) -> str:
    """A message's id from what caused it: heard twice, it is one message."""
    return messaging.caused_id(caused.brand, "trigger", _place(caused, slot.rule, kind), slot.key, str(slot.due), str(slot.take))


def _place(caused: Caused, rule: str, kind: str) -> str:
    return place(rule, kind, last=caused.subject.startswith(OF_LAST))


def _is_of_another(slot: Slot, seen: Seen) -> bool:
    return slot.key != seen.key
