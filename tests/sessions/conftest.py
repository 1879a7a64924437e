"""Fixtures of the sessions room's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import open_house
from tests.sessions.shop import Shop


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """One shop for all tests of a module; each brings its own customers and leaves the clock where it likes."""
    with open_house() as house:
        yield Shop(house)
