"""Addresses that carry an entry and its UTM, safely encoded and within WeChat's limits. Pure."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from chalicelib.accounts.rules import LONGEST_ADDRESS
from chalicelib.entries.words import Entry, MiniProgramPage, Utm
from chalicelib.errors import Invalid
from chalicelib.sessions.rules.addresses import add_to_query

ENTRY = "entry"
"""The parameter that carries an entry's code."""
VISIT = "visit"
"""The one that carries which visit of `/l/{entry}` led there."""
PAGE_BYTES = 1024
"""What WeChat takes of a mini program's path with its query: menus and links in bytes or characters, and encoded both are the same."""


def utm_of(utm: Utm) -> dict[str, str]:
    """What is said, by the names analytics know."""
    return {f"utm_{name}": value for name, value in msgspec.structs.asdict(utm).items() if value}


def marks_of(entry: Entry) -> dict[str, str]:
    """What every address through an entry carries."""
    return {ENTRY: entry.id, **utm_of(entry.lead.utm)}


def query_of(entry: Entry, page: MiniProgramPage) -> str:
    """The query of a mini program's page through an entry: every character that has a meaning or is not ASCII is encoded."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in {**page.query, **marks_of(entry)}.items())


def path_of(entry: Entry, page: MiniProgramPage) -> str:
    """The page with its query, as cards, menus and links in texts have it."""
    return f"{page.path}?{query_of(entry, page)}"


def mark(entry: Entry, address: str) -> str:
    """An address of a web page through an entry."""
    for name, value in marks_of(entry).items():
        address = add_to_query(address, name, value)
    return address


def add_visit(address: str, visit: str) -> str:
    """The address with its visit; without one that would make it longer than addresses may be."""
    longer = add_to_query(address, VISIT, visit) if visit else address
    return longer if len(longer) <= LONGEST_ADDRESS else address


def check_page(entry: Entry, page: MiniProgramPage, *, place: str) -> None:
    """`Invalid` for a page that says our own marks itself, or is longer with them than WeChat takes."""
    own = {ENTRY, VISIT, "scene", "jump", *(f"utm_{name}" for name in Utm.__struct_fields__)} & set(page.query)
    if own:
        raise Invalid(f"The entry says `{min(own)}` by itself: leave it out - at `{place}.query`.")
    length = len(path_of(entry, page).encode())
    if length > PAGE_BYTES:
        raise Invalid(f"With the entry and its UTM the path has {length} bytes, and WeChat takes {PAGE_BYTES}: shorten it - at `{place}`.")
