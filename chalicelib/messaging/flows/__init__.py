"""The front door of the messaging room: every send goes through here. What lies behind it may move from file to file."""

from chalicelib.messaging.flows.broadcasting import send_directly
from chalicelib.messaging.flows.gates import find_gate, set_gate, set_gate_for_good
from chalicelib.messaging.flows.glancing import glance_at
from chalicelib.messaging.flows.handing import Handover, send_due
from chalicelib.messaging.flows.planning import Plan, cancel, caused_id, ordered_id, plan
from chalicelib.messaging.flows.receipts import hear, hear_receipt
from chalicelib.messaging.flows.sending import send_message
from chalicelib.messaging.flows.showing import was_lost
from chalicelib.messaging.tables.tallies import add_with as tally_with
from chalicelib.messaging.tables.tallies import read as read_tallies

__all__ = [
    "Handover",
    "Plan",
    "cancel",
    "caused_id",
    "find_gate",
    "glance_at",
    "hear",
    "hear_receipt",
    "ordered_id",
    "plan",
    "read_tallies",
    "send_directly",
    "send_due",
    "send_message",
    "set_gate",
    "set_gate_for_good",
    "tally_with",
    "was_lost",
]
