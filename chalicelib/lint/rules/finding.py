"""What the rules find in texts. Pure."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from chalicelib.accounts.rules import leads_home
from chalicelib.beijing import day_of
from chalicelib.ids import digest
from chalicelib.lint.rules.folding import Folded, fold
from chalicelib.lint.rules.rule_set import OWN_WORD
from chalicelib.lint.words import Category, Finding, LintRule, OwnWord, Said, Severity, Subject, WordsOrder, Written

ADDRESS = re.compile(r"https?://[!-~]+", re.IGNORECASE)
WECHATS_OWN = ("https://mp.weixin.qq.com", "http://mp.weixin.qq.com", "https://work.weixin.qq.com")
"""Articles and customer service: every account may lead there."""
NAMED_IN_A_REFUSAL = 5
LONGEST_QUOTE = 60


def in_force(rules: Sequence[LintRule], now: datetime) -> tuple[LintRule, ...]:
    """The rules whose day has come, in Beijing."""
    today = day_of(now)
    return tuple(rule for rule in rules if rule.since <= today)


def version_of(rules: Sequence[LintRule], words_version: int) -> str:
    """A name of these rules and a brand's own words: another as soon as any of them changes."""
    return f"{digest(*(msgspec.json.encode(rule).decode() for rule in rules))[:12]}-{words_version}"


def find(texts: Sequence[Written], rules: Sequence[LintRule], own: WordsOrder, web_origins: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """Everything the rules and the brand's own words find, in the order of the texts. `web_origins`: the account's."""
    by_category: dict[Category, list[LintRule]] = defaultdict(list)
    for rule in rules:
        by_category[rule.category].append(rule)
    found: list[Finding] = []
    words, folds = _folded_words(own), [fold(written.text) for written in texts]
    for written, folded in zip(texts, folds, strict=True):
        said: list[Finding] = []
        for rule in rules:
            if rule.category is not Category.guidance_spots and (written.service or not rule.service_only):
                said += (_finding(rule, written, *span) for span in _spans(rule, folded))
        found += (each for each in said if not _is_told_already(each, said))
        found += _own_words(written, folded, words)
        for rule in by_category[Category.unknown_page]:
            found += _unknown_pages(rule, written, own, web_origins)
    for rule in by_category[Category.guidance_spots]:
        found += _too_many_spots(rule, texts, folds, own.most_guidance_spots)
    return tuple(found)


@functools.lru_cache(maxsize=64)
def _folded_words(own: WordsOrder) -> tuple[tuple[OwnWord, str], ...]:
    """A brand may have a thousand of them, and a text is short."""
    return tuple((each, fold(each.word).text) for each in own.words)


def _is_told_already(warning: Finding, said: Sequence[Finding]) -> bool:
    """What is refused need not be warned of too."""
    return warning.severity is Severity.warn and any(
        each.severity is Severity.refuse and each.category is warning.category and each.start < warning.end and warning.start < each.end
        for each in said
    )


def key_of(subject: Subject, finding: Finding) -> str:
    """A finding's name: the same as long as the same stands in the same place."""
    return f"{subject_key(subject)}-{digest(finding.place, finding.rule, finding.found)[:12]}"


def subject_key(subject: Subject) -> str:
    """A subject's name in keys."""
    return digest(subject.kind, subject.account, subject.name)[:12]


def refusal_of(findings: Iterable[Finding]) -> str:
    """What is wrong, in one sentence for each of the first findings."""
    told = [f"{_where(finding)} ({finding.rule}): {finding.why.en} {finding.instead.en}" for finding in findings]
    more = f" And {len(told) - NAMED_IN_A_REFUSAL} more." if len(told) > NAMED_IN_A_REFUSAL else ""
    return " ".join(told[:NAMED_IN_A_REFUSAL]) + more + " Mend the texts, or say in `override` why they may stand."


def _where(finding: Finding) -> str:
    if finding.found:
        return f"{finding.place}: “{finding.found[:LONGEST_QUOTE]}”"
    return f"{finding.place}, characters {finding.start} to {finding.end}"


def _spans(rule: LintRule, folded: Folded) -> Iterator[tuple[int, int]]:
    """Where in the original the rule finds something, and where nothing harmless stands around it."""
    if not rule.looks_for:
        return
    looks_for, harmless = _compiled(rule.looks_for), _compiled(rule.harmless) if rule.harmless else None
    fine = [match.span() for match in harmless.finditer(folded.text)] if harmless else []
    for match in looks_for.finditer(folded.text):
        if match.end() > match.start() and not any(start < match.end() and match.start() < end for start, end in fine):
            yield folded.span(*match.span())


@functools.lru_cache(maxsize=512)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


def _finding(rule: LintRule, written: Written, start: int, end: int, *, found: str | None = None) -> Finding:
    return Finding(
        place=written.place,
        rule=rule.id,
        category=rule.category,
        severity=Severity.warn if written.filled and not rule.never_in_names else rule.severity,
        start=start,
        end=end,
        found=written.text[start:end] if found is None else found,
        why=rule.why,
        source=rule.source,
        instead=rule.instead,
    )


def _own_words(written: Written, folded: Folded, words: Sequence[tuple[OwnWord, str]]) -> Iterator[Finding]:
    for each, word in words:
        at = folded.text.find(word) if word else -1
        if at >= 0:
            told = f": {each.why}" if each.why else "."
            why = Said(OWN_WORD.why.en + told, OWN_WORD.why.zh + told)
            rule = msgspec.structs.replace(OWN_WORD, severity=each.severity, why=why)
            yield _finding(rule, written, *folded.span(at, at + len(word)))


def _unknown_pages(rule: LintRule, written: Written, own: WordsOrder, web_origins: tuple[str, ...]) -> Iterator[Finding]:
    origins = (*web_origins, *own.web_origins)
    for match in ADDRESS.finditer(written.text):
        address = match.group().rstrip(".,;:!?)\"'>")
        if _is_unknown_address(address, origins):
            yield _finding(rule, written, match.start(), match.start() + len(address))
    if written.mini_program:
        paths = {path for known in own.pages if known.mini_program == written.mini_program for path in known.paths}
        unknown = bool(paths) and re.split("[?#]", written.leads_to)[0].removesuffix(".html") not in paths
    else:
        unknown = bool(written.leads_to) and _is_unknown_address(written.leads_to, origins)
    if unknown:
        yield _finding(rule, written, 0, 0, found=written.leads_to)


def _is_unknown_address(address: str, origins: tuple[str, ...]) -> bool:
    return bool(origins) and not leads_home(address, (*origins, *WECHATS_OWN))


def _too_many_spots(rule: LintRule, texts: Sequence[Written], folds: Sequence[Folded], most: int) -> Iterator[Finding]:
    """The spots of a page behind the last one it may have."""
    pages: dict[str, list[tuple[Written, tuple[int, int]]]] = defaultdict(list)
    for number, (written, folded) in enumerate(zip(texts, folds, strict=True)):
        spots = _spans(rule, folded)
        pages[written.page or f"text {number}"] += ((written, span) for span in spots)
    for spots_of_page in pages.values():
        yield from (_finding(rule, written, *span) for written, span in spots_of_page[most:])


def refused_among(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that stand in the way."""
    return tuple(finding for finding in findings if finding.severity is Severity.refuse)
