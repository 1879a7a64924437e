"""Which links an entry needs, which are renewed when, and which is good. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from chalicelib.entries.rules import addresses
from chalicelib.entries.rules.registry import in_force, targets_of
from chalicelib.entries.words import Entry, Following, MiniProgramPage, Target
from chalicelib.entries.words.links import Link, LinkKind
from chalicelib.ids import digest

LIVES = timedelta(days=30)
AHEAD = timedelta(days=1)
"""A link is renewed, and one for a period that comes is made, so long before it is needed."""
STILL_GOOD = timedelta(minutes=5)
"""A visitor who is led there needs a moment."""
AGAIN_IF_BUSY = timedelta(minutes=10)
AGAIN_IF_REFUSED = timedelta(hours=6)
BEIJING = timedelta(hours=8)
SPENT = frozenset({44993, 45009})
"""WeChat's words for a day's quota that is used up."""
HURRIED = 44990
"""More than a hundred a second."""
SCENE_LIMIT = 64
SHORT_TITLE = 20
NEEDED: dict[type[Target], LinkKind] = {MiniProgramPage: LinkKind.url_link, Following: LinkKind.follow_code}


def mark_of(entry: Entry, target: Target) -> str:
    """What tells the links of one target from those of another, also when its query or UTM changes."""
    account = "" if not isinstance(target, MiniProgramPage | Following) else target.account
    path = addresses.path_of(entry, target) if isinstance(target, MiniProgramPage) else ""
    return digest(type(target).__name__, account, path)[:16]


def scene_of(entry: Entry) -> str:
    """What an official account's code says when it is scanned."""
    return f"e_{entry.id}"


def is_good(link: Link, now: datetime) -> bool:
    """Does the link still lead there for a moment?"""
    return bool(link.value) and (link.ends_at is None or link.ends_at - now > STILL_GOOD)


def find_good(links: Iterable[Link], kind: LinkKind, mark: str, now: datetime) -> Link | None:
    """The good link of a kind to a target; of two the one that lives longer."""
    good = [link for link in links if link.kind is kind and link.mark == mark and is_good(link, now)]
    return max(good, key=lambda link: (link.ends_at is None, link.ends_at or now), default=None)


def list_needed(entry: Entry, links: Iterable[Link], now: datetime) -> Iterator[tuple[LinkKind, Target]]:
    """Which links have to be made now: for what is in force until tomorrow, where there is none that lives longer.

    Schemes and Short Links are made again for whoever has asked for one.
    """
    links = tuple(links)
    for target in _soon(entry, now):
        mark = mark_of(entry, target)
        asked = [link.kind for link in links if link.mark == mark and link.kind in (LinkKind.scheme, LinkKind.short_link)]
        for kind in dict.fromkeys([*([NEEDED[type(target)]] if type(target) in NEEDED else []), *asked]):
            if find_good(links, kind, mark, now + AHEAD) is None:
                yield kind, target


def list_stale(entry: Entry, links: Iterable[Link]) -> list[Link]:
    """Links to targets the entry has no more."""
    marks = {mark_of(entry, target) for target in targets_of(entry.lead)}
    return [link for link in links if link.mark not in marks]


def next_look(entry: Entry, links: Iterable[Link], now: datetime) -> datetime | None:
    """When the links have to be looked after again: before one ends, or another target comes into force; never, if none does."""
    ends = [link.ends_at - AHEAD for link in links if link.value and link.ends_at is not None]
    starts = [period.starts_at - AHEAD for period in entry.lead.schedule]
    returns = [period.ends_at - AHEAD for period in entry.lead.schedule]
    return min((at for at in (*ends, *starts, *returns) if at > now), default=None)


def next_day(now: datetime) -> datetime:
    """When WeChat counts a new day."""
    local = now + BEIJING
    return now + timedelta(days=1) - timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def day_of(now: datetime) -> str:
    """The day by which WeChat counts."""
    return f"{now + BEIJING:%Y-%m-%d}"


def short_title(entry: Entry) -> str:
    """What a Short Link is called: a line of at most twenty characters."""
    return " ".join(entry.lead.name.split())[:SHORT_TITLE]


def _soon(entry: Entry, now: datetime) -> list[Target]:
    """The targets that are in force now or at some moment until tomorrow, each once."""
    moments = [now, *(at for period in entry.lead.schedule for at in (period.starts_at, period.ends_at) if now <= at <= now + AHEAD)]
    found: dict[str, Target] = {}
    for at in moments:
        target = in_force(entry.lead, at)
        found.setdefault(mark_of(entry, target), target)
    return list(found.values())
