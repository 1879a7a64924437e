"""What waits for an operator, as rows."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute

from chalicelib.aws.tables import Row, TableMeta, moment, table_name


class ReviewRow(Row):
    """`pk` `<brand>#V`, `sk` the cluster in which something waits for an operator."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    opened_at = NumberAttribute()


def review_pk(brand: str) -> str:
    return f"{brand}#V"


def list_reviews(brand: str, *, after: str | None, limit: int) -> list[tuple[str, datetime]]:
    """Clusters that wait for an operator, by id, from after one of them."""
    later = ReviewRow.sk > after if after else None
    rows = ReviewRow.query(review_pk(brand), later, limit=limit)
    return [(row.sk, moment(row.opened_at)) for row in rows]
