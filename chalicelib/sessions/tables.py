"""Logins as rows: one row for each, under the identifier that logged in; codes of phones, and how often they were asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from chalicelib.aws.tables import Row, TableError, TableMeta, condition_failed, held, moment, seconds, table_name
from chalicelib.identity.words import read_key
from chalicelib.sessions.words import Attempt, Limit, Session, SpentTicket, WebLogin


class SessionRow(Row):
    """`pk` of an identifier, `sk` `S#<ULID>`, so that the newest login comes last. Holds WeChat's session_key, sealed.

    `facts`: what it announces.
    """

    class Meta(TableMeta):
        table_name = table_name("identities")

    account = UnicodeAttribute(null=True)
    session_key = UnicodeAttribute(null=True)
    generation = NumberAttribute()
    refreshed_at = NumberAttribute()
    facts = UnicodeAttribute(null=True)
    gone_at = NumberAttribute()


class CodeRow(Row):
    """`pk` of a phone, `sk` C: the code it was texted last, by its keyed hash, and how often it was tried."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    code_hash = UnicodeAttribute()
    tries = NumberAttribute()
    ends_at = NumberAttribute()
    used_by = UnicodeAttribute(null=True)
    gone_at = NumberAttribute()


class LimitRow(Row):
    """How often something happened since its window began; `pk` names a phone, a source or an account, `sk` the window."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    spent = NumberAttribute()
    since = NumberAttribute()
    gone_at = NumberAttribute()


class WebLoginRow(Row):
    """`pk` the brand and the hash of the state, `sk` W: a web login on its way."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    account = UnicodeAttribute()
    browser_hash = UnicodeAttribute()
    return_to = UnicodeAttribute()
    own_page = BooleanAttribute(default=False)
    code_challenge = UnicodeAttribute(default="")
    key = UnicodeAttribute(null=True)
    session = UnicodeAttribute(null=True)
    gone_at = NumberAttribute()


class TicketRow(Row):
    """`pk` the brand and the ticket's id, `sk` T: a single-use jump ticket that was used, kept until it would be too old anyway."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    receiver = UnicodeAttribute()
    at = NumberAttribute()
    gone_at = NumberAttribute()


def keep_web_login(login: WebLogin) -> None:
    WebLoginRow(
        f"{login.brand}#STATE#{login.state_hash}",
        "W",
        account=login.account,
        browser_hash=login.browser_hash,
        return_to=login.return_to,
        own_page=login.own_page,
        code_challenge=login.code_challenge,
        gone_at=seconds(login.ends_at),
    ).save()


def read_web_login(brand: str, state_hash: str) -> WebLogin | None:
    try:
        row = WebLoginRow.get(f"{brand}#STATE#{state_hash}", "W", consistent_read=True)
    except WebLoginRow.DoesNotExist:
        return None
    return WebLogin(
        brand=brand,
        state_hash=state_hash,
        account=row.account,
        browser_hash=row.browser_hash,
        return_to=row.return_to,
        own_page=row.own_page,
        code_challenge=row.code_challenge,
        ends_at=moment(row.gone_at),
        key=row.key,
        session=row.session,
    )


def settle_web_login(login: WebLogin, key: str) -> bool:
    """Say who came of a web login; `False` when that was said already, for the first word stays."""
    row = WebLoginRow(f"{login.brand}#STATE#{login.state_hash}", "W")
    return held(lambda: row.update([WebLoginRow.key.set(key)], condition=WebLoginRow.pk.exists() & WebLoginRow.key.does_not_exist()))


def spend_web_login(login: WebLogin, session_id: str) -> bool:
    """Say which session a web login became; `False` when it has become one already."""
    row = WebLoginRow(f"{login.brand}#STATE#{login.state_hash}", "W")
    condition = WebLoginRow.pk.exists() & WebLoginRow.session.does_not_exist()
    return held(lambda: row.update([WebLoginRow.session.set(session_id)], condition=condition))


def spend_ticket(brand: str, ticket_id: str, receiver: str, *, at: datetime, gone_at: datetime) -> bool:
    """Say who used a ticket; `False` when somebody has used it already."""
    row = TicketRow(_ticket_pk(brand, ticket_id), "T", receiver=receiver, at=seconds(at), gone_at=seconds(gone_at))
    return held(lambda: row.save(TicketRow.pk.does_not_exist()))


def read_spent_ticket(brand: str, ticket_id: str) -> SpentTicket | None:
    try:
        row = TicketRow.get(_ticket_pk(brand, ticket_id), "T", consistent_read=True)
    except TicketRow.DoesNotExist:
        return None
    return SpentTicket(row.receiver, moment(row.at))


def keep_session(session: Session, session_key: str | None, facts: str | None = None) -> None:
    SessionRow(
        _pk(session.brand, session.key),
        f"S#{session.id}",
        account=session.account,
        session_key=session_key,
        generation=session.generation,
        refreshed_at=seconds(session.refreshed_at),
        facts=facts,
        gone_at=seconds(session.ends_at),
    ).save()


def read_session(brand: str, key: str, session_id: str) -> Session | None:
    try:
        row = SessionRow.get(_pk(brand, key), f"S#{session_id}", consistent_read=True)
    except SessionRow.DoesNotExist:
        return None
    return _session(row)


def read_session_key(session: Session) -> str | None:
    """WeChat's session_key of a login, sealed as it was kept."""
    try:
        kept = SessionRow.get(_pk(session.brand, session.key), f"S#{session.id}", consistent_read=True).session_key
    except SessionRow.DoesNotExist:
        return None
    return None if kept is None else str(kept)


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


