"""The offers a brand makes: drafted, published in versions, rolled back, found by name."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeVar

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Kind as AccountKind
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document, Draft, Kept
from chalicelib.errors import Invalid, Missing
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Finding, PublishOrder, Subject, TextsRollback, Written
from chalicelib.offers.words.registry import (
    CodeOffer,
    DraftOrder,
    DraftShown,
    GroupOffer,
    InvitationOffer,
    OffersOrder,
    OffersShown,
    RewardTrigger,
    VersionShown,
)
from chalicelib.world import World

Kind = TypeVar("Kind", GroupOffer, CodeOffer)


def publish(brand: str, order: OffersOrder, *, override: str = "", actor: str, world: World, now: datetime) -> OffersShown:
    """Keep all offers as a new version, in force on every container within ten seconds. Groups that are open keep their terms.

    `Invalid` (content_refused) for texts that break a rule, unless `override` says why they may stand.
    """
    with _letting_through(brand, order, override=override, actor=actor, world=world, now=now) as findings:
        kept = documents.publish(_of(brand), order, about={"offers": len(order.offers)}, actor=actor, world=world, now=now)
    return _show(kept, findings)


def save_draft(brand: str, order: DraftOrder, *, actor: str, world: World, now: datetime) -> DraftShown:
    """Keep what is not finished; what it names may not be there yet."""
    draft = documents.save_draft(_of(brand), order.written, revision=order.revision, actor=actor, world=world, now=now)
    return _show_draft(brand, draft, world=world, now=now)


def show_draft(brand: str, *, world: World, now: datetime) -> DraftShown:
    return _show_draft(brand, documents.read_draft(_of(brand)), world=world, now=now)


def drop_draft(brand: str) -> None:
    """There is no draft any more; it is no mistake if there was none."""
    documents.drop_draft(_of(brand))


def publish_draft(brand: str, order: PublishOrder, *, actor: str, world: World, now: datetime) -> OffersShown:
    """Put the draft in force, if it is still the one that was read, and there is none any more; one that was saved meanwhile stays."""
    draft = documents.read_draft(_of(brand), revision=order.revision)
    published = publish(brand, draft.written, override=order.override, actor=actor, world=world, now=now)
    documents.drop_draft(_of(brand), revision=draft.revision)
    return published


def roll_back(brand: str, order: TextsRollback, *, actor: str, world: World, now: datetime) -> OffersShown:
    """Put an earlier version in force again, if it could be published today. Groups and codes there are keep their terms."""
    kept = documents.find_version(_of(brand), order.version)
    about = {"offers": len(kept.written.offers)}
    with _letting_through(brand, kept.written, override=order.override, actor=actor, world=world, now=now) as findings:
        documents.roll_back(_of(brand), order.version, about=about, actor=actor, world=world, now=now)
    return _show(kept, findings)


def show(brand: str) -> OffersShown:
    """The offers in force as they were written, and the newest versions."""
    live = documents.find_live(_of(brand))
    if live is None:
        raise Missing(code="document_missing")
    versions = tuple(_tell(each, live=live.version) for each in documents.list_versions(_of(brand)))
    return msgspec.structs.replace(_show(live), versions=versions)


def find_group_offer(brand: str, name: str, *, world: World, now: datetime) -> GroupOffer:
    """An offer of groups, at most ten seconds old."""
    return _find(brand, name, GroupOffer, world=world, now=now)


def find_code_offer(brand: str, name: str, *, world: World, now: datetime) -> CodeOffer:
    """An offer of codes, at most ten seconds old."""
    return _find(brand, name, CodeOffer, world=world, now=now)


def _find(brand: str, name: str, kind: type[Kind], *, world: World, now: datetime) -> Kind:
    offers = documents.in_force(_of(brand), lambda kept: () if kept is None else kept.written.offers, world=world, now=now)
    for offer in offers:
        if offer.name == name and isinstance(offer, kind):
            return offer
    raise Missing(code="offer_missing")


def _letting_through(
    brand: str, order: OffersOrder, *, override: str, actor: str, world: World, now: datetime
) -> AbstractContextManager[tuple[Finding, ...]]:
    _check(brand, order, world=world, now=now)
    subject = Subject(kind="offers")
    return lint.letting_through(_of(brand), subject, order, _texts_in, override=override, actor=actor, world=world, now=now)


def _check(brand: str, order: OffersOrder, *, world: World, now: datetime) -> None:
    """Names are there once, nothing is promised for the mere share, and who is to be followed is an official account of this brand."""
    twice = [name for name, count in Counter(offer.name for offer in order.offers).items() if count > 1]
    if twice:
        raise Invalid(f"Two offers are called {twice[0]} - at `$.offers`.")
    for place, offer in enumerate(order.offers):
        if isinstance(offer, InvitationOffer) and offer.trigger is RewardTrigger.share:
            raise Invalid(
                f"WeChat forbids rewards for sharing (诱导分享): reward what the invited person does - at `$.offers[{place}].trigger`.",
                code="share_rewarded",
            )
        if isinstance(offer, CodeOffer) and offer.followers_of:
            at = f"$.offers[{place}].followers_of"
            register.find_named_account(brand, offer.followers_of, AccountKind.official_account, at=at, world=world, now=now)


def _texts_in(order: OffersOrder) -> list[Written]:
    titles = [Written(place=f"$.offers[{place}].title", text=offer.title) for place, offer in enumerate(order.offers)]
    promised = [(place, offer) for place, offer in enumerate(order.offers) if isinstance(offer, InvitationOffer)]
    return [*titles, *(Written(place=f"$.offers[{place}].reward", text=offer.reward) for place, offer in promised)]


def _of(brand: str) -> Document[OffersOrder]:
    return Document(brand=brand, kind="offers", written_as=OffersOrder, event="offers")


def _show(kept: Kept[OffersOrder], findings: tuple[Finding, ...] = ()) -> OffersShown:
    return OffersShown(version=kept.version, offers=kept.written.offers, published_at=kept.published_at, by=kept.by, findings=findings)


def _tell(kept: Kept[OffersOrder], *, live: int) -> VersionShown:
    return VersionShown(
        version=kept.version, offers=len(kept.written.offers), published_at=kept.published_at, by=kept.by, live=kept.version == live
    )


def _show_draft(brand: str, draft: Draft[OffersOrder], *, world: World, now: datetime) -> DraftShown:
    refused = None
    try:
        _check(brand, draft.written, world=world, now=now)
    except Invalid as wrong:
        refused = wrong.message
    return DraftShown(revision=draft.revision, offers=draft.written.offers, saved_at=draft.saved_at, by=draft.by, refused=refused)
