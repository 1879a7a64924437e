"""The last sends to an identifier, packed into a few characters each. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.consent.words import Channel, Contact, Purpose, Sent, Side
from chalicelib.identity.words import Key
from chalicelib.ids import digest

MOST_SENDS = 24
"""Of each purpose, so that no number of service messages makes a marketing message forgotten. No cap can be larger."""
REMEMBERED = timedelta(days=32)
LETTERS = {
    Channel.template_message: "t",
    Channel.subscription_notice: "n",
    Channel.subscribe_message: "s",
    Channel.customer_service: "c",
    Channel.mass: "m",
    Channel.push: "p",
    Channel.sms: "x",
}
CHANNELS = {letter: channel for channel, letter in LETTERS.items()}
PURPOSES = {"s": Purpose.service, "m": Purpose.marketing}
SHORT = 10


def short_of(message: str) -> str:
    """A message's id as it stands among sends."""
    return digest(message)[:SHORT]


def bearer_of(contact: Contact, key: Key) -> Key:
    """Under which identifier of theirs a send is noted. A push token only points to somebody: whoever looks without their devices counts
    what went there too."""
    return key if key in contact.folded.keys else contact.folded.key


def remember(side: Side, sent: Sent) -> Side:
    """What lies under an identifier with one more send; those too old or too many are forgotten."""
    packed = f"{int(sent.at.timestamp()):08x}{LETTERS[sent.channel]}{sent.purpose[0]}{short_of(sent.message)}"
    since = f"{int((sent.at - REMEMBERED).timestamp()):08x}"
    latest = [each for each in sorted((packed, *side.sends), reverse=True) if each > since]
    kept = [each for letter in PURPOSES for each in [one for one in latest if one[9] == letter][:MOST_SENDS]]
    return msgspec.structs.replace(side, sends=tuple(sorted(kept, reverse=True)))


def find(side: Side, message: str) -> Sent | None:
    """The latest send of a message to this identifier."""
    short = short_of(message)
    return next((_unpack(each) for each in side.sends if each[10:] == short), None)


def forget(side: Side, message: str) -> Side:
    """What lies under an identifier once the latest send of a message is taken back."""
    short = short_of(message)
    taken = next((each for each in side.sends if each[10:] == short), None)
    if taken is None:
        return side
    left = list(side.sends)
    left.remove(taken)
    return msgspec.structs.replace(side, sends=tuple(left))


def since(side: Side, at: datetime) -> tuple[str, ...]:
    """What was sent to an identifier later, packed."""
    return tuple(each for each in side.sends if _unpack(each).at > at)


def unite(sides: Iterable[Side]) -> tuple[Sent, ...]:
    """All sends to a person, the latest first."""
    return tuple(_unpack(each) for each in sorted((each for side in sides for each in side.sends), reverse=True))


def _unpack(packed: str) -> Sent:
    at = datetime.fromtimestamp(int(packed[:8], 16), UTC)
    return Sent(message=packed[10:], at=at, channel=CHANNELS[packed[8]], purpose=PURPOSES[packed[9]])
