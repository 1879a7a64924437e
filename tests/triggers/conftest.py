"""One house for the tests of a module of this room; each test brings people and records of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import open_house
from tests.triggers.ground import Shop


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_house() as house:
        yield Shop(house)
