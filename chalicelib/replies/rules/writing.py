"""Rules as they were written, made ready to be in force, or refused by name and place. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from chalicelib.accounts.rules import leads_home
from chalicelib.errors import Invalid
from chalicelib.lint.words import Written
from chalicelib.replies.rules.folding import fold
from chalicelib.replies.rules.patterns import MOST_STEPS, Unreadable, read_pattern, steps_of
from chalicelib.replies.words import PAGE_MARK, Card, Link, Match, OnAnything, Once, OnKeyword, RuleOrder, RulesOrder, Service, When
from chalicelib.replies.words.ready import Ready, ReadyCard, ReadyOnce, Rule
from chalicelib.sessions.rules import addresses
from chalicelib.wechat.replies import MOST_TEXT_BYTES, mini_program_link, most_articles, page_link

UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML cannot carry: left out on the way, it might leave a reply empty, and the person would see WeChat's notice of failure."""
MOST_PATTERNS = 100
"""Each is looked for by itself: more of them would take longer than a callback may."""


class _Place:
    """Where a rule stands, and what its account has: everything a refusal or a text needs to know."""

    def __init__(self, order: RuleOrder, number: int, appids: Mapping[str, str], web_origins: tuple[str, ...]) -> None:
        self.name, self.place = order.name, f"$.rules[{number}]"
        self.appids, self.web_origins = appids, web_origins

    def refuse(self, what: str, part: str = "") -> Invalid:
        return Invalid(f"{what} - at `{self.place}{part}`.")


def write_rules(order: RulesOrder, appids: Mapping[str, str], web_origins: tuple[str, ...] = ()) -> Ready:
    """The rules of an account with these origins, ready to be in force; `Invalid` names the rule that cannot be sent."""
    twice = sorted(name for name, times in Counter(rule.name for rule in order.rules).items() if times > 1)
    if twice:
        raise Invalid(f"Two rules are called {twice[0]}: give each its own name - at `$.rules`.")
    rules = tuple(_write_rule(rule, order, _Place(rule, number, appids, web_origins)) for number, rule in enumerate(order.rules))
    _check_patterns(rules)
    hands_over = any(rule.hand_over is not None for rule in rules)
    return Ready(rules=rules, service=order.service or (Service() if hands_over else None))


def mini_programs_in(order: RulesOrder) -> set[str]:
    """The ids of the mini programs the rules lead to."""
    parts = [part for rule in order.rules for part in (*rule.text, *(rule.once.text + rule.once.again if rule.once else ()))]
    cards = [card for rule in order.rules for _, card in _cards_in(rule)]
    return {part.mini_program for part in parts if isinstance(part, Link) and part.mini_program} | {card.mini_program for card in cards}


def _write_rule(order: RuleOrder, whole: RulesOrder, place: _Place) -> Rule:
    _check_answer(order, place)
    text = _write_text(order.text, place, "text")
    pages = tuple(_check_page(part.page, place) for part in order.text if isinstance(part, Link) and part.page)
    if pages and order.hand_over is not None:
        raise place.refuse(f"The rule {order.name} hands over: its text comes later, and no page can be made for one person then", ".text")
    _check_text(text, pages, place, "text")
    return Rule(
        name=order.name,
        when=_write_when(order.when, whole, place),
        text=text,
        card=None if order.card is None else _write_card(order.card, place),
        pages=pages,
        priority=order.priority,
        within=order.within,
        image=order.image,
        news=order.news,
        once=None if order.once is None else _write_once(order.once, place),
        tags=order.tags,
        event=order.event,
        hand_over=order.hand_over,
    )


def _check_answer(order: RuleOrder, place: _Place) -> None:
    """WeChat takes one answer to each message, and of articles one to what people write."""
    said = "".join(part if isinstance(part, str) else part.label for part in order.text)
    if not said.strip() and (said or not _does_something(order)):
        raise place.refuse(f"The rule {order.name} answers nothing: give it a text or a card")
    if [bool(order.text and not order.hand_over), bool(order.image), bool(order.news), order.hand_over is not None].count(True) > 1:
        raise place.refuse(f"The rule {order.name} has more than one of text, image, news and hand_over: WeChat takes one answer")
    most = most_articles("text") if isinstance(order.when, OnKeyword | OnAnything) else most_articles("")
    if len(order.news) > most:
        raise place.refuse(f"The rule {order.name} has {len(order.news)} articles, and WeChat shows at most {most} there", ".news")


def _does_something(order: RuleOrder) -> bool:
    return bool(order.image or order.news or order.card or order.once or order.tags or order.event or order.hand_over)


