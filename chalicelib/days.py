"""A day as callers write it."""

from __future__ import annotations

from datetime import date

import msgspec

from chalicelib.errors import Invalid

YEARS = range(2000, 2200)
"""Beyond them the calendar ends some hours from a day."""


def read_day(text: str, name: str) -> date:
    """A day like 2026-11-21; `Invalid`, naming the parameter, for everything else."""
    try:
        day = msgspec.convert(text, date)
    except msgspec.ValidationError:
        day = date.min
    if day.year not in YEARS:
        raise Invalid(f"{name} is a day like 2026-11-21.")
    return day
