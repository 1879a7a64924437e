"""What of a record may be shown: personal values masked or left out. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.hub.rules.dictionary import find_field
from chalicelib.hub.words.dictionary import Field, FieldType, Personal
from chalicelib.hub.words.records import Ready

LONGEST_SHOWN = 40
MOST_SHOWN = 20
NUMBER = re.compile(r"[0-9０-９][0-9０-９\s-]{4,}[0-9０-９]")
"""A run of digits that may be a phone, a card or an account."""
PLAIN = frozenset(
    {FieldType.choice, FieldType.money, FieldType.time, FieldType.integer, FieldType.number, FieldType.flag, FieldType.gender}
)
"""Types of values that are read, not written: what could not be read of them is most likely a spelling, and worth showing."""


def mask_sample(ready: Ready, fields: Mapping[str, Field]) -> dict[str, Any]:
    """A held record as an operator may see it: which fields it has, and what could not be read."""
    return {"type": ready.type, "fields": sorted(ready.data), "raw": mask_raw(ready.raw, fields)}


def mask_raw(raw: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """What could not be read: spellings of plain fields without their digits, all else by its first character, for it may name somebody."""
    plain = {name for name, value in raw.items() if is_plain(find_field(name, fields)) and isinstance(value, str | int | float)}
    return {
        mask_digits(name): mask_digits(str(value)) if name in plain else mask_value(value) for name, value in list(raw.items())[:MOST_SHOWN]
    }


def mask_id(record_id: str) -> str:
    """A record's id may be a phone, or hold one."""
    return re.sub(r"\d{7,}", lambda found: f"{found[0][:3]}****{found[0][-4:]}", record_id)


def mask_fields(data: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """A record's data for somebody who may not see personal values."""
    shown: dict[str, Any] = {}
    for name, value in data.items():
        field = fields.get(name)
        if field is None or field.personal is Personal.hidden:
            continue
        if field.type is FieldType.items and isinstance(value, list):
            shown[name] = [mask_fields(each, field.fields) for each in value if isinstance(each, dict)]
        else:
            shown[name] = mask_value(value) if field.personal is Personal.masked else value
    return shown


def mask_value(value: Any) -> str:
    """138****5678, 王**: enough to recognise, not enough to use."""
    text = str(value) if isinstance(value, str | int | float) else "…"
    if re.fullmatch(r"\+?[0-9]{7,15}", text):
        local = text.removeprefix("+86")
        return f"{local[:3]}****{local[-4:]}"
    return f"{text[:1]}**" if text else ""


def is_plain(field: Field | None) -> bool:
    """May a value of the field be shown as it is, as far as its digits go?"""
    return field is not None and field.type in PLAIN and field.personal is Personal.no


def mask_digits(text: str) -> str:
    """A text that says how something is spelled, without what may be somebody's number."""
    return NUMBER.sub(lambda found: f"{found[0][:3]}****", text[:LONGEST_SHOWN])
