"""Attribution without a house: people who are known, what they do heard in any order, and an oracle of what it comes to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial

import msgspec

from chalicelib.attribution.flows import hearing, keeping
from chalicelib.attribution.rules import pins
from chalicelib.attribution.words import Lines, Outcome, Presence, Touch, TouchKind
from chalicelib.entries.words.arrivals import Arrived
from chalicelib.hub.tables import records
from chalicelib.hub.words.records import Body, Current, Version
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType, Key, Rank
from chalicelib.sessions.words import LoggedIn, Told
from tests.attribution.ways import NEWS, POSTER, VIDEO, register
from tests.clock import NOON
from tests.small_world import SmallWorld, small_world

BRAND = "demo"
A_DAY = timedelta(days=1)
INHERITED, WINDOW = timedelta(minutes=30), timedelta(days=30)
Work = Callable[[], None]


class Did(msgspec.Struct, frozen=True, kw_only=True):
    """One thing somebody did, by which of their identifiers. `visit` of a link: opened by `link`, told by a later `login`."""

    what: str
    person: int
    end: int
    minute: int
    entry: str = ""
    visit: str = ""
    number: int = 0

    @property
    def at(self) -> datetime:
        return NOON + timedelta(minutes=self.minute)


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """An order, and what it is worth by each version: nothing once it is cancelled."""

    number: str
    person: int
    minute: int
    versions: tuple[int, ...]
    entry: str = ""

    @property
    def at(self) -> datetime:
        return NOON + timedelta(minutes=self.minute)


class Ground:
    """Two people, one of them on two ends, and what they are heard to do."""

    def __init__(self, small: SmallWorld) -> None:
        self.small = small
        self.world = small.world
        oa, mini = (Identifier(IdentifierType.openid, f"o{end}", end) for end in ("oa", "mini"))
        union, phone = Identifier(IdentifierType.unionid, "u1"), Identifier(IdentifierType.phone, "+8613912345678")
        now = small.clock()
        for openid in (oa, mini):
            identity.assert_link(BRAND, openid, union, rank=Rank.attested, source="t", at=now, world=self.world, now=now)
        identity.meet(BRAND, phone, world=self.world, now=now)
        keys = [identity.key_of(BRAND, each, world=self.world, now=now) for each in (oa, mini, phone)]
        self.keys: tuple[tuple[Key, ...], ...] = ((keys[0], keys[1]), (keys[2],))
        for code in (POSTER, VIDEO, NEWS):
            register(code)
        small.clock.advance(days=3)

    # -- what is heard ----------------------------------------------------------------------------------------

    def hearing_of(self, did: Did) -> Work:
        key = self.keys[did.person][did.end % len(self.keys[did.person])]
        if did.what == "link":
            arrived = Arrived(brand=BRAND, entry=did.entry, visit=did.visit, opened_in="mobile", at=did.at, utm={})
            return lambda: keeping.keep_arrival(arrived, world=self.world, now=self.small.clock())
        if did.what == "login":
            told = Told(entry=did.entry, visit=did.visit)
            login = LoggedIn(key=str(key), account="mini", session=f"S{did.number}", cause=f"S{did.number}", at=did.at, told=told)
            return lambda: hearing.hear_login(BRAND, login, world=self.world, now=self.small.clock())
        kind = TouchKind.qr_follow if did.entry else TouchKind.follow
        touch = Touch(id=f"{did.number:032}", kind=kind, at=did.at, entry=did.entry)
        return lambda: keeping.keep_touch(BRAND, key, touch, world=self.world, now=self.small.clock())

    def hearings_of(self, order: Ordered) -> list[Work]:
        """Each version is stored and announced; whichever is heard, the order is looked at as it stands."""
        return [partial(self._store_and_hear, order, revision) for revision in range(1, len(order.versions) + 1)]

    def _store_and_hear(self, order: Ordered, revision: int) -> None:
        self.store(order, revision)
        hearing.hear_orders(BRAND, [order.number], world=self.world, now=self.small.clock())

    def store(self, order: Ordered, revision: int) -> None:
        """How an order stands: never back to an earlier version."""
        while not self._store(order, revision):
            pass

    def _store(self, order: Ordered, revision: int) -> bool:
        standing = records.read_by_keys(BRAND, "order", [order.number], consistent=True)
        fen = order.versions[revision - 1]
        body = Body(id=order.number, data={"total_fen": fen, **({"entry": order.entry} if order.entry else {})})
        version = Version(
            number=revision,
            content="c",
            by=f"b#{revision}",
            state=1 if fen else 4,
            correction=False,
            at=order.at,
            owner=str(self.keys[order.person][0]),
            source="t",
            dictionary=1,
            sealed=self.world.keyring.encrypt(BRAND, msgspec.json.encode(body).decode(), now=self.small.clock()),
        )
        before = standing[0].revision if standing else 0
        if standing and standing[0].version.number >= revision:
            return True
        current = Current(brand=BRAND, type="order", key=order.number, revision=before + 1, version=version)
        return records.keep_record(current, aside=(), news=None, gone_at=None, now=self.small.clock())

    # -- what it came to --------------------------------------------------------------------------------------

    def counted(self) -> Lines:
        """What the counters hold, over all shards."""
        total: Lines = {}
        for row in self._rows(pk=f"{BRAND}#C#"):
            figures = {name: int(value["N"]) for name, value in row.items() if name not in ("pk", "sk")}
            total = pins.add_lines(total, {row["sk"]["S"]: figures})
        return without_zeros(total)

    def _rows(self, *, pk: str, sk: str = "") -> list[dict[str, dict[str, str]]]:
        places = sorted(self.small.dynamo.items.items())
        return [row for (table, *key), row in places if table.endswith("-touches") and key[0].startswith(pk) and key[1].startswith(sk)]

    def recounted(self) -> Lines:
        """What the rows say that the counters have to hold."""
        total: Lines = {}
        for row in self._rows(pk=f"{BRAND}#T#", sk="E#"):
            touch = msgspec.json.decode(row["touch"]["S"], type=Touch)
            if touch.kind is not TouchKind.order:
                worth = {"visits": 1, "opened": int(touch.kind is TouchKind.link)}
                both = {f"{figure}_{mode}": number for figure, number in worth.items() for mode in ("first", "last")}
                total = pins.add_lines(total, {f"{day_of(touch.at)}#{touch.entry}": both})
        for row in self._rows(pk=f"{BRAND}#P#", sk="D#"):
            presence = msgspec.json.decode(row["presence"]["S"], type=Presence)
            for mode, end in (("first", presence.first), ("last", presence.last)):
                figures = {f"people_{mode}": 1, f"new_people_{mode}": int(presence.new)}
                total = pins.add_lines(total, {f"{row['sk']['S'][2:]}#{end.entry if end else ''}": figures})
        for row in self._rows(pk=f"{BRAND}#O#"):
            total = pins.add_lines(total, msgspec.json.decode(row["outcome"]["S"], type=Outcome).counted)
        return without_zeros(total)


def expect(dids: list[Did], orders: list[Ordered]) -> Lines:
    """What all of it has to come to, said in another way: everything at once, each figure by itself."""
    total: dict[str, Counter[str]] = defaultdict(Counter)
    bound = {did.visit: did.person for did in dids if did.what == "login" and did.visit}
    named: dict[int, list[tuple[datetime, str, str]]] = {0: [], 1: []}
    for did in dids:
        person = did.person if did.what != "link" else bound.get(did.visit)
        if did.entry and person is not None:
            named[person].append((did.at, _tie(did), did.entry))
    for order in orders:
        if order.entry:
            named[order.person].append((order.at, "", order.entry))

    def ends(person: int, at: datetime, within: timedelta) -> tuple[str, str]:
        found = sorted(each for each in named[person] if at - within <= each[0] <= at)
        return (found[0][2], found[-1][2]) if found else ("", "")

    def add(at: datetime, both: tuple[str, str], **figures: int) -> None:
        for mode, entry in zip(("first", "last"), both, strict=True):
            for figure, number in figures.items():
                total[f"{day_of(at)}#{entry}"][f"{figure}_{mode}"] += number

    for did in dids:
        entry = did.entry or ends(did.person, did.at, INHERITED)[1]
        add(did.at, (entry, entry), visits=1, opened=int(did.what == "link"))
        if did.what == "follow":
            add(did.at, ends(did.person, did.at, WINDOW), follows=1)
    for person in (0, 1):
        theirs = sorted((did for did in dids if did.what != "link" and did.person == person), key=lambda did: (did.at, _tie(did)))
        for day in {day_of(did.at) for did in theirs}:
            came = [did.entry for did in theirs if day_of(did.at) == day and did.entry] or [""]
            add(datetime.combine(day, datetime.min.time(), UTC), (came[0], came[-1]), people=1, new_people=int(day == day_of(NOON)))
        logins = [did for did in theirs if did.what == "login"]
        if logins:
            add(logins[0].at, ends(person, logins[0].at, WINDOW), registrations=1)
    for order in orders:
        if order.versions[-1]:
            add(order.at, ends(order.person, order.at, WINDOW), orders=1, money_fen=order.versions[-1])
    return without_zeros({line: dict(figures) for line, figures in total.items()})


def day_of(at: datetime) -> date:
    return (at + timedelta(hours=8)).date()


def without_zeros(lines: Lines) -> Lines:
    left = {line: {figure: number for figure, number in figures.items() if number} for line, figures in lines.items()}
    return {line: figures for line, figures in left.items() if figures}


def _tie(did: Did) -> str:
    return f"{did.number:04}"


@contextmanager
def open_ground(seed: int = 0, *, old_reads: float = 0.0) -> Iterator[Ground]:
    with small_world(seed, old_reads=old_reads) as small:
        yield Ground(small)
