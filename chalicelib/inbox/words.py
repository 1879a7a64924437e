"""Words of the inbox: callbacks kept and what was answered to them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What the door answered: the rule that won, in the version that was in force. No rule: WeChat was only acknowledged."""

    rule: str | None
    version: int


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """One callback as the door hands it to the worker. `key` is the same however often WeChat repeats it."""

    account: str
    key: str
    received_at: datetime
    fields: dict[str, Any]
    answered: Answered


class State(StrEnum):
    """How far a kept callback is. `waiting` was written by the door because the queue refused."""

    waiting = "waiting"
    kept = "kept"
    failed = "failed"
    applied = "applied"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A callback's row. What it says is sealed; `why` is the code of its last failure."""

    brand: str
    account: str
    key: str
    state: State
    received_at: datetime
    kind: str
    sealed: str
    attempts: int
    why: str


class Place(msgspec.Struct, frozen=True):
    """Where a failed callback stands in the list of them."""

    received_at: datetime
    account_name: str
    key: str


class KeptShown(msgspec.Struct, frozen=True, kw_only=True):
    """A kept callback as operators see it: nothing of what it says."""

    account: str
    key: str
    kind: str
    state: State
    received_at: datetime
    attempts: int
    why: str


class FailedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Callbacks whose effects failed, oldest first."""

    callbacks: tuple[KeptShown, ...]
    cursor: str | None


class CallbackName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which callback."""

    account: str
    key: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16,128}$(?!\n)")]


class RedriveOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which failed callbacks to work off again: these, or when none is named the oldest hundred behind the cursor."""

    callbacks: Annotated[tuple[CallbackName, ...], msgspec.Meta(max_length=100)] = ()
    cursor: str | None = None


class Redriven(msgspec.Struct, frozen=True, kw_only=True):
    """How many were put on the queue again; whether there are more, and the cursor that leads to them."""

    queued: int
    more: bool
    cursor: str | None


class Answer(msgspec.Struct, frozen=True):
    """What WeChat gets back."""

    body: str
    content_type: str
