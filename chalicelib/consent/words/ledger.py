"""Words of the ledger: what somebody says about themselves, and how it is kept as evidence."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from chalicelib.consent.words import Channel, Choice, Scope


class Way(StrEnum):
    """By which door something was said."""

    client = "client"
    server = "server"
    page = "page"
    message = "message"
    wechat = "wechat"


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who said it, where and by what; kept sealed. `end`: the account's name; `source`: the keyed hash of the address it came from."""

    way: Way
    end: str = ""
    actor: str = ""
    request: str = ""
    source: str = ""
    wording: str = ""


class Statement(msgspec.Struct, frozen=True):
    """A yes or no. `text`: version and language of what was agreed to."""

    scope: Scope
    granted: bool
    text: str = ""


class Wish(msgspec.Struct, frozen=True):
    """Whether a topic is wanted by a channel, or by any."""

    topic: str
    channel: Channel | None
    on: bool


class Quiet(msgspec.Struct, frozen=True):
    """A zone and quiet hours in it, minutes since midnight."""

    zone: str
    quiet_from: int
    quiet_until: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """All that somebody says at once. `privacy`: the version of the guideline they agree to, and its language."""

    statements: tuple[Statement, ...] = ()
    wishes: tuple[Wish, ...] = ()
    quiet: Quiet | None = None
    privacy: tuple[int, str] | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One change in the ledger: only ever added. `about`: a purpose or a use, `topic`, `hours` or `privacy`."""

    about: str
    channel: Channel | None = None
    end: str = ""
    topic: str = ""
    choice: Choice = Choice.granted
    text: str = ""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger entry as it is kept, under the identifier that said it."""

    key: str
    id: str
    at: datetime
    way: Way
    entry: Entry
    sealed: str
