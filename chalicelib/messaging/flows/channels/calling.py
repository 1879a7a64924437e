"""How a letter goes by WeChat: counted before it is reserved, called with a token, and the whole API stopped when its day is used up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from chalicelib.accounts.flows import quotas, tokens
from chalicelib.accounts.flows.quotas import SPENT, QuotaSpent
from chalicelib.accounts.words import Account
from chalicelib.accounts.words.quotas import Api
from chalicelib.accounts.words.quotas import Priority as CallPriority
from chalicelib.consent.words import Purpose
from chalicelib.errors import Declined
from chalicelib.messaging.words import Letter, Priority
from chalicelib.world import World

Answer = TypeVar("Answer")


def make_ready(letter: Letter, api: Api, *, world: World, now: datetime) -> None:
    """A token is had, and the call counted, before the message is reserved: without either nothing was sent."""
    tokens.fetch_token(letter.account, world=world, now=now)
    quotas.take(letter.account, api, priority=_priority_of(letter), world=world, now=now)


def ask(account: Account, api: Api, call: Callable[[str], Answer], *, world: World, now: datetime) -> Answer:
    """Call WeChat. When it says that the day's calls are used up (45009), nobody calls until they are counted anew."""
    try:
        return tokens.with_token(account, call, world=world, now=now)
    except Declined as declined:
        if declined.errcode != SPENT:
            raise
    raise QuotaSpent(quotas.stop(account, api, world=world, now=now))


def _priority_of(letter: Letter) -> CallPriority:
    if letter.purpose is Purpose.marketing:
        return CallPriority.marketing
    return CallPriority.urgent if letter.priority is Priority.high else CallPriority.service
