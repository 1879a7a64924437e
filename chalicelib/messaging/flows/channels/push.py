"""A notification of an app, on every device of the person."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.accounts.words import Account
from chalicelib.accounts.words import Kind as AccountKind
from chalicelib.aws.tables import TableError
from chalicelib.consent import flows as consent
from chalicelib.consent.words import Purpose
from chalicelib.errors import Busy, Invalid, LiandongError, Unknown
from chalicelib.identity.words import IdentifierType, Key
from chalicelib.ids import digest
from chalicelib.messaging.words import Accepted, Kind, Letter
from chalicelib.messaging.words.contents import AnyStep, Push
from chalicelib.providers.push import Notice
from chalicelib.world import World

log = logging.getLogger("liandong.messaging")
KIND = Kind(endpoint=IdentifierType.push_token)
MOST_BYTES = 3000
"""Apple and Google take 4 KB with what they and the providers add."""
DEAD = "push_token_dead"


def check(account: Account, content: AnyStep, purpose: Purpose, *, place: str, world: World, now: datetime) -> None:
    """`Invalid` for what this account never sends."""
    assert isinstance(content, Push)
    if account.kind is not AccountKind.app:
        raise Invalid(f"Notifications are pushed by apps - at `{place}.account`.")
    if len(msgspec.json.encode((content.title, content.text, content.data))) > MOST_BYTES:
        raise Invalid(f"Title, text and data have {MOST_BYTES} bytes together at most - at `{place}.data`.")


def ready(letter: Letter, *, world: World, now: datetime) -> None:
    """Nothing has to be had before."""


def send(letter: Letter, *, world: World, now: datetime) -> Accepted:
    """Hand it to the provider for each device. One that took it is enough; a device the app is gone from is remembered as dead.

    Where none took it, the trouble of the one that may have got it is raised, else of one that was busy, else of the first.
    """
    content = letter.content
    assert isinstance(content, Push)
    notice = Notice(title=content.title, text=content.text, data=content.data)
    troubles: dict[Key, LiandongError] = {}
    devices = ((letter.to, letter.endpoint), *letter.beside)
    for key, token in devices:
        message_id = f"{letter.key}-{digest(str(key))[:8]}"  # whichever devices there are at the next try
        try:
            world.push.send(token, notice, app=letter.account.id, message_id=message_id, now=now)
        except LiandongError as trouble:
            troubles[key] = trouble
    _bury(letter.account.brand, (key for key, trouble in troubles.items() if trouble.code == DEAD), world=world, now=now)
    if len(troubles) == len(devices):
        raise min(troubles.values(), key=_weight)
    return Accepted()


def _bury(brand: str, dead: Iterable[Key], *, world: World, now: datetime) -> None:
    """Remember whom nothing reaches. What cannot be written now is learnt again: the others have their notice, and that counts."""
    for key in dead:
        try:
            consent.note_dead(brand, key, DEAD, at=now, world=world)
        except (LiandongError, TableError) as error:
            log.warning("a push token of %s could not be noted as dead: %s", brand, type(error).__name__)


def _weight(trouble: LiandongError) -> int:
    if isinstance(trouble, Unknown):
        return 0
    return 1 if isinstance(trouble, Busy) else 2
