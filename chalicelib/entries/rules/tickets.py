"""Tickets of personal links: made for one entry, handed on where they fit. Pure."""

from __future__ import annotations

from urllib.parse import quote

from chalicelib.entries.rules.leading import CQ_LIMIT
from chalicelib.entries.rules.registry import OPENS_TICKETS, targets_of
from chalicelib.entries.words import Entry, MiniProgramPage
from chalicelib.errors import Invalid, Unauthenticated
from chalicelib.sessions.words import Jump


def purpose_of(entry: Entry) -> str:
    """What a personal link's ticket is for, so that it opens through this entry and no other."""
    return f"e_{entry.id}"


def audience_of(entry: Entry) -> tuple[str, ...]:
    """The accounts that may open it: of every target that opens tickets."""
    return tuple(dict.fromkeys(target.account for target in targets_of(entry.lead) if isinstance(target, OPENS_TICKETS)))


def check(entry: Entry, brand: str, jump: Jump) -> None:
    """Refuse a ticket of another brand or another entry."""
    if brand != entry.brand or jump.purpose != purpose_of(entry):
        raise Unauthenticated(code="ticket_refused")


def check_length(entry: Entry, text: str) -> None:
    """`Invalid` where a URL Link would not take the ticket along: it never gets lost on the way unnoticed."""
    into_mini_program = any(isinstance(target, MiniProgramPage) for target in targets_of(entry.lead))
    if into_mini_program and len(quote(f"jump={text}", safe="")) > CQ_LIMIT:
        raise Invalid(
            f"WeChat hands a mini program {CQ_LIMIT} characters of a link, and this ticket is longer: give the entry fewer accounts, "
            "or send a ticket by POST /v1/tickets - at `$.who`."
        )