def _write_when(when: When, whole: RulesOrder, place: _Place) -> When:
    """Synonyms are put where they are used, so that nothing has to be looked up when somebody writes."""
    if not isinstance(when, OnKeyword):
        return when
    unknown = [name for name in when.synonyms if name not in whole.synonyms]
    if unknown:
        raise place.refuse(f"There are no synonyms called {unknown[0]}", ".when.synonyms")
    if when.synonyms and when.match is Match.regex:
        raise place.refuse("A pattern has no synonyms: write (one|other) into it", ".when.synonyms")
    words = dict.fromkeys([*when.words, *(word for name in when.synonyms for word in whole.synonyms[name])])
    empty = [word for word in words if not fold(word)]
    if empty:
        raise place.refuse(f"A word of the rule {place.name} is nothing but white space", ".when.words")
    if when.match is Match.regex:
        for word in words:
            _check_pattern(word, place)
    return msgspec.structs.replace(when, words=tuple(words), synonyms=())


def _check_pattern(written: str, place: _Place) -> None:
    try:
        read_pattern(written)
    except Unreadable as wrong:
        raise place.refuse(f"A pattern of the rule {place.name} is none RE2 reads: {wrong}", ".when.words") from None


def _check_patterns(rules: Iterable[Rule]) -> None:
    """Together they must stay quick, whatever somebody writes."""
    written = [word for rule in rules if isinstance(rule.when, OnKeyword) and rule.when.match is Match.regex for word in rule.when.words]
    if len(written) > MOST_PATTERNS:
        raise Invalid(f"There are {len(written)} patterns, and an account has at most {MOST_PATTERNS}: use words - at `$.rules`.")
    if steps_of(map(read_pattern, written)) > MOST_STEPS:
        raise Invalid("The patterns take too long together: repeat less in them, or use words - at `$.rules`.")


def _write_once(once: Once, place: _Place) -> ReadyOnce:
    text, again = _write_text(once.text, place, "once.text"), _write_text(once.again, place, "once.again")
    for part, name, said in ((text, "once.text", once.text), (again, "once.again", once.again)):
        if any(isinstance(piece, Link) and piece.page for piece in said):
            raise place.refuse(f"The material of the rule {place.name} cannot lead to a page made for one person", f".{name}")
        if said and not part.strip():
            raise place.refuse(f"The material of the rule {place.name} says nothing", f".{name}")
        _check_text(part, (), place, name)
    card = None if once.card is None else _write_card(once.card, place)
    return ReadyOnce(key=once.key or place.name, text=text, image=once.image, card=card, again=again)


def _write_text(parts: Iterable[str | Link], place: _Place, name: str) -> str:
    return "".join(part if isinstance(part, str) else _write_link(part, place) for part in parts)


def _write_link(link: Link, place: _Place) -> str:
    if link.page:
        return page_link(link.label, PAGE_MARK)
    return mini_program_link(link.label, appid=place.appids[link.mini_program], path=link.path, fallback_url=link.fallback_url)


def _check_text(text: str, pages: tuple[str, ...], place: _Place, name: str) -> None:
    if UNWRITABLE.search(text.replace(PAGE_MARK, "")) or text.count(PAGE_MARK) != len(pages):
        raise place.refuse(f"The text of the rule {place.name} has a control character", f".{name}")
    longest = len(text.encode()) + sum(map(addresses.longest_way_in, pages))
    if longest > MOST_TEXT_BYTES:
        raise place.refuse(
            f"The text of the rule {place.name} has up to {longest} bytes in UTF-8, and WeChat takes at most {MOST_TEXT_BYTES} bytes: "
            "shorten it, or lead to fewer pages",
            f".{name}",
        )


def _check_page(page: str, place: _Place) -> str:
    if page != addresses.OUR_PHONE_PAGE and not leads_home(page, place.web_origins):
        raise place.refuse("The account has not named the web origin of this page: PUT its web-origins first", ".text")
    return page


def _write_card(card: Card, place: _Place) -> ReadyCard:
    return ReadyCard(title=card.title, appid=place.appids[card.mini_program], path=card.path, thumb_media_id=card.thumb_media_id)


def texts_in(order: RulesOrder) -> Iterator[Written]:
    """Everything people would read, and where it leads them, each with its place."""
    for number, rule in enumerate(order.rules):
        place, once = f"$.rules[{number}]", rule.once
        for name, parts in (("text", rule.text), ("once.text", once.text if once else ()), ("once.again", once.again if once else ())):
            yield from _texts_of(f"{place}.{name}", parts)
        for name, card in _cards_in(rule):
            yield Written(place=f"{place}.{name}", text=card.title, mini_program=card.mini_program, leads_to=card.path)
        for which, article in enumerate(rule.news):
            yield Written(place=f"{place}.news[{which}]", text=f"{article.title}\n{article.description}", leads_to=article.url)


def _texts_of(place: str, parts: tuple[str | Link, ...]) -> Iterator[Written]:
    if parts:
        yield Written(place=place, text="".join(part if isinstance(part, str) else part.label for part in parts))
    for number, part in enumerate(parts):
        if isinstance(part, Link) and part.page != addresses.OUR_PHONE_PAGE:
            yield Written(place=f"{place}[{number}]", mini_program=part.mini_program, leads_to=part.path or part.page)


def _cards_in(rule: RuleOrder) -> Iterator[tuple[str, Card]]:
    if rule.card is not None:
        yield "card", rule.card
    if rule.once is not None and rule.once.card is not None:
        yield "once.card", rule.once.card
