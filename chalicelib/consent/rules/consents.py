"""What somebody allows, from what lies under their identifiers: in any order, a no wins over a yes. Pure.

Under one identifier a yes stands unless there is a no that is later, or no broader than the yes: "no marketing" takes back every yes
before it, and a yes to everything does not take back a no to one thing. Between identifiers there is no later: who said it elsewhere may
have been somebody else then, so any no stands. Whoever is one person says it under all their identifiers at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.consent.words import Channel, Choice, Purpose, Said, Scope, Side, Use

A_MOMENT = timedelta(milliseconds=1)
SAME_MOMENT = timedelta(seconds=1)
"""So near to each other, by two clocks of ours or by WeChat's whole seconds, nobody knows which was first: the no wins."""
LATELY = timedelta(minutes=1)
"""A yes that is older is said anew: there may be a no between the two that nobody has worked off yet."""


def decide(consents: Mapping[str, Said], about: Purpose | Use, channel: Channel | None, end: str) -> bool | None:
    """What was allowed or forbidden under one identifier; nothing when nobody ever asked."""
    asked = Scope(about, channel, end)
    words = [(scope, said) for scope, said in ((scope, consents.get(str(scope))) for scope in _around(asked)) if said is not None]
    denials = [(scope, said) for scope, said in words if said.choice is not Choice.granted]
    for scope, said in words:
        if said.choice is Choice.granted and all(no.at < said.at and _is_broader(wide, scope) for wide, no in denials):
            return True
    return False if denials else None


def fold(decisions: Iterable[bool | None]) -> bool | None:
    """What holds for a person by what holds under each identifier: a no, else a yes, else nothing."""
    found = set(decisions)
    if False in found:
        return False
    return True if True in found else None


def decide_for(sides: Iterable[Side], about: Purpose | Use, channel: Channel | None, end: str) -> bool | None:
    """What a person allows or forbids."""
    return fold(decide(side.consents, about, channel, end) for side in sides)


def say(side: Side, scope: Scope, *, granted: bool, text: str, now: datetime) -> Side:
    """What lies under an identifier once this was said. Words keep the order they are said in.

    The same no said again changes nothing, nor does the same yes at once; later on that is a later yes.
    """
    return _say(side, side.consents, scope, granted=granted, text=text, at=now)


def hear_no(side: Side, scope: Scope, *, heard_at: datetime) -> Side:
    """The same of a no that was heard at that time and is looked at only now: what was surely said after it stays."""
    earlier = {name: said for name, said in side.consents.items() if said.at <= heard_at + SAME_MOMENT}
    if str(scope) in side.consents.keys() - earlier.keys():
        return side
    return _say(side, earlier, scope, granted=False, text="", at=heard_at)


def _say(side: Side, earlier: Mapping[str, Said], scope: Scope, *, granted: bool, text: str, at: datetime) -> Side:
    """One word more, behind all `earlier` ones."""
    before = earlier.get(str(scope))
    no = Choice.denied if before is None or before.choice is Choice.denied else Choice.withdrawn
    choice = Choice.granted if granted else no
    stands = before is not None and (before.choice, before.text) == (choice, text) and not _was_overtaken(earlier, scope, before)
    if before is not None and stands and (not granted or at - before.at <= LATELY):
        return side
    latest = max((said.at for said in earlier.values()), default=at - A_MOMENT)
    said = Said(choice, max(at, latest + A_MOMENT), text)
    return msgspec.structs.replace(side, consents={**side.consents, str(scope): said})


def _was_overtaken(consents: Mapping[str, Said], scope: Scope, said: Said) -> bool:
    """Would it make a difference to say this again: a yes to which a wider no came later, or a no to which a narrower yes did?"""
    for name, other in consents.items():
        contrary = (other.choice is Choice.granted) != (said.choice is Choice.granted)
        if not contrary or other.at <= said.at:
            continue
        found = _read_scope(name)
        wide, narrow = (found, scope) if said.choice is Choice.granted else (scope, found)
        if found.about == scope.about and _is_broader(wide, narrow):
            return True
    return False


def _read_scope(name: str) -> Scope:
    about, channel, end = name.split("#")
    known: Purpose | Use = Purpose(about) if about in set(Purpose) else Use(about)
    return Scope(known, Channel(channel) if channel else None, end)


def _around(asked: Scope) -> list[Scope]:
    """Every scope a word about this may have."""
    channels, ends = {asked.channel, None}, {asked.end, ""}
    return [Scope(asked.about, channel, end) for channel in channels for end in ends]


def _is_broader(scope: Scope, than: Scope) -> bool:
    return scope != than and scope.channel in (None, than.channel) and scope.end in ("", than.end)
