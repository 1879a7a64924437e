"""Texts read before they are published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.errors import Invalid, Missing
from chalicelib.lint import tables
from chalicelib.lint.flows.wording import words_in_force
from chalicelib.lint.rules import finding as rules
from chalicelib.lint.rules.rule_set import RULES
from chalicelib.lint.words import Finding, LintRule, Passed, Subject, WordsShown, Written
from chalicelib.staff import flows as staff
from chalicelib.world import World

SHORTEST_REASON = 5
UNREAD = ""
"""The rules of what has to be read again by today's."""


def pass_texts(
    brand: str, subject: Subject, texts: Sequence[Written], *, override: str, actor: str, world: World, now: datetime
) -> tuple[Finding, ...]:
    """Let through what is about to be published and keep it, so that newer rules read it too; the findings that stand are told.

    `Invalid` (content_refused) when a finding stands in the way and no reason to `override` it is given; a reason is written down.
    """
    kept_texts = tuple(texts)
    packed = tables.pack(kept_texts)
    if len(packed) > tables.MOST_BYTES:
        raise Invalid("So much text is not published at once: take it apart.")
    own = words_in_force(brand, world=world, now=now)
    in_force = rules.in_force(RULES, now)
    findings = find(brand, subject.account, kept_texts, in_force, own, world=world, now=now)
    keys = tuple(sorted({rules.key_of(subject, each) for each in findings}))
    stand_or_refuse(brand, subject, findings, override, actor=actor, world=world, now=now)
    passed = Passed(
        subject=subject,
        texts=kept_texts,
        accepted=keys,
        under=rules.version_of(in_force, own.version),
        passed_at=now,
        accepted_before=_accepted_before(brand, subject, kept_texts),
    )
    tables.keep_passed(brand, passed, packed, made=world.new_id())
    return findings


def look_at_texts(
    brand: str, subject: Subject, texts: Sequence[Written], *, override: str = "", actor: str = "", world: World, now: datetime
) -> tuple[Finding, ...]:
    """What is found in texts that are shown and not kept; `Invalid` (content_refused) when it stands in the way, as in `pass_texts`."""
    findings = read_texts(brand, subject.account, texts, world=world, now=now)
    stand_or_refuse(brand, subject, findings, override, actor=actor, world=world, now=now)
    return findings


def read_texts(brand: str, account: str, texts: Sequence[Written], *, world: World, now: datetime) -> tuple[Finding, ...]:
    """What today's rules and the brand's own words find in texts for an account. Nothing is refused or kept."""
    own = words_in_force(brand, world=world, now=now)
    return find(brand, account, texts, rules.in_force(RULES, now), own, world=world, now=now)


def stand_or_refuse(
    brand: str, subject: Subject, findings: tuple[Finding, ...], override: str, *, actor: str, world: World, now: datetime
) -> None:
    """`Invalid` (content_refused) when one of these findings stands in the way and no reason is given; a reason is written down."""
    refused = refuse_unless(findings, override)
    if not refused:
        return
    about = {**msgspec.to_builtins(subject), "rules": sorted({each.rule for each in refused}), "reason": override.strip()}
    staff.record(brand, "content.overridden", about, actor=actor, world=world, now=now)


def refuse_unless(findings: tuple[Finding, ...], override: str) -> tuple[Finding, ...]:
    """Those that stand in the way; `Invalid` (content_refused) unless there is a reason to override them. Nothing is written down."""
    refused = rules.refused_among(findings)
    if refused and len(override.strip()) < SHORTEST_REASON:
        raise Invalid(rules.refusal_of(refused), code="content_refused")
    return refused


def take_back(brand: str, subject: Subject, texts: Sequence[Written], *, instead: Sequence[Written], world: World, now: datetime) -> None:
    """These texts were let through and are not published after all: what newer rules read is again what was before, or nothing.

    Where others have been let through meanwhile, those stay.
    """
    kept = tables.read_passed(brand, subject)
    if kept is None or kept[0].texts != tuple(texts) or tuple(instead) == tuple(texts):
        return
    passed, made = kept
    if not instead:
        tables.forget_passed(brand, subject, made=made)
        return
    before = tuple(instead)
    again = Passed(subject=subject, texts=before, accepted=passed.accepted_before, under=UNREAD, passed_at=now)
    if tables.keep_passed(brand, again, tables.pack(before), made=world.new_id(), instead_of=made):
        tables.forget_under(brand)


def forget_texts(brand: str, subject: Subject) -> None:
    """What was published under this subject is not any more: newer rules need not read it."""
    tables.forget_passed(brand, subject)


def find(
    brand: str, account: str, texts: Sequence[Written], in_force: Sequence[LintRule], own: WordsShown, *, world: World, now: datetime
) -> tuple[Finding, ...]:
    """What these rules and the brand's own words find, at the account the texts are for."""
    origins = _origins_of(brand, account, world=world, now=now) if account else ()
    return rules.find(texts, in_force, own.written, origins)


def _accepted_before(brand: str, subject: Subject, texts: tuple[Written, ...]) -> tuple[str, ...]:
    """What was accepted of the texts before these; the same texts let through again have the same before."""
    kept = tables.read_passed(brand, subject)
    if kept is None:
        return ()
    return kept[0].accepted_before if kept[0].texts == texts else kept[0].accepted


def _origins_of(brand: str, account_id: str, *, world: World, now: datetime) -> tuple[str, ...]:
    try:
        return register.find_own_account(brand, account_id, world=world, now=now).web_origins
    except Missing:
        raise Invalid(f"{account_id[:64]} is no account of this brand - at `$.account`.") from None
