"""One house for the tests of a module; each test brings people of its own, and most begin with an empty archive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.archive.brand import Shop
from tests.house import open_house


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_house() as house:
        yield Shop(house)
