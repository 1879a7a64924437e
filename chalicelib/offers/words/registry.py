"""Words of the offers a brand makes: groups at a price, codes of one's own, rewards for invitations."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.lint.words import Finding, Override

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$(?!\n)")]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
OrderId = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class GroupOffer(msgspec.Struct, frozen=True, kw_only=True, tag="group", tag_field="kind", forbid_unknown_fields=True):
    """A price for so many people together (拼团). A group keeps the terms it was opened under, whatever the offer says later."""

    name: Name
    title: Title
    size: Annotated[int, msgspec.Meta(ge=2, le=100)]
    price_fen: Annotated[int, msgspec.Meta(ge=1, le=100_000_000)]
    open_for_s: Annotated[int, msgspec.Meta(ge=300, le=2_592_000)]
    ends_at: Moment | None = None


class CodeOffer(msgspec.Struct, frozen=True, kw_only=True, tag="code", tag_field="kind", forbid_unknown_fields=True):
    """A code of one's own (公众号专属优惠码). `followers_of`: an official account; only who follows it is given one."""

    name: Name
    title: Title
    valid_for_s: Annotated[int, msgspec.Meta(ge=3600, le=31_622_400)]
    followers_of: Annotated[str, msgspec.Meta(max_length=64)] = ""


class RewardTrigger(StrEnum):
    """What an invitation is rewarded for. WeChat's rules forbid to reward the mere share: it is a word here to be refused with that."""

    registration = "registration"
    first_order = "first_order"
    share = "share"


class InvitationOffer(msgspec.Struct, frozen=True, kw_only=True, tag="invitation", tag_field="kind", forbid_unknown_fields=True):
    """What an inviter is promised, and for what. Your systems give it: `GET /v1/people/{person}/invitations` tells who brought whom."""

    name: Name
    title: Title
    reward: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    trigger: RewardTrigger


Offer = GroupOffer | CodeOffer | InvitationOffer


class OffersOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All offers of a brand."""

    offers: Annotated[tuple[Offer, ...], msgspec.Meta(max_length=200)]


class OffersPublished(OffersOrder, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Offers that are put in force at once. `override`: why texts may stand that break a rule."""

    override: Override = ""

    @property
    def written(self) -> OffersOrder:
        return OffersOrder(offers=self.offers)


class DraftOrder(OffersOrder, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Offers that are not in force yet, in the place of the draft with this `revision`; 0: there is none."""

    revision: Annotated[int, msgspec.Meta(ge=0)]

    @property
    def written(self) -> OffersOrder:
        return OffersOrder(offers=self.offers)


class DraftShown(msgspec.Struct, frozen=True, kw_only=True):
    """The draft, what to name when it is saved or published, and `refused`: for what it would not be published as it is."""

    revision: int
    offers: tuple[Offer, ...]
    saved_at: datetime
    by: str
    refused: str | None


class VersionShown(msgspec.Struct, frozen=True, kw_only=True):
    """When so many offers were published, by whom, and whether they are in force."""

    version: int
    offers: int
    published_at: datetime
    by: str
    live: bool


class OffersShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The offers in force, and which version of them that is. `findings`: what stands out in their texts, told when publishing.

    `versions`: the newest there are, told when they are looked at.
    """

    version: int
    offers: tuple[Offer, ...]
    published_at: datetime
    by: str
    findings: tuple[Finding, ...] = ()
    versions: tuple[VersionShown, ...] = ()
