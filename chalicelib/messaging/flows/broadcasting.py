"""One message of many, sent at once: kept by its reservation itself, without a place in the queue."""

from __future__ import annotations

from datetime import datetime

from chalicelib.identity.words import Identifier
from chalicelib.messaging.flows.planning import Plan, write_message
from chalicelib.messaging.flows.sending import pursue
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.words import Message
from chalicelib.world import World


def send_directly(brand: str, to: Identifier, plan: Plan, *, world: World, now: datetime) -> Message:
    """Send a message, or keep why it is not sent; what becomes of it comes back.

    The id says that it is the same one: brought again, a message that was sent is not sent again. One that has to wait is planned, and
    goes by the sweep. `Busy` when somebody is sending it this moment, or the other side is busy: bring it again.
    """
    message = tables.read_message(brand, plan.id) or write_message(brand, to, plan, world=world, now=now)
    return pursue(message, world=world, now=now)
