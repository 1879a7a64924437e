"""One house for the doors of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house import open_house
from tests.scene import Scene


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with open_house() as house:
        yield Scene(house)
