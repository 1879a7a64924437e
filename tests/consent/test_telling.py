"""What somebody says is written down whole and once, whatever lay under their identifiers before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.consent.flows import permissions, telling
from chalicelib.consent.words import Purpose, Scope, Use
from chalicelib.consent.words.ledger import Statement, Told
from tests.consent.ground import MARKETING, MINI, NO_MARKETING, OFFICIAL, PAGE, Brand
from tests.house import NOON
from tests.identity.people import BRAND
from tests.small_world import small_world

MARKETING_BUT_NO_PLACE = Told(statements=(Statement(Scope(Purpose.marketing), True, "1/zh"), Statement(Scope(Use.location), False)))


@pytest.fixture
def brand() -> Iterator[Brand]:
    with small_world() as ground:
        yield Brand(ground, joined=False)


def hear_no(brand: Brand, cause: str = "callback-1") -> None:
    telling.say_once(BRAND, brand.key(OFFICIAL), NO_MARKETING, PAGE, cause=cause, at=NOON, world=brand.ground.world, now=brand.now)


def history(brand: Brand) -> list[str]:
    person = brand.contact().folded.person
    return [each.about for each in permissions.list_history(BRAND, person, cursor=None, most=20, world=brand.ground.world).entries]


def test_what_is_new_under_one_identifier_alone_is_written_down_too(brand: Brand) -> None:
    brand.say(MARKETING, MINI)
    brand.say(Told(statements=(Statement(Scope(Use.location), False),)), OFFICIAL)
    brand.join()

    brand.say(MARKETING_BUT_NO_PLACE, OFFICIAL)

    assert sorted(history(brand)) == ["location", "location", "marketing", "marketing"]


def test_a_no_that_changes_nothing_is_written_down_so_that_heard_again_it_undoes_no_later_yes(brand: Brand) -> None:
    brand.join()
    brand.say(NO_MARKETING)
    hear_no(brand)
    brand.ground.clock.advance(hours=1)
    brand.say(MARKETING)

    hear_no(brand)

    assert brand.allows(MINI)
    assert history(brand) == ["marketing"] * 3
