"""What a brand writes about guidance: drafted, published, rolled back."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from datetime import datetime

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Kind
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document, Draft, Kept
from chalicelib.errors import Invalid, Missing
from chalicelib.guidance.words import (
    DraftOrder,
    DraftShown,
    GuidanceOrder,
    GuidanceShown,
    Published,
    Rule,
    ToApp,
    ToChannels,
    ToOfficialAccount,
)
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Finding, Subject, Written
from chalicelib.world import World


def publish(brand: str, order: GuidanceOrder, *, override: str = "", actor: str, world: World, now: datetime) -> Published:
    """Check the rules, keep them as a new version and put it in force, on every container within ten seconds.

    `Invalid` (content_refused) for texts that break a rule, unless `override` says why they may stand.
    """
    check(brand, order, world=world, now=now)
    with _letting_through(brand, order, override=override, actor=actor, world=world, now=now) as findings:
        kept = documents.publish(_of(brand), order, about={"rules": len(order.rules)}, actor=actor, world=world, now=now)
    return _tell(kept, live=kept.version, findings=findings)


def save_draft(brand: str, order: DraftOrder, *, actor: str, world: World, now: datetime) -> DraftShown:
    """Keep what is not finished; what it names may not be there yet."""
    draft = documents.save_draft(_of(brand), order.guidance, revision=order.revision, actor=actor, world=world, now=now)
    return _show_draft(draft)


def read_draft(brand: str) -> DraftShown:
    return _show_draft(documents.read_draft(_of(brand)))


def drop_draft(brand: str) -> None:
    """There is no draft any more; it is no mistake if there was none."""
    documents.drop_draft(_of(brand))


def publish_draft(brand: str, revision: int, *, override: str = "", actor: str, world: World, now: datetime) -> Published:
    """Put the draft in force, if it is still the one that was read, and there is none any more; one that was saved meanwhile stays."""
    draft = documents.read_draft(_of(brand), revision=revision)
    published = publish(brand, draft.written, override=override, actor=actor, world=world, now=now)
    documents.drop_draft(_of(brand), revision=draft.revision)
    return published


def roll_back(brand: str, version: int, *, override: str = "", actor: str, world: World, now: datetime) -> Published:
    """Put an earlier version in force again, if today's rules let its texts through."""
    kept = documents.find_version(_of(brand), version)
    with _letting_through(brand, kept.written, override=override, actor=actor, world=world, now=now) as findings:
        documents.roll_back(_of(brand), version, about={}, actor=actor, world=world, now=now)
    return _tell(kept, live=version, findings=findings)


def show(brand: str) -> GuidanceShown:
    """The guidance in force as it was written, and the newest versions."""
    live = documents.find_live(_of(brand))
    if live is None:
        raise Missing(code="document_missing")
    versions = tuple(_tell(each, live=live.version) for each in documents.list_versions(_of(brand)))
    return GuidanceShown(version=live.version, guidance=live.written, versions=versions)


def in_force(brand: str, *, world: World, now: datetime) -> GuidanceOrder | None:
    """The guidance in force, at most ten seconds old."""
    return documents.in_force(_of(brand), lambda kept: None if kept is None else kept.written, world=world, now=now)


def check(brand: str, order: GuidanceOrder, *, world: World, now: datetime) -> None:
    """Names are there once, and targets are accounts of this brand and of the right kind."""
    for place, rule in enumerate(order.rules):
        at = f"$.rules[{place}]"
        if len({each.name for each in rule.variants}) < len(rule.variants):
            raise Invalid(f"Two variants have one name - at `{at}.variants`.")
        _check_target(brand, rule, f"{at}.target.account", world=world, now=now)
    twice = [name for name, count in Counter(rule.name for rule in order.rules).items() if count > 1]
    if twice:
        raise Invalid(f"Two rules are called {twice[0]} - at `$.rules`.")


def _check_target(brand: str, rule: Rule, at: str, *, world: World, now: datetime) -> None:
    match rule.target:
        case ToChannels():
            return
        case ToOfficialAccount(account=account):
            kind = Kind.official_account
        case ToApp(account=account):
            kind = Kind.app
    try:
        found = register.find_own_account(brand, account, world=world, now=now)
    except Missing:
        raise Invalid(f"This is not an account of this brand - at `{at}`.") from None
    if found.kind is not kind:
        raise Invalid(f"This account is not of the kind {kind} - at `{at}`.")


def _letting_through(
    brand: str, order: GuidanceOrder, *, override: str, actor: str, world: World, now: datetime
) -> AbstractContextManager[tuple[Finding, ...]]:
    subject = Subject(kind="guidance")
    return lint.letting_through(_of(brand), subject, order, _texts_in, override=override, actor=actor, world=world, now=now)


def _texts_in(order: GuidanceOrder) -> list[Written]:
    """What is said in every variant: only one of them is shown, so each is a page of its own."""
    return [
        Written(place=f"$.rules[{at}].variants[{place}]", text="\n".join((each.title, each.text, each.button)))
        for at, rule in enumerate(order.rules)
        for place, each in enumerate(rule.variants)
    ]


def _of(brand: str) -> Document[GuidanceOrder]:
    return Document(brand=brand, kind="guidance", written_as=GuidanceOrder, event="guidance")


def _show_draft(draft: Draft[GuidanceOrder]) -> DraftShown:
    return DraftShown(revision=draft.revision, guidance=draft.written, saved_at=draft.saved_at, by=draft.by)


def _tell(kept: Kept[GuidanceOrder], *, live: int, findings: tuple[Finding, ...] = ()) -> Published:
    return Published(
        version=kept.version,
        rules=len(kept.written.rules),
        published_at=kept.published_at,
        by=kept.by,
        live=kept.version == live,
        findings=findings,
    )
