"""What an error of a send asks for. Pure.

https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.errors import Busy, Declined, LiandongError, Missing, Unknown
from chalicelib.messaging.words import Action

WECHATS_ZONE = ZoneInfo("Asia/Shanghai")
ERRCODES = {
    43101: Action.no_grant,
    43004: Action.dead,
    40003: Action.dead,
    45015: Action.window_closed,
    45047: Action.window_closed,
    45009: Action.stop_channel,
    45028: Action.stop_channel,
    47003: Action.next_way,
    40037: Action.next_way,
    48001: Action.operator,
    40164: Action.operator,
}


def action_of(error: LiandongError) -> Action:
    """What to do about an error of the send itself."""
    if isinstance(error, Unknown):
        return Action.unknown
    return action_before_send(error)


def action_before_send(error: LiandongError) -> Action:
    """What to do about an error before the send: whatever it is, nothing was sent."""
    if isinstance(error, Busy):
        return Action.again
    if isinstance(error, Declined):
        return ERRCODES.get(error.errcode, Action.next_way)
    return Action.operator if isinstance(error, Missing) else Action.next_way


def word_of(error: LiandongError) -> str:
    """The error in a message's trace: WeChat's errcode, or our own code."""
    return f"errcode {error.errcode}" if isinstance(error, Declined) and error.errcode else error.code


def stopped_until(error: LiandongError, now: datetime) -> datetime:
    """When an account's calls are counted anew: as the error says, else at WeChat's midnight."""
    until = getattr(error, "until", None)
    if isinstance(until, datetime):
        return until
    tomorrow = now.astimezone(WECHATS_ZONE).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, tzinfo=WECHATS_ZONE)
