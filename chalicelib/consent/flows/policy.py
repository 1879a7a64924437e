"""What a brand writes about consent: its privacy guideline and its policy, in versions."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.flows import register
from chalicelib.consent.rules import showing
from chalicelib.consent.words import Side
from chalicelib.consent.words.permissions import PrivacyShown
from chalicelib.consent.words.policy import GuidelineOrder, GuidelineShown, PolicyOrder, PolicyShown
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document, Kept
from chalicelib.errors import Invalid, Missing
from chalicelib.world import World

POLICY_FRESH_S = 60


def publish_guideline(brand: str, order: GuidelineOrder, *, actor: str, world: World, now: datetime) -> GuidelineShown:
    """Put a version of the privacy guideline in force: everywhere within ten seconds."""
    document = _guideline(brand)
    live = documents.find_live(document)
    asks_since = "" if order.asks_again or live is None else str(_asks_since(live))
    kept = documents.publish(document, order, ready=asks_since, about={}, actor=actor, world=world, now=now)
    return _show(kept)


def show_guideline(brand: str) -> GuidelineShown:
    """The guideline in force this very moment."""
    live = documents.find_live(_guideline(brand))
    if live is None:
        raise Missing(code="document_missing")
    return _show(live)


def show_privacy(brand: str, sides: list[Side], *, world: World, now: datetime) -> PrivacyShown:
    """Whether somebody is to be shown the guideline again, by the version that is at most ten seconds old."""
    accepted = showing.accepted_version(sides)
    live = documents.in_force(_guideline(brand), lambda kept: None if kept is None else _show(kept), world=world, now=now)
    if live is None:
        return PrivacyShown(due=False, version=0, accepted=accepted)
    guideline = live.guideline
    return PrivacyShown(due=accepted < live.asks_since, version=live.version, accepted=accepted, title=guideline.title, url=guideline.url)


def check_version(brand: str, version: int) -> None:
    """Refuse an agreement to a version nobody has published."""
    try:
        documents.find_version(_guideline(brand), version)
    except Missing:
        raise Invalid("There is no such version of the privacy guideline - at `$.privacy.version`.") from None


def publish_policy(brand: str, order: PolicyOrder, *, actor: str, world: World, now: datetime) -> PolicyShown:
    """Put a policy in force: everywhere within a minute."""
    for account_id in order.long_term_templates:
        register.find_own_account(brand, account_id, world=world, now=now)
    if len({each.topic for each in order.topics}) < len(order.topics):
        raise Invalid("Two topics have one name - at `$.topics`.")
    kept = documents.publish(_policy(brand), order, about={}, actor=actor, world=world, now=now)
    return PolicyShown(version=kept.version, policy=order)


def show_policy(brand: str) -> PolicyShown:
    live = documents.find_live(_policy(brand))
    return PolicyShown(version=live.version, policy=live.written) if live else PolicyShown(version=0, policy=PolicyOrder())


def policy_of(brand: str, *, world: World, now: datetime) -> PolicyOrder:
    """The policy in force, at most a minute old."""
    return documents.in_force(
        _policy(brand), lambda kept: PolicyOrder() if kept is None else kept.written, fresh_s=POLICY_FRESH_S, world=world, now=now
    )


def _guideline(brand: str) -> Document[GuidelineOrder]:
    return Document(brand=brand, kind="privacy", written_as=GuidelineOrder, event="privacy_guideline")


def _policy(brand: str) -> Document[PolicyOrder]:
    return Document(brand=brand, kind="contact_policy", written_as=PolicyOrder, event="contact_policy")


def _asks_since(kept: Kept[GuidelineOrder]) -> int:
    """Since which version who agreed is asked no more: the version itself, or an earlier one whose spelling it mends."""
    return int(kept.ready) if kept.ready else kept.version


def _show(kept: Kept[GuidelineOrder]) -> GuidelineShown:
    return GuidelineShown(
        version=kept.version, asks_since=_asks_since(kept), guideline=kept.written, published_at=kept.published_at, by=kept.by
    )
