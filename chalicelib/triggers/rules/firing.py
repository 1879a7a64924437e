"""Whether a rule is for a record as it stands, and when its message is due. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from chalicelib.archive.words.questions import Filter, Scalar
from chalicelib.hub.rules.records import changed_at
from chalicelib.hub.words.dictionary import Field, FieldType, RecordType
from chalicelib.messaging.rules.times import FURTHEST
from chalicelib.triggers.words import AtMoment, AtOnce, Due, OnDay, Seen, Trigger, WhyNot


def find_unmet(rule: Trigger, seen: Seen, record_type: RecordType) -> WhyNot | None:
    """The first condition of a rule that does not hold of a record."""
    for filter_ in rule.where:
        field = record_type.fields.get(filter_.property)
        if not holds(filter_, seen.data.get(filter_.property), field):
            return WhyNot("condition", filter_.property)
    return None


def holds(filter_: Filter, value: Any, field: Field | None) -> bool:
    """Is a value what a filter asks for? One that is absent is nothing. Choices may be named by any of their spellings."""
    if value is None:
        return False
    if filter_.equals is not None:
        return _same(value, filter_.equals, field)
    if filter_.one_of:
        return any(_same(value, each, field) for each in filter_.one_of)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (filter_.at_least is None or value >= filter_.at_least) and (filter_.at_most is None or value <= filter_.at_most)


def _same(value: Any, asked: Scalar, field: Field | None) -> bool:
    if field is not None and field.type is FieldType.choice and isinstance(asked, str):
        return bool(value == field.choices.get(asked))
    return isinstance(value, bool) == isinstance(asked, bool) and bool(value == asked)


def find_due(rule: Trigger, seen: Seen, zone: Callable[[], tzinfo]) -> Due | WhyNot:
    """When its message is due. Of a message ahead of the time it is about, nothing is sent once that time has come."""
    since = _since(rule, seen)
    if since is None:
        return WhyNot("no_time", rule.when.of or "")
    match rule.when:
        case AtOnce():
            return Due(since, None, since + timedelta(seconds=rule.expires_s))
        case AtMoment(offset_s=offset_s):
            at = since + timedelta(seconds=offset_s)
        case OnDay() as day:
            at = _on_day(day, since, zone())
    expires_at = at + timedelta(seconds=rule.expires_s)
    return Due(since, at, min(expires_at, since) if at < since else expires_at)


def why_not_now(due: Due, now: datetime) -> str:
    """Why a message that nobody has planned yet is not planned any more, or not yet; empty when it may be."""
    if now > due.expires_at:
        return "too_old"
    if due.at is not None and due.at - now > FURTHEST:
        return "too_far"
    return ""


def _since(rule: Trigger, seen: Seen) -> datetime | None:
    if rule.when.of is not None:
        return _read_time(seen.data.get(rule.when.of))
    return changed_at(seen.data, seen.at) if isinstance(rule.when, AtOnce) else seen.at


def _read_time(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


def _on_day(day: OnDay, since: datetime, zone: tzinfo) -> datetime:
    """An hour the clocks leave out is the hour after; of one that comes twice it is the first."""
    date = since.astimezone(zone).date() + timedelta(days=day.days)
    hours, _, minutes = day.at.partition(":")
    return datetime.combine(date, time(int(hours), int(minutes)), tzinfo=zone).astimezone(UTC)