def end_sessions(brand: str, keys: Iterable[str]) -> None:
    """End every session of these identifiers: a query for each, and a write for each session."""
    for key in keys:
        kept = list(SessionRow.query(_pk(brand, key), SessionRow.sk.startswith("S#"), consistent_read=True))
        for row in kept:
            row.delete()


def spend(limit: Limit, *, now: datetime) -> datetime | None:
    """Count one more within a limit, or say from when on there is room again."""
    row = LimitRow(limit.pk, limit.sk)
    begun: list[Action] = [
        LimitRow.spent.set(1),
        LimitRow.since.set(seconds(now)),
        LimitRow.gone_at.set(seconds(now) + limit.window_s),
    ]
    over_since = seconds(now) - limit.window_s
    has_room = (LimitRow.since > over_since) & (LimitRow.spent < limit.most)
    is_over = LimitRow.pk.does_not_exist() | (LimitRow.since <= over_since)
    if held(lambda: row.update([LimitRow.spent.add(1)], condition=has_room)):
        return None
    if held(lambda: row.update(begun, condition=is_over)):
        return None
    if held(lambda: row.update([LimitRow.spent.add(1)], condition=has_room)):  # somebody else has begun it between the two
        return None
    row.refresh(consistent_read=True)
    return moment(row.since + limit.window_s)


def give_back(limit: Limit) -> None:
    """Count one less: what was counted did not happen."""
    row = LimitRow(limit.pk, limit.sk)
    held(lambda: row.update([LimitRow.spent.add(-1)], condition=LimitRow.spent > 0))


def keep_code(brand: str, key: str, code_hash: str, *, ends_at: datetime) -> None:
    """A phone's code; an earlier one is forgotten."""
    CodeRow(_pk(brand, key), "C", code_hash=code_hash, tries=0, ends_at=seconds(ends_at), gone_at=seconds(ends_at)).save()


def try_code(brand: str, key: str, code_hash: str, *, most_tries: int, attempt: str, now: datetime) -> Attempt:
    """Try a code: counted before it is compared, so that many tries at once are no more than many tries. The right one is used up.

    The same attempt made again, because its answer was lost, comes to the same.
    """
    row = CodeRow(_pk(brand, key), "C")
    unused = CodeRow.used_by.does_not_exist() | (CodeRow.used_by == attempt)
    is_open = (CodeRow.tries < most_tries) & (CodeRow.ends_at > seconds(now)) & unused
    if not held(lambda: row.update([CodeRow.tries.add(1)], condition=is_open)):
        return Attempt.ended
    is_right = (CodeRow.code_hash == code_hash) & unused
    return Attempt.right if held(lambda: row.update([CodeRow.used_by.set(attempt)], condition=is_right)) else Attempt.wrong


def _pk(brand: str, key: str) -> str:
    return f"{brand}#I#{key}"


def _ticket_pk(brand: str, ticket_id: str) -> str:
    return f"{brand}#TICKET#{ticket_id}"


def _session(row: SessionRow) -> Session:
    brand, key = row.pk.split("#I#", 1)
    return Session(
        brand=brand,
        key=key,
        id=row.sk.removeprefix("S#"),
        account=row.account or read_key(key).account,  # logins by openid were kept without it
        generation=int(row.generation),
        refreshed_at=moment(row.refreshed_at),
        ends_at=moment(row.gone_at),
    )
