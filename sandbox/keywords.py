"""Which value a keyword of a subscribe message may have, by its prefix. Pure."""

from __future__ import annotations

import re

_DAY = r"(\d{4}年(\d{1,2}月(\d{1,2}日)?)?|\d{1,2}月(\d{1,2}日)?|\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2})"
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_TIME = rf"({_DAY}\s*)?{_CLOCK}"
_DATE = rf"{_DAY}(\s*{_CLOCK})?"

_RULES: dict[str, re.Pattern[str]] = {
    "thing": re.compile(r".{1,20}"),
    "number": re.compile(r"(?=.{1,32}$)-?\d+(\.\d+)?"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "character_string": re.compile(r"[!-~][ -~]{0,31}"),
    "time": re.compile(rf"{_TIME}(\s*~\s*{_TIME})?"),
    "date": re.compile(rf"{_DATE}(\s*~\s*({_DATE}|{_CLOCK}))?"),
    "amount": re.compile(r"[^\w\s.]?\d{1,10}(\.\d+)?元?"),
    "phone_number": re.compile(r"[\d+\-*() #]{1,17}"),
    "car_number": re.compile(r"[\u4e00-\u9fffA-Za-z0-9][A-Za-z0-9·*-]{0,6}[\u4e00-\u9fffA-Za-z0-9]?"),
    "phrase": re.compile(r"[\u4e00-\u9fff]{1,5}"),
}
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def prefix(key: str) -> str:
    """The kind of a keyword: `thing` for `thing12`."""
    return key.rstrip("0123456789")


def is_allowed(key: str, value: str, *, enum_values: list[str] | None = None) -> bool:
    """Whether WeChat takes the value; a keyword of an unknown kind takes anything that is not empty."""
    if not value or _CONTROL.search(value):
        return False
    kind = prefix(key)
    if kind == "enum":
        return enum_values is None or value in enum_values
    if kind == "name":
        return len(value) <= (10 if _CHINESE.search(value) else 20)
    rule = _RULES.get(kind)
    return rule is None or rule.fullmatch(value) is not None
