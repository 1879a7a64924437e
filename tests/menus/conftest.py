"""One house for the tests of this room; each test has an account of its own in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import open_house
from tests.scene import Scene


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with open_house() as house:
        yield Scene(house)
