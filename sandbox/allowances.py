"""How many customer-service messages an account may send to a person, by what the person did."""

from __future__ import annotations

from enum import StrEnum

from sandbox.beijing import DAY_S
from sandbox.codes import WechatError
from sandbox.settings import Settings
from sandbox.state import Allowance, Contact


class Trigger(StrEnum):
    """What a person did that lets an account write to them."""

    MESSAGE = "message"
    CLICK = "click"
    FOLLOW = "follow"
    SCAN = "scan"
    ENTER = "enter"


RULES: dict[Trigger, tuple[int, int]] = {
    Trigger.MESSAGE: (5, 2 * DAY_S),
    Trigger.CLICK: (3, 60),
    Trigger.FOLLOW: (3, 60),
    Trigger.SCAN: (3, 60),
    Trigger.ENTER: (2, 60),
}


def grant(contact: Contact, trigger: Trigger, *, now: float, settings: Settings) -> None:
    """Fill the trigger's bucket anew; the others stay, unless the settings say that the newest replaces them."""
    count, window_s = RULES[trigger]
    if not settings.allowances_independent:
        contact.allowances.clear()
    contact.allowances[trigger] = Allowance(left=count, until=now + window_s)


def spend(contact: Contact, now: float) -> None:
    """Take one message from the bucket that ends first; 45015 outside every window, 45047 when all open ones are empty."""
    windows = [allowance for allowance in contact.allowances.values() if allowance.until > now]
    if not windows:
        raise WechatError(45015)
    filled = [allowance for allowance in windows if allowance.left > 0]
    if not filled:
        raise WechatError(45047)
    min(filled, key=lambda allowance: allowance.until).left -= 1
