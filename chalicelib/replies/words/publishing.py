"""Words of the replies room: versions that were published, drafts, and what they change."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.lint.words import Finding, Override
from chalicelib.replies.words import RulesOrder

Revision = Annotated[int, msgspec.Meta(ge=0)]


class Published(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was published when, by whom, and whether it is in force. `findings`: what stands out in its texts, told when publishing."""

    version: int
    rules: int
    published_at: datetime
    by: str
    live: bool
    findings: tuple[Finding, ...] = ()


class RulesPublished(RulesOrder, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Rules that are put in force at once. `override`: why texts may stand that break a rule."""

    override: Override = ""

    @property
    def written(self) -> RulesOrder:
        return RulesOrder(rules=self.rules, synonyms=self.synonyms, service=self.service)


class RulesShown(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force as they were written, and the versions there are."""

    account: str
    version: int
    written: RulesOrder
    versions: tuple[Published, ...]


class DraftOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules that are not finished, in the place of the draft with this `revision`; 0: there is none yet."""

    written: RulesOrder
    revision: Revision = 0


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from the rules in force: rules by name, and whether their order, the synonyms or human service are others."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    order: bool
    synonyms: bool
    service: bool


class DraftShown(msgspec.Struct, frozen=True, kw_only=True):
    """A draft, what it changes of the `live` version, and `refused`: for what it would not be published as it is."""

    account: str
    revision: int
    saved_at: datetime
    by: str
    written: RulesOrder
    live: int
    changes: Changes
    refused: str | None


class PublishOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The draft is put in force; with a `revision` only if it is that one still. `override`: why texts may stand that break a rule."""

    revision: Annotated[int, msgspec.Meta(ge=1)] | None = None
    override: Override = ""
