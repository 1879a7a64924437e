"""What somebody says is written down whole and once, whatever lay under their identifiers before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from chalicelib.consent.flows import permissions, telling
from chalicelib.consent.words import Channel, Choice, Purpose, Scope, Use
from chalicelib.consent.words.ledger import Statement, Told
from chalicelib.consent.words.permissions import EntryShown
from tests.consent.ground import MARKETING, MINI, NO_MARKETING, OFFICIAL, PAGE, Brand
from tests.house import NOON
from tests.identity.people import BRAND
from tests.small_world import small_world

MARKETING_BUT_NO_PLACE = Told(statements=(Statement(Scope(Purpose.marketing), True, "1/zh"), Statement(Scope(Use.location), False)))

MARKETING_SCOPE = (Scope(Purpose.marketing),)
LATE = timedelta(minutes=10)


@pytest.fixture
def brand() -> Iterator[Brand]:
    with small_world() as ground:
        yield Brand(ground, joined=False)


def hear_no(brand: Brand, cause: str = "callback-1", heard_at: datetime = NOON) -> None:
    key, world = brand.key(OFFICIAL), brand.ground.world
    telling.hear_no(BRAND, key, MARKETING_SCOPE, PAGE, cause=cause, heard_at=heard_at, world=world, now=brand.now)


def history(brand: Brand) -> list[str]:
    return [each.about for each in entries(brand)]


def entries(brand: Brand) -> tuple[EntryShown, ...]:
    person = brand.contact().folded.person
    return permissions.list_history(BRAND, person, cursor=None, most=20, world=brand.ground.world).entries


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


def test_a_no_that_is_worked_off_late_takes_back_no_yes_said_since_and_is_evidence_all_the_same(brand: Brand) -> None:
    brand.join()
    brand.say(MARKETING)
    heard_at = brand.now + timedelta(minutes=1)
    brand.ground.clock.advance(seconds=LATE.total_seconds())
    brand.say(NO_MARKETING, MINI)
    brand.ground.clock.advance(seconds=1)
    brand.say(MARKETING, MINI)

    for _ in range(2):
        hear_no(brand, heard_at=heard_at)

    assert brand.allows()
    assert [each.choice for each in entries(brand)] == [Choice.granted, Choice.withdrawn, Choice.denied, Choice.granted]


@pytest.mark.parametrize("before_s", [0.0, 0.9])
def test_a_no_of_the_same_moment_wins_however_late_it_is_worked_off(brand: Brand, before_s: float) -> None:
    brand.join()
    heard_at = brand.now
    brand.ground.clock.advance(seconds=before_s)
    brand.say(MARKETING)

    hear_no(brand, heard_at=heard_at)

    assert not brand.allows()


def test_a_late_no_holds_for_who_was_somebody_else_when_they_said_yes(brand: Brand) -> None:
    heard_at = brand.now
    brand.ground.clock.advance(seconds=LATE.total_seconds())
    brand.say(MARKETING, MINI)
    brand.join()

    hear_no(brand, heard_at=heard_at)

    assert not brand.allows(), "under the follower's own openid there was no yes, and any no wins"


def test_a_late_no_to_everything_leaves_a_narrower_yes_said_since(brand: Brand) -> None:
    brand.join()
    brand.say(MARKETING)
    heard_at = brand.now + timedelta(minutes=1)
    brand.ground.clock.advance(seconds=LATE.total_seconds())
    brand.say(Told(statements=(Statement(Scope(Purpose.marketing, Channel.push), True),)))

    hear_no(brand, heard_at=heard_at)

    assert (brand.allows(channel=Channel.push), brand.allows(channel=Channel.sms)) == (True, False)
