"""Which values WeChat takes for a keyword, by its kind, and how a template reads. Pure.

https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from chalicelib.errors import Invalid
from chalicelib.templates.words import Field, Filled, Template, TemplateKind, TooLong, Wrong
from chalicelib.wechat.templates import TemplateTold

PLACE = re.compile(r"\{\{\s*([A-Za-z_]+[0-9]*)\.DATA\s*\}\}")
NUMBERED = re.compile(r"([a-z_]+?)([0-9]*)")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
DAY = r"(?:\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月(?:\d{1,2}日)?|\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2})"
CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
TIME = rf"(?:{DAY}\s*)?{CLOCK}"
DATE = rf"{DAY}(?:\s*{CLOCK})?"
ELLIPSIS = "…"
LONGEST_OTHER = 200
"""Of kinds WeChat publishes no rule for, as those of older template messages."""


class Rule(msgspec.Struct, frozen=True):
    """What a kind takes: a pattern for the whole value, told in words. `cut_to`: how many characters what is too long is cut to."""

    pattern: re.Pattern[str]
    takes: str
    cut_to: int | None = None


RULES = {
    "thing": Rule(re.compile(r".{1,20}"), "1 to 20 characters", 20),
    "number": Rule(re.compile(r"(?=.{1,32}\Z)-?[0-9]+(?:\.[0-9]+)?"), "a number of at most 32 digits"),
    "letter": Rule(re.compile(r"[A-Za-z]{1,32}"), "1 to 32 Latin letters", 32),
    "symbol": Rule(re.compile(r"[^\w\s]{1,5}"), "1 to 5 symbols", 5),
    "character_string": Rule(re.compile(r"[!-~][ -~]{0,31}"), "1 to 32 digits, Latin letters or symbols", 32),
    "time": Rule(re.compile(rf"{TIME}(?:\s*~\s*{TIME})?"), "a time of 24 hours such as 2026-11-21 15:01, or two of them joined by ~"),
    "date": Rule(
        re.compile(rf"{DATE}(?:\s*~\s*(?:{DATE}|{CLOCK}))?"), "a day such as 2026年11月21日 or 2026-11-21, or two of them joined by ~"
    ),
    "amount": Rule(re.compile(r"[^\w\s.]?[0-9]{1,10}(?:\.[0-9]+)?元?"), "an amount such as ¥100 or 12.50元, at most 10 digits"),
    "phone_number": Rule(re.compile(r"[0-9+\-*() #]{1,17}"), "1 to 17 digits or symbols of a phone number"),
    "car_number": Rule(
        re.compile(r"[\u4e00-\u9fffA-Za-z0-9][A-Za-z0-9·*-]{0,6}[\u4e00-\u9fffA-Za-z0-9]?"), "a number plate of at most 8 characters"
    ),
    "phrase": Rule(re.compile(r"[\u4e00-\u9fff]{1,5}"), "1 to 5 Chinese characters", 5),
}


def read_template(told: TemplateTold, kind: TemplateKind) -> Template:
    """A template in our words: its keywords are where its content has them, named by what stands before each."""
    fields = []
    for line in told.content.splitlines():
        for found in PLACE.finditer(line):
            key = found[1]
            name = line[: found.start()].strip().rstrip("：:").strip()
            fields.append(Field(key=key, kind=kind_of(key), name=name, values=told.values.get(key, ())))
    return Template(
        id=told.id,
        kind=kind,
        title=told.title,
        content=told.content,
        example=told.example,
        fields=tuple(fields),
        long_term=told.long_term,
    )


def kind_of(key: str) -> str:
    found = NUMBERED.fullmatch(key)
    return found[1] if found else key


def fill(template: Template, data: Mapping[str, str], too_long: TooLong) -> Filled:
    """A template's keywords with their values: each that it has, and no other, as WeChat wants it."""
    wrong = [Wrong(key=key, why="The template has no such keyword.") for key in data if key not in {each.key for each in template.fields}]
    filled: dict[str, str] = {}
    cut = []
    for each in template.fields:
        given = data.get(each.key, "")
        value = _shorten(each, given) if too_long is TooLong.cut else given
        filled[each.key] = value
        if value != given:
            cut.append(each.key)
        why = find_fault(each, value)
        if why:
            wrong.append(Wrong(key=each.key, why=why))
    return Filled(data=filled, cut=tuple(cut), wrong=tuple(wrong))


def check(template: Template, data: Mapping[str, str], too_long: TooLong, *, place: str) -> Filled:
    """The same, or `Invalid` that names the first keyword WeChat would refuse."""
    filled = fill(template, data, too_long)
    if filled.wrong:
        first = filled.wrong[0]
        raise Invalid(f"{first.why.removesuffix('.')} - at `{place}.{first.key}`.")
    return filled


def find_fault(field: Field, value: str) -> str:
    """Why WeChat would refuse a value (47003); empty when it would not. Characters are code points."""
    if not value:
        return "The template needs this keyword."
    if CONTROL.search(value):
        return "Line breaks and control characters are not taken."
    if field.kind == "enum":
        return "" if not field.values or value in field.values else f"One of {', '.join(field.values)} is needed."
    if field.kind == "name":
        longest = longest_name(value)
        return "" if len(value) <= longest else f"At most 10 characters with Chinese ones among them, 20 without; these are {len(value)}."
    rule = RULES.get(field.kind)
    if rule is None:
        return "" if len(value) <= LONGEST_OTHER else f"At most {LONGEST_OTHER} characters are taken; these are {len(value)}."
    return "" if rule.pattern.fullmatch(value) else f"{field.key} takes {rule.takes}; this has {len(value)} characters."


def longest_name(value: str) -> int:
    return 10 if CHINESE.search(value) else 20


def render(template: Template, filled: Filled) -> str:
    """How the message reads: the content with its keywords filled in."""
    return PLACE.sub(lambda found: filled.data.get(found[1], ""), template.content).strip()


def _shorten(field: Field, value: str) -> str:
    """What is too long and may be cut is cut, with an ellipsis where the kind takes one. Times, amounts and numbers are never cut."""
    if field.kind == "name":
        longest: int | None = longest_name(value)
    else:
        rule = RULES.get(field.kind)
        longest = rule.cut_to if rule else LONGEST_OTHER if field.kind != "enum" else None
    if longest is None or len(value) <= longest:
        return value
    if field.kind in ("thing", "name"):
        return value[: longest - 1].rstrip() + ELLIPSIS
    return value[:longest].rstrip()
