"""A question as SQL over the archive's columns. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chalicelib.archive.words.questions import DEEPEST, MOST_LEAVES, Condition, Filter
from chalicelib.errors import Invalid

Sql = tuple[str, list[Any]]
EVERYBODY = "SELECT DISTINCT person FROM people"


def check_question(asked: Condition) -> None:
    """Refuse a question that would take longer to read than to answer."""
    if _depth(asked) > DEEPEST:
        raise Invalid(f"Conditions are at most {DEEPEST} deep - at `$.people`.")
    if len(leaves_of(asked)) > MOST_LEAVES:
        raise Invalid(f"A question has at most {MOST_LEAVES} events and records - at `$.people`.")


def leaves_of(asked: Condition) -> list[Condition]:
    """The events and records it asks about."""
    inner = _inner(asked)
    return [leaf for each in inner for leaf in leaves_of(each)] if inner else [asked]


def first_moment(asked: Condition, as_of: datetime) -> datetime:
    """How far back it looks."""
    return as_of - timedelta(days=max(leaf.in_days for leaf in leaves_of(asked)))


def write_sql(asked: Condition, as_of: datetime) -> Sql:
    """A query for the ids of the persons it means, over the views `lines` and `people`; values are parameters."""
    if asked.all_of is not None:
        return _put_together(asked.all_of, " INTERSECT ", as_of)
    if asked.any_of is not None:
        return _put_together(asked.any_of, " UNION ", as_of)
    if asked.none_of is not None:
        sql, values = write_sql(asked.none_of, as_of)
        return f"({EVERYBODY} EXCEPT {sql})", values
    return _leaf(asked, as_of)


def _leaf(asked: Condition, as_of: datetime) -> Sql:
    """Events are counted by line, records by id: of a record's versions the highest is asked."""
    since, until = (int(moment.timestamp() * 1000) for moment in (as_of - timedelta(days=asked.in_days), as_of))
    filters = [_filter(each, "properties" if asked.event is not None else "") for each in asked.where]
    holds = " AND ".join(["at_ms > ? AND at_ms <= ?", *(sql for sql, _ in filters)])
    values = [since, until, *(value for _, given in filters for value in given)]
    if asked.event is not None:
        source = "(SELECT * FROM lines WHERE type = 'event' AND name = ?)"
        values = [asked.event, *values]
    else:
        highest = "QUALIFY row_number() OVER (PARTITION BY id ORDER BY version DESC, key DESC) = 1"
        source = f"(SELECT * FROM lines WHERE type = ? {highest})"
        values = [asked.record, *values]
    sql = f"(SELECT person FROM {source} WHERE {holds} GROUP BY person HAVING count(*) >= ?)"
    return sql, [*values, asked.at_least]


def _filter(asked: Filter, within: str) -> Sql:
    """What came clean is looked at first, then what came otherwise."""
    path = ".".join(["$", *([within] if within else []), f'"{asked.property}"'])
    found = "coalesce(json_extract_string(data, ?), json_extract_string(raw, ?))"
    number = f"TRY_CAST({found} AS DOUBLE)"
    if asked.one_of or asked.equals is not None:
        wanted = asked.one_of or (asked.equals,)
        return f"{found} IN ({', '.join('?' * len(wanted))})", [path, path, *map(_as_text, wanted)]
    bounds = [(f"{number} {sign} ?", bound) for sign, bound in ((">=", asked.at_least), ("<=", asked.at_most)) if bound is not None]
    return " AND ".join(sql for sql, _ in bounds), [value for _, bound in bounds for value in (path, path, bound)]


def _as_text(value: Any) -> str:
    """A value as JSON writes it, which is how it is compared."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _put_together(several: tuple[Condition, ...], word: str, as_of: datetime) -> Sql:
    written = [write_sql(each, as_of) for each in several]
    return f"({word.join(sql for sql, _ in written)})", [value for _, values in written for value in values]


def _inner(asked: Condition) -> tuple[Condition, ...]:
    if asked.none_of is not None:
        return (asked.none_of,)
    return asked.all_of or asked.any_of or ()


def _depth(asked: Condition) -> int:
    return 1 + max((_depth(each) for each in _inner(asked)), default=0)
