"""Long works over an account's people, as they are kept and shown."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from chalicelib.accounts.words import Appid


class JobKind(StrEnum):
    """What a job does."""

    backfill = "backfill"
    """Asks WeChat about every follower, so that each has a person and, where WeChat tells it, a unionid."""
    migration = "migration"
    """Asks WeChat which openids the people of a former account have at this one."""


class JobState(StrEnum):
    """Where a job stands."""

    running = "running"
    done = "done"
    failed = "failed"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it is kept: one of each kind for an account. `position` says how far it has come: for a back-fill the
    openid, sealed; for a migration, whose former account is `from_account`, a key.

    `version` moves with every batch, so that a batch counts once. `waits_until`: not before then, WeChat has refused for now.
    """

    brand: str
    account: str
    kind: JobKind
    id: str
    state: JobState
    position: str | None
    seen: int
    joined: int
    without_unionid: int
    unknown: int
    started_at: datetime
    changed_at: datetime
    waits_until: datetime | None
    trouble: str
    version: int
    from_account: str = ""


class MigrationOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which account of the brand was migrated to this one."""

    from_appid: Appid


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch came to."""

    seen: int = 0
    joined: int = 0
    without_unionid: int = 0
    unknown: int = 0


class JobShown(msgspec.Struct, frozen=True, kw_only=True):
    """A job as callers see it.

    `joined`: openids whose unionid was new, or, of a migration, whose new openid is linked now; `without_unionid`: those WeChat told none
    of; `unknown`: those WeChat does not know any more.
    `trouble` says what kept it last.
    """

    id: str
    account: str
    kind: JobKind
    state: JobState
    seen: int
    joined: int
    without_unionid: int
    unknown: int
    started_at: datetime
    changed_at: datetime
    trouble: str
