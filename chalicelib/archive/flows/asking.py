"""Questions about people by what they did: asked, answered from the archive, shown page by page."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.archive.flows import compacting
from chalicelib.archive.flows.fetching import IN_ORDER, Desk, names_of, open_desk
from chalicelib.archive.rules import catalogue as shelves
from chalicelib.archive.rules import questions as rules
from chalicelib.archive.rules.pieces import in_pieces
from chalicelib.archive.tables import catalogue as catalogues
from chalicelib.archive.tables import queries as tables
from chalicelib.archive.tables.columns import Columns
from chalicelib.archive.words.catalogue import Ask
from chalicelib.archive.words.questions import PersonFound, Query, QueryOrder, QueryShown, QueryState
from chalicelib.errors import Busy, LiandongError, Missing
from chalicelib.identity import flows as identity
from chalicelib.world import World

log = logging.getLogger("liandong.archive")
MOST_FRESH = 500
"""Objects that are not in the columns yet and are looked at all the same; more are taken in first."""
PEOPLE_AT_ONCE = 1000
TRIES = 3


def ask(brand: str, order: QueryOrder, *, actor: str, world: World, now: datetime) -> QueryShown:
    """Take a question, to be answered in the background."""
    rules.check_question(order.people)
    query = Query(brand=brand, id=world.new_id(), state=QueryState.waiting, asked_at=now, by=actor)
    tables.keep_query(query, world.keyring.encrypt(brand, msgspec.json.encode(order).decode(), now=now))
    world.queues.send("archive", msgspec.json.encode(Ask(brand=brand, query=query.id)).decode())
    return _show(query, ())


def answer(errand: Ask, *, world: World, now: datetime) -> None:
    """Answer one question. Asked again, it is answered again or was answered."""
    kept = tables.read_query(errand.brand, errand.query, now=now)
    if kept is None or kept[0].state is not QueryState.waiting:
        return
    query, sealed = kept
    order = msgspec.json.decode(world.keyring.decrypt(query.brand, sealed), type=QueryOrder)
    try:
        found = _answer(query, order, world=world, now=now)
    except LiandongError:
        raise  # whatever is away comes back: the queue brings the question again
    except Exception:
        tables.finish(msgspec.structs.replace(query, state=QueryState.failed, why="internal"))
        raise
    tables.finish(msgspec.structs.replace(query, state=QueryState.done, as_of=now, found=found))


def show_query(
    brand: str, query_id: str, *, start: int, most: int, reveal: bool, world: World, now: datetime
) -> tuple[QueryShown, int | None]:
    """A question, a page of the people who were found, from a place on, as they are now, and where the next page begins."""
    kept = tables.read_query(brand, query_id, now=now)
    if kept is None:
        raise Missing(code="query_missing")
    query, _ = kept
    if query.state is not QueryState.done:
        return _show(query, ()), None
    ids = _read_people(query, start, most, world=world)
    following = start + most if start + most < query.found else None
    return _show(query, tuple(_describe(brand, ids, reveal=reveal, world=world))), following


def _answer(query: Query, order: QueryOrder, *, world: World, now: datetime) -> int:
    """Keep who was found, page by page; how many they are."""
    compacting.take_backlog(query.brand, most=MOST_FRESH, world=world, now=now)
    with open_desk(query.brand, world) as desk, Columns(desk.folder) as columns:
        _open_views(desk, columns, order, world=world, now=now)
        return _keep_people(query, columns.find_people(*rules.write_sql(order.people, now)), world=world, now=now)


def _open_views(desk: Desk, columns: Columns, order: QueryOrder, *, world: World, now: datetime) -> None:
    """What lies in the columns of the days asked about, and what was brought and waits. Files that are replaced meanwhile: anew."""
    first = rules.first_moment(order.people, now).date()
    brand = desk.brand
    for _ in range(TRIES):
        fresh = desk.fetch(world.archive.list_names(brand, "parts/", most=2 * MOST_FRESH))
        catalogue = catalogues.read_catalogue(brand)
        files = desk.fetch_all(names_of(shelves.between(catalogue, first, now.date())))
        people = desk.fetch_all([catalogue.people]) if catalogue.people else []
        if files is not None and people is not None:
            if fresh:
                columns.take(fresh)
            columns.open_views(files, people[0] if people else None)
            return
    raise Busy(IN_ORDER)


def _keep_people(query: Query, found: Iterable[str], *, world: World, now: datetime) -> int:
    count = 0
    for number, some in enumerate(in_pieces(found, PEOPLE_AT_ONCE)):
        world.archive.put(query.brand, _page_name(query, number), msgspec.json.encode(some), now=now)
        count += len(some)
    return count


def _read_people(query: Query, start: int, most: int, *, world: World) -> list[str]:
    ids: list[str] = []
    for number in range(start // PEOPLE_AT_ONCE, (start + most - 1) // PEOPLE_AT_ONCE + 1):
        content = world.archive.fetch(query.brand, _page_name(query, number))
        page = msgspec.json.decode(content, type=list[str]) if content is not None else []
        first = number * PEOPLE_AT_ONCE
        ids += page[max(0, start - first) : max(0, start + most - first)]
    return ids


def _describe(brand: str, ids: list[str], *, reveal: bool, world: World) -> Iterable[PersonFound]:
    """Those who were found, as they are now: who was joined with another one meanwhile is that one."""
    if not reveal:
        return (PersonFound(person=person) for person in ids)
    found = identity.unionids_of(brand, ids, world=world)
    return (PersonFound(person=person, unionids=unionids) for person, unionids in found.items())


def _page_name(query: Query, number: int) -> str:
    return f"answers/{query.id}/{number:06d}"


def _show(query: Query, people: tuple[PersonFound, ...]) -> QueryShown:
    return QueryShown(
        id=query.id,
        state=query.state,
        asked_at=query.asked_at,
        as_of=query.as_of,
        found=query.found,
        why=query.why or None,
        people=people,
        cursor=None,
    )
