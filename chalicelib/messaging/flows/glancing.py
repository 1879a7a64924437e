"""A batch of messages read ahead, each with the person it is to: in a few requests for all, and maybe a moment old."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from chalicelib.consent import flows as consent
from chalicelib.consent.words import Contact
from chalicelib.errors import place_of
from chalicelib.identity import flows as identity
from chalicelib.identity.words import IdentifierType, read_key
from chalicelib.messaging.flows.channels import CHANNELS
from chalicelib.messaging.flows.handing import Handover
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.words import Message, State

log = logging.getLogger("liandong.messaging")


class Seen(msgspec.Struct, frozen=True):
    """A message as it was read ahead, and the person it is to where they were read too."""

    message: Message
    contact: Contact | None = None


class Glance(msgspec.Struct):
    """What was read ahead, each for one look: whoever has to look again reads for themselves."""

    seen: dict[Handover, Seen]

    def take(self, handover: Handover) -> Seen | None:
        return self.seen.pop(handover, None)

    def receiver_of(self, handover: Handover) -> str:
        """To whom a message is, by the identifier it names; the message itself, where it was not read."""
        seen = self.seen.get(handover)
        return f"{handover.brand}/{seen.message.to if seen else handover.message}"


def glance_at(handovers: Iterable[Handover]) -> Glance:
    """Read what a batch needs, before any of it is sent. What cannot be read like this is left to whoever works it off, alone.

    Nothing is decided by it: a reservation is only made while the message and the person are as they were read, whenever that was.
    """
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for handover in handovers:
        ids[handover.brand].add(handover.message)
    seen: dict[Handover, Seen] = {}
    for brand, named in ids.items():
        try:
            seen.update(_glance_at(brand, named))
        except Exception as error:  # one row that cannot be read must not stand in the way of the others
            log.warning("messages of %s could not be read ahead: %s at %s", brand, type(error).__name__, place_of(error))
    return Glance(seen)


def _glance_at(brand: str, ids: Iterable[str]) -> dict[Handover, Seen]:
    messages = tables.read_messages(brand, ids).values()
    folded = identity.fold_each(brand, {read_key(each.to) for each in messages if _is_simple(each)})
    first: dict[str, Message] = {}
    for message in messages:
        if _is_simple(message) and read_key(message.to) in folded:
            first.setdefault(folded[read_key(message.to)].person, message)  # a send to somebody makes what was read for their next one old
    contacts = consent.read_contacts(brand, [folded[read_key(each.to)] for each in first.values()])
    of_message = {message.id: contact for message, contact in zip(first.values(), contacts, strict=True)}
    return {Handover(brand, each.id): Seen(each, of_message.get(each.id)) for each in messages}


def _is_simple(message: Message) -> bool:
    """Is a look at who somebody is and what they said enough? By push, their devices have to be found as well."""
    by_push = any(CHANNELS[way.channel].KIND.endpoint is IdentifierType.push_token for way in message.ways[message.step :])
    return message.state is State.planned and not by_push
