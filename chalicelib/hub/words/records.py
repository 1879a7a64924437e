"""Words of records: as they are sent, as they are ready to be kept, and what became of each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from chalicelib.accounts.words import AccountId
from chalicelib.hub.words.dictionary import Mode, TypeName
from chalicelib.identity.words import Identifier

RecordId = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Value = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Source = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$(?!\n)")]
VersionNumber = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
MOST_RECORDS = 500


class Who(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a record is about, by all that is known: values by type, openids by the id of their account."""

    openid: Annotated[dict[AccountId, Value], msgspec.Meta(max_length=20)] = {}
    unionid: Value | None = None
    phone: Value | None = None
    email: Value | None = None
    app_uid: Value | None = None
    member_no: Value | None = None


class RecordOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One record as it is sent. `id` is its natural key, such as an order's number; of two versions of one record the higher counts.

    `version` left out is when it was changed: `updated_at` of its data, or `at`, in milliseconds.
    """

    type: TypeName
    id: RecordId
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    who: Who = Who()
    data: dict[str, Any] = {}
    version: VersionNumber | None = None


class BatchOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to 500 records of one source, the caller's key when it is left out. Each record is judged alone."""

    records: Annotated[list[Any], msgspec.Meta(min_length=1, max_length=MOST_RECORDS)]
    source: Source | None = None


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A record that may be kept: clean, its people in our words. `raw`: what came otherwise; `hold`: why it goes to quarantine.

    `owner`: the key of the identifier that brought it, of one that was kept before, where nobody is named any more.
    """

    place: int
    type: str
    id: str
    at: datetime
    version: int
    who: tuple[Identifier, ...]
    data: dict[str, Any]
    raw: dict[str, Any]
    hold: str = ""
    owner: str = ""


class Verdict(StrEnum):
    """What became of a record. The first three are told at once; an accepted one is stored, quarantined or a duplicate in the end."""

    accepted = "accepted"
    quarantined = "quarantined"
    rejected = "rejected"
    stored = "stored"
    duplicate = "duplicate"


class ProblemShown(msgspec.Struct, frozen=True, kw_only=True):
    """A value that could not be read: where, why, and what happens for it."""

    pointer: str
    code: str
    mode: Mode


class RecordVerdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of the record at `place` of its batch, from 0. `code` and `message` say why it was not simply accepted."""

    place: int
    verdict: Verdict
    id: str | None = None
    code: str | None = None
    message: str | None = None
    problems: tuple[ProblemShown, ...] = ()


class BatchState(StrEnum):
    """Where a batch stands."""

    taking = "taking"
    taken = "taken"


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as it is kept: how many records came, were rejected and go on in how many parts. `fingerprint`: of the body.

    `sealed`: the verdicts told at once, which hold the records' ids. `dictionary`, `made_at`: as of what they were judged.
    """

    brand: str
    id: str
    source: str
    fingerprint: str
    state: BatchState
    received: int
    rejected: int
    parts: int
    dictionary: int
    sealed: str
    made_at: datetime


class PartDone(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one part of a batch."""

    part: int
    verdicts: tuple[RecordVerdict, ...]


class BatchShown(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as callers see it: received = rejected + accepted, and accepted = stored + quarantined + duplicate + waiting, always.

    `records`: the verdict of each, in order.
    """

    id: str
    source: str
    received: int
    rejected: int
    accepted: int
    stored: int
    quarantined: int
    duplicate: int
    waiting: int
    made_at: datetime
    records: tuple[RecordVerdict, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True, tag="part"):
    """What the queue carries: records of a batch that were accepted, packed and sealed; of how many parts, and when the batch came.

    `told`: somebody may ask what became of them.
    """

    brand: str
    batch: str
    part: int
    source: str
    dictionary: int
    sealed: str
    told: bool = True
    parts: int = 0
    made_at: datetime | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What is remembered of every version: `content` is the hash of what it says, `by` the batch and place that brought it.

    Of two alike in number the greater content counts. `state`: of types that have one. `holds`: the version that counted until this one
    came, when it goes back from this one.
    """

    number: int
    content: str
    by: str
    state: int | None
    correction: bool
    holds: str = ""


class Version(Known, frozen=True, kw_only=True, array_like=True):
    """One version of a record, with what it says. `owner`: the key of the identifier that brought it."""

    at: datetime
    owner: str
    source: str
    dictionary: int
    sealed: str


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The personal half of a version; kept encrypted."""

    id: str
    data: dict[str, Any]
    raw: dict[str, Any] = {}


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it stands: the version that counts, and what is known of the others.

    `held`: the names of those that go back. `revision` grows with each write, so that two at once never miss each other.
    """

    brand: str
    type: str
    key: str
    revision: int
    version: Version
    others: tuple[Known, ...] = ()
    held: tuple[str, ...] = ()


class RecordShown(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it stands. `data` holds what its type's fields say; `raw`, what came otherwise, only for keys that may see it."""

    type: str
    id: str
    at: datetime
    version: int
    source: str
    data: dict[str, Any]
    raw: dict[str, Any] = {}


class RecordsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Records of one person, the latest first. `cursor` leads to earlier ones; there are none where it is absent."""

    records: tuple[RecordShown, ...]
    cursor: str | None


class CartLine(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in a person's cart of one thing, over all ends."""

    sku: str
    quantity: int
    title: str
    price_fen: int | None


class Cart(msgspec.Struct, frozen=True, kw_only=True):
    """A person's one cart."""

    items: tuple[CartLine, ...]
    total_fen: int
