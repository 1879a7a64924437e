"""Logins as rows: one row for each, under the identifier that logged in."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableError, TableMeta, condition_failed, moment, seconds, table_name
from chalicelib.sessions.words import Session


class SessionRow(Row):
    """`pk` of an identifier, `sk` `S#<ULID>`, so that the newest login comes last. Holds WeChat's session_key, sealed."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    session_key = UnicodeAttribute(null=True)
    generation = NumberAttribute()
    refreshed_at = NumberAttribute()
    gone_at = NumberAttribute()


def keep_session(session: Session, session_key: str | None) -> None:
    SessionRow(
        _pk(session.brand, session.key),
        f"S#{session.id}",
        session_key=session_key,
        generation=session.generation,
        refreshed_at=seconds(session.refreshed_at),
        gone_at=seconds(session.ends_at),
    ).save()


def read_session(brand: str, key: str, session_id: str) -> Session | None:
    try:
        row = SessionRow.get(_pk(brand, key), f"S#{session_id}", consistent_read=True)
    except SessionRow.DoesNotExist:
        return None
    return _session(row)


def advance_session(session: Session, *, now: datetime, ends_at: datetime) -> bool:
    """Move a session to its next generation; `False` when somebody else did, or it was ended."""
    row = SessionRow(_pk(session.brand, session.key), f"S#{session.id}")
    try:
        row.update(
            [
                SessionRow.generation.set(session.generation + 1),
                SessionRow.refreshed_at.set(seconds(now)),
                SessionRow.gone_at.set(seconds(ends_at)),
            ],
            condition=SessionRow.generation == session.generation,
        )
    except TableError as error:
        if not condition_failed(error):
            raise
        return False
    return True


def end_session(brand: str, key: str, session_id: str) -> None:
    SessionRow(_pk(brand, key), f"S#{session_id}").delete()


def _pk(brand: str, key: str) -> str:
    return f"{brand}#I#{key}"


def _session(row: SessionRow) -> Session:
    brand, key = row.pk.split("#I#", 1)
    return Session(
        brand=brand,
        key=key,
        id=row.sk.removeprefix("S#"),
        generation=int(row.generation),
        refreshed_at=moment(row.refreshed_at),
        ends_at=moment(row.gone_at),
    )
