"""What of a record may be shown: personal values masked or left out. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.hub.words.dictionary import Field, FieldType, Personal
from chalicelib.hub.words.records import Ready

LONGEST_SHOWN = 40
NUMBER = re.compile(r"[0-9０-９][0-9０-９\s-]{4,}[0-9０-９]")
"""A run of digits that may be a phone, a card or an account."""


def mask_sample(ready: Ready) -> dict[str, Any]:
    """A held record as an operator may see it: what could not be read, with digits that may name somebody starred out."""
    return {"type": ready.type, "fields": sorted(ready.data), "raw": mask_raw(ready.raw)}


def mask_raw(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What could not be read, as it came, with digits that may name somebody starred out."""
    return {name: _mask_any(value) for name, value in raw.items()}


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
    text = str(value)
    if re.fullmatch(r"\+?[0-9]{7,15}", text):
        local = text.removeprefix("+86")
        return f"{local[:3]}****{local[-4:]}"
    return f"{text[:1]}**" if text else ""


def _mask_any(value: Any) -> Any:
    if isinstance(value, str):
        return NUMBER.sub(lambda found: f"{found[0][:3]}****", value[:LONGEST_SHOWN])
    if isinstance(value, bool | None):
        return value
    if isinstance(value, int | float):
        return value if abs(value) < 100_000 else "****"
    if isinstance(value, list):
        return [_mask_any(each) for each in value[:5]]
    return {str(name)[:LONGEST_SHOWN]: _mask_any(each) for name, each in list(value.items())[:10]} if isinstance(value, dict) else None
