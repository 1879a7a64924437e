"""What the registry knows of entries: whether there is one of this code, what it is called, what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from chalicelib.attribution.words import UNATTRIBUTED, Registered, Touch
from chalicelib.aws.metrics import count
from chalicelib.entries.rules.costs import spread_costs
from chalicelib.entries.rules.registry import is_code
from chalicelib.entries.tables.registry import list_costing, read_entries, read_entry
from chalicelib.world import World

KNOWN_FOR_S = 3600
"""Codes are for good: an entry that was there once is."""
MOST_LISTED = 20_000
"""Entries whose costs are looked for: some two megabytes of the registry's list."""


class UnknownEntryError(Exception):
    """There is no entry of this code. Not remembered, unlike one that is there."""


def name_entry(brand: str, touch: Touch, *, world: World, now: datetime) -> Touch:
    """The touch, without its entry when the registry has none of this code: counted, and of no known way."""

    def look() -> bool:
        if not is_code(touch.entry) or read_entry(brand, touch.entry) is None:
            raise UnknownEntryError
        return True

    if not touch.entry:
        return touch
    try:
        world.cache.remember(("entry is there", brand, touch.entry), KNOWN_FOR_S, look, now=now)
    except UnknownEntryError:
        count("EntriesUnknown")
        return msgspec.structs.replace(touch, entry=UNATTRIBUTED)
    return touch


def describe_entries(brand: str, codes: Iterable[str], first: date, last: date) -> dict[str, Registered]:
    """Name and cost of these entries over some days, and of those that may have cost something and brought nothing."""
    costing = list_costing(brand, first, most=MOST_LISTED)
    found = read_entries(brand, {code for code in (*codes, *costing) if is_code(code)})
    return {
        code: Registered(entry.lead.name, spread_costs(entry.lead.costs, first, last) if entry.lead.costs else None)
        for code, entry in found.items()
    }
