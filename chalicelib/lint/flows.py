"""Texts read before they are published, and again when the rules have changed."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document, Kept
from chalicelib.errors import Invalid
from chalicelib.lint import tables
from chalicelib.lint.rules import finding as rules
from chalicelib.lint.rules.rule_set import RULES
from chalicelib.lint.words import Finding, LintRule, Passed, Subject, WordsOrder, WordsShown, Written
from chalicelib.staff import flows as staff
from chalicelib.world import World

SHORTEST_REASON = 5
NONE_OF_ITS_OWN = WordsShown(version=0, written=WordsOrder())


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
    findings = find(brand, subject, kept_texts, in_force, own, world=world, now=now)
    keys = tuple(sorted({rules.key_of(subject, each) for each in findings}))
    refused = rules.refused_among(findings)
    if refused:
        if len(override.strip()) < SHORTEST_REASON:
            raise Invalid(rules.refusal_of(refused), code="content_refused")
        about = {**msgspec.to_builtins(subject), "rules": sorted({each.rule for each in refused}), "reason": override.strip()}
        staff.record(brand, "content.overridden", about, actor=actor, world=world, now=now)
    under = rules.version_of(in_force, own.version)
    passed = Passed(subject=subject, texts=kept_texts, accepted=keys, under=under, passed_at=now)
    tables.keep_passed(brand, passed, packed, made=world.new_id())
    return findings


def forget_texts(brand: str, subject: Subject) -> None:
    """What was published under this subject is not any more: newer rules need not read it."""
    tables.forget_passed(brand, subject)


def find(
    brand: str, subject: Subject, texts: Sequence[Written], in_force: Sequence[LintRule], own: WordsShown, *, world: World, now: datetime
) -> tuple[Finding, ...]:
    """What these rules and the brand's own words find, at the account the subject is for."""
    origins: tuple[str, ...] = ()
    if subject.account:
        origins = register.find_own_account(brand, subject.account, world=world, now=now).web_origins
    return rules.find(texts, in_force, own.written, origins)


def words_in_force(brand: str, *, world: World, now: datetime) -> WordsShown:
    """The brand's own words, at most ten seconds old."""
    return documents.in_force(words_of(brand), _read_words, world=world, now=now)


@functools.lru_cache(maxsize=64)
def words_of(brand: str) -> Document[WordsOrder]:
    return Document(brand=brand, kind="content_words", written_as=WordsOrder, event="content_words")


def _read_words(kept: Kept[WordsOrder] | None) -> WordsShown:
    return NONE_OF_ITS_OWN if kept is None else WordsShown(version=kept.version, written=kept.written)
