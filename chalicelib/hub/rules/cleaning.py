"""One value cleaned: money in fen, times in UTC, phones in E.164, spellings as codes. Never raises anything but `Unclean`. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from chalicelib.beijing import BEIJING
from chalicelib.errors import Invalid
from chalicelib.hub.words.dictionary import Field, FieldType, Unit
from chalicelib.identity.rules.values import normalise_phone

LARGEST = 10**15
"""Of any number: exact in every JSON reader, and ten thousand billion yuan in fen."""
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
EPOCH_FROM = 10**8
"""Smaller numbers are no times but zeros and counts that stand in their place."""
EPOCH_MS_FROM = 10**11
"""Epoch numbers from here on are milliseconds: as seconds they would be the year 5138."""
FEN_OF = {"分": 1, "角": 10, "毛": 10, "": 100, "元": 100, "块": 100, "圆": 100, "rmb": 100, "cny": 100, "万": 1_000_000, "万元": 1_000_000}
MONEY = re.compile(
    r"(?P<head>¥|rmb|cny)?\s*(?P<sign>-?)\s*(?P<number>[0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)\s*(?P<unit>分|角|毛|元|块|圆|万元|万|rmb|cny)?"
)
GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
DATE = re.compile(
    r"(?P<year>[0-9]{4})\s*[-/.年]\s*(?P<month>[0-9]{1,2})\s*[-/.月]\s*(?P<day>[0-9]{1,2})\s*日?"
    r"(?:[\sT]*(?P<hour>[0-9]{1,2})\s*[:时點点]\s*(?P<minute>[0-9]{1,2})\s*分?(?:\s*:?\s*(?P<second>[0-9]{1,2})(?:\.[0-9]+)?\s*秒?)?)?"
    r"\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2}))?")
GENDERS = {
    **dict.fromkeys(("0", "未知", "保密", "不详", "其他", "unknown", "other", "u"), 0),
    **dict.fromkeys(("1", "男", "男性", "先生", "male", "man", "m"), 1),
    **dict.fromkeys(("2", "女", "女性", "女士", "小姐", "female", "woman", "f", "w"), 2),
}
FLAGS = {
    **dict.fromkeys(("1", "true", "yes", "y", "t", "on", "是", "有", "对"), True),
    **dict.fromkeys(("0", "false", "no", "n", "f", "off", "否", "无", "错"), False),
}
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
DEEPEST = 6


class Unclean(Exception):
    """The value cannot be read; `code` says why, and nothing of the value."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def clean(value: Any, field: Field, *, by_own_name: bool = True) -> Any:
    """The value as the field has it. `by_own_name`: it came under the field's name, where a bare number of a money field counts fen."""
    if field.type is FieldType.money:
        return read_money(value, unit=Unit.fen if by_own_name else field.unit)
    if field.type is FieldType.text:
        return read_text(value, longest=field.longest)
    if field.type is FieldType.choice:
        return read_choice(value, field.choices)
    return READERS[field.type](value)


def read_text(value: Any, *, longest: int) -> str:
    """Trimmed, in NFC, without unseen characters; a number as its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unclean("wrong_type")
    text = _readable(value if isinstance(value, str) else _digits(value))
    if len(text) > longest:
        raise Unclean("too_long")
    return text


def read_integer(value: Any) -> int:
    number = _decimal(value)
    if number != number.to_integral_value():
        raise Unclean("not_whole")
    return int(number)


def read_number(value: Any) -> int | float:
    number = _decimal(value)
    return int(number) if number == number.to_integral_value() else float(number)


def read_money(value: Any, *, unit: Unit) -> int:
    """Integer fen. A text with a mark of its own ("100元", "¥1,200.50", "1.2万") says what it counts; a bare number counts `unit`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _fen(_decimal(value), 1 if unit is Unit.fen else 100)
    if not isinstance(value, str):
        raise Unclean("wrong_type")
    found = MONEY.fullmatch(_folded(value).replace("，", ","))
    if found is None or not _is_grouped(found["number"]):
        raise Unclean("unreadable_money")
    marked = bool(found["head"] or found["unit"])
    number = Decimal(found["sign"] + found["number"].replace(",", ""))
    return _fen(number, FEN_OF[found["unit"] or ""] if marked or unit is Unit.yuan else 1)


def read_time(value: Any) -> str:
    """ISO 8601 in UTC, whole seconds. Epoch seconds or milliseconds, or a date as people write it; without a zone it is Beijing's."""
    if isinstance(value, bool):
        raise Unclean("wrong_type")
    if isinstance(value, int | float):
        return _iso(_from_epoch(value))
    if not isinstance(value, str):
        raise Unclean("wrong_type")
    text = _folded(value)
    if re.fullmatch(r"[0-9]{9,13}", text):
        return _iso(_from_epoch(int(text)))
    return _iso(_from_compact(text) or _from_date(text))


