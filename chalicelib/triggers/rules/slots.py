"""What a record's new version does to the messages rules have caused: which are wanted, which no longer, which anew. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from datetime import datetime

import msgspec

from chalicelib.triggers.rules.firing import why_not_now
from chalicelib.triggers.words import Figure, Slot, WhyNot, Wish

MOST_OVER = 16
"""Slots of a subject that are remembered though nothing is to be said or taken back for them any more."""


def decide(
    slots: Iterable[Slot], rule: str, key: str, wish: Wish | WhyNot, now: datetime, *, beside: Iterable[Slot] = ()
) -> tuple[tuple[Slot, ...], str]:
    """The slots as they are to be, and why a wish is not granted; empty when it is, or was. `beside`: the rule's by other identifiers.

    What changes is left unsettled. A message that is past its time is not begun, and one that was begun is not given up for being late.
    """
    kept = list(slots)
    mine = [each for each in kept if each.rule == rule]
    if isinstance(wish, WhyNot):
        return _without(kept, [each for each in mine if each.key == key]), wish.why
    since = int(wish.due.since.timestamp())
    if any(each.wanted and each.key != key and (each.since, each.key) > (since, key) for each in (*mine, *beside)):
        return _without(kept, [each for each in mine if each.key == key]), "not_the_last"
    occurrence = (rule, key, 0 if wish.due.at is None else int(wish.due.at.timestamp()))
    same = [each for each in mine if each.occurrence == occurrence]
    kept = list(_without(kept, [each for each in mine if each.occurrence != occurrence]))
    if any(each.sent for each in same) or any(each.wanted and each.digest == wish.digest for each in same):
        return tuple(kept), ""
    why = why_not_now(wish.due, now)
    if why:
        return tuple(kept), "" if any(each.wanted for each in same) else why
    new = Slot(
        rule=rule,
        key=key,
        due=occurrence[2],
        take=max((each.take for each in same), default=-1) + 1,
        since=since,
        digest=wish.digest,
        at=int(now.timestamp()),
    )
    return (*_without(kept, same), new), ""


def forget_rules(slots: Iterable[Slot], names: Container[str]) -> tuple[Slot, ...]:
    """The slots, those of rules that are not among these no longer wanted."""
    kept = tuple(slots)
    return _without(kept, [each for each in kept if each.rule not in names])


def is_undone(slot: Slot, slots: Iterable[Slot]) -> bool:
    """Is there no use in planning it, because one before it about the same has been sent?"""
    return any(each.sent and each.occurrence == slot.occurrence for each in slots)


def doubt(slots: Iterable[Slot], told: Iterable[Slot]) -> tuple[Slot, ...]:
    """The slots as somebody else noted them meanwhile: what we have told the outbox of since is to be taken back once more."""
    ours = {(each.occurrence, each.take) for each in told if each.wanted and each.settled}
    return tuple(
        msgspec.structs.replace(each, settled=False, planned=False)
        if not each.wanted and not each.sent and (each.occurrence, each.take) in ours
        else each
        for each in slots
    )


def count(before: Iterable[Slot], after: Iterable[Slot]) -> Counter[tuple[str, Figure]]:
    """What the outbox was told between the two, by rule; each message as one thing."""
    noted = tuple(before)
    waited = {(each.occurrence, each.take) for each in noted if not each.settled}
    known = {(each.rule, each.key) for each in noted if each.planned}
    figures: Counter[tuple[str, Figure]] = Counter()
    for each in after:
        if not each.settled or (each.occurrence, each.take) not in waited:
            continue
        if each.wanted and each.planned:
            figures[each.rule, Figure.again if (each.rule, each.key) in known else Figure.first] += 1
        elif each.wanted:
            figures[each.rule, Figure.refused] += 1
        elif each.planned and not each.sent:
            figures[each.rule, Figure.taken_back] += 1
    return figures


def remembered(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """The slots worth keeping, the oldest first: all that are wanted or wait for the outbox, and the latest of those that are over."""
    kept = sorted(slots, key=lambda each: (each.at, each.take))
    over = [each for each in kept if each.settled and not each.wanted]
    forgotten = over[: max(0, len(over) - MOST_OVER)]
    return tuple(each for each in kept if each not in forgotten)


def _without(slots: Iterable[Slot], unwanted: Iterable[Slot]) -> tuple[Slot, ...]:
    """The slots, these of them no longer wanted."""
    gone = [each for each in unwanted if each.wanted]
    return tuple(msgspec.structs.replace(each, wanted=False, settled=False) if each in gone else each for each in slots)
