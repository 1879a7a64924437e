"""A text to a phone of the person."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.consent.words import Purpose
from chalicelib.identity.words import IdentifierType
from chalicelib.messaging.words import Accepted, Kind, Letter
from chalicelib.messaging.words.contents import AnyStep, Sms
from chalicelib.world import World

KIND = Kind(endpoint=IdentifierType.phone)


def check(account: Account, content: AnyStep, purpose: Purpose, *, place: str, world: World, now: datetime) -> None:
    """A text goes on behalf of any account: whose yes or no counts is what it decides."""


def ready(letter: Letter, *, world: World, now: datetime) -> None:
    """Nothing has to be had before."""


def send(letter: Letter, *, world: World, now: datetime) -> Accepted:
    """Hand it to the provider, which is not asked twice: whether it knows a repeat is not known."""
    assert isinstance(letter.content, Sms)
    world.sms.send(letter.endpoint, letter.content.text, message_id=letter.key, now=now)
    return Accepted()
