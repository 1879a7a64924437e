"""The front door of the consent room: whether somebody may be written to, and a send reserved. What lies behind it may move."""

from chalicelib.consent.flows.learning import note_dead, note_no_grant, note_window_closed, release
from chalicelib.consent.flows.telling import say
from chalicelib.consent.rules.allowances import find_allowance
from chalicelib.consent.rules.grants import find_grant, is_reachable
from chalicelib.consent.rules.sends import bearer_of, short_of
from chalicelib.consent.rules.showing import latest_hours
from chalicelib.consent.rules.verdicts import verdict
from chalicelib.consent.tables.contacts import count_reached, read_contact, read_contacts
from chalicelib.consent.tables.reserving import reserve

__all__ = [
    "bearer_of",
    "count_reached",
    "find_allowance",
    "find_grant",
    "is_reachable",
    "latest_hours",
    "note_dead",
    "note_no_grant",
    "note_window_closed",
    "read_contact",
    "read_contacts",
    "release",
    "reserve",
    "say",
    "short_of",
    "verdict",
]
