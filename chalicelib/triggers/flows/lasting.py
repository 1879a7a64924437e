"""Rules for somebody's last record, whichever of their identifiers brought it: one of a person's records speaks at a time.

What such a rule has caused lies by identifier, as everything of a person does. Whoever follows one looks at the others: before it is
noted and after it is, so of two at once one sees the other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from chalicelib.errors import Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import POINTERS, read_key
from chalicelib.triggers import tables
from chalicelib.triggers.flows.following import follow, see, subject_of
from chalicelib.triggers.words import Caused, Seen, Slot, Trigger
from chalicelib.world import World


def follow_last(brand: str, rule: Trigger, seen: Seen, before: Collection[str], *, world: World, now: datetime) -> None:
    """Follow a record for a rule for the last one. `before`: identifiers it was of until it turned out to be of another."""
    for owner in {*before} - {seen.owner}:
        _follow(brand, rule, seen, owner, world=world, now=now)
    _follow(brand, rule, seen, seen.owner, world=world, now=now)
    owners = _owners_beside(brand, seen.owner)
    if len(owners) > 1:
        look_again(brand, rule, owners, world=world, now=now)
    again = see(brand, rule.type, [seen.key], world=world).get(seen.key)
    if again is not None and again.owner != seen.owner:  # whoever heard of that may have looked before we had noted anything
        _follow(brand, rule, again, seen.owner, world=world, now=now)


def look_again(brand: str, rule: Trigger, owners: Sequence[str], *, world: World, now: datetime) -> None:
    """Follow the last record of each of somebody's identifiers that has caused anything once more, the latest first."""
    caused = tables.read_caused(brand, [subject_of(rule, owner) for owner in owners])
    latest = {owner: max(found.slots, key=_order) for owner in owners if (found := caused.get(subject_of(rule, owner))) and found.slots}
    seen = see(brand, rule.type, [each.key for each in latest.values()], world=world)
    for owner in sorted(latest, key=lambda each: _order(latest[each]), reverse=True):
        if latest[owner].key in seen:
            _follow(brand, rule, seen[latest[owner].key], owner, world=world, now=now)


def _follow(brand: str, rule: Trigger, seen: Seen, owner: str, *, world: World, now: datetime) -> None:
    subject = subject_of(rule, owner)

    def read_beside() -> tuple[Slot, ...]:
        others = [subject_of(rule, each) for each in _owners_beside(brand, owner) if each != owner]
        found = tables.read_caused(brand, others) if others else {}
        return tuple(slot for each in found.values() for slot in each.slots)

    caused = tables.read_caused(brand, [subject]).get(subject) or Caused(brand=brand, subject=subject)
    follow(caused, [rule], seen, beside=read_beside, world=world, now=now)


def _owners_beside(brand: str, owner: str) -> list[str]:
    """Every identifier of whoever has this one now, by which records may come."""
    key = read_key(owner)
    if key.type in POINTERS:
        return [owner]
    try:
        return [str(each) for each in identity.fold(brand, key).keys if each.type not in POINTERS]
    except Missing:
        return [owner]


def _order(slot: Slot) -> tuple[int, str]:
    return slot.since, slot.key
