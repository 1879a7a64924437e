"""Places in a rule's texts, and how a record fills them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import quote

import msgspec

from chalicelib.hub.words.dictionary import Field, FieldType, RecordType
from chalicelib.lint.words import Written
from chalicelib.messaging.rules.texts import ADDRESSES, texts_of, written_in
from chalicelib.messaging.words.contents import LONGEST_VALUE, AnyStep, SubscribeMessage, SubscriptionNotice, TemplateMessage
from chalicelib.templates.rules import kind_of
from chalicelib.templates.words import TooLong
from chalicelib.triggers.words import Seen, TriggersOrder

PLACE = re.compile(r"\{\{\s*([a-z0-9_.]+)\s*\}\}")
DATA = "record.data."
SAMPLES = {
    "number": "1",
    "letter": "A",
    "symbol": "!",
    "time": "15:01",
    "date": "2026-11-21",
    "amount": "1.00",
    "phone_number": "1",
    "car_number": "A1",
    "phrase": "好",
}
"""A value of each kind of keyword, in place of those that only a record can fill."""


class MissingError(Exception):
    """A record has nothing for this place."""


def places_of(value: Any) -> Iterator[str]:
    """The places in all texts of a step."""
    for _, text in texts_of(value):
        yield from PLACE.findall(text)


def find_wrong_place(step: AnyStep, kind: str, record_type: RecordType) -> tuple[str, str] | None:
    """A place that no record of this type fills, or braces that are none, and where."""
    for at, text in texts_of(msgspec.to_builtins(step)):
        if "{{" in PLACE.sub("", text):
            return at, text[text.index("{{") :][:40]
        for place in PLACE.findall(text):
            if not _is_place(place, kind, record_type):
                return at, place
    return None


def fill(step: AnyStep, seen: Seen, record_type: RecordType, zone: Callable[[], tzinfo]) -> AnyStep:
    """A step as it is said about a record. `MissingError` names the place it has nothing for; `ValidationError`: it is too long."""

    def write(value: Any, name: str) -> Any:
        if isinstance(value, Mapping):
            return {key: write(each, key) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [write(each, name) for each in value]
        if not isinstance(value, str):
            return value
        return PLACE.sub(lambda found: _told(found[1], name, seen, record_type, zone), value)

    written = write(msgspec.to_builtins(step), "")
    if written.get("too_long") == TooLong.cut:  # the template's own limits are shorter, and only known where it is sent
        written["data"] = {key: value[:LONGEST_VALUE] for key, value in written["data"].items()}
    return msgspec.convert(written, AnyStep)  # type: ignore[no-any-return]  # a union


def with_samples(step: AnyStep, options: Mapping[str, tuple[str, ...]]) -> AnyStep:
    """A step with what only a record can fill as if it were filled well. `options`: of keywords that take one of some values."""
    if not isinstance(step, TemplateMessage | SubscriptionNotice | SubscribeMessage):
        return step
    data = {
        key: (options.get(key) or (SAMPLES.get(kind_of(key), "x"),))[0] if PLACE.search(value) else value
        for key, value in step.data.items()
    }
    return msgspec.structs.replace(step, data=data)


def _told(place: str, name: str, seen: Seen, record_type: RecordType, zone: Callable[[], tzinfo]) -> str:
    told = " ".join(_read(place, seen, record_type, zone).split())
    if not told:
        raise MissingError(place)
    return quote(told, safe="") if name in ADDRESSES else told


def _read(place: str, seen: Seen, record_type: RecordType, zone: Callable[[], tzinfo]) -> str:
    if place in ("record.id", seen.type):
        return seen.id
    if place == "record.at":
        return _tell_time(seen.at, zone())
    value: Any = seen.data
    for part in place.removeprefix(DATA).split("."):
        value = _step_into(value, part)
    return tell(value, _field_of(place, record_type), zone)


def tell(value: Any, field: Field | None, zone: Callable[[], tzinfo]) -> str:
    """A value as people read it: money in yuan, times by a clock, choices by their first spelling. Empty: it cannot be read."""
    kind = field.type if field is not None else FieldType.anything
    if kind is FieldType.money and isinstance(value, int):
        return f"{value / 100:.2f}"
    if kind is FieldType.time and isinstance(value, str):
        return _tell_time(datetime.fromisoformat(value), zone())
    if kind is FieldType.choice and field is not None:
        return next((spelling for spelling, code in field.choices.items() if code == value), "")
    if kind in (FieldType.flag, FieldType.gender) or isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, str | int | float) else ""


def _tell_time(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _step_into(value: Any, part: str) -> Any:
    if isinstance(value, list):
        return value[int(part)] if part.isdigit() and int(part) < len(value) else None
    return value.get(part) if isinstance(value, dict) else None


def _is_place(place: str, kind: str, record_type: RecordType) -> bool:
    return place in ("record.id", "record.at", kind) or _field_of(place, record_type) is not None


def _field_of(place: str, record_type: RecordType) -> Field | None:
    """The field a place is about; those of the things in a list have their number before: `record.data.items.0.title`."""
    if not place.startswith(DATA):
        return None
    fields, found = record_type.fields, None
    for part in place.removeprefix(DATA).split("."):
        if found is not None and found.type is FieldType.items and part.isdigit():
            continue
        if found is not None and found.type is FieldType.anything:
            return found
        found = fields.get(part)
        if found is None:
            return None
        fields = found.fields
    return found


def read_texts(order: TriggersOrder) -> Iterator[Written]:
    """What the rules say, for whoever reads texts before they are published. Ids and addresses are no texts."""
    for number, rule in enumerate(order.rules):
        for place, step in enumerate(rule.channels):
            yield from written_in(step, f"$.rules[{number}].channels[{place}]", rule.purpose)
