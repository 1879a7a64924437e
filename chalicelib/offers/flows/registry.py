"""The offers a brand makes: published in versions, found by name."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document, Kept
from chalicelib.errors import Invalid, Missing
from chalicelib.offers.words.registry import GroupOffer, OffersOrder, OffersShown
from chalicelib.world import World


def publish(brand: str, order: OffersOrder, *, actor: str, world: World, now: datetime) -> OffersShown:
    """Keep all offers as a new version, in force on every container within ten seconds. Groups that are open keep their terms."""
    twice = [name for name, count in Counter(offer.name for offer in order.offers).items() if count > 1]
    if twice:
        raise Invalid(f"Two offers are called {twice[0]} - at `$.offers`.")
    return _show(documents.publish(_of(brand), order, about={"offers": len(order.offers)}, actor=actor, world=world, now=now))


def show(brand: str) -> OffersShown:
    live = documents.find_live(_of(brand))
    if live is None:
        raise Missing(code="document_missing")
    return _show(live)


def find_group_offer(brand: str, name: str, *, world: World, now: datetime) -> GroupOffer:
    """An offer of groups, at most ten seconds old."""
    offers = documents.in_force(_of(brand), lambda kept: () if kept is None else kept.written.offers, world=world, now=now)
    found = next((offer for offer in offers if offer.name == name and isinstance(offer, GroupOffer)), None)
    if found is None:
        raise Missing(code="offer_missing")
    return found


def _of(brand: str) -> Document[OffersOrder]:
    return Document(brand=brand, kind="offers", written_as=OffersOrder, event="offers")


def _show(kept: Kept[OffersOrder]) -> OffersShown:
    return OffersShown(version=kept.version, offers=kept.written.offers, published_at=kept.published_at, by=kept.by)
