"""How many messages a person gets: rolling or by the calendar, over all channels or of one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from chalicelib.consent.rules.sends import MOST_SENDS
from chalicelib.consent.words import Channel, Purpose, Sent
from chalicelib.messaging.words.documents import Cap, Window


def caps_on(caps: Iterable[Cap], purpose: Purpose, channel: Channel | None) -> list[Cap]:
    """The caps of a message over all channels, or with a channel those of this channel alone."""
    return [cap for cap in caps if cap.channel is channel and cap.purpose in (None, purpose)]


def free_at(caps: Iterable[Cap], sends: Sequence[Sent], *, message: str, at: datetime, zone: tzinfo) -> datetime | None:
    """The first moment from `at` on at which every cap lets this message through; nothing where one never does.

    `message`: as it stands among sends. One that was counted already is not counted again.
    """
    moments = [_free_at(cap, sends, message=message, at=at, zone=zone) for cap in caps]
    open_ = [each for each in moments if each is not None]
    return max(open_, default=at) if len(open_) == len(moments) else None


def _free_at(cap: Cap, sends: Sequence[Sent], *, message: str, at: datetime, zone: tzinfo) -> datetime | None:
    counted = [sent for sent in sends if cap.channel in (None, sent.channel) and cap.purpose in (None, sent.purpose)]
    latest = dict[str, datetime]()
    for sent in counted:
        latest[sent.message] = max(sent.at, latest.get(sent.message, sent.at))
    if cap.most and message in latest:
        return at
    if cap.most == 0:
        return None
    times = sorted(latest.values(), reverse=True)
    if len(counted) >= MOST_SENDS:  # older ones may be forgotten: as many as are remembered are too many
        times = sorted((sent.at for sent in counted), reverse=True)
    if len(times) < cap.most:
        return at
    return max(at, _leaves_at(cap, times[cap.most - 1], zone))


def _leaves_at(cap: Cap, sent_at: datetime, zone: tzinfo) -> datetime:
    """When a send is counted no more."""
    if cap.window is Window.rolling:
        return sent_at + timedelta(days=cap.days)
    day = sent_at.astimezone(zone).date() + timedelta(days=cap.days)
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
