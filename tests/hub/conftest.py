"""A house with a brand whose key brings records; the tests of a module share one, each with ids of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import open_house
from tests.hub.source import Bringer


@pytest.fixture(scope="module")
def hub() -> Iterator[Bringer]:
    with open_house() as house:
        yield Bringer(house)
