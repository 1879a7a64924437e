"""The cache: fresh for a while, rather old than absent, and never full."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pynamodb.exceptions import GetError

from chalicelib.cache import MOST, Cache
from chalicelib.errors import Busy, Missing, Unknown
from tests.house import NOON

KEY = ("account", "demo.oa")


class Source:
    """Counts how often it is asked, and answers with that count unless it has trouble."""

    def __init__(self) -> None:
        self.asked = 0
        self.trouble: Exception | None = None

    def __call__(self) -> int:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return self.asked


@pytest.fixture
def cache() -> Cache:
    return Cache()


@pytest.fixture
def source() -> Source:
    return Source()


def test_a_value_is_loaded_once_while_it_is_fresh(cache: Cache, source: Source) -> None:
    values = [cache.remember(KEY, 30, source, now=NOON + timedelta(seconds=age)) for age in (0, 15, 29.9)]

    assert values == [1, 1, 1]


def test_a_value_is_loaded_again_the_moment_it_is_old(cache: Cache, source: Source) -> None:
    cache.remember(KEY, 30, source, now=NOON)

    assert cache.remember(KEY, 30, source, now=NOON + timedelta(seconds=30)) == 2


def test_keys_are_apart_part_by_part(cache: Cache) -> None:
    cache.remember(("a", "b"), 30, lambda: "one", now=NOON)

    assert cache.remember(("a.b",), 30, lambda: "two", now=NOON) == "two"
    assert cache.remember(("a", "c"), 30, lambda: "three", now=NOON) == "three"


def test_nothing_found_is_remembered_too(cache: Cache) -> None:
    cache.remember(KEY, 30, lambda: None, now=NOON)

    assert cache.remember(KEY, 30, lambda: "found", now=NOON) is None


@pytest.mark.parametrize("trouble", [Busy(), Unknown(), GetError("the table is away")])
def test_an_old_value_serves_on_while_its_source_is_away(cache: Cache, source: Source, trouble: Exception) -> None:
    cache.remember(KEY, 30, source, now=NOON)
    source.trouble = trouble

    values = [cache.remember(KEY, 30, source, now=NOON + timedelta(seconds=age)) for age in (31, 40, 62)]

    assert values == [1, 1, 1]
    assert source.asked == 3  # asked again only once the old value is old again


def test_a_source_that_is_away_from_the_beginning_is_told(cache: Cache, source: Source) -> None:
    source.trouble = Busy()

    with pytest.raises(Busy):
        cache.remember(KEY, 30, source, now=NOON)


@pytest.mark.parametrize("trouble", [Missing(), LookupError()])
def test_what_is_gone_is_not_served_on(cache: Cache, source: Source, trouble: Exception) -> None:
    cache.remember(KEY, 30, source, now=NOON)
    source.trouble = trouble

    with pytest.raises(type(trouble)):
        cache.remember(KEY, 30, source, now=NOON + timedelta(seconds=31))


def test_what_was_forgotten_is_loaded_again(cache: Cache, source: Source) -> None:
    cache.remember(KEY, 30, source, now=NOON)

    cache.forget(*KEY)
    cache.forget("never", "known")

    assert cache.remember(KEY, 30, source, now=NOON) == 2


def test_a_flood_of_names_leaves_what_is_loaded_now_and_then(cache: Cache, source: Source) -> None:
    for n in range(MOST * 2):
        cache.remember(("account", str(n)), 30, lambda: None, now=NOON)
        if n % 1000 == 0:
            cache.remember(KEY, 30, source, now=NOON + timedelta(minutes=n))
    source.trouble = Busy()

    assert cache.remember(KEY, 30, source, now=NOON + timedelta(days=30)) == 8


def test_many_names_never_fill_the_memory(cache: Cache) -> None:
    def load(n: int) -> Callable[[], int]:
        return lambda: n

    for n in range(MOST * 2 + 1):
        assert cache.remember(("account", str(n)), 30, load(n), now=NOON) == n

    assert len(cache._kept) <= MOST
