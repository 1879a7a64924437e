"""The outside world as the rooms see it: the one thing a flow is handed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from chalicelib.aws.archive import Archive
from chalicelib.aws.facts import Facts
from chalicelib.aws.keyring import Keyring
from chalicelib.aws.queues import Queues
from chalicelib.aws.secrets import Secrets
from chalicelib.cache import Cache
from chalicelib.config import Settings
from chalicelib.providers.courier import Courier
from chalicelib.providers.push import Push
from chalicelib.providers.sms import Sms

if TYPE_CHECKING:
    from chalicelib.wechat.gateway import Gateway

Done = TypeVar("Done")


class Mint(Protocol):
    """Asks the one function that may mint access tokens; returns when the token row is as good as it gets.

    `platform`: not the account's own token, but the one that this third-party platform has for it.
    """

    def __call__(self, account: str, *, rejected_version: int | None, platform: str = "") -> None: ...


class Keep(Protocol):
    """Hands the same function what WeChat has told a third-party platform; returns when it is kept."""

    def __call__(self, errand: msgspec.Struct) -> None: ...


class Together(Protocol):
    """Does tasks that are no matter to each other at once; what came of each, in their order."""

    def __call__(self, tasks: Sequence[Callable[[], Done]]) -> list[Done]: ...


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Collaborators by name. One request asks `now()` once and passes it on."""

    now: Callable[[], datetime]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]
    pause: Callable[[float], None]
    together: Together
    settings: Settings
    cache: Cache
    queues: Queues
    secrets: Secrets
    keyring: Keyring
    facts: Facts
    archive: Archive
    wechat: Gateway
    mint: Mint
    keep: Keep
    sms: Sms
    push: Push
    courier: Courier
