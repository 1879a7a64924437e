"""What is published, read again: when a rule's day has come, a new rule set is deployed, or the brand has other words."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from chalicelib.accounts import tables as accounts
from chalicelib.aws.tables import TableError, code_of
from chalicelib.errors import Busy, LiandongError, Missing
from chalicelib.lint import tables
from chalicelib.lint.flows.passing import find
from chalicelib.lint.flows.wording import words_in_force
from chalicelib.lint.rules import finding as rules
from chalicelib.lint.rules.rule_set import RULES
from chalicelib.lint.words import FoundLater, FoundPage, LintRule, Passed, WordsShown
from chalicelib.staff import flows as staff
from chalicelib.world import World

log = logging.getLogger("liandong.lint")
LONGEST_KEY = 64
MOST_OF_A_SUBJECT = 100
"""Findings told of one subject; whoever mends those is told the rest."""


def read_again(*, world: World, now: datetime, rule_set: Sequence[LintRule] = RULES) -> int:
    """Read what was let through under other rules than today's; how many subjects. One look for each brand where nothing changed."""
    done = 0
    in_force = rules.in_force(rule_set, now)
    for brand in accounts.list_brands():
        try:
            done += _read_brand(brand, in_force, world=world, now=now)
        except LiandongError as error:
            log.warning("what %s has published could not be read again: %s", brand, error.code)
        except TableError as error:
            log.warning("what %s has published could not be read again: %s", brand, code_of(error) or "no answer")
    return done


def list_found(brand: str, *, most: int, after: str | None) -> tuple[FoundPage, str | None]:
    """A page of what newer rules found, and where the next one begins."""
    found, following = tables.list_found(brand, most=most, after=after)
    return FoundPage(findings=tuple(found), cursor=None), following


def acknowledge(brand: str, key: str, reason: str, *, actor: str, world: World, now: datetime) -> None:
    """Let a finding stand; it is not told again as long as the text stays. The reason is written down."""
    found = tables.read_found(brand, key) if len(key) <= LONGEST_KEY else None
    if found is None:
        raise Missing(code="finding_missing")
    about = {"finding": key, "kind": found.subject.kind, "account": found.subject.account, "name": found.subject.name}
    about |= {"rule": found.finding.rule, "reason": reason}
    staff.record(brand, "content.finding_acknowledged", about, actor=actor, world=world, now=now)
    kept = tables.read_passed(brand, found.subject)
    if kept is not None and not tables.accept(brand, found.subject, key, made=kept[1]):
        raise Busy("The text is being published anew at this moment: look again.")
    tables.drop_found(brand, key)


def _read_brand(brand: str, in_force: Sequence[LintRule], *, world: World, now: datetime) -> int:
    own = words_in_force(brand, world=world, now=now)
    under = rules.version_of(in_force, own.version)
    if tables.read_under(brand) == under:
        return 0
    others = [(passed, made) for passed, made in tables.list_passed(brand) if passed.under != under]
    for passed, made in others:
        _read_subject(brand, passed, made, in_force, own, under, world=world, now=now)
    tables.keep_under(brand, under)
    return len(others)


def _read_subject(
    brand: str, passed: Passed, made: str, in_force: Sequence[LintRule], own: WordsShown, under: str, *, world: World, now: datetime
) -> None:
    """Tell what nobody has accepted. Texts let through meanwhile were read by their own publishing: then nothing is told of these."""
    found: dict[str, FoundLater] = {}
    for each in find(brand, passed.subject.account, passed.texts, in_force, own, world=world, now=now):
        key = rules.key_of(passed.subject, each)
        if key not in passed.accepted:
            found.setdefault(key, FoundLater(id=key, subject=passed.subject, finding=each, found_at=now))
    tables.keep_found(brand, passed.subject, list(found.values())[:MOST_OF_A_SUBJECT])
    if not tables.mark_read(brand, passed.subject, under=under, made=made):
        tables.drop_all_found(brand, passed.subject)
