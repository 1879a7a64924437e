"""One house for the tests of a module of this room; each test brings people of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import open_house
from tests.scene import Scene


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with open_house() as house:
        yield Scene(house)
