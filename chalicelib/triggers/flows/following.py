"""One record followed: what rules want of it as it stands now is planned, and what they do not want any more is taken back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from chalicelib.aws.metrics import count
from chalicelib.errors import Busy, Conflict, Refused
from chalicelib.hub.flows.dictionaries import live_dictionary
from chalicelib.hub.flows.handing import open_records
from chalicelib.hub.words.dictionary import RecordType
from chalicelib.messaging import flows as messaging
from chalicelib.triggers import tables
from chalicelib.triggers.flows.wishing import plan_of, recipient, wish
from chalicelib.triggers.rules import slots as rules
from chalicelib.triggers.rules.standing import place
from chalicelib.triggers.tables import Figures
from chalicelib.triggers.words import Caused, Seen, Slot, Trigger, WhyNot, Wish
from chalicelib.world import World

log = logging.getLogger("liandong.triggers")
TRIES = 5
SKIPS = frozenset({"nobody", "field_missing", "unfit", "too_old", "too_far"})
"""The record is as the rule wants it, and nothing is said all the same."""
OF_LAST = "L#"
Beside = Callable[[], tuple[Slot, ...]]
NONE: Figures = {}
LONGEST_AT_WORK_S = 120
"""Whoever noted a message and has not planned it by then does not come back: the function ends within a minute."""


def see(brand: str, kind: str, keys: Sequence[str], *, world: World) -> dict[str, Seen]:
    """Records as they stand at this moment, by their keys."""
    return {
        key: Seen(type=kind, key=key, id=body.id, at=version.at, data=body.data, owner=version.owner)
        for key, (version, body) in open_records(brand, kind, keys, world=world).items()
    }


def follow(
    caused: Caused,
    in_force: Sequence[Trigger],
    seen: Seen,
    *,
    beside: Beside = tuple,
    world: World,
    now: datetime,
) -> None:
    """Note what is to be first, tell the outbox then, and note last that it knows. Whatever stops in between goes on from the note.

    `beside`: what the rule has caused by other identifiers of the same person, where it speaks of the last record alone.
    """
    ours: tuple[Slot, ...] = ()
    for attempt in range(TRIES):
        if attempt:
            caused, newer = _read_again(caused, seen, world=world)
            if newer is None:
                return
            caused, seen = msgspec.structs.replace(caused, slots=rules.doubt(caused.slots, ours)), newer
        wishes, decided = _decide(caused, in_force, seen, beside(), world=world, now=now)
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
    newer = see(caused.brand, seen.type, [seen.key], world=world).get(seen.key)
    return found or Caused(brand=caused.brand, subject=caused.subject), newer


def _decide(
    caused: Caused, in_force: Sequence[Trigger], seen: Seen, beside: tuple[Slot, ...], *, world: World, now: datetime
) -> tuple[dict[str, Wish], tuple[Slot, ...]]:
    """What the rules want, and the slots as they are to be; those of rules that are gone are wanted no more.

    A record that was found to be of somebody else is no reason to write to whom it was of.
    """
    record_type = live_dictionary(caused.brand, world=world, now=now).types.get(seen.type, RecordType())
    names = {rule.name for rule in in_force}
    decided = rules.forget_rules(caused.slots, names)
    wishes: dict[str, Wish] = {}
    for rule in in_force:
        if rule.last and caused.subject != subject_of(rule, seen.owner):
            wished: Wish | WhyNot = WhyNot("of_another")
        else:
            wished = wish(caused.brand, rule, seen, record_type, world=world, now=now)
        decided, why = rules.decide(decided, rule.name, seen.key, wished, now, beside=beside)
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
            after.append(slot if slot.settled or slot.wanted else _take_back(caused, slot, now=now))
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


def _take_back(caused: Caused, slot: Slot, *, now: datetime) -> Slot:
    """Cancel what waits still. `Busy` while whoever noted it may be about to plan it."""
    try:
        message = messaging.cancel(caused.brand, id_of(caused, slot), now=now)
    except Conflict:
        return msgspec.structs.replace(slot, settled=True, sent=True)
    if message is None and now.timestamp() - slot.at < LONGEST_AT_WORK_S:
        raise Busy("A message that is to be taken back may be about to be planned: come again.")
    return msgspec.structs.replace(slot, settled=True)


def _plan(caused: Caused, slot: Slot, wished: Wish, seen: Seen, *, world: World, now: datetime) -> Slot:
    """Hand a message to the outbox; what it refuses for good, or has nobody to go to any more, is let be."""
    try:
        to = recipient(caused.brand, wished.rule, seen, world=world)
        messaging.plan(caused.brand, to, plan_of(wished, id_of(caused, slot)), world=world, now=now)
    except Refused as refused:
        log.warning("the rule %s of %s could not plan a message: %s", slot.rule, caused.brand, refused.code)
        return msgspec.structs.replace(slot, settled=True)
    return msgspec.structs.replace(slot, settled=True, planned=True)


def id_of(caused: Caused, slot: Slot) -> str:
    """A message's id from what caused it: heard twice, it is one message."""
    return messaging.caused_id(caused.brand, "trigger", caused.subject, slot.rule, slot.key, str(slot.due), str(slot.take))


def subject_of(rule: Trigger, owner: str) -> str:
    """What is remembered together of a rule for the last record: all it has caused by one identifier."""
    return f"{OF_LAST}{rule.name}#{rule.type}#{owner}"


def _place(caused: Caused, rule: str, kind: str) -> str:
    return place(rule, kind, last=caused.subject.startswith(OF_LAST))


def _is_of_another(slot: Slot, seen: Seen) -> bool:
    return slot.key != seen.key
