"""Words of the documents room: what a brand writes, tries and puts in force."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, TypeVar

import msgspec

Written = TypeVar("Written", bound=msgspec.Struct)


class Document(msgspec.Struct, Generic[Written], frozen=True, kw_only=True):
    """One document of a brand: the `kind` of what is written, and the account it is for; the brand's own have none.

    `written_as`: its struct. `event`: how the audit calls it. `most_bytes`: of each form; both lie in one item of 400 KB.
    """

    brand: str
    kind: str
    account: str = ""
    written_as: type[Written]
    event: str
    most_bytes: int = 180_000

    @property
    def key(self) -> tuple[str, ...]:
        """What it is remembered under."""
        return (self.kind, self.brand, self.account)


class Kept(msgspec.Struct, Generic[Written], frozen=True, kw_only=True):
    """A version that was published, and never changes. `ready`: what was worked out of it then, as its owner wrote it; may be empty."""

    version: int
    written: Written
    ready: str
    published_at: datetime
    by: str


class Draft(msgspec.Struct, Generic[Written], frozen=True, kw_only=True):
    """What somebody is still at work on. `revision` moves with every change, so that two at once never write over each other."""

    revision: int
    written: Written
    saved_at: datetime
    by: str


class RollbackOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The earlier version to go back to."""

    version: Annotated[int, msgspec.Meta(ge=1)]
