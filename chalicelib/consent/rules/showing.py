"""What a person allows and prefers, in words for callers; and what callers say, in ours. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from chalicelib.consent.rules import consents, preferences
from chalicelib.consent.words import Channel, Choice, Contact, Hours, Purpose, Scope, Side, Use
from chalicelib.consent.words.ledger import Quiet, Statement, Told, Wish
from chalicelib.consent.words.permissions import (
    About,
    Here,
    PermissionsOrder,
    QuietOrder,
    QuietShown,
    SaidShown,
    SayOrder,
    State,
    TopicOrder,
    TopicShown,
)
from chalicelib.errors import Invalid

STATES = {True: State.granted, False: State.denied, None: State.unknown}
PURPOSES = frozenset(Purpose)


def read_order(order: PermissionsOrder, name_of: Callable[[str], str]) -> Told:
    """What a caller says, in our words. `name_of`: an account's name within the brand."""
    return Told(
        statements=tuple(_read_statement(each, place, name_of) for place, each in enumerate(order.say)),
        wishes=tuple(_read_wish(each, place) for place, each in enumerate(order.topics)),
        quiet=None if order.quiet is None else _read_quiet(order.quiet),
        privacy=None if order.privacy is None else (order.privacy.version, order.privacy.language),
    )


def scope_of(about: About, channel: Channel | None = None, end: str = "") -> Scope:
    return Scope(Purpose(about.value) if about.value in PURPOSES else Use(about.value), channel, end)


def state_of(sides: Iterable[Side], about: About, end: str = "") -> State:
    scope = scope_of(about, None, end)
    return STATES[consents.decide_for(sides, scope.about, scope.channel, scope.end)]


def show_here(sides: list[Side], end: str) -> Here:
    return Here(
        location=state_of(sides, About.location, end),
        notifications=state_of(sides, About.notifications, end),
        storage=state_of(sides, About.storage, end),
    )


def show_said(contact: Contact) -> tuple[SaidShown, ...]:
    """The last word about each scope; a no under any identifier before a later yes under another, as it holds."""
    latest: dict[str, tuple[bool, datetime, SaidShown]] = {}
    for side in contact.sides.values():
        for name, said in side.consents.items():
            about, channel, end = name.split("#")
            shown = SaidShown(
                about=About(about),
                channel=Channel(channel) if channel else None,
                end=f"{contact.folded.brand}.{end}" if end else None,
                choice=said.choice,
                at=said.at,
                text=said.text,
            )
            candidate = (said.choice is not Choice.granted, said.at, shown)
            latest[name] = max(latest.get(name, candidate), candidate, key=lambda each: each[:2])
    return tuple(latest[name][2] for name in sorted(latest))


def show_topics(sides: list[Side]) -> tuple[TopicShown, ...]:
    """Every topic and channel somebody said something about."""
    names = sorted({name for side in sides for name in side.preferences})
    split = [(topic, Channel(channel) if channel else None) for topic, _, channel in (name.partition("#") for name in names)]
    return tuple(
        TopicShown(topic=topic or None, channel=channel, on=preferences.is_wanted(sides, topic, channel)) for topic, channel in split
    )


def latest_hours(sides: Iterable[Side]) -> Hours | None:
    """The zone and quiet hours somebody chose last, at whichever end."""
    return max((side.hours for side in sides if side.hours is not None), key=lambda hours: (hours.at, hours.zone), default=None)


def show_quiet(hours: Hours | None) -> QuietShown | None:
    if hours is None:
        return None
    return QuietShown(zone=hours.zone, starts=write_clock(hours.quiet_from), ends=write_clock(hours.quiet_until))


def accepted_version(sides: Iterable[Side]) -> int:
    """The latest version of the privacy guideline somebody has agreed to; 0 for none."""
    return max((side.privacy.version for side in sides if side.privacy is not None), default=0)


def _read_statement(order: SayOrder, place: int, name_of: Callable[[str], str]) -> Statement:
    if order.channel is not None and order.about.value not in PURPOSES:
        raise Invalid(f"Only messages have channels: leave it out - at `$.say[{place}].channel`.")
    end = "" if order.end is None else name_of(order.end)
    return Statement(scope_of(order.about, order.channel, end), order.granted, order.text)


def _read_wish(order: TopicOrder, place: int) -> Wish:
    if order.topic is None and order.channel is None:
        raise Invalid(f"Name a topic, a channel or both - at `$.topics[{place}]`.")
    return Wish(order.topic or "", order.channel, order.on)


def _read_quiet(order: QuietOrder) -> Quiet:
    from zoneinfo import ZoneInfo  # here, because few requests need it and every cold start would pay for it

    try:
        ZoneInfo(order.zone)
    except (ValueError, OSError, LookupError):  # no such zone, or the name of a folder of zones
        raise Invalid("This is no zone like Asia/Shanghai - at `$.quiet.zone`.") from None
    return Quiet(order.zone, _read_clock(order.starts), _read_clock(order.ends))


def _read_clock(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def write_clock(minutes: int) -> str:
    """An hour as people write it, of minutes since midnight."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
