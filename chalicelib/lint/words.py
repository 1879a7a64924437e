"""Words of the lint room: what is looked for in texts, what was found, and what a brand adds itself."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.accounts.words import AccountId, WebOrigin
from chalicelib.documents.words import RollbackOrder

Reason = Annotated[str, msgspec.Meta(min_length=5, max_length=512, pattern=r"\S")]
PagePath = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^/\s?#][^\s?#]*$(?!\n)")]
Override = Annotated[str, msgspec.Meta(max_length=512)]
"""Why texts may stand that break a rule, as it is written down."""


class Category(StrEnum):
    """What kind of trouble a rule is about."""

    absolute_claim = "absolute_claim"
    induced_sharing = "induced_sharing"
    induced_following = "induced_following"
    false_promise = "false_promise"
    off_platform_payment = "off_platform_payment"
    forced_authorisation = "forced_authorisation"
    service_marketing = "service_marketing"
    guidance_spots = "guidance_spots"
    unknown_page = "unknown_page"
    own_word = "own_word"


class Severity(StrEnum):
    """Whether a finding stands in the way of publishing, or is only told."""

    refuse = "refuse"
    warn = "warn"


class Said(msgspec.Struct, frozen=True):
    """The same in English and in Chinese."""

    en: str
    zh: str


class LintRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the dated set. `since`: the day from which it is looked for, in Beijing.

    `looks_for`: patterns that are searched in folded text; `harmless`: patterns in which nothing is found. `source`: the law or the page
    of the platform it comes from. `service_only`: only texts of service are asked. `never_in_names`: nothing and nobody is called so, and
    it is refused in texts with names in them too. Rules about pages and spots have code beside them.
    """

    id: str
    since: date
    category: Category
    severity: Severity
    looks_for: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    service_only: bool = False
    never_in_names: bool = False
    why: Said
    source: str
    instead: Said


class Subject(msgspec.Struct, frozen=True):
    """What is published: its kind (`menu`, `reply_rules`, `entry` …), the id of the account it is for, and its name; both may be empty."""

    kind: str
    account: str = ""
    name: str = ""


class Written(msgspec.Struct, frozen=True):
    """One text and where it stands (`$.rules[3].text`).

    `service`: it is about somebody's order or booking, so it may not market. `filled`: a system filled in names of things and people, which
    nobody writes anew: only what stands in no name is refused, all else is told. `page`: texts of one page share their spots of guidance;
    a text without is a page of its own. `leads_to`: the path in `mini_program`, or the web address, that people come to.
    """

    place: str
    text: str = ""
    service: bool = False
    page: str = ""
    mini_program: str = ""
    leads_to: str = ""
    filled: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found: `found` stands in the text from `start` to before `end`, in characters; a page stands in no text, from 0 to 0.

    Of a text that somebody's name or address may stand in, `found` is empty.
    """

    place: str
    rule: str
    category: Category
    severity: Severity
    start: int
    end: int
    found: str
    why: Said
    source: str
    instead: Said


class OwnWord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word that the brand itself does not want to read, and why."""

    word: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    severity: Severity = Severity.refuse
    why: Annotated[str, msgspec.Meta(max_length=256)] = ""


class KnownPages(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pages there are in a mini program of the brand, without query."""

    mini_program: AccountId
    paths: Annotated[tuple[PagePath, ...], msgspec.Meta(min_length=1, max_length=500)]


class WordsOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, cache_hash=True):
    """What a brand adds to the rules: its own words, the pages and web origins it knows, how many spots of guidance a page may have.

    Pages of a mini program without an entry here are not looked at, nor are web addresses where neither here nor at the account an
    origin is named.
    """

    words: Annotated[tuple[OwnWord, ...], msgspec.Meta(max_length=1000)] = ()
    pages: Annotated[tuple[KnownPages, ...], msgspec.Meta(max_length=20)] = ()
    web_origins: Annotated[tuple[WebOrigin, ...], msgspec.Meta(max_length=50)] = ()
    most_guidance_spots: Annotated[int, msgspec.Meta(ge=0, le=20)] = 2


class WordsShown(msgspec.Struct, frozen=True, kw_only=True):
    """A brand's own words in force. Version 0 is none at all."""

    version: int
    written: WordsOrder


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """Texts that were let through. `accepted`: the findings somebody has seen then or since; `under`: the rules they were last read by.

    `accepted_before`: those of the texts before them, which come back when these are published by nobody after all.
    """

    subject: Subject
    texts: tuple[Written, ...]
    accepted: tuple[str, ...]
    under: str
    passed_at: datetime
    accepted_before: tuple[str, ...] = ()


class FoundLater(msgspec.Struct, frozen=True, kw_only=True):
    """What a newer rule set, or a new word of the brand, found in something that is published. `id`: to acknowledge it by."""

    id: str
    subject: Subject
    finding: Finding
    found_at: datetime


class FoundPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was found later."""

    findings: tuple[FoundLater, ...]
    cursor: str | None


class AcknowledgeOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a finding may stand."""

    reason: Reason


class TextOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One text to be read, as `Written`; without a place it has its number."""

    text: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    place: Annotated[str, msgspec.Meta(max_length=256)] = ""
    service: bool = False
    filled: bool = False
    page: Annotated[str, msgspec.Meta(max_length=256)] = ""
    mini_program: Annotated[str, msgspec.Meta(max_length=64)] = ""
    leads_to: Annotated[str, msgspec.Meta(max_length=1024)] = ""


class CheckOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Texts to be read without publishing them, and the account they would be published for."""

    texts: Annotated[tuple[TextOrder, ...], msgspec.Meta(min_length=1, max_length=200)]
    account: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the texts would be let through without a reason given, and everything that was found."""

    passes: bool
    findings: tuple[Finding, ...]
    rules_version: str


class RulesShown(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force, those whose day is still to come, and the version of the brand's own words."""

    version: str
    rules: tuple[LintRule, ...]
    coming: tuple[LintRule, ...]
    own_words: int


class Suggestion(StrEnum):
    """What is to be done with a text: publish it, have somebody look, refuse it; or nobody knows."""

    passed = "pass"
    review = "review"
    risky = "risky"
    unknown = "unknown"


class Why(StrEnum):
    """Why there is no verdict."""

    not_active = "not_active"
    """The person has not used the mini program within two hours: let it call wx.login and ask again."""
    repeated = "repeated"
    declined = "declined"
    wechat_away = "wechat_away"


class VisitorTextOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wrote, and where: scene 1 profile, 2 comment, 3 forum, 4 social log."""

    content: Annotated[str, msgspec.Meta(min_length=1, max_length=2500)]
    scene: Annotated[int, msgspec.Meta(ge=1, le=4)]
    title: Annotated[str, msgspec.Meta(max_length=256)] = ""
    nickname: Annotated[str, msgspec.Meta(max_length=256)] = ""
    signature: Annotated[str, msgspec.Meta(max_length=256)] = ""


class VisitorVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """WeChat's verdict on a text; `why` it is unknown, `label` of what kind it is, where WeChat said."""

    verdict: Suggestion
    label: int | None = None
    why: Why | None = None
    trace_id: str = ""


class PublishOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The draft as it was read last. `override`: why texts may stand that break a rule."""

    revision: Annotated[int, msgspec.Meta(ge=1)]
    override: Override = ""


class TextsRollback(RollbackOrder, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The earlier version to go back to. `override`: why its texts may stand if they break a rule of today."""

    override: Override = ""
