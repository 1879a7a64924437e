"""Whether a way is open to somebody now, by what is known of them, and what closes it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

import msgspec

from chalicelib.consent.rules.allowances import find_allowance
from chalicelib.consent.rules.grants import find_grant, is_reachable
from chalicelib.consent.rules.verdicts import verdict
from chalicelib.consent.words import Allowance, Channel, Contact, Grant, Purpose, Reason, Side
from chalicelib.identity.words import OF_AN_ACCOUNT, IdentifierType, Key
from chalicelib.messaging.rules import caps
from chalicelib.messaging.words import State
from chalicelib.messaging.words.documents import Cap

BY_GRANT = frozenset({Channel.subscribe_message, Channel.subscription_notice})
REASONS = {
    Reason.consent: State.skipped_consent,
    Reason.permission: State.skipped_consent,
    Reason.preference: State.skipped_preference,
    Reason.dead: State.skipped_no_endpoint,
}
DECIDED = frozenset({State.skipped_consent, State.skipped_preference})
"""What somebody decided themselves: it is told before a cap or a time that would end a message as well."""
SAYS_MOST = (
    State.skipped_suppressed,
    State.skipped_consent,
    State.skipped_preference,
    State.skipped_cap,
    State.failed,
    State.skipped_no_grant,
    State.skipped_no_endpoint,
)
"""Where each way is closed for a reason of its own, the one that is told: what somebody decided before what is missing."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One way of one message, as far as it decides whether it is open. `message`: as it stands among sends."""

    channel: Channel
    end: str
    endpoint: IdentifierType
    template: str
    purpose: Purpose
    topic: str
    message: str
    to: str


class Open(msgspec.Struct, frozen=True):
    """A way that is open: to which identifier, and what a send spends."""

    key: Key
    spends: Grant | Allowance | None


class Closed(msgspec.Struct, frozen=True):
    """A way that is closed: what becomes of a message that has no other, and the word for it."""

    state: State
    why: str


NO_ENDPOINT = Closed(State.skipped_no_endpoint, "no_endpoint")


def look_at(contact: Contact, asked: Asked, limits: Sequence[Cap], *, at: datetime, zone: tzinfo) -> Open | Closed:
    """Is this way open? With several endpoints at one end, by the first that is; the one that was named goes first."""
    of_channel = caps.caps_on(limits, asked.purpose, asked.channel)
    free = caps.free_at(of_channel, contact.sends, message=asked.message, at=at, zone=zone)
    found = [_look_at_endpoint(contact, key, asked, at) for key in endpoints_of(contact, asked)]
    answer = next((each for each in found if isinstance(each, Open)), found[0] if found else NO_ENDPOINT)
    if isinstance(answer, Open) and (free is None or free > at):
        return Closed(State.skipped_cap, "channel_cap")
    return answer


def endpoints_of(contact: Contact, asked: Asked) -> list[Key]:
    """The identifiers of somebody that a way may lead to."""
    end = asked.end if asked.endpoint in OF_AN_ACCOUNT else ""
    keys = [key for key in contact.sides if key.type is asked.endpoint and key.account == end]
    return sorted(keys, key=lambda key: (str(key) != asked.to, key))


def beside(contact: Contact, asked: Asked, first: Key) -> list[Key]:
    """Further endpoints that the same message goes to: an app's is shown on every device that is not known to be dead."""
    if asked.endpoint is not IdentifierType.push_token:
        return []
    return [key for key in endpoints_of(contact, asked) if key != first and contact.sides[key].dead is None]


def tell_most(closed: Sequence[Closed]) -> Closed:
    """Of why each way was closed, what is told of the message."""
    return min(closed, key=lambda each: SAYS_MOST.index(each.state))


def _look_at_endpoint(contact: Contact, key: Key, asked: Asked, at: datetime) -> Open | Closed:
    said = verdict(contact, purpose=asked.purpose, channel=asked.channel, topic=asked.topic, end=asked.end, key=key)
    if said.why is not None:
        return Closed(REASONS[said.why], said.why.value)
    return _spend(contact.sides[key], key, asked, at)


def _spend(side: Side, key: Key, asked: Asked, at: datetime) -> Open | Closed:
    if asked.channel in BY_GRANT:
        grant = find_grant(side, asked.template)
        return Open(key, grant) if is_reachable(grant) else Closed(State.skipped_no_grant, "no_grant")
    if asked.channel is Channel.customer_service:
        allowance = find_allowance(side, at)
        closed = allowance is None and side.allowances  # of whom nothing was ever heard, WeChat has to say
        return Closed(State.skipped_no_grant, "no_allowance") if closed else Open(key, allowance)
    return Open(key, None)
