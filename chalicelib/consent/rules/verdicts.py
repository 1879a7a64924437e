"""Whether somebody may be written to, or why not. Pure.

Marketing is off until somebody wants it, service is on until somebody does not. Where each message takes a leave of its own, that leave
is the yes.
"""

from __future__ import annotations

from chalicelib.consent.rules import consents, preferences
from chalicelib.consent.rules.reaching import UNFOLLOWED
from chalicelib.consent.words import Channel, Contact, Dead, Purpose, Reason, Use, Verdict
from chalicelib.identity.words import IdentifierType, Key

BY_GRANT = frozenset({Channel.subscribe_message, Channel.subscription_notice})
"""Sends that take a leave: who gave it said yes to what it is for."""
ANSWERS = frozenset({Channel.customer_service})
"""Channels on which only who wrote first is written to: switching notifications off does not silence the answer."""
WITHOUT_FOLLOW = BY_GRANT
"""What reaches people who do not follow the account."""


def verdict(contact: Contact, *, purpose: Purpose, channel: Channel, topic: str, end: str, key: Key | None = None) -> Verdict:
    """May this person be written to, for this purpose, by this channel, about this topic, from this end?

    `end`: an account's name within the brand. `key`: the identifier to write to, where it is no openid of that end.
    """
    sides = list(contact.sides.values())
    said = consents.decide_for(sides, purpose, channel, end)
    needs_yes = purpose is Purpose.marketing and channel not in BY_GRANT
    if said is False or (needs_yes and said is None):
        return Verdict(False, Reason.consent)
    if channel not in ANSWERS and consents.decide_for(sides, Use.notifications, None, end) is False:
        return Verdict(False, Reason.permission)
    if not preferences.is_wanted(sides, topic, channel):
        return Verdict(False, Reason.preference)
    if is_dead(contact, channel, end, key):
        return Verdict(False, Reason.dead)
    return Verdict(True)


def is_dead(contact: Contact, channel: Channel, end: str, key: Key | None = None) -> bool:
    """Does the identifier reach nobody by this channel? With several at one end, if none of them does."""
    keys = [key] if key is not None else [each for each in contact.sides if each.type is IdentifierType.openid and each.account == end]
    found = [contact.sides[each] for each in keys if each in contact.sides]
    return bool(found) and all(_stops(side.dead, channel) for side in found)


def _stops(dead: Dead | None, channel: Channel) -> bool:
    return dead is not None and not (dead.code in UNFOLLOWED and channel in WITHOUT_FOLLOW)
