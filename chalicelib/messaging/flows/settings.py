"""The brand's rules of sending: drafted, published, rolled back, found in force."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.accounts.flows import register
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document, Draft, Kept
from chalicelib.errors import Invalid, Missing
from chalicelib.messaging.words.documents import (
    MessageRules,
    QuietHours,
    RulesDraft,
    RulesDraftOrder,
    RulesPublished,
    RulesShown,
)
from chalicelib.world import World

OF_THE_HOUSE = MessageRules(quiet=QuietHours(since="21:00", until="08:00"))
"""What holds until a brand has published rules of its own."""


def publish(brand: str, rules: MessageRules, *, actor: str, world: World, now: datetime) -> RulesPublished:
    """Check the rules, keep them as a new version and put it in force, on every container within ten seconds."""
    check(rules)
    _check_ends(brand, rules, world=world, now=now)
    kept = documents.publish(_of(brand), rules, about={"caps": len(rules.caps)}, actor=actor, world=world, now=now)
    return _tell(kept, live=kept.version)


def save_draft(brand: str, order: RulesDraftOrder, *, actor: str, world: World, now: datetime) -> RulesDraft:
    """Keep what is not finished."""
    return _show_draft(documents.save_draft(_of(brand), order.rules, revision=order.revision, actor=actor, world=world, now=now))


def read_draft(brand: str) -> RulesDraft:
    return _show_draft(documents.read_draft(_of(brand)))


def publish_draft(brand: str, revision: int, *, actor: str, world: World, now: datetime) -> RulesPublished:
    """Publish the draft, if it is still the one that was read. It stays: the next one is written upon it."""
    draft = documents.read_draft(_of(brand), revision=revision)
    return publish(brand, draft.written, actor=actor, world=world, now=now)


def roll_back(brand: str, version: int, *, actor: str, world: World, now: datetime) -> RulesPublished:
    """Put an earlier version in force again."""
    return _tell(documents.roll_back(_of(brand), version, about={}, actor=actor, world=world, now=now), live=version)


def show(brand: str) -> RulesShown:
    """The rules in force as they were written, and the newest versions; those of the house where there are none."""
    live = documents.find_live(_of(brand))
    if live is None:
        return RulesShown(version=0, rules=OF_THE_HOUSE, versions=())
    versions = tuple(_tell(each, live=live.version) for each in documents.list_versions(_of(brand)))
    return RulesShown(version=live.version, rules=live.written, versions=versions)


def in_force(brand: str, *, world: World, now: datetime) -> MessageRules:
    """The rules in force, at most ten seconds old."""
    return documents.in_force(_of(brand), lambda kept: OF_THE_HOUSE if kept is None else kept.written, world=world, now=now)


def check(rules: MessageRules) -> None:
    """Zones are there, and quiet hours end. `Invalid` names the field."""
    for name, zone in {"$.zone": rules.zone, **{f"$.zones.{end}": zone for end, zone in rules.zones.items()}}.items():
        if find_zone(zone) is None:
            raise Invalid(f"This is no time zone of the IANA database, like Asia/Shanghai - at `{name}`.")
    if rules.quiet is not None and rules.quiet.since == rules.quiet.until:
        raise Invalid("Quiet hours that begin when they end are none: leave them out - at `$.quiet.until`.")


def _check_ends(brand: str, rules: MessageRules, *, world: World, now: datetime) -> None:
    for end in rules.zones:
        try:
            register.find_own_account(brand, end, world=world, now=now)
        except Missing:
            raise Invalid(f"This is not an account of this brand - at `$.zones.{end[:64]}`.") from None


def find_zone(name: str) -> tzinfo | None:
    """A time zone by its name, if there is one of this name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _of(brand: str) -> Document[MessageRules]:
    return Document(brand=brand, kind="message-rules", written_as=MessageRules, event="message_rules")


def _show_draft(draft: Draft[MessageRules]) -> RulesDraft:
    return RulesDraft(revision=draft.revision, rules=draft.written, saved_at=draft.saved_at, by=draft.by)


def _tell(kept: Kept[MessageRules], *, live: int) -> RulesPublished:
    return RulesPublished(version=kept.version, published_at=kept.published_at, by=kept.by, live=kept.version == live)
