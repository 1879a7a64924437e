"""Whom a broadcast is for, read from its source page by page and laid in parts of a hundred."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register, tokens
from chalicelib.archive.flows import asking
from chalicelib.archive.words.questions import QueryState
from chalicelib.broadcasts import rules
from chalicelib.broadcasts.flows import handing
from chalicelib.broadcasts.tables import broadcasts as tables
from chalicelib.broadcasts.tables import parts
from chalicelib.broadcasts.words import PERSON, Broadcast, Entry, Errand, Part, Sealed, Source, State
from chalicelib.errors import Busy, Conflict, Refused
from chalicelib.identity.words import IdentifierType
from chalicelib.messaging import flows as messaging
from chalicelib.messaging.words import Gate
from chalicelib.world import World

log = logging.getLogger("liandong.broadcasts")
PEOPLE_AT_ONCE = 1000


class Page(msgspec.Struct, frozen=True):
    """Some of those a broadcast is for. `position`: where the next ones begin; nothing when these were the last. `of`: of how many."""

    entries: tuple[Entry, ...]
    position: str | None
    of: int | None = None


def open_sealed(broadcast: Broadcast, *, world: World) -> Sealed:
    """What a broadcast says, and where its people are read from."""
    return msgspec.json.decode(world.keyring.decrypt(broadcast.brand, broadcast.sealed), type=Sealed)


def lay_parts(broadcast: Broadcast, entries: Sequence[Entry], *, first: int, world: World, now: datetime) -> list[int]:
    """Keep people in parts from a number on; the numbers come back. Laid already, a part stays as it is.

    `Conflict` where it was laid for another order: whoever gave that one got no answer, and its people are not written to with this one.
    """
    numbers = []
    for number, size in enumerate(rules.part_sizes(len(entries)), first):
        start = (number - first) * rules.PART
        text = msgspec.json.encode(entries[start : start + size]).decode()
        sealed = world.keyring.encrypt(broadcast.brand, text, now=now)
        begins = max(now, broadcast.begins_at)
        if not parts.lay(broadcast.brand, broadcast.id, number, sealed, broadcast.fingerprint, people=size, now=begins):
            raise Conflict(code="idempotency_conflict")
        numbers.append(number)
    return numbers


def read_on(broadcast: Broadcast, *, world: World, now: datetime) -> None:
    """Lay the next page of the source in parts, have them sent, and come again while there are more.

    The parts are handed over before it is kept that they are: done again after a crash, they are handed over once more. What cannot be
    read, because the account or the answer is gone or WeChat refuses, pauses the broadcast, and so do parts of an earlier order by its key.
    """
    if broadcast.laid or broadcast.state is not State.running:
        return
    source = open_sealed(broadcast, world=world).source
    position = world.keyring.decrypt(broadcast.brand, broadcast.position) if broadcast.position else ""
    try:
        page = read_page(broadcast.brand, source, position, most=PEOPLE_AT_ONCE, world=world, now=now)
        numbers = lay_parts(broadcast, page.entries, first=broadcast.parts, world=world, now=now)
    except Refused as refused:
        log.warning("the source of broadcast %s of %s cannot be read: %s", broadcast.id, broadcast.brand, refused.code)
        pause(broadcast, refused.code, now=now)
        return
    behind = _laid_behind(broadcast, broadcast.parts + len(numbers))
    numbers += [part.number for part in behind]
    begins_at = rules.due_at(broadcast, broadcast.parts, broadcast.begins_at)
    handing.hand_over_parts(broadcast, numbers, begins_at, world=world, now=now)
    moved = msgspec.structs.replace(
        broadcast,
        laid=page.position is None,
        position=world.keyring.encrypt(broadcast.brand, page.position, now=now) if page.position else "",
        parts=broadcast.parts + len(numbers),
        people=broadcast.people + len(page.entries) + sum(part.people for part in behind),
        version=broadcast.version + 1,
    )
    if tables.move_on(moved) and not moved.laid:
        handing.hand_over([Errand(broadcast.brand, broadcast.id)], world=world, now=now)


def _laid_behind(broadcast: Broadcast, first: int) -> list[Part]:
    """Parts of this page that an earlier reading of it laid, when the source had more people: who is in them is in no other part."""
    laid: list[Part] = []
    while (part := parts.read_part(broadcast.brand, broadcast.id, first + len(laid))) is not None:
        laid.append(part)
    return laid


def pause(broadcast: Broadcast, why: str, *, now: datetime) -> None:
    """Nothing more goes, nor is the source read on, before somebody resumes it; `why` is told whoever looks.

    `Busy` while others write it: an errand that ended here would leave it running, with nobody to go on.
    """
    paused = tables.turn(
        broadcast,
        State.paused,
        lambda transaction: messaging.set_gate(transaction, broadcast.brand, broadcast.id, Gate.paused, now=now),
        why,
    )
    found = None if paused else tables.read_broadcast(broadcast.brand, broadcast.id)
    if found is not None and found.state is State.running:
        raise Busy("Somebody else writes this broadcast right now; try again.")


def read_page(brand: str, source: Source, position: str, *, most: int, world: World, now: datetime) -> Page:
    """So many people of a source from a position on: of followers as many as WeChat gives at once."""
    if source.query is not None:
        return _read_answer(brand, source.query, int(position or 0), most, world=world, now=now)
    return _read_followers(brand, source, position, world=world, now=now)


def _read_answer(brand: str, query: str, start: int, most: int, *, world: World, now: datetime) -> Page:
    shown, following = asking.show_query(brand, query, start=start, most=most, reveal=False, world=world, now=now)
    if shown.state is not QueryState.done:
        raise Conflict(code="query_unfinished")
    entries = tuple(Entry(PERSON, each.person) for each in shown.people)
    return Page(entries, None if following is None else str(following), shown.found)


def _read_followers(brand: str, source: Source, after: str, *, world: World, now: datetime) -> Page:
    account = register.find_own_account(brand, source.followers or "", world=world, now=now)

    def ask(token: str) -> tuple[str, ...]:
        if source.tag is None:
            return world.wechat.list_followers(token, after)
        return world.wechat.list_tagged(token, source.tag, after)

    openids = tokens.with_token(account, ask, world=world, now=now)
    entries = tuple(Entry(IdentifierType.openid.value, openid, account.name) for openid in openids)
    return Page(entries, openids[-1] if openids else None)
