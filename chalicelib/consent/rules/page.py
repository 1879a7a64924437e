"""What the page of preferences shows and means. Pure."""

from __future__ import annotations

import re

from chalicelib.consent.rules import consents, preferences
from chalicelib.consent.words import Purpose, Scope, Side
from chalicelib.consent.words.ledger import Statement, Told, Wish
from chalicelib.consent.words.page import Chosen, Page
from chalicelib.consent.words.policy import PolicyOrder
from chalicelib.errors import Missing
from chalicelib.staff.rules import BRAND

PATH = "/p/{preferences}"
TEXT = re.compile(rf"(?P<brand>{BRAND.pattern})\.(?P<sealed>[0-9]{{4}}-[0-9]{{2}}\.[A-Za-z0-9_-]+)")
LONGEST_TEXT = 1024
WORDING = "page-2/zh"
"""Which wording of the page was agreed to; it moves when the page does."""
MARKETING = Scope(Purpose.marketing)


def split_text(text: str) -> tuple[str, str]:
    """The brand a link says it is of, and what is sealed."""
    match = TEXT.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    if match is None:
        raise Missing(code="preference_link_over")
    return match["brand"], match["sealed"]


def write_page(sides: list[Side], policy: PolicyOrder) -> Page:
    wanted = consents.decide_for(sides, MARKETING.about, None, "") is True
    topics = tuple((topic, preferences.is_wanted(sides, topic.topic, None)) for topic in policy.topics)
    return Page(marketing=wanted, topics=topics)


def read_choice(chosen: Chosen, policy: PolicyOrder) -> Told:
    """What was chosen, as it is said: stopping says no to marketing and leaves topics as they are; saving says what was changed there.

    What was left as it was shown is no word of anybody's: a page that lay open takes back nothing that was said meanwhile.
    """
    if chosen.stop:
        return Told(statements=(Statement(MARKETING, False, WORDING),))
    now, before = chosen.ticked, chosen.before
    statements = (Statement(MARKETING, now.marketing, WORDING),) if now.marketing != before.marketing else ()
    turned = now.topics ^ before.topics
    wishes = tuple(Wish(each.topic, None, each.topic in now.topics) for each in policy.topics if each.topic in turned)
    return Told(statements=statements, wishes=wishes)
