"""Conditions of showings: each is there for a moment that is rare, and played here by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from chalicelib.guidance import tables
from chalicelib.guidance.words import Seen, Showing, Sight
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Folded, Identifier
from tests.guidance.ground import Brand
from tests.house import NOON
from tests.identity.people import BRAND, app_uid, openid
from tests.small_world import small_world

DAY = "2026-11-21"
MINI, OA, APP = openid("mini", "oM1"), openid("oa", "oF1"), app_uid("A-1")


@pytest.fixture
def brand() -> Iterator[Brand]:
    with small_world() as ground:
        made = Brand(ground)
        made.people.meet(MINI)
        yield made


def fold(brand: Brand, who: Identifier = MINI) -> Folded:
    return identity.fold(BRAND, brand.people.key(who))


def showing(folded: Folded, name: str = "S1", **changes: Any) -> Showing:
    made = Showing(
        brand=BRAND, id=name, key=str(folded.key), rule="stay", placement="shelf", variant="plain", target="demo.oa", shown_at=NOON
    )
    return msgspec.structs.replace(made, **changes)


def reserve(folded: Folded, name: str, before: list[Sight]) -> bool:
    """Reserve a showing, seeing what was shown as it was read."""
    own = next(sight for sight in before if sight.key == str(folded.key))
    after = Sight(key=own.key, seen=(*own.seen, Seen(name, int(NOON.timestamp()))), revision=own.revision + 1)
    return tables.reserve(folded, showing(folded, name), before, after, day=DAY)


def shown(brand: Brand) -> Showing:
    folded = fold(brand)
    assert reserve(folded, "S1", tables.read_sights(BRAND, folded.keys))
    return showing(folded)


def test_of_two_showings_of_one_id_the_first_stays(brand: Brand) -> None:
    first = shown(brand)
    brand.people.meet(APP)
    other = fold(brand, APP)

    assert not reserve(other, "S1", tables.read_sights(BRAND, other.keys))
    assert tables.read_showing(BRAND, "S1") == first


@pytest.mark.parametrize("who", [MINI, APP])
def test_whoever_was_shown_something_since_it_was_read_is_shown_nothing_more(brand: Brand, who: Identifier) -> None:
    brand.people.link(MINI, APP)
    mine, theirs = fold(brand), fold(brand, who)
    before = tables.read_sights(BRAND, mine.keys)
    assert reserve(theirs, "S1", before)

    assert not reserve(mine, "S2", before)
    assert reserve(mine, "S2", tables.read_sights(BRAND, mine.keys))


def test_whoever_has_become_another_since_they_were_read_is_shown_nothing(brand: Brand) -> None:
    before = fold(brand)
    sights = tables.read_sights(BRAND, before.keys)
    brand.people.link(MINI, APP)

    assert not reserve(before, "S1", sights)


def test_a_showing_is_closed_once_and_one_that_is_none_never(brand: Brand) -> None:
    made = shown(brand)

    closed = [tables.keep_closed(each, day=DAY, now=NOON) for each in (made, made, showing(fold(brand), "none"))]

    assert (closed, brand.ground.dynamo.rows(pk=f"{BRAND}#S#none")) == ([True, False, False], [])


def test_a_follow_is_tied_to_one_showing_and_a_showing_to_one_follow(brand: Brand) -> None:
    made, follower, other = shown(brand), brand.people.key(OA), brand.people.key(APP)
    folded = fold(brand)
    assert reserve(folded, "S2", tables.read_sights(BRAND, folded.keys))

    tied = tables.tie(made, follower, NOON, day=DAY, now=NOON)
    showing_again = tables.tie(made, other, NOON, day=DAY, now=NOON)
    follow_again = tables.tie(showing(folded, "S2"), follower, NOON, day=DAY, now=NOON)
    to_nothing = tables.tie(showing(folded, "none"), other, NOON, day=DAY, now=NOON)

    assert (tied, showing_again, follow_again, to_nothing) == (True, False, False, False)
    assert tables.is_tied(BRAND, follower, NOON)
    assert not tables.is_tied(BRAND, other, NOON)