def read_phone(value: Any) -> str:
    """E.164; a number without a country's code is Chinese."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unclean("wrong_type")
    try:
        return normalise_phone(UNSEEN.sub("", str(value)).strip())
    except (Invalid, ValueError):
        raise Unclean("no_phone") from None


def read_gender(value: Any) -> int:
    return int(_spelled(value, GENDERS))


def read_flag(value: Any) -> bool:
    return value if isinstance(value, bool) else bool(_spelled(value, FLAGS))


def read_choice(value: Any, choices: dict[str, int]) -> int:
    """The code of a spelling; a code itself is one of its spellings. White space, width and case do not matter."""
    spellings = {_folded(spelling): code for spelling, code in choices.items()}
    return int(_spelled(value, {**{str(code): code for code in choices.values()}, **spellings}))


def read_anything(value: Any, *, level: int = 0) -> Any:
    """Any JSON value, with texts that can be written again; at most six levels."""
    if level > DEEPEST:
        raise Unclean("too_deep")
    if isinstance(value, str):
        return _readable(value)
    if isinstance(value, list | tuple):
        return [read_anything(each, level=level + 1) for each in value]
    if isinstance(value, dict):
        return {_readable(str(name)): read_anything(each, level=level + 1) for name, each in value.items()}
    if value is None or isinstance(value, bool):
        return value
    return read_number(value)


READERS: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.integer: read_integer,
    FieldType.number: read_number,
    FieldType.time: read_time,
    FieldType.phone: read_phone,
    FieldType.gender: read_gender,
    FieldType.flag: read_flag,
    FieldType.anything: read_anything,
}


def _readable(text: str) -> str:
    """The text as it can be written: half a pair of surrogates cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unclean("unreadable_text") from None
    return UNSEEN.sub("", unicodedata.normalize("NFC", text)).strip()


def _folded(text: str) -> str:
    """The text for comparing: half-width, lower case, single spaces."""
    return " ".join(UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold().split())


def _digits(value: int | float) -> str:
    number = _decimal(value)
    return str(int(number)) if number == number.to_integral_value() else str(number)


def _decimal(value: Any) -> Decimal:
    """A number, or a text that is one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Unclean("wrong_type")
    if isinstance(value, float) and not math.isfinite(value):
        raise Unclean("out_of_range")
    text = _folded(value).replace(",", "") if isinstance(value, str) else repr(value) if isinstance(value, float) else value
    if isinstance(text, str) and not re.fullmatch(r"[+-]?([0-9]{1,32}(\.[0-9]{0,32})?|\.[0-9]{1,32})(e[+-]?[0-9]{1,2})?", text):
        raise Unclean("no_number")
    try:
        number = Decimal(text)
    except (InvalidOperation, ValueError):
        raise Unclean("no_number") from None
    if abs(number) > LARGEST:
        raise Unclean("out_of_range")
    return number


def _fen(number: Decimal, fen: int) -> int:
    """Halves are rounded away from zero, as cashiers do."""
    amount = (number * fen).to_integral_value(rounding=ROUND_HALF_UP)
    if abs(amount) > LARGEST:
        raise Unclean("out_of_range")
    return int(amount)


def _is_grouped(number: str) -> bool:
    return "," not in number or GROUPED.fullmatch(number) is not None


def _from_epoch(value: int | float) -> datetime:
    if isinstance(value, float) and not math.isfinite(value):
        raise Unclean("out_of_range")
    seconds = value / 1000 if value >= EPOCH_MS_FROM else value
    if not EPOCH_FROM <= seconds < LATEST.timestamp():
        raise Unclean("out_of_range")
    return datetime.fromtimestamp(math.floor(seconds), UTC)


def _from_compact(text: str) -> datetime | None:
    """20261121 or 20261121150000, as tills write it."""
    found = COMPACT.fullmatch(text)
    return None if found is None else _moment([int(part or 0) for part in found.groups()], BEIJING)


def _from_date(text: str) -> datetime:
    found = DATE.fullmatch(text)
    if found is None:
        raise Unclean("unreadable_time")
    parts = [int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    return _moment(parts, _zone(found["zone"]))


def _zone(text: str | None) -> timezone:
    if text is None:
        return BEIJING
    if text in "zZ":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise Unclean("unreadable_time")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def _moment(parts: list[int], zone: timezone) -> datetime:
    year, month, day, hour, minute, second = parts
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unclean("unreadable_time") from None
    if not EARLIEST <= moment < LATEST:
        raise Unclean("out_of_range")
    return moment


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _spelled(value: Any, codes: dict[str, Any]) -> Any:
    """The code a spelling stands for."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unclean("wrong_type")
    code = codes.get(_folded(str(value)) if isinstance(value, str) else _number_key(value))
    if code is None:
        raise Unclean("unknown_value")
    return code


def _number_key(value: int) -> str:
    return str(value) if abs(value) <= LARGEST else ""
