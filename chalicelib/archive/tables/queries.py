"""Questions as rows: asked, answered, gone after a week."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from chalicelib.archive.rules.catalogue import ANSWERS_KEPT
from chalicelib.archive.words.questions import Query, QueryState
from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name

KEPT = ANSWERS_KEPT


class QueryRow(Row):
    """`pk` `<brand>#Q#<id>`, `sk` @. `sealed`: what was asked, which may name what nobody else should read."""

    class Meta(TableMeta):
        table_name = table_name("archive")

    sealed = UnicodeAttribute()
    state = UnicodeAttribute()
    asked_at = NumberAttribute()
    by = UnicodeAttribute()
    as_of = NumberAttribute(null=True)
    found = NumberAttribute(default=0)
    why = UnicodeAttribute(null=True)
    gone_at = NumberAttribute()


def keep_query(query: Query, sealed: str) -> None:
    row = QueryRow(
        _pk(query.brand, query.id),
        "@",
        sealed=sealed,
        state=query.state.value,
        asked_at=seconds(query.asked_at),
        by=query.by,
        gone_at=seconds(query.asked_at + KEPT),
    )
    row.save(QueryRow.pk.does_not_exist())


def read_query(brand: str, query_id: str, *, now: datetime) -> tuple[Query, str] | None:
    """A question and what was asked, sealed; nothing once its week is over."""
    try:
        row = QueryRow.get(_pk(brand, query_id), "@", consistent_read=True)
    except QueryRow.DoesNotExist:
        return None
    if row.gone_at <= seconds(now):
        return None
    return _query(brand, query_id, row), row.sealed


def finish(query: Query) -> bool:
    """Keep what came of a question; `False` when it was answered already."""
    row = QueryRow(_pk(query.brand, query.id), "@")
    told: list[Action] = [QueryRow.state.set(query.state.value), QueryRow.found.set(query.found)]
    told += [QueryRow.as_of.set(seconds(query.as_of))] if query.as_of else []
    told += [QueryRow.why.set(query.why)] if query.why else []
    return held(lambda: row.update(told, condition=QueryRow.state == QueryState.waiting.value))


def _pk(brand: str, query_id: str) -> str:
    return f"{brand}#Q#{query_id}"


def _query(brand: str, query_id: str, row: QueryRow) -> Query:
    return Query(
        brand=brand,
        id=query_id,
        state=QueryState(row.state),
        asked_at=moment(row.asked_at),
        by=row.by,
        as_of=None if row.as_of is None else moment(row.as_of),
        found=int(row.found),
        why=row.why or "",
    )
