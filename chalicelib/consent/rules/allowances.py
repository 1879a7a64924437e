"""Room for customer-service messages: opened by what somebody does, used up by what we send, closed by time. Pure.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.consent.words import Allowance, Side, Trigger


def opened(side: Side, trigger: Trigger, *, most: int, since: datetime, until: datetime) -> Side:
    """What lies under an identifier once somebody did this: the same heard again, or something earlier, changes nothing."""
    before = side.allowances.get(trigger)
    if before is not None and before.until >= until:
        return side
    allowance = Allowance(trigger=trigger, left=most, since=since, until=until)
    return msgspec.structs.replace(side, allowances={**side.allowances, trigger: allowance})


def find_allowance(side: Side, now: datetime) -> Allowance | None:
    """The room to use now: of those that are open, the one that ends first."""
    usable = [each for each in side.allowances.values() if each.left > 0 and each.until > now]
    return min(usable, key=lambda each: (each.until, each.trigger), default=None)


def spend(side: Side, allowance: Allowance, now: datetime) -> Side:
    """What lies under an identifier with one message less to send. `ValueError` where there is none: look first."""
    found = side.allowances.get(allowance.trigger)
    if found is None or found.left < 1 or found.until <= now:
        raise ValueError("There is no room for a customer-service message.")
    return _with(side, msgspec.structs.replace(found, left=found.left - 1))


def give_back(side: Side, allowance: Allowance) -> Side:
    """One message more, if it is still the same room: a new one is full anyway."""
    found = side.allowances.get(allowance.trigger)
    if found is None or found.until != allowance.until:
        return side
    return _with(side, msgspec.structs.replace(found, left=found.left + 1))


def closed(side: Side, *, at: datetime) -> Side:
    """What lies under an identifier when WeChat said at that time that there is no room: only what was opened later stays.

    Of somebody of whom nothing was heard before, this is what is known from now on.
    """
    if not side.allowances:
        nothing = Allowance(trigger=Trigger.message, left=0, since=at, until=at)
        return msgspec.structs.replace(side, allowances={nothing.trigger: nothing})
    used_up = {trigger: msgspec.structs.replace(each, left=0) if each.since <= at else each for trigger, each in side.allowances.items()}
    return side if used_up == side.allowances else msgspec.structs.replace(side, allowances=used_up)


def _with(side: Side, allowance: Allowance) -> Side:
    return msgspec.structs.replace(side, allowances={**side.allowances, allowance.trigger: allowance})
