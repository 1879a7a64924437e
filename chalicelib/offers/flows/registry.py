"""The offers a brand makes: published in versions, found by name."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TypeVar

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Kind as AccountKind
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document, Kept
from chalicelib.errors import Invalid, Missing
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Finding, Subject, Written
from chalicelib.offers.words.registry import CodeOffer, GroupOffer, InvitationOffer, OffersOrder, OffersShown, RewardTrigger
from chalicelib.world import World

Kind = TypeVar("Kind", GroupOffer, CodeOffer)


def publish(brand: str, order: OffersOrder, *, override: str = "", actor: str, world: World, now: datetime) -> OffersShown:
    """Keep all offers as a new version, in force on every container within ten seconds. Groups that are open keep their terms.

    `Invalid` (content_refused) for texts that break a rule, unless `override` says why they may stand.
    """
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
            _check_account(brand, offer.followers_of, f"$.offers[{place}].followers_of", world=world, now=now)
    findings = lint.pass_texts(brand, Subject(kind="offers"), _texts_in(order), override=override, actor=actor, world=world, now=now)
    kept = documents.publish(_of(brand), order, about={"offers": len(order.offers)}, actor=actor, world=world, now=now)
    return _show(kept, findings)


def show(brand: str) -> OffersShown:
    live = documents.find_live(_of(brand))
    if live is None:
        raise Missing(code="document_missing")
    return _show(live)


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


def _texts_in(order: OffersOrder) -> list[Written]:
    titles = [Written(place=f"$.offers[{place}].title", text=offer.title) for place, offer in enumerate(order.offers)]
    promised = [(place, offer) for place, offer in enumerate(order.offers) if isinstance(offer, InvitationOffer)]
    return [*titles, *(Written(place=f"$.offers[{place}].reward", text=offer.reward) for place, offer in promised)]


def _check_account(brand: str, account: str, at: str, *, world: World, now: datetime) -> None:
    try:
        kind = register.find_own_account(brand, account, world=world, now=now).kind
    except Missing:
        kind = None
    if kind is not AccountKind.official_account:
        raise Invalid(f"This is no official account of this brand - at `{at}`.")


def _of(brand: str) -> Document[OffersOrder]:
    return Document(brand=brand, kind="offers", written_as=OffersOrder, event="offers")


def _show(kept: Kept[OffersOrder], findings: tuple[Finding, ...] = ()) -> OffersShown:
    return OffersShown(version=kept.version, offers=kept.written.offers, published_at=kept.published_at, by=kept.by, findings=findings)
